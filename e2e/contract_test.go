//go:build e2e

package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// runnerUser is the account that owns the workspace and the command files on a
// hosted runner. The action runs as root and meets a tree of somebody else.
const runnerUser = 1001

// step is one run of the action and what it left behind.
type step struct {
	result
	outputs map[string]string
	summary string
}

// runner runs the image as GitHub's runner does: the flags, mounts, variables,
// paths and owners of its ContainerActionHandler.
func runner(t *testing.T, s *sample, inputs map[string]string) step {
	t.Helper()
	image := shipped(t, "")
	temp := t.TempDir()
	for _, d := range []string{"_github_home", "_github_workflow", "_runner_file_commands"} {
		if err := os.Mkdir(filepath.Join(temp, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(temp, "_github_workflow/event.json"), read(t, s.event))
	write(t, filepath.Join(temp, "_runner_file_commands/output"), "")
	write(t, filepath.Join(temp, "_runner_file_commands/summary"), "")
	own(t, temp)
	own(t, s.workspace)

	all := map[string]string{ // action.yml's defaults, then what the caller gives
		"INPUT_REPOSITORY": "acme/infra", "INPUT_WORKING-DIRECTORY": ".", "INPUT_FAIL-ON": "refused", "INPUT_SUMMARY": "true",
		"INPUT_PLAN": "", "INPUT_REVIEWS": "", "INPUT_POLICY": "", "INPUT_BASE": "", "INPUT_HEAD": "", "INPUT_FORMAT": "",
		"GITHUB_ACTION": "gate", "GITHUB_ACTOR": "alice", "GITHUB_API_URL": "https://api.github.com", "GITHUB_BASE_REF": "main",
		"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/github/workflow/event.json", "GITHUB_HEAD_REF": "agent/change",
		"GITHUB_OUTPUT": "/github/file_commands/output", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_REPOSITORY": "acme/infra",
		"GITHUB_RUN_ID": "1", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_SHA": s.head,
		"GITHUB_STEP_SUMMARY": "/github/file_commands/summary", "GITHUB_WORKFLOW": "gate", "GITHUB_WORKSPACE": "/github/workspace",
		"RUNNER_OS": "Linux", "RUNNER_TEMP": "/github/runner_temp",
	}
	for k, v := range inputs {
		all["INPUT_"+strings.ToUpper(k)] = v
	}
	args := []string{"run", "--name", "claw-e2e-" + strconv.Itoa(os.Getpid()) + "-" + filepath.Base(temp), "--label", "claw-e2e", "--workdir", "/github/workspace", "--rm"}
	var env []string
	for k, v := range all {
		args, env = append(args, "-e", k), append(env, k+"="+v)
	}
	args = append(args, "-e", "HOME=/github/home", "-e", "GITHUB_ACTIONS=true", "-e", "CI=true",
		"-v", host.socket+":/var/run/docker.sock", "-v", temp+":/github/runner_temp",
		"-v", filepath.Join(temp, "_github_home")+":/github/home", "-v", filepath.Join(temp, "_github_workflow")+":/github/workflow",
		"-v", filepath.Join(temp, "_runner_file_commands")+":/github/file_commands", "-v", s.workspace+":/github/workspace",
		image, "action")
	r, err := host.run(t.Context(), s.workspace, env, "podman", args...)
	if err != nil {
		t.Fatal(err)
	}
	return step{
		result: r, outputs: outputs(t, read(t, filepath.Join(temp, "_runner_file_commands/output"))),
		summary: read(t, filepath.Join(temp, "_runner_file_commands/summary")),
	}
}

// own gives a tree to the runner's account, links themselves included.
func own(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, runnerUser, runnerUser)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// outputs reads the runner's output file: name=value, or name<<MARK, lines, MARK.
func outputs(t *testing.T, text string) map[string]string {
	t.Helper()
	got := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines) && text != ""; i++ {
		var value string
		name, mark, multi := strings.Cut(lines[i], "<<")
		if multi {
			var held []string
			for i++; i < len(lines) && lines[i] != mark; i++ {
				held = append(held, lines[i])
			}
			if i == len(lines) {
				t.Fatalf("output %s has no end:\n%s", name, text)
			}
			value = strings.Join(held, "\n")
		} else {
			name, value, _ = strings.Cut(lines[i], "=")
		}
		if _, twice := got[name]; twice {
			t.Errorf("output %s is given twice", name)
		}
		got[name] = value
	}
	return got
}

var evidence = map[string]string{"plan": "evidence/plan.json", "reviews": "evidence/reviews.json"}

func TestActionRefuses(t *testing.T) {
	s := refused(t, ".")
	st := runner(t, s, evidence)
	check(t, st, s, 1, "refused")
	if n, _ := strconv.Atoi(st.outputs["findings"]); n < 2 {
		t.Errorf("output findings is %q, want the signature and the database at least", st.outputs["findings"])
	}
	if len(commands(st.out, "error")) == 0 {
		t.Errorf("no error annotation:\n%s", st.out)
	}
	for _, want := range []string{"aws_db_instance.orders", s.head[:7]} {
		if !strings.Contains(st.summary, want) {
			t.Errorf("the summary does not name %s:\n%s", want, st.summary)
		}
	}
	for name, text := range map[string]string{"log": st.out + st.errs, "summary": st.summary, "snapshot": read(t, filepath.Join(s.workspace, st.outputs["snapshot"]))} {
		if strings.Contains(text, "made up for the test") {
			t.Errorf("a value of the plan is in the %s", name)
		}
	}
}

func TestActionVerifies(t *testing.T) {
	s := verified(t, ".")
	st := runner(t, s, evidence)
	check(t, st, s, 0, "verified")
	if st.outputs["findings"] != "0" {
		t.Errorf("output findings is %q, want 0", st.outputs["findings"])
	}
	if got := commands(st.out, "error"); len(got) > 0 {
		t.Errorf("error annotations on a verified change: %q", got)
	}
}

// The snapshot that the action leaves gives the same report anywhere else.
func TestActionSnapshotReplays(t *testing.T) {
	s := refused(t, ".")
	st := runner(t, s, evidence)
	r, err := host.run(t.Context(), s.workspace, nil, "podman", "run", "--rm", "-v", s.workspace+":/w:ro", shipped(t, ""),
		"replay", "/w/"+st.outputs["snapshot"], "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	if want := read(t, filepath.Join(s.workspace, st.outputs["report"])); r.out != want || r.code != 1 {
		t.Errorf("replay exits with %d and differs from the report:\n%s\n%s\nwant\n%s", r.code, r.errs, r.out, want)
	}
}

func TestActionNeverFailsOnTrial(t *testing.T) {
	s := refused(t, ".")
	inputs := map[string]string{"fail-on": "never", "plan": evidence["plan"], "reviews": evidence["reviews"]}
	check(t, runner(t, s, inputs), s, 0, "refused")
}

// Nothing a job forgot may pass: here the checkout has one commit of history.
func TestActionUndecidedOnShallowCheckout(t *testing.T) {
	s := verified(t, ".")
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, s.workspace, "branch", "-f", "pr", s.head)
	git(t, s.workspace, "clone", "-q", "--depth", "1", "--branch", "pr", "file://"+s.workspace, shallow)
	write(t, filepath.Join(shallow, "evidence/plan.json"), read(t, filepath.Join(s.workspace, "evidence/plan.json")))
	s.workspace = shallow
	st := runner(t, s, map[string]string{"plan": evidence["plan"]})
	check(t, st, s, 3, "undecided")
	if !strings.Contains(st.out, "fetch-depth: 0") {
		t.Errorf("the log does not say how to mend it:\n%s", st.out)
	}
}

