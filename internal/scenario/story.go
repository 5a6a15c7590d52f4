package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// story is story.yml.
type story struct {
	Now     time.Time `yaml:"now"`
	Kind    string    `yaml:"kind"`
	Format  string    `yaml:"object_format"` // sha1 unless said
	Commits []commit  `yaml:"commits"`
	Files   []string  `yaml:"files"` // "modified main.tf", "modified link live", "modified submodule modules/vpc"
	Plans   []string  `yaml:"plans"` // names of files of the archive or of fixtures
	Saved   *saved    `yaml:"saved"` // the plan file of the first plan

	Attestations []statement  `yaml:"attestations"`
	Repository   string       `yaml:"repository"` // acme/infra unless said; "none": not known
	PullRequest  *pullRequest `yaml:"pull_request"`
	Trust        []string     `yaml:"trust"` // files of the archive that the policy names, at the base

	Reviews *reviews     `yaml:"reviews"`
	Checks  []otherCheck `yaml:"checks"` // what others said of the head
	Gaps    []struct {
		Question string `yaml:"question"`
		Message  string `yaml:"message"`
	} `yaml:"gaps"`
	NoPolicy bool   `yaml:"no_policy"`
	Owners   int64  `yaml:"codeowners_size"` // of a CODEOWNERS that is too large to be read
	Head     string `yaml:"head"`            // the name of a commit; the last one unless said
}

// pullRequest is what the platform says of it.
type pullRequest struct {
	Title    string    `yaml:"title"`
	Body     string    `yaml:"body"`
	Branch   string    `yaml:"branch"`
	From     string    `yaml:"from"` // the repository of the head branch
	Draft    bool      `yaml:"draft"`
	State    string    `yaml:"state"` // "closed" or "merged"; open unless said
	Labels   []string  `yaml:"labels"`
	Lines    *int      `yaml:"lines"` // not counted unless said
	Siblings []sibling `yaml:"siblings"`
}

// sibling is another open pull request with the same head.
type sibling struct {
	Number int64  `yaml:"number"`
	Base   string `yaml:"base"` // main unless said
	By     string `yaml:"by"`   // a login of the accounts; "ghost" is a deleted one
}

func (pr *pullRequest) build(r *reviews) (*checks.PullRequest, error) {
	out := &checks.PullRequest{
		Number: 1, HeadBranch: pr.Branch, Title: pr.Title, Body: pr.Body, HeadRepository: pr.From,
		Draft: pr.Draft, State: pr.State, Labels: pr.Labels, Lines: pr.Lines,
	}
	for _, s := range pr.Siblings {
		sib := checks.Sibling{Number: s.Number, Base: cmp.Or(s.Base, "main")}
		if s.By != "ghost" {
			if r == nil || r.Accounts[s.By].ID == 0 {
				return nil, fmt.Errorf("pull_request: %q is not among the accounts, with an id", s.By)
			}
			sib.Author = &checks.AccountRef{ID: r.Accounts[s.By].ID, Login: s.By}
		}
		out.Siblings = append(out.Siblings, sib)
	}
	return out, nil
}

// commit is one commit of a story.
type commit struct {
	Name      string   `yaml:"name"`
	Author    string   `yaml:"author"`    // "Claw <claw@agents.example>"
	Committer string   `yaml:"committer"` // the author unless said
	Key       string   `yaml:"key"`       // who signs; unsigned unless said
	CA        string   `yaml:"ca"`        // the authority whose certificate the key signs with
	For       []string `yaml:"for"`       // the names in that certificate; it was made a day ago for two
	PGP       string   `yaml:"pgp"`       // who signs with OpenPGP
	Object    string   `yaml:"object"`    // a file of fixtures with a real commit, in place of all else
	Message   string   `yaml:"message"`
	Date      string   `yaml:"date"` // RFC 3339; an hour ago unless said
	Tree      string   `yaml:"tree"` // any word; the same word, the same content
	Parents   []string `yaml:"parents"`
	// Tamper changes the commit after it was signed: "message", "twice" (a second
	// signature), "object" (other bytes under the old id), "pgp" (a damaged
	// OpenPGP signature in place of the key's), "garbage"; with pgp also "sha1" and
	// "future", a signature that says it is of tomorrow; with ca also "old", a
	// certificate that ran out.
	Tamper string `yaml:"tamper"`
}

