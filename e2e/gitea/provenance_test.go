//go:build e2e

package gitea

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

const (
	branch     = "agent/change"
	policyPath = ".github/claw-verified.yml"
	policyText = `version: 1
agents:
  - id: claw
    emails: [claw@agents.example]
    trailers: [Claw-Task]
    keys: ["%s"]
    operators: [alice]
people:
  - {id: alice, github_ids: [1], logins: [alice]}
provenance: {require: signed}
`
)

// told is a commit as the API tells of it.
type told struct {
	SHA     string
	Parents []struct{ SHA string }
	Commit  struct {
		Tree         struct{ SHA string }
		Verification struct {
			Verified           bool
			Signature, Payload string
		}
	}
}

func (c *told) parts() gitobject.Parts {
	return gitobject.Parts{Payload: c.Commit.Verification.Payload, Signature: c.Commit.Verification.Signature}
}

// TestSignedCommitOverAnAPI: what a forge tells of a commit is enough to make the object
// again, and the object says who made it; whatever the forge thinks of the signature.
func TestSignedCommitOverAnAPI(t *testing.T) {
	f := start(t)
	listed, stranger := newKey(t, "claw"), newKey(t, "stranger")
	c := newClone(t, f)
	base := c.commit(t, nil, "main", policyPath, fmt.Sprintf(policyText, listed.public))
	first := c.commit(t, &listed, branch, "docs/network.md", "One network.\n")
	number := f.propose(t, first)
	list := f.commits(t, number, base, first)
	good := checks.Origin{Commit: first, Subject: "Write network.md", Level: "signed", SignedBy: "agent claw", Key: listed.fingerprint, Agents: []string{"claw"}}

	t.Run("the object is made again", func(t *testing.T) {
		object, err := gitobject.Rebuild(first, list[0].parts())
		if err != nil {
			t.Fatal(err)
		}
		if want := c.git(t, "cat-file", "commit", first); string(object) != want {
			t.Errorf("git has\n%s\nand the API's parts make\n%s", want, object)
		}
		if !bytes.Contains(object, []byte("-----BEGIN SSH SIGNATURE-----")) {
			t.Errorf("no SSH signature in\n%s", object)
		}
	})
	t.Run("a listed key is verified", func(t *testing.T) {
		v := registry.Evaluate(f.snapshot(t, number, base, list))
		hold(t, v, checks.Verified, []checks.Origin{good}, nil)
	})
	t.Run("a tree that the forge gets wrong is undecided", func(t *testing.T) {
		s := f.snapshot(t, number, base, list)
		if s.Head.Tree == list[0].Commit.Tree.SHA {
			t.Fatal("Gitea has no such defect any more: take the tree that it tells")
		}
		s.Head.Tree = list[0].Commit.Tree.SHA
		if v := registry.Evaluate(s); v.Questions[0].Outcome != checks.Undecided || v.Outcome != checks.Undecided {
			t.Errorf("%+v", v.Questions)
		}
	})
	t.Run("a payload with another byte is nothing", func(t *testing.T) {
		for i := range len(list[0].Commit.Verification.Payload) {
			p := list[0].parts()
			b := []byte(p.Payload)
			b[i] ^= 1
			p.Payload = string(b)
			if object, err := gitobject.Rebuild(first, p); !errors.Is(err, gitobject.ErrNotRebuilt) || object != nil {
				t.Errorf("byte %d: %q, %v", i, object, err)
			}
		}
	})
	t.Run("an unlisted key is refused", func(t *testing.T) {
		second := c.commit(t, &stranger, branch, "docs/routes.md", "Another route.\n")
		list := f.commits(t, number, base, second)
		v := registry.Evaluate(f.snapshot(t, number, base, list))
		bad := checks.Origin{Commit: second, Subject: "Write routes.md", Level: "attributed", Agents: []string{"claw"}}
		hold(t, v, checks.Refused, []checks.Origin{good, bad}, []string{"provenance.unknown-key " + second})
	})
}

// hold compares the answer to "who made this change?" with what is wanted.
func hold(t *testing.T, v *checks.Verdict, want checks.Outcome, origins []checks.Origin, findings []string) {
	t.Helper()
	if len(v.Questions) == 0 || v.Questions[0].ID != checks.QuestionProvenance || v.Questions[0].Outcome != want {
		t.Errorf("%+v, want %s", v.Questions, want)
	}
	if d := cmp.Diff(origins, v.Origins); d != "" {
		t.Error(d)
	}
	var found []string
	for i := range v.Findings {
		if v.Findings[i].Question == checks.QuestionProvenance {
			found = append(found, v.Findings[i].Rule+" "+v.Findings[i].Subject.Name)
		}
	}
	if d := cmp.Diff(findings, found); d != "" {
		t.Error(d)
	}
	if len(v.Undecided) > 0 {
		t.Errorf("undecided: %+v", v.Undecided)
	}
}

