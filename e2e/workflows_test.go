package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The rules that actionlint does not know.

var (
	usesLine = regexp.MustCompile(`(?m)^\s*-?\s*uses:\s*(\S+)\s*(#.*)?$`)
	pinned   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	comment  = regexp.MustCompile(`^# v\d+\.\d+\.\d+$`)
)

func workflows(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(names) < 2 {
		t.Fatalf("found %q, %v", names, err)
	}
	return names
}

// A tag can be moved to other code; a commit cannot.
func TestEveryActionIsPinnedByCommit(t *testing.T) {
	t.Parallel()
	found := 0
	for _, name := range workflows(t) {
		for _, m := range usesLine.FindAllStringSubmatch(text(t, name), -1) {
			found++
			if strings.HasPrefix(m[1], "./") {
				continue
			}
			if !pinned.MatchString(m[1]) || !comment.MatchString(m[2]) {
				t.Errorf("%s: %q is not pinned by a full commit with its version behind it", name, strings.TrimSpace(m[0]))
			}
		}
	}
	if found < 5 {
		t.Errorf("found only %d uses", found)
	}
}

func TestWorkflowsAskForNothingByDefault(t *testing.T) {
	t.Parallel()
	for _, name := range workflows(t) {
		var w struct {
			Permissions map[string]string `yaml:"permissions"`
			Jobs        map[string]struct {
				Permissions map[string]string `yaml:"permissions"`
				Timeout     int               `yaml:"timeout-minutes"`
				Steps       []struct {
					Uses string            `yaml:"uses"`
					Run  string            `yaml:"run"`
					With map[string]string `yaml:"with"`
				} `yaml:"steps"`
			} `yaml:"jobs"`
		}
		if err := yaml.Unmarshal([]byte(text(t, name)), &w); err != nil {
			t.Fatal(err)
		}
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: permissions at the top are %v, want {}", name, w.Permissions)
		}
		for id, job := range w.Jobs {
			if job.Timeout == 0 {
				t.Errorf("%s: job %s has no timeout", name, id)
			}
			for scope, access := range job.Permissions {
				own := scope == "checks" && strings.HasSuffix(name, "claw-verified.yml") // the check run
				if access != "read" && !own {
					t.Errorf("%s: job %s asks for %s: %s", name, id, scope, access)
				}
			}
			for _, step := range job.Steps {
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: job %s expands ${{ }} inside a script: pass it through env", name, id)
				}
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("%s: job %s leaves the token in a checkout", name, id)
				}
			}
		}
	}
}

// The verifier that judges a change must not come from the change.
func TestReusableWorkflowTakesNothingFromTheChange(t *testing.T) {
	t.Parallel()
	w := text(t, "../.github/workflows/claw-verified.yml")
	for _, want := range []string{"ref: ${{ job.workflow_sha }}", "repository: ${{ job.workflow_repository }}", "uses: ./verifier", "path: change", "fetch-depth: 0"} {
		if !strings.Contains(w, want) {
			t.Errorf("the workflow lacks %q", want)
		}
	}
	for _, bad := range []string{"pull_request_target", "secrets: inherit", "uses: ./\n", "uses: ./change"} {
		if strings.Contains(w, bad) {
			t.Errorf("the workflow has %q", bad)
		}
	}
}

// The script of the reusable workflow, run as the runner would: what it makes of its
// inputs, and that it clears away what an earlier job left.
func TestReusableWorkflowMakesRoom(t *testing.T) {
	t.Parallel()
	script := roomScript(t)
	commit := strings.Repeat("ab12", 10)
	for _, c := range []struct {
		name string
		env  []string
		want string // the outputs, with END for the random word; empty when it must stop
	}{
		{"no plan", []string{"VERIFIER=" + commit, "PLAN_ARTIFACT=", "PLAN_FILES=plan.json", "FOLDER=."}, "folder=change/.\nplans<<END\nEND\nsaved<<END\nEND\n"},
		{"two plans, CRLF and blank lines", []string{"VERIFIER=" + commit, "PLAN_ARTIFACT=p", "PLAN_FILES=a/plan.json\r\n\nb c.json\n", "SAVED_FILES=a/tfplan\nb c.tfplan", "FOLDER=./live"}, "folder=change/live\nplans<<END\nplans/a/plan.json\nplans/b c.json\nEND\nsaved<<END\nplans/a/tfplan\nplans/b c.tfplan\nEND\n"},
		{"a name that is a command", []string{"VERIFIER=" + commit, "PLAN_ARTIFACT=p", "PLAN_FILES=$(touch owned)", "FOLDER=."}, "folder=change/.\nplans<<END\nplans/$(touch owned)\nEND\nsaved<<END\nEND\n"},
		{"a server that does not know the commit", []string{"VERIFIER=", "PLAN_ARTIFACT=", "PLAN_FILES=", "FOLDER=."}, ""},
		{"a branch for a commit", []string{"VERIFIER=main", "PLAN_ARTIFACT=", "PLAN_FILES=", "FOLDER=."}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			left := filepath.Join(t.TempDir(), "elsewhere")
			if err := os.Mkdir(left, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(left, filepath.Join(dir, "verifier")); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(dir, "output")
			cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
			cmd.Dir, cmd.Env = dir, append(slices.Clone(c.env), "PATH="+os.Getenv("PATH"), "GITHUB_OUTPUT="+out)
			said, err := cmd.CombinedOutput()
			if (err != nil) != (c.want == "") {
				t.Fatalf("%v: %s", err, said)
			}
			if c.want == "" {
				return
			}
			got := regexp.MustCompile(`end-\d+`).ReplaceAllString(text(t, out), "END")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("outputs: (-want +got)\n%s", diff)
			}
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(names) != 1 {
				t.Errorf("left in the workspace: %q, %v", names, err)
			}
			if _, err := os.Stat(left); err != nil {
				t.Errorf("followed a link: %v", err)
			}
		})
	}
}

