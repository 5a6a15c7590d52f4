package attestation

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// decodeAgentCommit reads our predicate and refuses what Validate refuses, a member
// that is not known, and null, which would say neither that something is so nor that
// it is left out.
func decodeAgentCommit(raw []byte) (*AgentCommit, error) {
	a := new(AgentCommit)
	if err := decode(raw, a, true); err != nil {
		return nil, fmt.Errorf("read predicate: %w", err)
	}
	err := walk(raw, func(at jsontext.Pointer, tok jsontext.Token) error {
		if tok.Kind() == 'n' {
			return fmt.Errorf("%w: %s is null: leave it out instead", ErrMalformed, quote(string(at)))
		}
		return nil
	})
	if err == nil {
		err = a.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("read predicate: %w", err)
	}
	return a, nil
}

// Validate reports what is wrong with the predicate: an ErrMalformed that names the
// member as a JSON pointer. It knows nothing of the commit; Bind compares.
func (a *AgentCommit) Validate() error {
	var p problem
	p.at("/agent/id", id(a.Agent.ID))
	p.at("/agent/version", word(a.Agent.Version))
	p.at("/agent/vendor", word(a.Agent.Vendor))
	p.listed("/model", len(a.Model))
	for i, m := range a.Model {
		p.at(fmt.Sprintf("/model/%d/id", i), id(m.ID))
		p.at(fmt.Sprintf("/model/%d/provider", i), word(m.Provider))
	}
	if a.Principal != nil {
		p.at("/principal/id", id(a.Principal.ID))
		p.at("/principal/onBehalfOf", word(a.Principal.OnBehalfOf))
	}
	if a.Task != nil {
		p.at("/task", a.Task.validate())
	}
	if a.Session != nil {
		p.at("/session/id", id(a.Session.ID))
	}
	if a.Actions != nil {
		p.at("/actions/entries", atLeastZero(a.Actions.Entries))
		if a.Actions.Log != nil {
			p.at("/actions/log", a.Actions.Log.validate())
		}
	}
	p.listed("/parents", len(a.Parents))
	for i, c := range a.Parents {
		p.at(fmt.Sprintf("/parents/%d/digest", i), digests(c.Digest, "gitCommit"))
	}
	a.validateChange(&p)
	a.validateTimes(&p)
	p.listed("/tools", len(a.Tools))
	for i, t := range a.Tools {
		p.at(fmt.Sprintf("/tools/%d/name", i), present(t.Name))
		p.at(fmt.Sprintf("/tools/%d/name", i), word(t.Name))
		p.at(fmt.Sprintf("/tools/%d/version", i), word(t.Version))
	}
	a.validateUsage(&p)
	return p.err
}

// problem keeps the first thing that is wrong, in the order of the members.
type problem struct{ err error }

func (p *problem) at(pointer string, err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("%w: %s %s", ErrMalformed, pointer, err.Error())
	}
}

func (p *problem) listed(pointer string, n int) {
	if n > maxListed {
		p.at(pointer, fmt.Errorf("has %d members, at most %d are read", n, maxListed))
	}
}

func present(s string) error {
	if s == "" {
		return fmt.Errorf("is missing")
	}
	return nil
}

func atLeastZero(n int64) error {
	if n < 0 {
		return fmt.Errorf("is below zero")
	}
	return nil
}

func (t *Task) validate() error {
	if t.URI == "" && t.Digest == nil {
		return fmt.Errorf("has neither uri nor digest: give one, or leave the task out")
	}
	if t.Digest == nil {
		return goodURI(t.URI)
	}
	return Resource(*t).validate()
}

func (r Resource) validate() error {
	if err := goodURI(r.URI); err != nil {
		return err
	}
	return digests(r.Digest)
}

// goodURI checks a URI that may be left out.
func goodURI(s string) error {
	if s == "" {
		return nil
	}
	if err := uri(s); err != nil {
		return fmt.Errorf("has a uri that %s", err.Error())
	}
	return nil
}

// A base that is not the first parent would be a diff against something else.
func (a *AgentCommit) validateChange(p *problem) {
	if a.Change == nil {
		return
	}
	p.at("/change/rawDiffDigest", digests(a.Change.RawDiffDigest, "sha256"))
	if a.Change.Base == nil {
		p.at("/change/base", fmt.Errorf("is missing: it is {} for a commit without parents"))
	}
	if len(a.Change.Base) > 0 {
		p.at("/change/base", digests(a.Change.Base, "gitCommit"))
		if len(a.Parents) > 0 && a.Parents[0].Digest["gitCommit"] != a.Change.Base["gitCommit"] {
			p.at("/change/base", fmt.Errorf("is not the first of the parents"))
		}
	}
	p.at("/change/files", atLeastZero(int64(a.Change.Files)))
}

// There were no coding agents before, and RFC 3339 has four digits for a year.
const (
	firstYear = 2015
	lastYear  = 9999
)

func (a *AgentCommit) validateTimes(p *problem) {
	p.at("/startedOn", sane(a.StartedOn))
	p.at("/finishedOn", sane(a.FinishedOn))
	if !a.StartedOn.IsZero() && !a.FinishedOn.IsZero() && a.FinishedOn.Before(a.StartedOn) {
		p.at("/finishedOn", fmt.Errorf("is before startedOn"))
	}
}

func sane(t time.Time) error {
	if y := t.UTC().Year(); !t.IsZero() && (y < firstYear || y > lastYear) {
		return fmt.Errorf("is no time at which an agent worked")
	}
	return nil
}

func (a *AgentCommit) validateUsage(p *problem) {
	u := a.Usage
	if u == nil {
		return
	}
	p.at("/usage/inputTokens", atLeastZero(u.InputTokens))
	p.at("/usage/outputTokens", atLeastZero(u.OutputTokens))
	switch {
	case (u.Cost == "") != (u.Currency == ""):
		p.at("/usage", fmt.Errorf("has a cost without a currency, or a currency without a cost"))
	case u.Cost != "" && !reDecimal.MatchString(u.Cost):
		p.at("/usage/cost", fmt.Errorf(`%s is no decimal number such as "1.25"`, quote(u.Cost)))
	case u.Currency != "" && !reCurrency.MatchString(u.Currency):
		p.at("/usage/currency", fmt.Errorf(`%s is no currency such as "EUR"`, quote(u.Currency)))
	}
}

// subjectName is what a statement about a commit calls it.
func subjectName(repository, commit string) string {
	return subjectPrefix + repository + "@" + commit
}

// subjectPrefix begins every name of a commit in our statements.
const subjectPrefix = "git+https://github.com/"

// repositoryOf reads owner/name out of an address of GitHub, with or without git+,
// .git, a ref or a commit behind it; "" when it is none.
func repositoryOf(address string) string {
	s := strings.TrimPrefix(address, "git+")
	s, ok := strings.CutPrefix(s, "https://github.com/")
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, "@")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "/"), ".git")
	if repository(s) != nil {
		return ""
	}
	return s
}
