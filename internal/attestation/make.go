package attestation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// NewStatement says of a commit, in our predicate, that an agent made it. The commit
// must be known whole: id, tree, SHA-256 and repository. Parents, and in a Change the
// digests, are filled in from the commit where they are left out; where they are
// given and are not the commit's, that is an error. So is everything that would be
// refused when the statement is read.
func NewStatement(c Commit, a AgentCommit) (*Statement, error) {
	subject, err := commitSubject(c)
	if err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	if err := a.describe(c); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	if err := a.Validate(); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	predicate, err := json.Marshal(a, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	return &Statement{Type: StatementType, Subject: []Subject{subject}, PredicateType: PredicateAgentCommit, Predicate: predicate}, nil
}

// commitSubject names a commit by everything that Bind compares.
func commitSubject(c Commit) (Subject, error) {
	switch {
	case !gitobject.IsFullID(c.ID):
		return Subject{}, fmt.Errorf("commit %s is no full object id", quote(c.ID))
	case !gitobject.IsID(c.Tree, len(c.ID)):
		return Subject{}, fmt.Errorf("the tree of commit %s is not known", c.ID)
	case !gitobject.IsID(c.SHA256, 64):
		return Subject{}, fmt.Errorf("the SHA-256 of commit %s is not known", c.ID)
	}
	if err := repository(c.Repository); err != nil {
		return Subject{}, err
	}
	return Subject{
		Name:   subjectName(c.Repository, c.ID),
		Digest: map[string]string{"gitCommit": c.ID, "gitTree": c.Tree, "sha256": c.SHA256},
	}, nil
}

// describe fills in what the commit itself says.
func (a *AgentCommit) describe(c Commit) error {
	var parents []GitCommit
	for _, p := range c.Parents {
		parents = append(parents, GitCommit{Digest: map[string]string{"gitCommit": p}})
	}
	same := func(x, y GitCommit) bool { return x.Digest["gitCommit"] == y.Digest["gitCommit"] }
	if a.Parents == nil {
		a.Parents = parents
	} else if !slices.EqualFunc(a.Parents, parents, same) {
		return fmt.Errorf("the parents are not those of commit %s", c.ID)
	}
	if a.Change == nil {
		return nil
	}
	change := *a.Change // the caller's stays as it is
	a.Change = &change
	alg, hex, _ := strings.Cut(c.RawDiff, ":")
	if change.RawDiffDigest == nil && alg != "" {
		change.RawDiffDigest = map[string]string{alg: hex}
	} else if alg != "" && change.RawDiffDigest[alg] != hex {
		return fmt.Errorf("the digest of the change is not that of commit %s", c.ID)
	}
	base := map[string]string{}
	if len(c.Parents) > 0 {
		base["gitCommit"] = c.Parents[0]
	}
	if change.Base == nil {
		change.Base = base
	} else if change.Base["gitCommit"] != base["gitCommit"] {
		return fmt.Errorf("the base of the change is not the first parent of commit %s", c.ID)
	}
	return nil
}

// Encode writes a statement as the bytes that are signed: compact JSON, members in
// the order of the Go types, digests by name, so that the same statement is always
// the same bytes. A statement that Read and Verify could not take apart again is an
// error.
func (s *Statement) Encode() ([]byte, error) {
	if s.Type != StatementType || s.PredicateType == "" || len(s.Subject) == 0 || len(s.Predicate) == 0 {
		return nil, fmt.Errorf("encode statement: it is not whole")
	}
	raw, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	if err := Strict(raw); err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	return raw, nil
}