func roomScript(t *testing.T) string {
	t.Helper()
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				ID  string `yaml:"id"`
				Run string `yaml:"run"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	if err := yaml.Unmarshal([]byte(text(t, "../.github/workflows/claw-verified.yml")), &w); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Jobs["gate"].Steps {
		if s.ID == "room" {
			return s.Run
		}
	}
	t.Fatal("there is no step with the id room")
	return ""
}

// What action.yml offers is what the program reads: an input that one of the two
// does not know would be ignored in silence.
func TestActionHasTheInputsThatTheProgramReads(t *testing.T) {
	t.Parallel()
	var a struct {
		Inputs  map[string]struct{ Description string } `yaml:"inputs"`
		Outputs map[string]struct{ Description string } `yaml:"outputs"`
		Runs    struct {
			Using string   `yaml:"using"`
			Image string   `yaml:"image"`
			Args  []string `yaml:"args"`
		} `yaml:"runs"`
	}
	if err := yaml.Unmarshal([]byte(text(t, "../action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	inputs := []string{
		"api-url", "attestations", "base", "base-branches", "check-run", "fail-on", "format", "head", "organization-policy", "plan", "plan-file", "plan-manifest", "policy",
		"repository", "reviews", "summary", "token", "wait-for", "wait-timeout", "working-directory",
	}
	if diff := cmp.Diff(inputs, keys(a.Inputs)); diff != "" {
		t.Errorf("inputs: (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"check-run-id", "findings", "report", "sarif", "snapshot", "verdict"}, keys(a.Outputs)); diff != "" {
		t.Errorf("outputs: (-want +got)\n%s", diff)
	}
	program := text(t, "../internal/config/action.go")
	for _, name := range inputs {
		if !strings.Contains(program, `"`+name+`"`) {
			t.Errorf("internal/config/action.go does not read the input %s", name)
		}
	}
	if a.Runs.Using != "docker" || a.Runs.Image != "Dockerfile" || !slices.Equal(a.Runs.Args, []string{"action"}) {
		t.Errorf("runs: %+v", a.Runs)
	}
	if d := a.Inputs["fail-on"].Description; !strings.Contains(d, "ALWAYS PASSES") {
		t.Errorf("fail-on does not warn of never: %s", d)
	}
}

// GitHub builds an action without --target, so the last stage is what runs; and it
// mounts files there that only root can write.
func TestDockerfileEndsWithTheAction(t *testing.T) {
	t.Parallel()
	stages := regexp.MustCompile(`(?m)^FROM .*$`).Split(text(t, "../Dockerfile"), -1)
	names := regexp.MustCompile(`(?m)^FROM \S+ AS (\w+)$`).FindAllStringSubmatch(text(t, "../Dockerfile"), -1)
	var got []string
	for _, n := range names {
		got = append(got, n[1])
	}
	if diff := cmp.Diff([]string{"build", "server", "action"}, got); diff != "" {
		t.Fatalf("stages: (-want +got)\n%s", diff)
	}
	if action := stages[3]; strings.Contains(action, "\nUSER") {
		t.Error("the action has a USER: it could not write the runner's files")
	}
	if server := stages[2]; !strings.Contains(server, "\nUSER 65532") {
		t.Error("the server runs as root")
	}
}

func keys[V any](m map[string]V) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
