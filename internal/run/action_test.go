package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/publish"
	"github.com/claw-verified/claw-verified/internal/run"
)

// runner is a workflow run on disk.
type runner struct {
	t                *testing.T
	workspace, files string
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	r := &runner{t: t, workspace: t.TempDir(), files: t.TempDir()}
	writeRepository(t, r.workspace, 2)
	return r
}

func (r *runner) rev(name string) string {
	r.t.Helper()
	out, err := exec.CommandContext(r.t.Context(), "git", "-C", r.workspace, "rev-parse", name).Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (r *runner) pullRequest() string {
	return `{"number":7,"pull_request":{"number":7,"user":{"id":1,"login":"alice"},"base":{"ref":"main","sha":"` + r.rev("main") + `"},"head":{"ref":"agent","sha":"` + r.rev("agent") + `"}},"repository":{"full_name":"acme/infra","default_branch":"main"}}`
}

// run runs the action and returns its exit code, log and outputs.
func (r *runner) run(event, payload string, change func(*config.Action)) (int, string, map[string]string) {
	r.t.Helper()
	a := config.Action{
		Workspace: r.workspace, EventName: event, EventPath: filepath.Join(r.files, "event.json"),
		Output: filepath.Join(r.files, "output"), StepFile: filepath.Join(r.files, "summary"), FailOn: config.FailOnRefused, Summary: true,
		Check: config.Check{Dir: r.workspace, Color: "never"},
	}
	if err := os.WriteFile(a.EventPath, []byte(payload), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if change != nil {
		change(&a)
	}
	var log bytes.Buffer
	code, err := run.Action(context.Background(), a, run.Streams{Out: &log, Terminal: publish.Options{Rules: registry.Rules()}})
	if err != nil {
		r.t.Fatal(err)
	}
	return code, log.String(), r.outputs(a.Output)
}

// outputs reads the output file the way the runner does.
func (r *runner) outputs(name string) map[string]string {
	r.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]string{}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for i := 0; i < len(lines); i++ {
		key, mark, ok := strings.Cut(lines[i], "<<")
		if !ok {
			r.t.Fatalf("line %q of the output file", lines[i])
		}
		var value []string
		for i++; i < len(lines) && lines[i] != mark; i++ {
			value = append(value, lines[i])
		}
		out[key] = strings.Join(value, "\n")
	}
	return out
}

// TestActionTellsOfThePullRequest: what its author typed is in the snapshot, and a
// description with evidence in it is evidence.
func TestActionTellsOfThePullRequest(t *testing.T) {
	t.Parallel()
	for _, given := range []bool{false, true} {
		r := newRunner(t)
		payload := strings.Replace(r.pullRequest(), `"user":`, `"title":"Add 🦞","body":"Claw-Attestation: sha256:x","user":`, 1)
		if err := os.WriteFile(filepath.Join(r.workspace, "bundle.jsonl"), []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, out := r.run("pull_request", payload, func(a *config.Action) {
			a.Check.Attested = []string{"bundle.jsonl"}
			if given {
				a.Check.Base, a.Check.Head = "main", "agent"
			}
		})
		f, err := os.Open(filepath.Join(r.workspace, out["snapshot"]))
		if err != nil {
			t.Fatal(err)
		}
		s, err := checks.DecodeSnapshot(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(&checks.PullRequest{Number: 7, HeadBranch: "agent", Title: "Add 🦞", Body: "Claw-Attestation: sha256:x"}, s.PullRequest); d != "" {
			t.Error(d)
		}
		want := []checks.Attestation{
			{Carrier: checks.CarrierFile, Name: "bundle.jsonl", Body: checks.Bytes("{}\n")},
			{Carrier: checks.CarrierPullRequest, Name: "#7", Body: checks.Bytes("Claw-Attestation: sha256:x")},
		}
		if d := cmp.Diff(want, s.Attestations); d != "" {
			t.Error(d)
		}
	}
}

func TestActionOnPullRequest(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	code, log, out := r.run("pull_request", r.pullRequest(), nil)
	// Terraform changes, and there is no plan.
	if code != checks.ExitUndecided || out["verdict"] != "undecided" || out["findings"] != "0" {
		t.Errorf("exit %d, %v", code, out)
	}
	if !strings.Contains(log, "::error") || !strings.Contains(log, "UNDECIDED") {
		t.Errorf("log: %s", log)
	}
	for _, name := range []string{"report", "snapshot", "sarif"} {
		b, err := os.ReadFile(filepath.Join(r.workspace, out[name]))
		if err != nil || !json.Valid(b) {
			t.Errorf("output %s: %q %v", name, out[name], err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(r.files, "summary")); err != nil || !bytes.Contains(b, []byte("Who made this change?")) {
		t.Errorf("summary: %s %v", b, err)
	}
	f, err := os.Open(filepath.Join(r.workspace, out["snapshot"]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := checks.DecodeSnapshot(f)
	if err != nil || s.Kind != checks.KindPullRequest || s.Repository.Name != "acme/infra" || len(s.Commits) != 2 {
		t.Errorf("snapshot: %+v %v", s, err)
	}
}

func TestActionNeverFails(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	code, _, out := r.run("pull_request", r.pullRequest(), func(a *config.Action) { a.FailOn = config.FailOnNever })
	if code != 0 || out["verdict"] != "undecided" {
		t.Errorf("exit %d, %v", code, out)
	}
}

// TestActionAlwaysTells: whatever is wrong with the event, a later step that reads
// the verdict finds one, and it does not pass.
func TestActionAlwaysTells(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ event, payload string }{
		"no range":       {"workflow_dispatch", `{}`},
		"not JSON":       {"pull_request", `{`},
		"unknown commit": {"pull_request", `{"pull_request":{"base":{"sha":"` + strings.Repeat("a", 40) + `"},"head":{"sha":"` + strings.Repeat("b", 40) + `"}}}`},
	} {
		r := newRunner(t)
		code, log, out := r.run(c.event, c.payload, nil)
		if code == 0 || out["verdict"] != "undecided" || !strings.Contains(log, "::error") {
			t.Errorf("%s: exit %d, %v\n%s", name, code, out, log)
		}
	}
}

// TestActionBaseBranch: a pull request against a branch of the agent's own would be
// judged by a policy of the agent's own.
func TestActionBaseBranch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, ref, def string
		branches       []string
		judged         bool
	}{
		{"default branch", "main", "main", nil, true},
		{"the agent's branch", "agent-base", "main", nil, false},
		{"no default branch told", "main", "", nil, false},
		{"a branch that is named", "release/1", "main", []string{"main", "release/*"}, true},
		{"one that is not", "release/1/x", "main", []string{"main", "release/*"}, false},
		{"the default branch, and others are named", "main", "main", []string{"release/*"}, false},
	} {
		r := newRunner(t)
		payload := strings.NewReplacer(`"ref":"main"`, `"ref":"`+c.ref+`"`, `"default_branch":"main"`, `"default_branch":"`+c.def+`"`).Replace(r.pullRequest())
		code, log, _ := r.run("pull_request", payload, func(a *config.Action) { a.Branches = c.branches })
		_, given, _ := r.run("pull_request", payload, func(a *config.Action) {
			a.Branches, a.Check.Base, a.Check.Head = c.branches, r.rev("main"), r.rev("agent")
		})
		if judged := !strings.Contains(given, "not a branch whose policy decides"); judged != c.judged {
			t.Errorf("%s, with base and head given: judged %v\n%s", c.name, judged, given)
		}
		if judged := !strings.Contains(log, "not a branch whose policy decides"); judged != c.judged || !judged && code != checks.ExitConfiguration {
			t.Errorf("%s: exit %d\n%s", c.name, code, log)
		}
	}
}

// TestActionAuthor: who opened the pull request is told by the event, also where
// the reviews leave it out.
func TestActionAuthor(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	reviews := filepath.Join(r.files, "reviews.json")
	write := func(author string) {
		if err := os.WriteFile(reviews, []byte(`{"schema":"https://claw-verified.dev/reviews/v1",`+author+`"accounts":[],"reviews":[]}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	_, _, out := r.run("pull_request", r.pullRequest(), func(a *config.Action) { a.Check.Reviews = reviews })
	f, err := os.Open(filepath.Join(r.workspace, out["snapshot"]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if s, err := checks.DecodeSnapshot(f); err != nil || s.Review.Author == nil || s.Review.Author.ID != 1 {
		t.Errorf("%+v %v", s, err)
	}
	write(`"author":{"id":9,"login":"somebody"},`)
	if code, log, _ := r.run("pull_request", r.pullRequest(), func(a *config.Action) { a.Check.Reviews = reviews }); code != checks.ExitConfiguration || !strings.Contains(log, "opened this one") {
		t.Errorf("exit %d\n%s", code, log)
	}
}

// TestActionWritesOnlyBelowTheWorkspace: the checkout is the agent's, and may hold
// a link of our folder's name that leads to the runner's own files.
func TestActionWritesOnlyBelowTheWorkspace(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	victim := t.TempDir()
	kept := filepath.Join(victim, "report.json")
	if err := os.WriteFile(kept, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(r.workspace, ".claw-verified")); err != nil {
		t.Fatal(err)
	}
	_, _, out := r.run("pull_request", r.pullRequest(), nil)
	if b, err := os.ReadFile(kept); err != nil || string(b) != "mine" {
		t.Errorf("a file outside the workspace was written: %q %v", b, err)
	}
	if b, err := os.ReadFile(filepath.Join(r.workspace, out["report"])); err != nil || !json.Valid(b) {
		t.Errorf("report: %v", err)
	}
}

// TestActionRefusesCommittedEvidence: a plan that the change itself carries under
// the name the workflow reads is no evidence.
func TestActionRefusesCommittedEvidence(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	if err := os.WriteFile(filepath.Join(r.workspace, "main.tf"), []byte(`{"format_version":"1.2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, log, _ := r.run("pull_request", r.pullRequest(), func(a *config.Action) { a.Check.Plans = []string{"main.tf"} })
	if code != checks.ExitUndecided || !strings.Contains(log, "cannot bring the") {
		t.Errorf("exit %d\n%s", code, log)
	}
}

// TestActionLogIsNotObeyed: between the annotations and the end of the log the
// runner is told to obey nothing, with a word that cannot be guessed.
func TestActionLogIsNotObeyed(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	_, first, _ := r.run("pull_request", r.pullRequest(), nil)
	_, second, _ := r.run("pull_request", r.pullRequest(), nil)
	token := func(log string) string {
		_, rest, ok := strings.Cut(log, "\n::stop-commands::")
		word, body, _ := strings.Cut(rest, "\n")
		if !ok || len(word) < 20 || !strings.HasSuffix(body, "\n::"+word+"::\n") || strings.Count(body, word) != 1 {
			t.Errorf("log: %s", log)
		}
		return word
	}
	if token(first) == token(second) {
		t.Error("the word is the same twice")
	}
}
