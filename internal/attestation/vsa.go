package attestation

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// VSA is a SLSA verification summary, v1: that a verifier held something against a
// policy, and how it came out. (https://slsa.dev/spec/v1.2/verification_summary)
type VSA struct {
	Verifier          VSAVerifier       `json:"verifier"`
	TimeVerified      time.Time         `json:"timeVerified"`
	ResourceURI       string            `json:"resourceUri"` // what was verified: git+https://github.com/owner/name
	Policy            Resource          `json:"policy"`
	InputAttestations []Resource        `json:"inputAttestations,omitempty"` // what was looked at
	Result            VSAResult         `json:"verificationResult"`
	VerifiedLevels    []string          `json:"verifiedLevels"`
	DependencyLevels  map[string]uint64 `json:"dependencyLevels,omitempty"`
	SLSAVersion       string            `json:"slsaVersion,omitempty"`
}

// VSAVerifier is who verified.
type VSAVerifier struct {
	ID      string            `json:"id"` // a URI
	Version map[string]string `json:"version,omitempty"`
}

// VSAResult is how it came out. The zero value is neither and refused.
type VSAResult string

// The results.
const (
	VSAPassed VSAResult = "PASSED"
	VSAFailed VSAResult = "FAILED"
)

// Who we are in our own summaries, and the version of SLSA whose form they have.
const (
	VerifierID  = "https://claw-verified.dev/verifier/v1"
	slsaVersion = "1.2"
)

// reLevel is the name of a level of ours. SLSA keeps names that begin with SLSA_ to
// itself: we do not say that a level of its own was met.
var reLevel = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,99}$`)

// NewVSA says of a commit, most often the one that a merge made, what was verified
// before it: v's input attestations, by their digests, under v's policy, by its. Of
// v, Verifier.ID, ResourceURI and SLSAVersion may be left out; a verifier that is not
// one of ours, and a repository that is not the commit's, are errors. refs are the
// branches the commit went to, such as refs/heads/main.
func NewVSA(c Commit, refs []string, v VSA) (*Statement, error) {
	subject, err := commitSubject(c)
	if err != nil {
		return nil, fmt.Errorf("make verification summary: %w", err)
	}
	resource := "git+https://github.com/" + c.Repository
	v.Verifier.ID = either(v.Verifier.ID, VerifierID)
	v.ResourceURI = either(v.ResourceURI, resource)
	v.SLSAVersion = either(v.SLSAVersion, slsaVersion)
	if err := cmp.Or(v.validate(), v.validateOurs()); err != nil {
		return nil, fmt.Errorf("make verification summary: %w", err)
	}
	switch {
	case !strings.HasPrefix(v.Verifier.ID, "https://claw-verified.dev/"):
		return nil, fmt.Errorf("make verification summary: verifier %s is not ours", quote(v.Verifier.ID))
	case v.ResourceURI != resource:
		return nil, fmt.Errorf("make verification summary: resource %s is not the commit's repository", quote(v.ResourceURI))
	case slices.ContainsFunc(refs, func(r string) bool { return !strings.HasPrefix(r, "refs/") || word(r) != nil }):
		return nil, fmt.Errorf("make verification summary: a ref does not begin with refs/")
	}
	if len(refs) > 0 {
		if subject.Annotations, err = json.Marshal(map[string][]string{"sourceRefs": refs}); err != nil {
			return nil, fmt.Errorf("make verification summary: %w", err)
		}
	}
	v.TimeVerified = v.TimeVerified.UTC()
	predicate, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("make verification summary: %w", err)
	}
	return &Statement{Type: StatementType, Subject: []Subject{subject}, PredicateType: PredicateVSA, Predicate: predicate}, nil
}

// ReadVSA reads the predicate of a summary. Members that are not known are passed
// over, as the format demands. Whether to believe it is a matter of who signed it.
func ReadVSA(predicate []byte) (*VSA, error) {
	v := new(VSA)
	if err := decode(predicate, v, false); err != nil {
		return nil, fmt.Errorf("read verification summary: %w", err)
	}
	if err := v.validate(); err != nil {
		return nil, fmt.Errorf("read verification summary: %w", err)
	}
	return v, nil
}

// validate checks what every summary must have.
func (v *VSA) validate() error {
	var p problem
	p.at("/verifier/id", uri(v.Verifier.ID))
	p.at("/timeVerified", sane(v.TimeVerified))
	if v.TimeVerified.IsZero() {
		p.at("/timeVerified", fmt.Errorf("is missing"))
	}
	p.at("/resourceUri", uri(v.ResourceURI))
	if v.Result != VSAPassed && v.Result != VSAFailed {
		p.at("/verificationResult", fmt.Errorf("is %s, neither PASSED nor FAILED", quote(string(v.Result))))
	}
	for i, l := range v.VerifiedLevels {
		p.at(fmt.Sprintf("/verifiedLevels/%d", i), id(l))
	}
	return p.err
}

// validateOurs checks what ours must have besides: that it pins, by digest, what it
// was made of and by which rules. Others need not; real ones name their policy by
// "DEFAULT".
func (v *VSA) validateOurs() error {
	var p problem
	p.at("/policy", v.Policy.validate())
	for i, in := range v.InputAttestations {
		p.at(fmt.Sprintf("/inputAttestations/%d", i), in.validate())
		p.at(fmt.Sprintf("/inputAttestations/%d", i), digests(in.Digest, "sha256"))
	}
	p.listed("/verifiedLevels", len(v.VerifiedLevels))
	for i, l := range v.VerifiedLevels {
		if !reLevel.MatchString(l) || strings.HasPrefix(l, "SLSA_") {
			p.at(fmt.Sprintf("/verifiedLevels/%d", i), fmt.Errorf("%s is no name of a level of ours", quote(l)))
		}
	}
	if v.Result == VSAPassed && len(v.VerifiedLevels) == 0 {
		p.at("/verifiedLevels", fmt.Errorf("is empty though the result is PASSED"))
	}
	return p.err
}

func interpretVSA(v *Verified) error {
	v.Kind = KindVSA
	s, err := ReadVSA(v.Statement.Predicate)
	if err != nil {
		return err
	}
	v.Repository = repositoryOf(s.ResourceURI)
	v.Notes = append(v.Notes,
		note("%s says %s of %s.", s.Verifier.ID, string(s.Result), s.ResourceURI),
		note("Its policy is %s.", either(s.Policy.URI, "not named")),
		enumerate("Levels it says it verified", s.VerifiedLevels))
	if len(s.InputAttestations) > 0 {
		var inputs []string
		for _, in := range s.InputAttestations {
			inputs = append(inputs, either(in.Digest["sha256"], in.URI))
		}
		v.Notes = append(v.Notes, enumerate("It was made of the attestations", inputs))
	}
	return nil
}
