package planfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// situation is one plan: files are applied as "before" (when there is one), and
// planned as "after". Paths are below the repository; the root module is infra/prod.
type situation struct {
	name          string
	before, after map[string]string
	applyFails    bool
	args          []string
	workspace     string
	fails         bool // plan ends with an error, and saves a file
}

const main = "infra/prod/main.tf"

const remoteState = `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{"v":{"value":"1","type":"string"}},"resources":[]}`

var ordinary = map[string]string{
	main: `
variable "name" { default = "d" }
variable "unset" { default = "u" }
variable "password" {
  default   = "swordfish"
  sensitive = true
}
resource "terraform_data" "update" { input = var.name }
resource "terraform_data" "replace" { triggers_replace = var.name }
resource "terraform_data" "first" {
  triggers_replace = var.name
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "same" { input = var.password }
resource "terraform_data" "gone" {}
resource "terraform_data" "each" {
  for_each = toset(["a.b", "q\"]x", "n\nl", "ü", "data."])
}
data "terraform_remote_state" "rs" {
  backend = "local"
  config  = { path = "${path.module}/rs.json" }
}
output "o" { value = terraform_data.update.output }
output "same" { value = "x" }
output "gone" { value = "x" }
`,
	"infra/prod/rs.json": remoteState,
}

