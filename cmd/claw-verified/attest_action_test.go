package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// attestAction is attest/action.yml, as far as it is looked at here.
type attestAction struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []struct {
			Run string
			Env map[string]string
		}
	}
}

func readAttestAction(t *testing.T) attestAction {
	t.Helper()
	var a attestAction
	if err := yaml.Unmarshal([]byte(read(t, "attest/action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Runs.Steps) != 1 {
		t.Fatalf("%d steps", len(a.Runs.Steps))
	}
	return a
}

// TestAttestActionIsNoScript: no expression is pasted into a script, every input is
// handed on, and every variable is one that attest reads.
func TestAttestActionIsNoScript(t *testing.T) {
	t.Parallel()
	a := readAttestAction(t)
	step := a.Runs.Steps[0]
	if strings.Contains(step.Run, "${{") {
		t.Error("an expression is pasted into the script")
	}
	known := map[string]bool{}
	for _, s := range signFlags {
		known[s.variable] = true
	}
	used := map[string]bool{}
	for name, value := range step.Env {
		m := regexp.MustCompile(`^\$\{\{ inputs\.([a-z-]+) \}\}$`).FindStringSubmatch(value)
		if m == nil {
			t.Errorf("%s is %s", name, value)
			continue
		}
		used[m[1]] = true
		if _, ok := a.Inputs[m[1]]; !ok {
			t.Errorf("%s comes from an input %s that does not exist", name, m[1])
		}
		if strings.HasPrefix(name, "CLAW_") {
			if !known[name] {
				t.Errorf("attest does not read %s", name)
			}
			if !regexp.MustCompile(`[ \n]` + name + `\s`).MatchString(step.Run) {
				t.Errorf("%s is not handed to the container", name)
			}
		}
	}
	for name := range a.Inputs {
		if !used[name] {
			t.Errorf("the input %s is not used", name)
		}
	}
}

// TestAttestActionRuns runs the step's script with a docker that only tells what it
// was given: hostile values stay values, and no secret is an argument.
func TestAttestActionRuns(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("the action needs bash: ", err)
	}
	dir := t.TempDir()
	stub := "#!/bin/sh\nif [ \"$1\" = build ]; then echo sha256:abc; exit; fi\nfor a in \"$@\"; do printf '<%s>\\n' \"$a\"; done\n"
	if err := os.WriteFile(dir+"/docker", []byte(stub), 0o700); err != nil { //nolint:gosec // it must be executable
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "-c", readAttestAction(t).Runs.Steps[0].Run) //nolint:gosec // ours
	cmd.Env = []string{
		"PATH=" + dir + ":" + os.Getenv("PATH"), "GITHUB_ACTION_PATH=/a", "GITHUB_WORKSPACE=/w", "RUNNER_TEMP=/t",
		"CLAW_AGENT=claude-code", "CLAW_TASK=$(touch " + dir + "/mark)", "INPUT_RANGE=--upload-pack=$(touch " + dir + "/mark); touch " + dir + "/mark",
		"INPUT_COMMIT=", "INPUT_PUSH=origin", "INPUT_KEY=", "INPUT_SIGNING_CONFIG=", "INPUT_TRUSTED_ROOT=", "INPUT_WORKING_DIRECTORY=.",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN=secret", "COSIGN_PASSWORD=secret",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := string(out)
	if _, err := os.Stat(dir + "/mark"); err == nil {
		t.Error("a value was run")
	}
	for _, want := range []string{"<attest>\n<--repo=.>\n<--keyless>\n<--range=--upload-pack=$(touch", "<--env>\n<CLAW_TASK>\n", "<--env>\n<COSIGN_PASSWORD>\n", "<--push=origin>\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") || strings.Contains(got, "<CLAW_LOG>") {
		t.Errorf("a secret is an argument, or something empty is handed on:\n%s", got)
	}
}
