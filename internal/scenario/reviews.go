package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/checks"
)

// reviews is the part of a story about people.
type reviews struct {
	OpenedBy  string             `yaml:"opened_by"`
	HeadSeen  string             `yaml:"head_seen"` // a duration such as -30m (the default), a time, or "never"
	Accounts  map[string]account `yaml:"accounts"`  // by login
	Given     []review           `yaml:"given"`
	Requested []string           `yaml:"requested"`
	Pushers   []string           `yaml:"pushers"`
	Operators []string           `yaml:"operators"`

	Source        string         `yaml:"source"` // file unless said; github
	Contributors  []string       `yaml:"contributors"`
	Conversations *conversations `yaml:"conversations"`
}

// conversations are those of a story; those that are not open were resolved.
type conversations struct {
	Resolved int            `yaml:"resolved"`
	Open     []conversation `yaml:"open"`
}

type conversation struct {
	By       string `yaml:"by"`
	At       string `yaml:"at"` // "main.tf:12"
	Outdated bool   `yaml:"outdated"`
}

type account struct {
	ID         int64    `yaml:"id"`
	Type       string   `yaml:"type"`       // User unless said
	Permission string   `yaml:"permission"` // write unless said
	Teams      []string `yaml:"teams"`
	Emails     []string `yaml:"emails"`
	AppID      int64    `yaml:"app_id"`
}

// review is one review; "bob approved" is short for one of the head, ten
// minutes ago.
type review struct {
	By          string   `yaml:"by"`
	State       string   `yaml:"state"`
	Commit      string   `yaml:"commit"` // a commit's name, "head" unless said
	Tree        string   `yaml:"tree"`   // a commit's name whose tree was approved
	Plans       []string `yaml:"plans"`  // digests; "all" is those of the story's plans, "effects" those of their change sets
	At          string   `yaml:"at"`
	EditedAt    string   `yaml:"edited_at"`
	DismissedBy string   `yaml:"dismissed_by"`
	// MergeBase is where the commit left the base, by a commit's name or "base"; not
	// recorded unless said. CommitSeen is when we first saw it, as a duration.
	MergeBase  string `yaml:"merge_base"`
	CommitSeen string `yaml:"commit_seen"`
	Was        string `yaml:"was"`  // what a dismissed review said
	Body       string `yaml:"body"` // ${head}, ${plan} and the names of commits, ${first}, stand for ids and digests
}

func (r *reviews) build(b *builder, s *checks.Snapshot) (checks.Review, error) {
	out := checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}}
	if r == nil {
		return out, nil
	}
	out.Source = cmp.Or(r.Source, "file")
	logins := make([]string, 0, len(r.Accounts))
	for l := range r.Accounts {
		logins = append(logins, l)
	}
	slices.Sort(logins)
	ids := map[string]int64{"ghost": 0}
	for i, l := range logins {
		a := r.Accounts[l]
		ids[l] = cmp.Or(a.ID, int64(1000+i))
		out.Accounts = append(out.Accounts, checks.Account{
			ID: ids[l], Login: l, Type: cmp.Or(a.Type, "User"), Permission: cmp.Or(a.Permission, "write"), Teams: a.Teams, Emails: a.Emails, AppID: a.AppID,
		})
	}
	id := func(login string) (int64, error) {
		n, ok := ids[login]
		if !ok {
			return 0, fmt.Errorf("reviews: %q is not among the accounts", login)
		}
		return n, nil
	}
	var err error
	if out.HeadSeenAt, err = b.headSeen(r.HeadSeen); err != nil {
		return out, err
	}
	if r.OpenedBy != "" {
		n, err := id(r.OpenedBy)
		if err != nil {
			return out, err
		}
		out.Author = &checks.AccountRef{ID: n, Login: r.OpenedBy}
	}
	for _, l := range []struct {
		from []string
		to   *[]int64
	}{{r.Requested, &out.Requested}, {r.Pushers, &out.Pushers}, {r.Operators, &out.Operators}, {r.Contributors, &out.Contributors}} {
		for _, login := range l.from {
			n, err := id(login)
			if err != nil {
				return out, err
			}
			*l.to = append(*l.to, n)
		}
	}
	if out.Conversations, err = r.Conversations.build(id); err != nil {
		return out, err
	}
	for i := range r.Given {
		u, err := r.Given[i].build(int64(i+1), b, s, id)
		if err != nil {
			return out, err
		}
		out.Reviews = append(out.Reviews, u)
	}
	return out, nil
}

func (b *builder) headSeen(when string) (time.Time, error) {
	if when == "never" {
		return time.Time{}, nil
	}
	return b.ago(cmp.Or(when, "-30m"))
}

func (r *review) build(n int64, b *builder, s *checks.Snapshot, id func(string) (int64, error)) (checks.UserReview, error) {
	u := checks.UserReview{ID: n, State: checks.ReviewState(r.State), Commit: b.id(cmp.Or(r.Commit, "head")), Body: b.quoted(r.Body, s), Was: checks.ReviewState(r.Was)}
	var err error
	if u.Account, err = id(r.By); err != nil {
		return u, err
	}
	if r.DismissedBy != "" {
		if u.DismissedBy, err = id(r.DismissedBy); err != nil {
			return u, err
		}
	}
	if r.Tree != "" {
		u.Tree = b.trees[cmp.Or(map[string]string{"head": b.last}[r.Tree], r.Tree)]
	}
	for _, p := range r.Plans {
		if p != "all" && p != "effects" {
			u.PlanDigests = append(u.PlanDigests, p)
			continue
		}
		for i := range s.Plans {
			d := s.Plans[i].Digest
			if p == "effects" {
				d = s.Plans[i].Changeset
			}
			u.PlanDigests = append(u.PlanDigests, d)
		}
	}
	if u.SubmittedAt, err = b.ago(r.At); err != nil {
		return u, err
	}
	if r.EditedAt != "" {
		if u.EditedAt, err = b.ago(r.EditedAt); err != nil {
			return u, err
		}
	}
	if r.MergeBase != "" {
		u.MergeBase = b.id(r.MergeBase)
	}
	if r.CommitSeen != "" {
		u.CommitSeenAt, err = b.ago(r.CommitSeen)
	}
	return u, err
}

var named = regexp.MustCompile(`\$\{[a-z0-9-]+\}`)

// quoted puts ids and digests into a text that a reviewer wrote.
func (b *builder) quoted(text string, s *checks.Snapshot) string {
	return named.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		if name != "plan" {
			return b.id(name)
		}
		if len(s.Plans) == 0 {
			return "none"
		}
		return cmp.Or(s.Plans[0].Changeset, s.Plans[0].Digest)
	})
}

func (c *conversations) build(id func(string) (int64, error)) (*checks.Conversations, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // nobody asked
	}
	out := &checks.Conversations{Total: c.Resolved + len(c.Open), Open: []checks.Conversation{}}
	for _, o := range c.Open {
		by, err := id(o.By)
		if err != nil {
			return nil, err
		}
		path, line, _ := strings.Cut(o.At, ":")
		n, _ := strconv.Atoi(line)
		out.Open = append(out.Open, checks.Conversation{Account: by, Path: checks.Path(path), Line: n, Outdated: o.Outdated})
	}
	return out, nil
}

// UnmarshalYAML reads the short form "bob approved" and the long one.
func (r *review) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		type long review
		return n.Decode((*long)(r))
	}
	by, state, ok := strings.Cut(n.Value, " ")
	if !ok {
		return fmt.Errorf("line %d: review %q is not of the form \"bob approved\"", n.Line, n.Value)
	}
	r.By, r.State = by, state
	return nil
}
