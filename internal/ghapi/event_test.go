package ghapi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

const (
	a40 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	b40 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	z40 = "0000000000000000000000000000000000000000"
)

func TestReadEvent(t *testing.T) {
	t.Parallel()
	pr := `{"number":7,"pull_request":{"number":7,"title":"Add 🦞","body":"one\r\ntwo\ud83e","user":{"id":42,"login":"claw[bot]"},"base":{"ref":"main","sha":"` + a40 + `"},"head":{"ref":"agent/x","sha":"` + b40 + `"}},"repository":{"full_name":"acme/infra","default_branch":"main"}}`
	wantPR := Event{Kind: checks.KindPullRequest, Repository: "acme/infra", Default: "main", Base: a40, BaseRef: "main", Head: b40, HeadRef: "agent/x", Number: 7, Title: "Add 🦞", Body: "one\r\ntwo\ufffd", Author: &checks.AccountRef{ID: 42, Login: "claw[bot]"}}
	noBody := wantPR
	noBody.Body = ""
	for _, c := range []struct {
		name, event, payload string
		want                 Event
		err                  string
	}{
		{"pull request", "pull_request", pr, wantPR, ""},
		{"pull request target", "pull_request_target", pr, wantPR, ""},
		{"review", "pull_request_review", pr, wantPR, ""},
		{"merge group", "merge_group", `{"merge_group":{"base_sha":"` + a40 + `","head_sha":"` + b40 + `","base_ref":"refs/heads/main","head_ref":"refs/heads/gh-readonly-queue/main/pr-7"},"repository":{"full_name":"acme/infra","default_branch":"main"}}`, Event{Kind: checks.KindMergeGroup, Repository: "acme/infra", Default: "main", Base: a40, BaseRef: "main", Head: b40, HeadRef: "gh-readonly-queue/main/pr-7"}, ""},
		{"push", "push", `{"ref":"refs/heads/main","before":"` + a40 + `","after":"` + b40 + `","repository":{"full_name":"acme/infra","default_branch":"main"}}`, Event{Kind: checks.KindPush, Repository: "acme/infra", Default: "main", Base: a40, BaseRef: "main", Head: b40, HeadRef: "main"}, ""},
		{"new branch", "push", `{"ref":"refs/heads/x","before":"` + z40 + `","after":"` + b40 + `"}`, Event{}, "new branch"},
		{"deleted branch", "push", `{"ref":"refs/heads/x","before":"` + a40 + `","after":"` + z40 + `"}`, Event{}, "deleted"},
		{"no range", "workflow_dispatch", `{}`, Event{}, "names no range"},
		{"unknown event", "made_up", `{}`, Event{}, "names no range"},
		{"not JSON", "pull_request", `{`, Event{}, "not JSON"},
		{"empty", "pull_request", `{}`, Event{}, "no full object id"},
		{"short id", "pull_request", strings.ReplaceAll(pr, b40, "bbbbbbb"), Event{}, "no full object id"},
		{"an option for an id", "pull_request", strings.ReplaceAll(pr, b40, "--upload-pack=evil"), Event{}, "no full object id"},
		{"no description", "pull_request", strings.Replace(pr, `"body":"one\r\ntwo\ud83e"`, `"body":null`, 1), noBody, ""},
		{"a description that GitHub would not take", "pull_request", strings.Replace(pr, "one", strings.Repeat("x", MaxTextBytes), 1), Event{}, "its description has"},
		{"a longer branch name", "pull_request", strings.Replace(pr, "agent/x", strings.Repeat("x", MaxTextBytes+1), 1), Event{}, "its branch name has"},
	} {
		got, err := ReadEvent(c.event, []byte(c.payload))
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
	if _, err := ReadEvent("workflow_dispatch", []byte(`{}`)); !errors.Is(err, ErrNoRange) {
		t.Errorf("got %v", err)
	}
}

func TestPullRequestOfAnEvent(t *testing.T) {
	t.Parallel()
	e := Event{Kind: checks.KindPullRequest, Number: 7, HeadRef: "agent/x", Title: "t", Body: "b"}
	if d := cmp.Diff(&checks.PullRequest{Number: 7, HeadBranch: "agent/x", Title: "t", Body: "b"}, e.PullRequest()); d != "" {
		t.Error(d)
	}
	for _, k := range []checks.Kind{"", checks.KindPush, checks.KindMergeGroup, checks.KindRange} {
		e.Kind = k
		if e.PullRequest() != nil {
			t.Errorf("%q has a pull request", k)
		}
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add("pull_request", []byte(`{"pull_request":{"base":{"sha":"`+a40+`"}}}`))
	f.Add("push", []byte(`{"before":null}`))
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		e, err := ReadEvent(name, payload)
		if err == nil && (len(e.Base) < 40 || len(e.Head) < 40) {
			t.Fatalf("an event without a range: %+v", e)
		}
	})
}