func TestActionRefusesInputsThatMakeNoSense(t *testing.T) {
	s := verified(t, ".")
	st := runner(t, s, map[string]string{"fail-on": "sometimes"})
	if st.code != 2 || st.outputs["verdict"] == "verified" {
		t.Errorf("exit code %d, verdict %q\n%s%s", st.code, st.outputs["verdict"], st.out, st.errs)
	}
	if !strings.Contains(st.out+st.errs, "fail-on") {
		t.Errorf("the log does not name the input:\n%s%s", st.out, st.errs)
	}
}

// A pull request brings a link where the action leaves its reports, pointing at the
// runner's own files.
func TestActionWritesThroughNoLink(t *testing.T) {
	for _, target := range []string{"/github/file_commands", "/github/workflow", ".git"} {
		s := refused(t, ".")
		if err := os.Symlink(target, filepath.Join(s.workspace, ".claw-verified")); err != nil {
			t.Fatal(err)
		}
		check(t, runner(t, s, evidence), s, 1, "refused")
	}
}

// check is what holds for every run.
func check(t *testing.T, st step, s *sample, code int, verdict string) {
	t.Helper()
	if st.code != code || st.outputs["verdict"] != verdict {
		t.Fatalf("exit code %d, verdict %q; want %d, %q\n%s%s", st.code, st.outputs["verdict"], code, verdict, st.out, st.errs)
	}
	for _, name := range []string{"report", "snapshot", "sarif"} {
		file := st.outputs[name]
		if !filepath.IsLocal(file) {
			t.Errorf("output %s is %q, want a path relative to the workspace", name, file)
			continue
		}
		var v struct {
			Schema  string `json:"schema"`
			Outcome string `json:"outcome"`
			Version string `json:"version"`
		}
		if err := json.Unmarshal([]byte(read(t, filepath.Join(s.workspace, file))), &v); err != nil {
			t.Errorf("output %s: %v", name, err)
		}
		if name == "report" && (v.Outcome != verdict || v.Schema == "") {
			t.Errorf("the report says outcome %q, schema %q", v.Outcome, v.Schema)
		}
		if name == "sarif" && v.Version != "2.1.0" {
			t.Errorf("the SARIF report has version %q", v.Version)
		}
	}
	if strings.TrimSpace(st.summary) == "" || len(st.summary) > 1<<20 {
		t.Errorf("the summary has %d bytes", len(st.summary))
	}
	for _, kind := range []string{"error", "warning", "notice"} {
		got := commands(st.out, kind)
		if len(got) > 10 {
			t.Errorf("%d annotations of kind %s, the runner keeps 10", len(got), kind)
		}
		for _, line := range got {
			if strings.HasPrefix(line, "::error title=forged") {
				t.Errorf("the commit's subject became a command: %s", line)
			}
		}
	}
	for _, line := range commands(st.out, "set-output") {
		t.Errorf("the commit's subject became a command: %s", line)
	}
}

// commands are the workflow commands of one kind that the runner would obey.
func commands(log, kind string) []string {
	var found []string
	stopped := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line) // the runner finds a command behind white space too
		switch {
		case stopped != "":
			if line == "::"+stopped+"::" {
				stopped = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			stopped = strings.TrimPrefix(line, "::stop-commands::")
		case strings.HasPrefix(line, "::"+kind+" "), strings.HasPrefix(line, "::"+kind+"::"), strings.HasPrefix(line, "##["+kind):
			found = append(found, line)
		}
	}
	return found
}