func path(format string, args ...any) string {
	return fmt.Sprintf("/repos/%s/%s", user, repository) + fmt.Sprintf(format, args...)
}

// wait asks until the answer is there: the forge looks at a push after it has taken it.
func wait(t *testing.T, what string, there func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !there(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("the forge does not come to know of %s", what)
		}
	}
}

// propose opens a pull request of the branch, when the forge knows of it.
func (f *forge) propose(t *testing.T, head string) (number int) {
	t.Helper()
	wait(t, "the branch at "+head, func() bool {
		var list []struct{ Commit struct{ ID string } }
		f.call(t, "GET", path("/branches"), nil, &list)
		return slices.ContainsFunc(list, func(b struct{ Commit struct{ ID string } }) bool { return b.Commit.ID == head })
	})
	var pull struct{ Number int }
	f.call(t, "POST", path("/pulls"), map[string]any{"title": "Network", "head": branch, "base": "main"}, &pull)
	return pull.Number
}

// commits reads those of the pull request, parents first, when it has come to the head.
func (f *forge) commits(t *testing.T, number int, base, head string) []told {
	t.Helper()
	var list []told
	wait(t, "the pull request at "+head, func() bool {
		list = nil
		h := f.call(t, "GET", path("/pulls/%d/commits", number), nil, &list)
		if total := h.Get("X-Total-Count"); total != strconv.Itoa(len(list)) {
			t.Fatalf("%d commits of %q were told", len(list), total)
		}
		return len(list) > 0 && list[0].SHA == head
	})
	slices.Reverse(list)
	for i, parent := 0, base; i < len(list); i, parent = i+1, list[i].SHA {
		if c := &list[i]; len(c.Parents) != 1 || c.Parents[0].SHA != parent {
			t.Fatalf("commit %s has the parents %v, want %s", c.SHA, c.Parents, parent)
		}
		if list[i].Commit.Verification.Verified {
			t.Errorf("the forge calls %s verified, and was told of no key", list[i].SHA)
		}
	}
	return list
}

// snapshot makes one of nothing but what the API tells.
func (f *forge) snapshot(t *testing.T, number int, base string, list []told) *checks.Snapshot {
	t.Helper()
	var pull struct {
		MergeBase  string `json:"merge_base"`
		Base, Head struct{ Ref, SHA string }
	}
	f.call(t, "GET", path("/pulls/%d", number), nil, &pull)
	var text []byte
	f.call(t, "GET", path("/raw/%s?ref=%s", policyPath, pull.Base.SHA), nil, &text)
	last := &list[len(list)-1]
	if pull.Base.SHA != base || pull.MergeBase != base || pull.Head.SHA != last.SHA {
		t.Fatalf("the pull request is %+v, want %s to %s", pull, base, last.SHA)
	}
	sum := sha256.Sum256(text)
	s := &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: time.Now().UTC().Truncate(time.Second), Kind: checks.KindPullRequest,
		Repository: checks.Repository{Name: user + "/" + repository, ObjectFormat: "sha1"},
		Base:       checks.Ref{Name: pull.Base.Ref, Commit: pull.Base.SHA, Tree: f.tree(t, pull.Base.SHA)},
		MergeBase:  pull.MergeBase,
		Head:       checks.Ref{Name: pull.Head.Ref, Commit: pull.Head.SHA, Tree: f.tree(t, pull.Head.SHA)},
		Policy:     checks.PolicyText{Origin: checks.PolicyFromBase, Path: policyPath, Commit: pull.Base.SHA, Digest: "sha256:" + hex.EncodeToString(sum[:]), Text: text},
		Commits:    []checks.Commit{}, Files: []checks.File{}, Plans: []checks.Plan{}, Gaps: []checks.Gap{},
	}
	for i := range list {
		object, err := gitobject.Rebuild(list[i].SHA, list[i].parts())
		if err != nil {
			t.Fatal(err)
		}
		s.Commits = append(s.Commits, checks.Commit{ID: list[i].SHA, Object: object})
	}
	return s
}

// tree is the id of a commit's tree, of its listing. The API's own word for it is that
// of the commit: a defect of Gitea.
func (f *forge) tree(t *testing.T, commit string) string {
	t.Helper()
	var list struct {
		Truncated bool
		Tree      []struct{ Mode, Path, SHA string }
	}
	f.call(t, "GET", path("/git/trees/%s", commit), nil, &list)
	var object []byte
	for _, e := range list.Tree {
		id, err := hex.DecodeString(e.SHA)
		if err != nil {
			t.Fatal(err)
		}
		object = append(fmt.Appendf(object, "%s %s\x00", strings.TrimPrefix(e.Mode, "0"), e.Path), id...)
	}
	tree, err := gitobject.Hash("sha1", "tree", object)
	if err != nil || list.Truncated {
		t.Fatalf("the tree of %s: %+v, %v", commit, list, err)
	}
	return tree
}
