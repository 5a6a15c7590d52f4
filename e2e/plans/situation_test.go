package plans

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

var update = flag.Bool("update", false, "write what is wanted, and with the tag e2e the recorded plans")

const recorded = "../../fixtures/terraform"

// situation is one file of testdata.
type situation struct {
	name, path        string
	archive           *txtar.Archive
	plan, apply, init []string
	do                []string // one terraform command
	fails, baseOnly   bool
	edits             [][2]string
	must              []string
	base, head, dirty map[string]string
	same, different   []string // variants, in order
	variants          map[string]map[string]string
	want              string
}

func situations(t *testing.T) []*situation {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 30 {
		t.Errorf("only %d situations", len(names))
	}
	out := make([]*situation, 0, len(names))
	for _, n := range names {
		out = append(out, situationOf(t, n))
	}
	return out
}

func situationOf(t *testing.T, path string) *situation {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &situation{
		name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: a,
		base: map[string]string{}, head: map[string]string{}, dirty: map[string]string{}, variants: map[string]map[string]string{},
	}
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSuffix(line, "\n")
		key, rest, _ := strings.Cut(line, ": ")
		switch key {
		case "", "fails", "base only":
			s.fails = s.fails || key == "fails"
			s.baseOnly = s.baseOnly || key == "base only"
		case "plan":
			s.plan = strings.Fields(rest)
		case "apply":
			s.apply = strings.Fields(rest)
		case "init":
			s.init = strings.Fields(rest)
		case "do":
			s.do = strings.Fields(rest)
		case "must":
			s.must = append(s.must, rest)
		case "edit":
			from, to, ok := strings.Cut(rest, " => ")
			if !ok {
				t.Fatalf("%s: an edit without =>", path)
			}
			s.edits = append(s.edits, [2]string{from, to})
		default:
			if !strings.HasPrefix(line, "#") {
				t.Fatalf("%s: unknown directive %q", path, line)
			}
		}
	}
	for _, f := range a.Files {
		where, name, _ := strings.Cut(f.Name, "/")
		text := string(f.Data)
		switch where {
		case "base":
			s.base[name] = text
		case "head":
			s.head[name] = text
		case "dirty":
			s.dirty[name] = text
		case "same", "different":
			variant, file, _ := strings.Cut(name, "/")
			if s.variants[variant] == nil {
				s.variants[variant] = map[string]string{}
				if where == "same" {
					s.same = append(s.same, variant)
				} else {
					s.different = append(s.different, variant)
				}
			}
			s.variants[variant][file] = text
		case "want":
			s.want = text
		default:
			t.Fatalf("%s: unknown file %q", path, f.Name)
		}
	}
	return s
}