// with returns files with some replaced; an empty one is taken away.
func with(files map[string]string, changes ...string) map[string]string {
	out := map[string]string{}
	for k, v := range files {
		out[k] = v
	}
	for i := 0; i < len(changes); i += 2 {
		out[changes[i]] = changes[i+1]
		if changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

func cut(files map[string]string, parts ...string) map[string]string {
	text := files[main]
	for _, p := range parts {
		if !strings.Contains(text, p) {
			panic(p)
		}
		text = strings.Replace(text, p, "", 1)
	}
	return with(files, main, text)
}

var moduleFiles = map[string]string{
	main: `
module "near" { source = "./modules/near" }
module "far" {
  source   = "../../shared/far"
  for_each = toset(["x", "y"])
}
resource "terraform_data" "a" {}
`,
	"infra/prod/main_override.tf":            `resource "terraform_data" "a" { input = "over" }`,
	"infra/prod/extra.tf.json":               `{"output": {"j": {"value": 1}}}`,
	"infra/prod/modules/near/main.tf":        `module "deep" { source = "./deep" }`,
	"infra/prod/modules/near/deep/main.tf":   `resource "terraform_data" "d" {}`,
	"shared/far/main.tf":                     `module "twin" { source = "../twin" }` + "\n",
	"shared/twin/main.tf":                    `resource "terraform_data" "t" {}` + "\n",
	"shared/unused/main.tf":                  `resource "terraform_data" "u" {}` + "\n",
	"infra/prod/.hidden.tf":                  `this is not read`,
	"infra/prod/notes.md":                    `nor this`,
	"infra/prod/terraform.tfvars":            ``,
	"infra/dev/main.tf":                      "module \"near\" { source = \"./modules/near\" }\n",
	"infra/dev/modules/near/main.tf":         `resource "terraform_data" "other" {}`,
	"infra/prod/modules/near/notes.auto.txt": ``,
}

var situations = []situation{
	{name: "create", after: ordinary, args: []string{"-var", "name=n"}},
	{name: "normal", before: ordinary, after: cut(ordinary, `resource "terraform_data" "gone" {}`, `output "gone" { value = "x" }`), args: []string{"-var", "name=n", "-var", "password=hunter2"}},
	{name: "nothing", before: ordinary, after: ordinary},
	{name: "destroy", before: ordinary, after: ordinary, args: []string{"-destroy"}},
	{name: "refresh-only", before: ordinary, after: ordinary, args: []string{"-refresh-only"}},
	{name: "refresh-only-moved", before: ordinary, after: with(cut(ordinary, `resource "terraform_data" "gone" {}`), "infra/prod/moved.tf", `
moved {
  from = terraform_data.gone
  to   = terraform_data.here
}
resource "terraform_data" "here" {}
`), args: []string{"-refresh-only"}},
	{name: "target", before: ordinary, after: ordinary, args: []string{"-target=terraform_data.update", "-target=terraform_data.each", "-var", "name=n"}},
	{name: "replace", before: ordinary, after: ordinary, args: []string{`-replace=terraform_data.same`, `-replace=terraform_data.each["q\"]x"]`}},
	{name: "modules", after: moduleFiles},
	{name: "modules-gone", before: moduleFiles, after: with(moduleFiles, main, `module "near" { source = "./modules/near" }`, "infra/prod/main_override.tf", "")},
	{name: "workspace", after: map[string]string{main: `resource "terraform_data" "w" { input = terraform.workspace }`}, workspace: "staging"},
	{
		name: "errored", fails: true,
		before: map[string]string{main: "resource \"terraform_data\" \"p\" {\n  triggers_replace = 1\n  lifecycle { prevent_destroy = true }\n}\nresource \"terraform_data\" \"q\" {}\n"},
		after:  map[string]string{main: "resource \"terraform_data\" \"p\" {\n  triggers_replace = 2\n  lifecycle { prevent_destroy = true }\n}\nresource \"terraform_data\" \"q\" { input = 1 }\n"},
	},
	{
		name:   "moved-removed",
		before: map[string]string{main: "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"c\" {}\n"},
		after: map[string]string{main: `
moved {
  from = terraform_data.a
  to   = terraform_data.z
}
resource "terraform_data" "z" { triggers_replace = 1 }
removed {
  from = terraform_data.b
  lifecycle { destroy = false }
}
removed {
  from = terraform_data.c
  lifecycle { destroy = true }
}
`},
	},
	{
		name: "deposed", applyFails: true,
		before: map[string]string{main: `
resource "terraform_data" "d" {
  triggers_replace = fileexists("${path.module}/second") ? 2 : 1
  lifecycle { create_before_destroy = true }
  provisioner "local-exec" {
    command = "test ! -e ${path.module}/second"
  }
}
`},
		after: nil, // as before
	},
	{
		name: "data-late", before: map[string]string{main: "resource \"terraform_data\" \"a\" {}\n"},
		after: map[string]string{main: `
resource "terraform_data" "a" { input = 1 }
data "terraform_remote_state" "late" {
  backend    = "local"
  config     = { path = "${path.module}/rs.json" }
  depends_on = [terraform_data.a]
}
check "c" {
  data "terraform_remote_state" "nested" {
    backend = "local"
    config  = { path = "${path.module}/rs.json" }
  }
  assert {
    condition     = data.terraform_remote_state.nested.outputs.v == "2"
    error_message = "no"
  }
}
import {
  to = terraform_data.i
  id = "known"
}
resource "terraform_data" "i" {}
`, "infra/prod/rs.json": remoteState},
	},
	{
		name: "data-gone", before: ordinary, args: []string{"-destroy"},
		after: with(ordinary, main, `module "m" { source = "./m" }`, "infra/prod/m/main.tf", "data \"terraform_remote_state\" \"x\" {\n  backend = \"local\"\n  config = { path = \"rs.json\" }\n}\n"),
	},
	{name: "empty-destroy", before: ordinary, after: map[string]string{"infra/prod/rs.json": remoteState}, args: []string{"-destroy"}},
	{name: "outputs", before: ordinary, after: with(ordinary, "infra/prod/more.tf", `output "more" { value = 1 }`)},
	{name: "ephemeral-variable", after: map[string]string{main: "variable \"e\" {\n  type = string\n  ephemeral = true\n}\nvariable \"s\" {}\nresource \"terraform_data\" \"a\" { input = var.s }\n"}, args: []string{"-var", "e=1", "-var", "s=2"}},
}

// run makes the plan of a situation in a new folder.
func (s *situation) run(t *testing.T, bin string) (repo string, p pair) {
	t.Helper()
	repo = t.TempDir()
	return repo, s.runIn(t, bin, repo)
}

func (s *situation) runIn(t *testing.T, bin, repo string) pair {
	t.Helper()
	root := filepath.Join(repo, "infra/prod")
	write(t, repo, s.before)
	if s.before == nil {
		write(t, repo, s.after)
	}
	command(t, bin, root, false, "init", "-input=false")
	if s.workspace != "" {
		command(t, bin, root, false, "workspace", "new", s.workspace)
	}
	if s.before != nil {
		command(t, bin, root, false, "apply", "-input=false", "-auto-approve")
	}
	if s.applyFails {
		write(t, repo, map[string]string{"infra/prod/second": "x"})
		command(t, bin, root, true, "apply", "-input=false", "-auto-approve")
		remove(t, root, "second")
	}
	if s.before != nil && s.after != nil {
		for name := range s.before {
			if _, kept := s.after[name]; !kept {
				remove(t, repo, name)
			}
		}
		write(t, repo, s.after)
		command(t, bin, root, false, "init", "-input=false")
	}
	return s.planIn(t, bin, repo)
}

// planIn plans what is there.
func (s *situation) planIn(t *testing.T, bin, repo string) (p pair) {
	t.Helper()
	root := filepath.Join(repo, "infra/prod")
	command(t, bin, root, s.fails, append([]string{"plan", "-input=false", "-out=tfplan"}, s.args...)...)
	var err error
	if p.file, err = os.ReadFile(filepath.Join(root, "tfplan")); err != nil {
		t.Fatal(err)
	}
	p.json = decode(t, command(t, bin, root, false, "show", "-json", "tfplan"))
	remove(t, root, "tfplan")
	return p
}
