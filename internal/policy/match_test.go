package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGateFiles(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\ngate_files: [scripts, \"modules/*.tf\", \"a\\\\[1\\\\].txt\"]\n")
	for path, want := range map[string]bool{
		".github/claw-verified.yml":         true,
		".github/workflows/ci.yml":          true,
		".github/workflows/a/b.txt":         true,
		".github/actions/x/index.js":        true,
		"CODEOWNERS":                        true,
		"docs/CODEOWNERS":                   true,
		"src/CODEOWNERS":                    false, // GitHub does not read it
		"tools/deploy/action.yml":           true,
		"a/b/.gitattributes":                true,
		".gitattributes":                    true,
		"README.md":                         false,
		"scripts/plan.sh":                   true, // a folder covers what is in it
		"scripts/deep/er.sh":                true,
		"scripts":                           true,
		"scripts2/x":                        false,
		"modules/a.tf":                      true,
		"modules/a/b.tf":                    false,
		"a[1].txt":                          true,
		"a1.txt":                            false,
		".github/workflows/a\nb.yml":        true,
		".github/workflows/\xff.yml":        true,
		"\xff\xfe.md":                       false, // matched byte by byte, and no pattern is about it
		"":                                  true,  // what cannot be matched counts
		"/CODEOWNERS":                       true,
		"a/../README.md":                    true,
		"./README.md":                       true,
		"a//b":                              true,
		"a\x00b":                            true,
		strings.Repeat("a", 5000):           true,
		"x/.github/workflows/ci.yml":        false, // GitHub runs only those at the root
		"x/.github/claw-verified.yml":       false,
		".github/claw-verified.yml/x":       true,
		".github/WORKFLOWS/ci.yml":          false,
		`.github\workflows\ci.yml`:          false, // one file name on GitHub's runners
		".github/workflows":                 true,  // a file in place of the folder
		"docs/../.github/claw-verified.yml": true,
	} {
		if got := p.GateFile(path); got != want {
			t.Errorf("GateFile(%.60q) = %v", path, got)
		}
	}
}

func TestNeedsPlan(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\n")
	for path, want := range map[string]bool{
		"main.tf":                          true,
		"a/b/main.tf.json":                 true,
		"x.tofu":                           true,
		"prod.auto.tfvars":                 true,
		"prod.tfvars.json":                 true,
		".terraform.lock.hcl":              true,
		"live/prod/terragrunt.hcl":         true,
		"root.hcl":                         true,
		".hidden/main.tf":                  true,
		"a\nb.tf":                          true,
		"dir\n/main.tf":                    true,
		"\xff.tf":                          true,
		"\xff/\xfe/main.tf":                true,
		"\xff.md":                          false,
		"-rf.tf":                           true,
		"*.tf":                             true,
		"a b.tf":                           true,
		strings.Repeat("d/", 500) + "x.tf": true,
		"main.tf.bak":                      false,
		"main.TF":                          false, // Terraform does not read it
		"packer.hcl":                       false,
		"README.md":                        false,
		"":                                 true,
	} {
		if got := p.NeedsPlan(path); got != want {
			t.Errorf("NeedsPlan(%.60q) = %v", path, got)
		}
	}
	if !parseOK(t, "version: 1\nplan: {require: always}\n").NeedsPlan("README.md") {
		t.Error("with require: always every path needs a plan")
	}
	if !new(Policy).NeedsPlan("README.md") {
		t.Error("the zero policy asks for a plan")
	}
}

func TestBadGlobProtects(t *testing.T) {
	t.Parallel()
	if !MatchPath([]string{"[a"}, "b") {
		t.Error("a glob that cannot be read must not exempt a path")
	}
	if MatchPath(nil, "b") {
		t.Error("no glob matches nothing")
	}
}

// TestNoSuffixedPathEscapes: whatever bytes a name is made of, a Terraform file
// needs a plan.
func TestNoTerraformFileEscapes(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\n")
	rapid.Check(t, func(t *rapid.T) {
		name := string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "name"))
		for _, suffix := range []string{"x.tf", "x.tofu", "x.tfvars", "/terragrunt.hcl"} {
			if !p.NeedsPlan(name + suffix) {
				t.Fatalf("%q needs no plan", name+suffix)
			}
		}
		if !p.GateFile(".github/workflows/" + name) {
			t.Fatalf("%q is no gate file", name)
		}
	})
}

func TestMatchName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		glob, name string
		want       bool
	}{
		{"plan.*", "plan.delete-data", true},
		{"plan.*", "plan", false},
		{"plan.*-data", "plan.replace-data", true},
		{"*", "a/b.c", true},
		{"**", "", true},
		{"module.prod.*", `module.prod.aws_db_instance.main["a/b"]`, true},
		{"module.prod.*", "module.production.x", false},
		{"aws_instance.web[0]", "aws_instance.web[0]", true},
		{"aws_instance.web[*]", "aws_instance.web[17]", true},
		{"aws_instance.web[0]", "aws_instance.web0", false},
		{`module.x["a/b"].*`, `module.x["a/b"].aws_y.z`, true},
		{`a\[0\]`, "a[0]", true},
		{"aws_{db,rds}_*", "aws_rds_cluster", true},
		{"aws_{db,rds}_*", "aws_s3_bucket", false},
		{"a?c", "abc", true},
		{"a?c", "a/c", true},
		{"{a", "{a", true}, // spelt the same
		{"{a", "a", false},
		{"*", "a\nb", true},
		{"*x", "\xffx", true},
		{"A", "a", false},
	} {
		if got := MatchName(c.glob, c.name); got != c.want {
			t.Errorf("MatchName(%q, %q) = %v", c.glob, c.name, got)
		}
	}
}

func TestTeamAndPerson(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\npeople: [{id: alice, github_ids: 1}, {id: bob, github_ids: 2}]\nteams: {infra: [bob, alice]}\n")
	if d := cmp.Diff([]string{"bob", "alice"}, p.Team("infra")); d != "" {
		t.Error(d)
	}
	p.Team("infra")[0] = "mallory"
	if p.Team("infra")[0] != "bob" || p.Team("other") != nil || p.Team("acme/infra") != nil {
		t.Error("a team changed, or was made up")
	}
	if who, ok := p.Person("bob"); !ok || who.GitHubIDs[0] != 2 {
		t.Error("bob is not found")
	}
	for _, id := range []string{"", "Bob", "mallory"} {
		if _, ok := p.Person(id); ok {
			t.Errorf("%q is found", id)
		}
	}
	if _, ok := (&Policy{People: []Person{{}}}).Person(""); ok {
		t.Error("nobody is somebody")
	}
}
