//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// workflow has the layout of our reusable workflow: the verifier and the change
// side by side. act knows a checkout of the workflow's own repository and answers
// it by copying the folder, without a network.
const workflow = `on: pull_request
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
      - uses: ./verifier
        id: gate
        with:
          working-directory: change
          plan: evidence/plan.json
          reviews: evidence/reviews.json
      - if: always()
        shell: bash
        env:
          VERDICT: ${{ steps.gate.outputs.verdict }}
          FINDINGS: ${{ steps.gate.outputs.findings }}
          REPORT: ${{ steps.gate.outputs.report }}
        run: |
          echo "next step: $VERDICT $FINDINGS"
          test -s "$REPORT"
`

// line is one line of act's log, as far as it is looked at.
type line struct {
	Command string            `json:"command"`
	Name    string            `json:"name"`
	Arg     string            `json:"arg"`
	Pairs   map[string]string `json:"kvPairs"`
	Content string            `json:"content"`
	Message string            `json:"msg"`
	StepID  []string          `json:"stepID"`
	Step    string            `json:"stepResult"`
	Job     string            `json:"jobResult"`
}

// act runs the workflow on the sample's pull_request event.
func act(t *testing.T, s *sample) (lines []line, code int) {
	t.Helper()
	verifier := filepath.Join(s.workspace, "verifier")
	if err := os.Mkdir(verifier, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"action.yml", "Dockerfile", ".dockerignore", "LICENSE", "go.mod", "go.sum", "checks", "cmd", "internal"} {
		if _, err := host.must(t.Context(), host.root, "cp", "-r", filepath.Join(host.root, name), verifier); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.workspace, ".github/workflows/gate.yml"), workflow)
	git(t, s.workspace, "init", "-q", "-b", "main")
	git(t, s.workspace, "remote", "add", "origin", "https://github.com/acme/infra")
	git(t, s.workspace, "-c", "user.name=e2e", "-c", "user.email=e2e@example.com", "commit", "-q", "--allow-empty", "-m", "Outer")

	home := t.TempDir()
	r, err := host.run(t.Context(), s.workspace, []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}, os.Getenv("CLAW_E2E_ACT"),
		"pull_request", "--json", "--rm", "--eventpath", s.event, "--platform", "ubuntu-latest="+jobImage, "--pull=false", "--action-offline-mode",
		"--container-daemon-socket", "-", "--artifact-server-addr", "127.0.0.1", "--cache-server-addr", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(strings.NewReader(r.out))
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l line
		if json.Unmarshal(in.Bytes(), &l) == nil {
			lines = append(lines, l)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("act says:\n%s%s", messages(lines), r.errs)
		}
	})
	return lines, r.code
}

func messages(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.Message, "\n") + "\n")
	}
	return b.String()
}

func TestActRefuses(t *testing.T) {
	s := refused(t, "change")
	lines, code := act(t, s)
	if code == 0 {
		t.Error("act exits with 0")
	}
	if got := outcome(lines); got != (seen{step: "failure", job: "failure", verdict: "refused"}) {
		t.Errorf("got %+v", got)
	}
	annotated := 0
	for _, l := range lines {
		if l.Command == "error" {
			annotated++
			if l.Pairs["title"] == "forged" {
				t.Errorf("the commit's subject became an annotation: %+v", l)
			}
		}
	}
	if annotated == 0 {
		t.Error("no error annotation")
	}
	if n, _ := strconv.Atoi(output(lines, "findings")); n < 2 {
		t.Errorf("output findings is %q", output(lines, "findings"))
	}
	if !strings.Contains(summary(lines), "aws_db_instance.orders") {
		t.Errorf("the summary does not name the database: %q", summary(lines))
	}
	if want := "next step: refused " + output(lines, "findings"); !strings.Contains(messages(lines), want) {
		t.Errorf("the next step does not see the outputs: no %q", want)
	}
}

func TestActVerifies(t *testing.T) {
	s := verified(t, "change")
	lines, code := act(t, s)
	if code != 0 {
		t.Errorf("act exits with %d", code)
	}
	if got := outcome(lines); got != (seen{step: "success", job: "success", verdict: "verified"}) {
		t.Errorf("got %+v", got)
	}
	for _, l := range lines {
		if l.Command == "error" {
			t.Errorf("an error annotation on a verified change: %+v", l)
		}
	}
	if !strings.Contains(messages(lines), "next step: verified 0") {
		t.Error("the next step does not see the outputs")
	}
}

// seen is how the run ended.
type seen struct{ step, job, verdict string }

func outcome(lines []line) seen {
	s := seen{verdict: output(lines, "verdict")}
	for _, l := range lines {
		if l.Step != "" && len(l.StepID) == 1 && l.StepID[0] == "gate" {
			s.step = l.Step
		}
		if l.Job != "" {
			s.job = l.Job
		}
	}
	return s
}

func output(lines []line, name string) string {
	for _, l := range lines {
		if l.Command == "set-output" && l.Name == name {
			return l.Arg
		}
	}
	return ""
}

func summary(lines []line) string {
	for _, l := range lines {
		if l.Command == "summary" {
			return l.Content
		}
	}
	return ""
}
