//go:build e2e

package plans

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// TestTerraform makes every plan with Terraform and judges it with our program.
func TestTerraform(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		if os.Getenv("CI") != "" {
			if _, err := os.Stat(recorded); err != nil {
				t.Fatal("terraform is not here, and no plans are recorded")
			}
		}
		t.Skip("terraform is not here: only the recorded plans are judged, by the test without the tag e2e")
	}
	claw := filepath.Join(t.TempDir(), "claw-verified")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", claw, "./cmd/claw-verified")
	build.Dir = "../.."
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	exact := *update || version(t, terraform) == recordedVersion(t)
	if !exact {
		t.Logf("the plans are recorded with Terraform %s: with this one only what must be told is compared", recordedVersion(t))
	}
	for _, s := range situations(t) {
		t.Run(s.name, func(t *testing.T) { s.live(t, terraform, claw, exact) })
	}
}

func version(t *testing.T, terraform string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), terraform, "version", "-json").Output()
	if err != nil {
		t.Fatalf("terraform version: %v", err)
	}
	return versionIn(t, out)
}

func recordedVersion(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recorded, "create", "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	return versionIn(t, b)
}

func versionIn(t *testing.T, b []byte) string {
	t.Helper()
	var v struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v.Version
}

// rules are the policy: nothing of it is about plans.
const rules = `version: 1
agents:
  - id: claw
    emails: [claw@agents.example]
people:
  - {id: alice, github_ids: [1], emails: [alice@example.com]}
`

// place is a git repository in which Terraform works.
type place struct {
	t         *testing.T
	dir       string
	terraform string
}

func (p *place) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), name, args...) //nolint:gosec // our own arguments
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1", "TF_CLI_ARGS=", "TF_WORKSPACE=",
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Alice", "GIT_AUTHOR_EMAIL=alice@example.com", "GIT_COMMITTER_NAME=Alice", "GIT_COMMITTER_EMAIL=alice@example.com")
	return cmd
}

func (p *place) run(name string, args ...string) []byte {
	p.t.Helper()
	cmd := p.command(name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out, said.String())
	}
	return out
}

