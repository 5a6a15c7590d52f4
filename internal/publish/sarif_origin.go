package publish

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// maxSARIFOrigins bounds the commits that a SARIF log tells of. GitHub lists no more
// of a pull request.
const maxSARIFOrigins = 250

// sarifOrigin is what one commit proves, as a property of the run.
type sarifOrigin struct {
	Commit   string      `json:"commit"`
	Level    string      `json:"level,omitempty"`
	SignedBy string      `json:"signedBy,omitempty"`
	Key      string      `json:"key,omitempty"`
	Human    bool        `json:"human"`
	Agents   []string    `json:"agents,omitempty"`
	Said     []sarifSaid `json:"said,omitempty"`
	LeftOut  int         `json:"saidLeftOut,omitempty"`
}

type sarifSaid struct {
	Kind     string   `json:"kind"`
	By       string   `json:"by,omitempty"`
	Proof    string   `json:"proof,omitempty"`
	Signer   string   `json:"signer,omitempty"`
	Agent    string   `json:"agent,omitempty"`
	Models   []string `json:"models,omitempty"`
	Operator string   `json:"operator,omitempty"`
	OnBehalf string   `json:"onBehalfOf,omitempty"`
	Task     string   `json:"task,omitempty"`
	Session  string   `json:"session,omitempty"`
}

// sarifOrigins are the origins of the first commits, and how many are left out.
func sarifOrigins(v *checks.Verdict) (out []sarifOrigin, left int) {
	n := min(len(v.Origins), maxSARIFOrigins)
	for i := range v.Origins[:n] {
		o := &v.Origins[i]
		s := sarifOrigin{Commit: redact.Cut(o.Commit, maxName), Level: redact.Cut(o.Level, maxWord), SignedBy: redact.Cut(o.SignedBy, maxName), Key: redact.Cut(o.Key, maxName), Human: o.Human, Agents: cutAll(o.Agents, maxListed)}
		shown := min(len(o.Said), maxClaims)
		for j := range o.Said[:shown] {
			s.Said = append(s.Said, sarifStatement(&o.Said[j]))
		}
		s.LeftOut = len(o.Said) - shown
		out = append(out, s)
	}
	return out, len(v.Origins) - n
}

func sarifStatement(s *checks.Said) sarifSaid {
	return sarifSaid{
		Kind: redact.Cut(s.Kind, maxWord), By: redact.Cut(s.By, maxName), Proof: redact.Cut(s.Proof, maxWord), Signer: redact.Cut(s.Signer, maxName),
		Agent: redact.Cut(s.Agent, maxName), Models: cutAll(s.Models, maxModels), Operator: redact.Cut(s.Operator, maxName), OnBehalf: redact.Cut(s.OnBehalf, maxName),
		Task: redact.Cut(s.Task, maxName), Session: redact.Cut(s.Session, maxName),
	}
}

func cutAll(list []string, most int) []string {
	var out []string
	for _, s := range list[:min(len(list), most)] {
		out = append(out, redact.Cut(s, maxName))
	}
	return out
}
