package attest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Levels that a summary may say were verified. Names that begin with SLSA_ are not
// ours to give.
const (
	// LevelProvenance: the policy's question "who made this change" was answered well
	// for every commit.
	LevelProvenance = "CLAW_PROVENANCE_VERIFIED"
	// LevelAttested: beside that, every commit has a verified statement by an agent of
	// the policy that it made it.
	LevelAttested = "CLAW_ATTESTED"
	// LevelKeyless: beside that, each of them by a platform's identity.
	LevelKeyless = "CLAW_ATTESTED_KEYLESS"
)

// MergeOptions say what was merged.
type MergeOptions struct {
	Dir          string
	Base         string // the branch it was merged into, as it was before
	Head         string // the change that was looked at
	Merged       string // the commit that is on the branch now
	Repository   string
	PolicyFile   string // empty: the policy at Base
	Ref          string // the branch, refs/heads/main; empty: not said
	To, Push     string
	Now          time.Time
	Out          io.Writer
	Env          func(string) string
	Attestations []checks.Attestation // beside the notes and the tree
}

// Merge makes a verification summary about the commit that a merge, a squash or a
// rebase left behind. The attestations of a change are about its own commits, which
// may be gone by then; the summary says that they were verified, names them by
// digest, and binds the new commit to them.
//
// Two things are shown before anything is signed. What the new commit brings to the
// branch is byte for byte what the change brought: the digest of the raw diff is the
// same. (A patch-id is not enough: it does not see changes of white space.) And the
// commits of the change verify now, under the policy of the base.
func Merge(ctx context.Context, o MergeOptions, signer Signer) (*Made, error) {
	work, err := OpenWork(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	name, err := Repository(ctx, o.Repository, work, o.Env)
	if err != nil {
		return nil, err
	}
	to, err := openCarrier(ctx, o.To, o.Push, work, o.Out)
	if err != nil {
		return nil, err
	}
	defer to.close() //nolint:errcheck // looked at below; this is for the other ways out
	repo, err := gitrepo.Open(ctx, o.Dir)
	if err != nil {
		return nil, gitProblem("open the repository", err)
	}
	defer repo.Close() //nolint:errcheck // a temporary directory
	m, err := o.look(ctx, repo, name)
	if err != nil {
		return nil, err
	}
	judged, err := o.judge(ctx, name, m)
	if err != nil {
		return nil, err
	}
	text, err := summary(m.what, o, judged)
	if err != nil {
		return nil, err
	}
	bundle, err := signer.Sign(ctx, text)
	if err != nil {
		return nil, err
	}
	made := &Made{Where: to.String(), Levels: judged.levels, Inputs: len(judged.inputs)}
	r := Result{Commit: m.what.ID, Repository: name, Digest: digest(bundle)}
	if r.New, err = to.put(ctx, m.what.ID, string(bundle)); err != nil {
		return nil, keepProblem(err)
	}
	made.Results = []Result{r}
	if err := to.close(); err != nil {
		return nil, err
	}
	return made, made.finish(ctx, work, o.Push)
}

// merged is a merge that brings what its change brought.
type merged struct {
	base, head gitrepo.Commit
	what       attestation.Commit
}

// look reads the three commits and compares what the change and the merge bring.
func (o MergeOptions) look(ctx context.Context, repo *gitrepo.Repo, name string) (*merged, error) {
	var at [3]gitrepo.Commit
	for i, c := range []struct{ flag, rev, what string }{
		{"--base", o.Base, "the branch it was merged into, as it was before"}, {"--head", o.Head, "the last commit of the change"}, {"--merged", o.Merged, "the commit that is on the branch now"},
	} {
		if c.rev == "" {
			return nil, misuse("Name "+c.what+", best by its full id.", "%s is missing", c.flag)
		}
		var err error
		if at[i], err = repo.Resolve(ctx, c.rev); err != nil {
			return nil, gitProblem("find "+c.flag, err)
		}
	}
	base, head, now := at[0], at[1], at[2]
	r, err := repo.Between(ctx, base, head, policy.MaxCommits)
	if err != nil {
		return nil, gitProblem("read the commits of the change", err)
	}
	if len(r.Commits) == 0 {
		return nil, misuse("Give the branch as it was before the merge: --base.", "--base contains the change already")
	}
	if len(r.MergeBases) != 1 {
		return nil, misuse("Merge a change that begins at one commit of the branch.", "The change and the branch have %d merge bases, so what the change brings is not one diff", len(r.MergeBases))
	}
	want, _, err := repo.RawDiff(ctx, r.MergeBases[0], head)
	if err != nil {
		return nil, gitProblem("compare the change with where it began", err)
	}
	// What was there before: the first parent of a merge or a squash. A rebase leaves
	// several commits, so there it is the old branch itself, if it leads to the new one.
	var before []gitrepo.Commit
	if len(now.Parents) > 0 {
		p, err := repo.Resolve(ctx, now.Parents[0])
		if err != nil {
			return nil, gitProblem("read the commit before --merged", err)
		}
		before = append(before, p)
	}
	if s, err := repo.Between(ctx, base, now, policy.MaxCommits); err == nil && len(s.MergeBases) == 1 && s.MergeBases[0].ID == base.ID {
		before = append(before, base)
	}
	for _, b := range before {
		got, _, err := repo.RawDiff(ctx, b, now)
		if err != nil {
			return nil, gitProblem("compare --merged with the commit before", err)
		}
		if got == want {
			what, _, err := describe(ctx, repo, now, name)
			return &merged{base: base, head: head, what: what}, err
		}
	}
	return nil, failure(errors.New("another diff"), "Look at what was merged (git diff "+r.MergeBases[0].ID+" "+head.ID+"). If the branch moved on under the same files, attest and verify the merged commit by itself.",
		"Commit %s does not bring what the change brings: the raw diffs differ", now.ID)
}

// judgement is what verifying the change came to.
type judgement struct {
	policy attestation.Resource
	inputs []string // hex of the SHA-256 of each statement that was verified and counts; sorted
	levels []string
}

// judge runs the check of the gate over the change, as it was before the merge.
func (o MergeOptions) judge(ctx context.Context, name string, m *merged) (*judgement, error) {
	s, err := collect.Local(ctx, collect.Options{
		Dir: o.Dir, Base: m.base.ID, Head: m.head.ID, Kind: checks.KindRange, Repository: name, PolicyFile: o.PolicyFile, Now: o.Now, Attestations: o.Attestations,
	})
	if err != nil {
		return nil, err
	}
	verdict := registry.Evaluate(s)
	answer := checks.Answer{Outcome: checks.Undecided, Summary: "nothing was answered"}
	for _, a := range verdict.Questions {
		if a.ID == checks.QuestionProvenance {
			answer = a
		}
	}
	if answer.Outcome != checks.Verified {
		return nil, &Problem{Refused: true, Message: sentence("The provenance of the change is %s, not verified: %s", answer.Outcome, answer.Summary), Remedy: fmt.Sprintf("See why: claw-verified check --base %s --head %s.", m.base.ID, m.head.ID)}
	}
	p, _ := policy.Parse(string(s.Policy.Text), registry.Known())
	if p == nil {
		return nil, &Problem{Refused: true, Message: "The policy cannot be read.", Remedy: "See why: claw-verified policy lint."}
	}
	found := identity.Examine(s, p)
	if len(found.Problems) > 0 {
		return nil, &Problem{Refused: true, Message: found.Problems[0].Message, Remedy: found.Problems[0].Remedy}
	}
	j := &judgement{levels: []string{LevelProvenance}, policy: policyResource(name, verdict.Policy)}
	lowest := policy.LevelAttestedKeyless
	for i := range found.Contributions {
		c := &found.Contributions[i]
		if c.ProofsOnly {
			continue // it adds attestations of others and nothing else
		}
		if c.Level.Rank() < lowest.Rank() {
			lowest = c.Level
		}
		for _, a := range c.Attested {
			if a.Proof != attestation.ProofNone && a.By != "" {
				j.inputs = append(j.inputs, strings.TrimPrefix(a.Digest, "sha256:"))
			}
		}
	}
	if lowest.Rank() >= policy.LevelAttested.Rank() && len(j.inputs) > 0 {
		j.levels = append(j.levels, LevelAttested)
		if lowest == policy.LevelAttestedKeyless {
			j.levels = append(j.levels, LevelKeyless)
		}
	}
	slices.Sort(j.inputs)
	j.inputs = slices.Compact(j.inputs)
	return j, nil
}

// policyResource names the policy by its digest, and where it is in the repository.
func policyResource(name string, used checks.PolicyUsed) attestation.Resource {
	r := attestation.Resource{Digest: map[string]string{"sha256": strings.TrimPrefix(used.Digest, "sha256:")}}
	if used.Commit != "" {
		r.URI = "git+https://github.com/" + name + "@" + used.Commit + "#" + url.PathEscape(string(used.Path))
	}
	return r
}

// summary is the statement about the merged commit.
func summary(c attestation.Commit, o MergeOptions, j *judgement) ([]byte, error) {
	v := attestation.VSA{TimeVerified: o.Now.UTC().Truncate(time.Second), Policy: j.policy, Result: attestation.VSAPassed, VerifiedLevels: j.levels}
	for _, d := range j.inputs {
		v.InputAttestations = append(v.InputAttestations, attestation.Resource{Digest: map[string]string{"sha256": d}})
	}
	var refs []string
	if o.Ref != "" {
		refs = []string{o.Ref}
	}
	s, err := attestation.NewVSA(c, refs, v)
	if err != nil {
		return nil, &Problem{Usage: true, Err: err, Message: sentence("The summary cannot be made: %v", err), Remedy: "Give --ref as refs/heads/NAME."}
	}
	return s.Encode()
}