// write puts files there; an empty one is removed.
func (p *place) write(files map[string]string) {
	p.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(p.dir, name)
		if files[name] == "" {
			if err := os.Remove(path); err != nil {
				p.t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a folder of the test
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil { //nolint:gosec // a file of the test
			p.t.Fatal(err)
		}
	}
}

func (p *place) commit(message string) {
	p.t.Helper()
	p.run("git", "add", "-A")
	p.run("git", "commit", "-q", "--allow-empty", "-m", message)
}

// plan makes a plan and returns its JSON.
func (p *place) plan(fails bool, args []string, name string) []byte {
	p.t.Helper()
	cmd := p.command(p.terraform, append([]string{"plan", "-input=false", "-no-color", "-out=" + name}, args...)...)
	said, err := cmd.CombinedOutput()
	if (err != nil) != fails {
		p.t.Fatalf("terraform plan: error %v, wanted one: %v\n%s", err, fails, said)
	}
	return p.run(p.terraform, "show", "-json", name)
}

func (s *situation) live(t *testing.T, terraform, claw string, exact bool) {
	p := &place{t, t.TempDir(), terraform}
	p.run("git", "init", "-q", "-b", "main")
	p.write(map[string]string{".gitignore": ".terraform/\n*.tfstate*\n*.tfplan\n/plan.json\nterraform.tfstate.d/\n"})
	if len(s.base) > 0 {
		p.write(s.base)
	}
	p.commit("Say what is there")
	if len(s.base) > 0 {
		p.run(terraform, "init", "-input=false")
		p.run(terraform, append([]string{"apply", "-input=false", "-auto-approve"}, s.apply...)...)
	}
	p.run("git", "checkout", "-q", "-b", "agent/change")
	var made []byte
	if s.baseOnly {
		made = p.plan(s.fails, s.plan, "plan.tfplan")
	}
	if len(s.head) > 0 {
		for name := range s.base {
			if _, stays := s.head[name]; !stays {
				p.write(map[string]string{name: ""})
			}
		}
		p.write(s.head)
	}
	p.commit("Change it")
	p.write(s.dirty)
	if !s.baseOnly {
		p.run(terraform, append([]string{"init", "-input=false"}, s.init...)...)
		if len(s.do) > 0 {
			p.run(terraform, s.do...)
		}
		made = p.plan(s.fails, s.plan, "plan.tfplan")
	}
	for _, e := range s.edits {
		edited := bytes.ReplaceAll(made, []byte(e[0]), []byte(e[1]))
		if bytes.Equal(edited, made) {
			t.Fatalf("the edit %q finds nothing in\n%s", e[0], made)
		}
		made = edited
	}
	p.write(map[string]string{"plan.json": string(made)})
	saved, err := os.ReadFile(filepath.Join(p.dir, "plan.tfplan"))
	if err != nil {
		t.Fatal(err)
	}
	tree := p.run("git", "ls-tree", "-r", "HEAD")
	s.record(t, "plan.json", made)
	s.record(t, "plan.tfplan", saved)
	s.record(t, "tree.txt", tree)

	got, changeset := judge(t, made, saved, parseTree(tree))
	s.compare(t, got, p.check(claw), exact)

	s.digests(t, changeset, func(variant string) string {
		v := maps.Clone(s.variants[variant])
		args := append(slices.Clone(s.plan), strings.Fields(v["plan"])...)
		delete(v, "plan")
		p.run("git", "checkout", "-q", "-f", "HEAD")
		p.write(v)
		p.run(terraform, "init", "-input=false")
		made := p.plan(false, args, "variant.tfplan")
		s.record(t, variant+".json", made)
		plan, err := tfplan.Read(bytes.NewReader(made), variant, tfplan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return plan.Changeset
	})
}

// record keeps a file for the machines without Terraform.
func (s *situation) record(t *testing.T, name string, content []byte) {
	t.Helper()
	if !*update {
		return
	}
	path := filepath.Join(recorded, s.name, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // fixtures
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // fixtures
		t.Fatal(err)
	}
}

// check runs our program in the repository and returns what it says of plans and of
// their source: effect, rule and subject.
func (p *place) check(claw string) []string {
	p.t.Helper()
	policy := filepath.Join(p.t.TempDir(), "policy.yml")
	if err := os.WriteFile(policy, []byte(rules), 0o600); err != nil {
		p.t.Fatal(err)
	}
	report := filepath.Join(p.t.TempDir(), "report.json")
	cmd := p.command(claw, "check", "--base", "main", "--head", "agent/change", "--policy", policy,
		"--plan", "plan.json", "--plan-file", "plan.tfplan", "--format", "json="+report)
	said, err := cmd.CombinedOutput()
	b, readErr := os.ReadFile(report)
	if readErr != nil {
		p.t.Fatalf("claw-verified check: %v, no report\n%s", err, said)
	}
	var r struct {
		Questions []struct{ ID, Outcome string }
		Findings  []struct {
			Rule, Effect string
			Subject      struct{ Name string }
		}
		Undecided []struct{ Message string }
	}
	if err := json.Unmarshal(b, &r); err != nil {
		p.t.Fatal(err)
	}
	out := []string{}
	for _, q := range r.Questions {
		if q.ID == "plan" {
			out = append(out, "the plan is "+q.Outcome)
		}
	}
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Rule, "plan.") {
			out = append(out, f.Effect+" "+f.Rule+" "+f.Subject.Name)
		}
	}
	for _, u := range r.Undecided {
		message, _, _ := strings.Cut(u.Message, " at /") // where depends on the version
		out = append(out, "undecided: "+message)
	}
	return out
}