func (st *story) snapshot(policy []byte, readPlan ReadPlan, load func(string) ([]byte, error)) (*checks.Snapshot, error) {
	format := cmp.Or(st.Format, "sha1")
	now := st.Now
	if now.IsZero() {
		now = Now
	}
	b := &builder{format: format, now: now, ids: map[string]string{"base": name2id(format, "base")}}
	s := &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: now, Kind: checks.Kind(cmp.Or(st.Kind, string(checks.KindPullRequest))),
		Repository: checks.Repository{Name: "acme/infra", ObjectFormat: format},
		Base:       checks.Ref{Name: "main", Commit: b.ids["base"], Tree: name2id(format, "base tree")},
		MergeBase:  b.ids["base"],
		Commits:    []checks.Commit{}, Files: []checks.File{}, Plans: []checks.Plan{}, Gaps: []checks.Gap{},
	}
	if !st.NoPolicy {
		s.Policy = checks.PolicyText{Origin: checks.PolicyFromBase, Path: ".github/claw-verified.yml", Commit: b.ids["base"], Digest: digest(policy), Text: policy}
	}
	for i := range st.Commits {
		c, err := b.commit(i, &st.Commits[i], load)
		if err != nil {
			return nil, err
		}
		s.Commits = append(s.Commits, c)
	}
	head := cmp.Or(st.Head, b.last)
	s.Head = checks.Ref{Name: "agent/change", Commit: b.ids[head], Tree: b.trees[head]}
	for _, f := range st.Files {
		status, path, _ := strings.Cut(f, " ")
		mode := "100644"
		for word, m := range map[string]string{"link ": "120000", "submodule ": "160000"} {
			if p, ok := strings.CutPrefix(path, word); ok {
				path, mode = p, m
			}
		}
		s.Files = append(s.Files, checks.File{Path: checks.Path(path), Status: status, Mode: mode, OldMode: mode})
	}
	for _, name := range st.Plans {
		data, err := load(name)
		if err != nil {
			return nil, err
		}
		s.Plans = append(s.Plans, readPlan(name, data))
	}
	if st.Saved != nil {
		facts, err := st.Saved.facts()
		if err != nil || len(s.Plans) == 0 {
			return nil, fmt.Errorf("read saved: it needs a plan: %w", err)
		}
		s.Plans[0].Saved = facts
	}
	if st.PullRequest == nil && st.Reviews != nil && st.Reviews.Source == "github" && s.Kind == checks.KindPullRequest {
		st.PullRequest = &pullRequest{} // whoever reads reviews there has read it too
	}
	if pr := st.PullRequest; pr != nil {
		var err error
		if s.PullRequest, err = pr.build(st.Reviews); err != nil {
			return nil, err
		}
	}
	for _, name := range st.Trust {
		data, err := load(name)
		if err != nil {
			return nil, err
		}
		if data, err = expand(data); err != nil {
			return nil, err
		}
		data = bytes.ReplaceAll(data, []byte(`\n`), []byte("\n")) // of keys; a policy has them in quotes
		s.Trust = append(s.Trust, checks.TrustFile{Path: checks.Path(name), Digest: digest(data), Text: data})
	}
	if err := b.attestations(st, s, load); err != nil {
		return nil, err
	}
	switch st.Repository {
	case "":
	case "none":
		s.Repository.Name = ""
	default:
		s.Repository.Name = st.Repository
	}
	for _, g := range st.Gaps {
		s.Gaps = append(s.Gaps, checks.Gap{Question: checks.Question(g.Question), Kind: checks.GapEvidence, Message: g.Message, Remedy: "Look again."})
	}
	for i := range st.Checks {
		c, err := st.Checks[i].build(b)
		if err != nil {
			return nil, err
		}
		s.Checks = append(s.Checks, c)
	}
	checks.SortCheckStates(s.Checks)
	var err error
	s.Review, err = st.Reviews.build(b, s)
	return s, err
}

// name2id makes an object id out of a word.
func name2id(format, word string) string {
	id, _ := gitobject.Hash(format, "blob", []byte(word))
	return id
}

type builder struct {
	format string
	now    time.Time
	ids    map[string]string // commit name -> id
	trees  map[string]string
	last   string
}

// id resolves a commit's name in a story; "head" is the last commit.
func (b *builder) id(name string) string {
	if name == "head" {
		name = b.last
	}
	return cmp.Or(b.ids[name], name)
}

func (b *builder) ago(when string) (time.Time, error) {
	if when == "" {
		return b.now.Add(-10 * time.Minute), nil
	}
	if d, err := time.ParseDuration(when); err == nil {
		return b.now.Add(d), nil
	}
	t, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return t, fmt.Errorf("time %q is neither a duration such as -20m nor RFC 3339", when)
	}
	return t, nil
}
