package collect_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// recorded is a saved plan file with the configuration of its root module.
func recorded(tb testing.TB, name string) (*planfile.File, map[string]string) {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "planfile", "testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	f, err := planfile.Read(bytes.NewReader(b), int64(len(b)), planfile.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		tb.Fatal(err)
	}
	config := map[string]string{}
	for _, e := range z.File {
		rest, ok := strings.CutPrefix(e.Name, "tfconfig/m-/")
		if !ok && e.Name != ".terraform.lock.hcl" {
			continue
		}
		r, err := e.Open()
		if err != nil {
			tb.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		if !ok {
			rest = e.Name
		}
		config[rest] = string(text)
	}
	return f, config
}

// TestPlanOfThisCommit: the configuration in a saved plan file is held against the
// head commit, whatever lies in the work tree.
func TestPlanOfThisCommit(t *testing.T) {
	t.Parallel()
	file, config := recorded(t, "normal.tfplan")
	for _, format := range []string{"sha1", "sha256"} {
		for _, tt := range []struct {
			name   string
			edit   func(g *gittest.Repo, folder string)
			folder string
			want   func(*checks.SourceMatch) bool
		}{
			{"same", func(*gittest.Repo, string) {}, "", (*checks.SourceMatch).Same},
			{"in a folder", func(*gittest.Repo, string) {}, "live/prod", func(m *checks.SourceMatch) bool { return m.Same() && m.Root == "live/prod" }},
			{"edited", func(g *gittest.Repo, f string) { g.Write(f+"main.tf", config["main.tf"]+"\n# x\n") }, "", func(m *checks.SourceMatch) bool {
				return !m.Same() && cmp.Equal(m.Differing, []checks.Path{"main.tf"})
			}},
			{"an override file more", func(g *gittest.Repo, f string) { g.Write(f+"x_override.tf", "") }, "", func(m *checks.SourceMatch) bool {
				return !m.Same() && cmp.Equal(m.Missing, []checks.Path{"x_override.tf"})
			}},
			{"no Terraform at all", func(g *gittest.Repo, f string) {
				for name := range config {
					g.Git("rm", "-q", "--cached", f+name)
				}
			}, "", func(m *checks.SourceMatch) bool { return !m.Same() }},
			{"only in the work tree", func(g *gittest.Repo, f string) {
				g.Git("rm", "-q", "--cached", f+"main.tf")
			}, "", func(m *checks.SourceMatch) bool { return !m.Same() }},
		} {
			t.Run(format+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				g := gittest.Init(t, "--object-format="+format)
				g.Write(".github/claw-verified.yml", "version: 1\n")
				g.Git("add", "-A")
				base := g.CommitIndex("policy")
				prefix := ""
				if tt.folder != "" {
					prefix = tt.folder + "/"
				}
				for name, text := range config {
					g.Write(prefix+name, text)
				}
				g.Git("add", "-A")
				tt.edit(g, prefix)
				if tt.name != "only in the work tree" && tt.name != "no Terraform at all" {
					g.Git("add", "-A")
				}
				head := g.CommitIndex("change")
				s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head, Plans: func(*policy.Policy, int64) []collect.Plan {
					facts := file.Facts()
					return []collect.Plan{{Plan: checks.Plan{Source: "plan.json", Saved: &facts}, File: file, Folder: map[bool]string{true: "./" + tt.folder}[tt.folder != ""]}}
				}})
				m := s.Plans[0].Saved.Commit
				if m == nil || !tt.want(m) {
					t.Errorf("%+v", m)
				}
			})
		}
	}
}

// TestSourceOfChange: what the change does to Terraform source is read from the
// commits, and only what the change itself does.
func TestSourceOfChange(t *testing.T) {
	t.Parallel()
	const guarded = "resource \"aws_db_instance\" \"d\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n"
	g, _ := withPolicy(t)
	g.Write("live/main.tf", guarded)
	g.Write("other/main.tf", "module \"m\" {\n  source = \"./m\"\n}\n")
	g.Git("add", "-A")
	base := g.CommitIndex("terraform")
	g.Write("live/main.tf", strings.Replace(guarded, "true", "false", 1))
	g.Write("live/README.md", "x")
	g.Git("add", "-A")
	head := g.CommitIndex("change")
	// The base moves on meanwhile; that is not the change's doing.
	g.Git("checkout", "-q", base)
	g.Write("other/main.tf", "module \"m\" {\n  source = \"git::https://example.com/m\"\n}\n")
	g.Git("add", "-A")
	moved := g.CommitIndex("the base moves on")
	s := local(t, collect.Options{Dir: g.Dir, Base: moved, Head: head})
	if len(s.Source) != 1 || s.Source[0].Kind != checks.SourcePreventDestroy || s.Source[0].Path != "live/main.tf" || s.Source[0].Line == 0 {
		t.Errorf("%+v", s.Source)
	}
}

// TestSubmoduleSource: a submodule at another commit is other code for the modules
// that lead into it, and for nobody else.
func TestSubmoduleSource(t *testing.T) {
	t.Parallel()
	g, _ := withPolicy(t)
	g.Write("live/main.tf", "module \"m\" {\n  source = \"../vendor/m/sub\"\n}\n")
	g.Git("add", "-A")
	g.Entry("160000", "vendor/m", strings.Repeat("1", 40))
	g.Entry("160000", "vendor/mm", strings.Repeat("1", 40))
	base := g.CommitIndex("submodules")
	g.Entry("160000", "vendor/m", strings.Repeat("2", 40))
	g.Entry("160000", "vendor/mm", strings.Repeat("2", 40))
	head := g.CommitIndex("change")
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head})
	if len(s.Source) != 1 || s.Source[0].Kind != checks.SourceModule || s.Source[0].Path != "live/main.tf" || s.Source[0].Address != "module.m" {
		t.Errorf("%+v", s.Source)
	}
}

// TestLinkedSource: a link is no source that could be compared.
func TestLinkedSource(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	g.Entry("120000", "main.tf", "../elsewhere.tf")
	head := g.CommitIndex("change")
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head})
	if len(s.Source) != 1 || s.Source[0].Kind != checks.SourceUnreadable || s.Source[0].Path != "main.tf" {
		t.Errorf("%+v", s.Source)
	}
}

// TestLocated: a finding can point to the line that declares its resource, also in
// a module, and to nothing where two places could be meant.
func TestLocated(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	g.Write("live/main.tf", "# the top\nmodule \"db\" {\n  source = \"../modules/db\"\n}\n\nresource \"x_y\" \"a\" {}\n")
	g.Write("modules/db/main.tf", "\n\nresource \"aws_db_instance\" \"d\" {\n  count = 2\n}\n")
	g.Git("add", "-A")
	head := g.CommitIndex("change")
	change := func(address, block string) checks.Change {
		return checks.Change{Address: address, Config: block, Mode: "managed"}
	}
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head, Plans: func(*policy.Policy, int64) []collect.Plan {
		return []collect.Plan{{Plan: checks.Plan{Source: "p", Changes: []checks.Change{
			change(`module.db["a.b]"].aws_db_instance.d[0]`, "module.db.aws_db_instance.d"), change("x_y.a", ""), change("x_y.gone", ""),
		}}}}
	}})
	var got []string
	for _, c := range s.Plans[0].Changes {
		got = append(got, strings.TrimSuffix(c.Path.String()+":"+string(rune('0'+c.Line)), ":0"))
	}
	if d := cmp.Diff([]string{"modules/db/main.tf:3", "live/main.tf:6", ""}, got); d != "" {
		t.Error(d)
	}
}
