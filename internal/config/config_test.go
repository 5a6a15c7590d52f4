package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func checkFrom(t *testing.T, args ...string) (Check, error) {
	t.Helper()
	f := pflag.NewFlagSet("check", pflag.ContinueOnError)
	AddCheckFlags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	v, err := Bind(f)
	if err != nil {
		t.Fatal(err)
	}
	return CheckFrom(v)
}

func TestCheckDefaults(t *testing.T) {
	got, err := checkFrom(t, "--base", "origin/main")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Check{Dir: ".", Base: "origin/main", Head: "HEAD", Color: "auto", GitHub: GitHub{Organization: "visible"}}, got); d != "" {
		t.Error(d)
	}
}

func TestCheckFlags(t *testing.T) {
	got, err := checkFrom(t, "--base", "a", "--head", "b", "--plan", "x,y.json", "--plan", "-", "--format", "json=o", "--at", "2026-01-02T03:04:05+01:00", "--repository", "acme/infra")
	if err != nil {
		t.Fatal(err)
	}
	want := Check{
		Dir: ".", Base: "a", Head: "b", Plans: []string{"x,y.json", "-"}, Formats: []string{"json=o"}, Color: "auto", Repository: "acme/infra",
		At: time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC), GitHub: GitHub{Organization: "visible"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("CLAW_VERIFIED_BASE", "from-env")
	t.Setenv("CLAW_VERIFIED_PLAN", "one.json\ntwo.json\n")
	got, err := checkFrom(t)
	if err != nil || got.Base != "from-env" || !cmp.Equal(got.Plans, []string{"one.json", "two.json"}) {
		t.Errorf("%+v %v", got, err)
	}
	if got, _ := checkFrom(t, "--base", "from-flag"); got.Base != "from-flag" {
		t.Errorf("a flag does not win over the environment: %q", got.Base)
	}
}

// TestEnvironmentDoesNotDecide: a job's environment can be written by earlier
// steps; neither the policy nor the time may come from it.
func TestEnvironmentDoesNotDecide(t *testing.T) {
	t.Setenv("CLAW_VERIFIED_POLICY", "mine.yml")
	t.Setenv("CLAW_VERIFIED_AT", "2020-01-01T00:00:00Z")
	t.Setenv("CLAW_VERIFIED_API_URL", "https://mine.example")
	t.Setenv("GITHUB_API_URL", "https://mine.example")
	t.Setenv("CLAW_VERIFIED_ORGANIZATION_POLICY", "ignored")
	t.Setenv("CLAW_VERIFIED_BASE_BRANCH", "**")
	got, err := checkFrom(t, "--base", "main")
	if err != nil || got.PolicyFile != "" || !got.At.IsZero() || got.GitHub.APIURL != "" || got.GitHub.Organization != "visible" || len(got.Branches) > 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAttestationFiles(t *testing.T) {
	t.Setenv("CLAW_VERIFIED_ATTESTATION", "one.jsonl\n\n two.json\n")
	got, err := checkFrom(t, "--base", "main")
	if err != nil || !cmp.Equal(got.Attested, []string{"one.jsonl", "two.json"}) {
		t.Errorf("%q %v", got.Attested, err)
	}
	got, err = checkFrom(t, "--base", "main", "--attestation", "a,b.json", "--attestation", "c")
	if err != nil || !cmp.Equal(got.Attested, []string{"a,b.json", "c"}) {
		t.Errorf("%q %v", got.Attested, err)
	}
}

func TestCheckTellsAllMistakesAtOnce(t *testing.T) {
	_, err := checkFrom(t, "--attestation", "-", "--head", "", "--at", "now", "--color", "red", "--plan", "-", "--plan", "-", "--repository", "acme")
	if !errors.Is(err, ErrUsage) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"--base is missing", "--head is empty", "--at", "--color", "read once", "owner/name", "--attestation -"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

func TestAction(t *testing.T) {
	ws := t.TempDir()
	for k, v := range map[string]string{
		"GITHUB_WORKSPACE": ws, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/e.json", "GITHUB_OUTPUT": "/out", "GITHUB_STEP_SUMMARY": "/sum", "GITHUB_REPOSITORY": "acme/infra",
		"INPUT_PLAN": "a.json\n  b.json\n", "INPUT_ATTESTATIONS": "x.jsonl\ny.json\n", "INPUT_FAIL-ON": "never", "INPUT_WORKING-DIRECTORY": "infra", "INPUT_SUMMARY": "false", "INPUT_FORMAT": "", "INPUT_REPOSITORY": "",
	} {
		t.Setenv(k, v)
	}
	got, err := ActionFrom()
	if err != nil {
		t.Fatal(err)
	}
	want := Action{
		Workspace: ws, EventName: "pull_request", EventPath: "/e.json", Output: "/out", StepFile: "/sum", FailOn: "never", CheckRun: true, WaitTime: 10 * time.Minute,
		Check: Check{GitHub: GitHub{Organization: "visible"}, Dir: filepath.Join(ws, "infra"), Repository: "acme/infra", Plans: []string{"a.json", "b.json"}, Attested: []string{"x.jsonl", "y.json"}, Color: "never"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestActionRefuses(t *testing.T) {
	for name, c := range map[string]struct{ key, value, want string }{
		"no workspace":           {"GITHUB_WORKSPACE", "", "GITHUB_WORKSPACE"},
		"unknown fail-on":        {"INPUT_FAIL-ON", "sometimes", "fail-on"},
		"unknown summary":        {"INPUT_SUMMARY", "yes", "summary"},
		"unknown check-run":      {"INPUT_CHECK-RUN", "yes", "check-run"},
		"waiting for ever":       {"INPUT_WAIT-TIMEOUT", "7h", "wait-timeout"},
		"unknown organisation":   {"INPUT_ORGANIZATION-POLICY", "maybe", "organization-policy"},
		"folder outside":         {"INPUT_WORKING-DIRECTORY", "../..", "working-directory"},
		"absolute folder":        {"INPUT_WORKING-DIRECTORY", "/etc", "working-directory"},
		"base without head":      {"INPUT_BASE", "main", "go together"},
		"plan on standard input": {"INPUT_PLAN", "-", "standard input"},
		"attestation likewise":   {"INPUT_ATTESTATIONS", "x\n-", "standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GITHUB_WORKSPACE", t.TempDir())
			t.Setenv(c.key, c.value)
			if _, err := ActionFrom(); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPullRequest(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "secret")
	got, err := checkFrom(t, "--pull-request", "acme/infra#7", "--base-branch", "release/*", "--organization-policy", "required")
	want := GitHub{Repository: "acme/infra", Number: 7, Token: "secret", Organization: "required"}
	if d := cmp.Diff(want, got.GitHub); err != nil || d != "" || !cmp.Equal(got.Branches, []string{"release/*"}) {
		t.Errorf("%v %s %v", err, d, got.Branches)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--pull-request", "acme/infra"}, "owner/name#7"},
		{[]string{"--pull-request", "acme/infra#0"}, "owner/name#7"},
		{[]string{"--pull-request", "../infra#1"}, "owner/name#7"},
		{[]string{"--pull-request", "https://evil.example/acme/infra/pull/7"}, "is not on https://github.com"},
		{[]string{"--pull-request", "http://github.com/acme/infra/pull/7"}, "is not on https://github.com"},
		{[]string{"--pull-request", "https://github.com@evil.example/acme/infra/pull/7"}, "is not on https://github.com"},
		{[]string{"--pull-request", "https://x@github.com/acme/infra/pull/7"}, "is not on https://github.com"},
		{[]string{"--pull-request", "https://github.com/acme/infra/pull/7", "--api-url", "https://ghe.example/api/v3"}, "is not on https://ghe.example"},
		{[]string{"--pull-request", "https://github.com/acme/infra/issues/7"}, "nor the URL of a pull request"},
		{[]string{"--pull-request", "https://github.com/acme/infra/pull/7x"}, "nor the URL of a pull request"},
		{[]string{"--pull-request", "https://github.com/acme/infra/tree/pull/7"}, "nor the URL of a pull request"},
		{[]string{"--pull-request", "https://github.com/../infra/pull/7"}, "nor the URL of a pull request"},
		{[]string{"--pull-request", "acme/infra#7", "--base", "main"}, "leave out --base"},
		{[]string{"--pull-request", "acme/infra#7", "--reviews", "r.json"}, "leave out --base"},
		{[]string{"--pull-request", "acme/infra#7", "--app-id", "1"}, "go together"},
		{[]string{"--pull-request", "acme/infra#7", "--app-id", "x", "--app-key", "k"}, "no number"},
		{[]string{"--pull-request", "acme/infra#7", "--organization-policy", "no"}, "none of visible"},
		{[]string{"--base", "main", "--organization-policy", "required"}, "--organization-policy is for --pull-request"},
		{[]string{"--base", "main", "--base-branch", "x"}, "--base-branch is for --pull-request"},
	} {
		_, err := checkFrom(t, c.args...)
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.args, err)
		}
		if strings.Contains(err.Error(), "--base is missing") {
			t.Errorf("%q: one mistake is told as two: %v", c.args, err)
		}
	}
	for _, c := range []struct{ given, api string }{
		{"https://github.com/acme/infra/pull/7", ""},
		{"https://GitHub.com/acme/infra/pull/7/files?w=1#diff", ""},
		{"https://github.com/acme/infra/pull/7", "https://api.github.com"},
		{"https://acme.ghe.com/acme/infra/pull/7/", "https://api.acme.ghe.com"},
		{"https://ghe.example:8443/acme/infra/pull/7", "https://ghe.example:8443/api/v3"},
	} {
		got, err := checkFrom(t, "--pull-request", c.given, "--api-url", c.api)
		if err != nil || got.GitHub.Repository != "acme/infra" || got.GitHub.Number != 7 {
			t.Errorf("%s of %q: %+v %v", c.given, c.api, got.GitHub, err)
		}
	}
	t.Setenv("GITHUB_TOKEN", "")
	if _, err := checkFrom(t, "--pull-request", "acme/infra#7"); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Error(err)
	}
}