// compare holds what is told against what is wanted. check is what only the program
// can tell, in a repository; nil where there is none. Another version of Terraform
// may plan and say things otherwise: then only what must be told counts.
func (s *situation) compare(t *testing.T, got string, check []string, exact bool) {
	t.Helper()
	const only = "check: "
	wanted := slices.Collect(strings.Lines(s.want))
	if check == nil {
		wanted = slices.DeleteFunc(wanted, func(l string) bool { return strings.HasPrefix(l, only) })
	}
	for _, c := range check {
		got += only + c + "\n"
	}
	if *update && check != nil {
		s.want, wanted = got, slices.Collect(strings.Lines(got))
		s.archive.Files = slices.DeleteFunc(s.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
		s.archive.Files = append(s.archive.Files, txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(s.path, txtar.Format(s.archive), 0o644); err != nil { //nolint:gosec // a fixture
			t.Fatal(err)
		}
	}
	text := s.want
	if !exact {
		text = got
	} else if w := strings.Join(wanted, ""); got != w {
		t.Errorf("%s: got\n%s\nwant\n%s", s.path, got, w)
	}
	if len(s.must) == 0 {
		t.Errorf("%s: nothing that must be told", s.path)
	}
	for _, m := range s.must {
		rest, not := strings.CutPrefix(m, "not ")
		if strings.Contains(text, rest) == not {
			t.Errorf("%s: what is told breaks %q:\n%s", s.path, m, text)
		}
	}
}

// judge reads a plan with its plan file, compares it with the files of a commit, and
// writes for people what is known of it and what the built-in rules say.
func judge(t *testing.T, json, saved []byte, tree []planfile.TreeFile) (text, changeset string) {
	t.Helper()
	f, err := planfile.Read(bytes.NewReader(saved), int64(len(saved)), planfile.Limits{})
	if err != nil {
		t.Fatalf("read plan file: %v", err)
	}
	held := f.Compare()
	p, err := tfplan.Read(bytes.NewReader(json), "plan.json", tfplan.Options{Comparison: held})
	if err != nil {
		var at *tfplan.Error
		if !errors.As(err, &at) {
			t.Fatal(err)
		}
		return "unreadable: " + at.Message + "\n", ""
	}
	facts := f.Facts()
	facts.Source, facts.Disagrees = "plan.tfplan", held.Done()
	match := planfile.Match(f, tree, false)
	facts.Commit, p.Saved = &match, &facts
	rules := &policy.Policy{}
	rules.Plan.Require = policy.PlanWhenChanged
	result := plan.Check{}.Evaluate(checks.Input{Snapshot: &checks.Snapshot{Plans: []checks.Plan{p}}, Policy: rules})

	var b strings.Builder
	said := func(v *bool) string {
		if v == nil {
			return "not said"
		}
		return fmt.Sprint(*v)
	}
	fmt.Fprintf(&b, "coverage %s, complete %s, applyable %s, errored %v\n", p.Coverage, said(p.Complete), said(p.Applyable), p.Errored)
	fmt.Fprintf(&b, "mode %s, workspace %s, backend %s", facts.Mode, facts.Workspace, facts.Backend)
	for _, x := range []struct {
		name string
		list []string
	}{{"targets", facts.Targets}, {"replaced", facts.Replaced}, {"variables", p.Variables}, {"failed", p.Failed}} {
		if len(x.list) > 0 {
			fmt.Fprintf(&b, ", %s %s", x.name, strings.Join(x.list, " "))
		}
	}
	fmt.Fprintf(&b, "\nsource: found %v, same %v: matched %d, differing %v, missing %v, extra %v\n", match.Found, match.Same(), match.Matched, match.Differing, match.Missing, match.Extra)
	for _, d := range facts.Disagrees {
		fmt.Fprintf(&b, "disagrees: %s\n", d)
	}
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "change: %s %s", c.Address, strings.Join(c.Verbs, ","))
		for _, x := range []struct{ name, text string }{{"from", c.PreviousAddress}, {"reason", c.Reason}, {"forced by", strings.Join(c.ReplacePaths, ", ")}} {
			if x.text != "" {
				fmt.Fprintf(&b, "; %s %s", x.name, x.text)
			}
		}
		if c.Importing {
			b.WriteString("; import")
		}
		b.WriteString("\n")
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, "output: %s %s, sensitive %v\n", o.Name, o.Action, o.Sensitive)
	}
	for _, c := range p.Consequences {
		fmt.Fprintf(&b, "%s: %s %s %s\n", c.Kind, c.Address, c.Attribute, strings.Join(c.What, ", "))
	}
	fmt.Fprintf(&b, "summary: %s\n", result.Summary)
	for _, x := range result.Findings {
		fmt.Fprintf(&b, "%s %s: %s\n", x.Effect, x.Rule, x.Message)
	}
	for _, g := range result.Gaps {
		fmt.Fprintf(&b, "gap: %s\n", g.Message)
	}
	return b.String(), p.Changeset
}

// TestRecorded judges the recorded plans.
func TestRecorded(t *testing.T) {
	t.Parallel()
	for _, s := range situations(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(recorded, s.name)
			read := func(name string) []byte {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			got, changeset := judge(t, read("plan.json"), read("plan.tfplan"), parseTree(read("tree.txt")))
			s.compare(t, got, nil, true)
			s.digests(t, changeset, func(variant string) string {
				p, err := tfplan.Read(bytes.NewReader(read(variant+".json")), variant, tfplan.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return p.Changeset
			})
		})
	}
}

// TestNothingIsLeft finds recorded plans without a situation.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range situations(t) {
		known[s.name] = true
	}
	err := filepath.WalkDir(recorded, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != recorded && !known[d.Name()] {
			t.Errorf("%s is the record of no situation", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// digests wants the variants to have the same change set, or another one, each.
func (s *situation) digests(t *testing.T, digest string, of func(variant string) string) {
	t.Helper()
	seen := map[string]string{digest: "the plan itself"}
	for _, v := range s.same {
		if d := of(v); d != digest {
			t.Errorf("%s: %s plans the same and has another digest", s.path, v)
		}
	}
	for _, v := range s.different {
		d := of(v)
		if other, twice := seen[d]; twice {
			t.Errorf("%s: %s has the digest of %s, and does something else", s.path, v, other)
		}
		seen[d] = v
	}
}

// parseTree reads what git ls-tree -r prints.
func parseTree(b []byte) []planfile.TreeFile {
	var out []planfile.TreeFile
	for line := range strings.Lines(string(b)) {
		head, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if f := strings.Fields(head); ok && len(f) == 3 {
			out = append(out, planfile.TreeFile{Path: path, Blob: f[2]})
		}
	}
	return out
}
