package ghapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

// example is a payload that nobody here wrote, see fixtures/webhooks/README.md.
type example struct {
	Name    string
	Payload json.RawMessage
}

func examples(t testing.TB) []example {
	t.Helper()
	packed, err := os.ReadFile("../../fixtures/webhooks/examples.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// exampleFacts is what a payload itself says, read without go-github.
type exampleFacts struct {
	PullRequest *struct {
		Number int
		Title  string
		Base   struct {
			Ref, SHA string
			Repo     struct {
				FullName string `json:"full_name"`
			}
		}
		Head struct{ Ref, SHA string }
		User struct{ ID int64 }
	} `json:"pull_request"`
	MergeGroup *struct {
		HeadSHA string `json:"head_sha"`
		HeadRef string `json:"head_ref"`
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
	} `json:"merge_group"`
	Repository struct {
		FullName      string `json:"full_name"`
		DefaultBranch string `json:"default_branch"`
	}
	Ref, Before, After string
}

// TestWebhookExamples reads every example payload under the name of its event. The
// events that are about a range of commits give it, exactly; all others say that they
// are about none, whatever they hold.
func TestWebhookExamples(t *testing.T) {
	t.Parallel()
	const zero = "0000000000000000000000000000000000000000"
	count := map[string]int{}
	for i, e := range examples(t) {
		got, err := ReadEvent(e.Name, e.Payload)
		var s exampleFacts
		if e.Name == "pull_request" || e.Name == "pull_request_review" || e.Name == "merge_group" || e.Name == "push" {
			if err := json.Unmarshal(e.Payload, &s); err != nil {
				t.Fatal(err)
			}
		}
		want, wantErr := Event{Repository: s.Repository.FullName, Default: s.Repository.DefaultBranch}, ""
		switch e.Name {
		case "pull_request", "pull_request_review":
			p := s.PullRequest
			want.Kind, want.Number, want.Title = checks.KindPullRequest, p.Number, p.Title
			want.Base, want.BaseRef, want.Head, want.HeadRef = p.Base.SHA, p.Base.Ref, p.Head.SHA, p.Head.Ref
			if got.Author == nil || got.Author.ID != p.User.ID || p.Number == 0 || p.Base.Repo.FullName != want.Repository {
				t.Errorf("%d %s: author %v, want %d, in %s", i, e.Name, got.Author, p.User.ID, p.Base.Repo.FullName)
			}
		case "merge_group":
			g := s.MergeGroup
			want.Kind = checks.KindMergeGroup
			want.Base, want.BaseRef = g.BaseSHA, strings.TrimPrefix(g.BaseRef, "refs/heads/")
			want.Head, want.HeadRef = g.HeadSHA, strings.TrimPrefix(g.HeadRef, "refs/heads/")
		case "push":
			switch {
			case s.Before == zero:
				wantErr = "made a new branch"
			case s.After == zero:
				wantErr = "deleted the branch"
			default:
				t.Errorf("%d: an ordinary push: give this test its rule", i)
			}
		default:
			wantErr = "names no range"
		}
		switch {
		case wantErr != "":
			count[wantErr]++
			if err == nil || !strings.Contains(err.Error(), wantErr) || !errors.Is(err, ErrNoRange) {
				t.Errorf("%d %s: got %+v and error %v, want %q", i, e.Name, got, err, wantErr)
			}
		case err != nil:
			t.Errorf("%d %s: %v", i, e.Name, err)
		default:
			count[e.Name]++
			part := Event{
				Kind: got.Kind, Repository: got.Repository, Default: got.Default, Number: got.Number, Title: got.Title,
				Base: got.Base, BaseRef: got.BaseRef, Head: got.Head, HeadRef: got.HeadRef,
			}
			if d := cmp.Diff(want, part); d != "" {
				t.Errorf("%d %s: %s", i, e.Name, d)
			}
		}
	}
	want := map[string]int{
		"pull_request": 29, "pull_request_review": 4, "merge_group": 2,
		"made a new branch": 3, "deleted the branch": 4, "names no range": 287,
	}
	if d := cmp.Diff(want, count); d != "" {
		t.Errorf("other examples than known: %s", d)
	}
}

// TestWebhookUnderAnotherName: the signature of a webhook is over its body and not
// over the header that names the event, so a payload can come under any name. It may
// be refused, or be about what it is about; it is never about another range.
func TestWebhookUnderAnotherName(t *testing.T) {
	t.Parallel()
	names := []string{"pull_request", "pull_request_target", "pull_request_review", "merge_group", "push"}
	for i, e := range examples(t) {
		for _, name := range names {
			got, err := ReadEvent(name, e.Payload)
			if err != nil {
				continue
			}
			var s exampleFacts
			if err := json.Unmarshal(e.Payload, &s); err != nil {
				t.Fatal(err)
			}
			p, g := s.PullRequest, s.MergeGroup
			switch {
			case got.Kind == checks.KindPullRequest && p != nil && got.Base == p.Base.SHA && got.Head == p.Head.SHA && got.Number == p.Number:
			case got.Kind == checks.KindMergeGroup && g != nil && got.Base == g.BaseSHA && got.Head == g.HeadSHA:
			case got.Kind == checks.KindPush && got.Base == s.Before && got.Head == s.After && s.Ref != "":
			default:
				t.Errorf("%d: %s as %s gives %+v", i, e.Name, name, got)
			}
		}
	}
}

// TestWebhookCut cuts every example short, and puts something behind it: none of that
// is an event.
func TestWebhookCut(t *testing.T) {
	t.Parallel()
	for i, e := range examples(t) {
		n := len(e.Payload)
		for _, at := range []int{0, 1, n / 3, n / 2, n - 1} {
			if _, err := ReadEvent(e.Name, e.Payload[:at]); err == nil {
				t.Errorf("%d %s: %d of %d bytes are an event", i, e.Name, at, n)
			}
		}
		if _, err := ReadEvent(e.Name, append(bytes.Clone(e.Payload), "{}"...)); err == nil {
			t.Errorf("%d %s: two documents are an event", i, e.Name)
		}
	}
}
