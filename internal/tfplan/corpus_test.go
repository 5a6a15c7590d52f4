package tfplan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

var update = flag.Bool("update", false, "write the golden files")

const fixtures = "../../fixtures"

// TestCorpus reads every plan of the corpus and compares the facts with the
// golden text, one paragraph per plan.
func TestCorpus(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	n := 0
	for _, folder := range []string{"plans/lab", "plans/public", "demo"} {
		names, err := filepath.Glob(filepath.Join(fixtures, folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		for _, name := range names {
			if filepath.Base(name) == "tfcoremock.json" {
				continue
			}
			n++
			p := readFile(t, name)
			fmt.Fprintf(&b, "== %s/%s\n%s\n", folder, filepath.Base(name), describe(&p))
		}
	}
	if n < 100 {
		t.Errorf("only %d plans were read", n)
	}
	golden(t, filepath.Join(fixtures, "plans", "facts.txt"), b.String())
}

func readFile(t *testing.T, name string) checks.Plan {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := tfplan.Read(f, filepath.Base(name), tfplan.Options{})
	if (err != nil) != (p.Error != "") {
		t.Errorf("%s: error %v, but the plan says %q", name, err, p.Error)
	}
	return p
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got); run with -update when that is meant:\n%s", name, d)
	}
}

// describe writes facts for people.
func describe(p *checks.Plan) string {
	var b strings.Builder
	if p.Error != "" {
		return "unreadable: " + p.Error + "\n"
	}
	said := func(v *bool) string {
		if v == nil {
			return "not said"
		}
		return fmt.Sprint(*v)
	}
	fmt.Fprintf(&b, "%s %s, format %s; coverage %s; complete %s, applyable %s, errored %v\n",
		p.Tool, p.ToolVersion, p.FormatVersion, p.Coverage, said(p.Complete), said(p.Applyable), p.Errored)
	var totals []string
	for a, n := range p.Totals {
		totals = append(totals, fmt.Sprintf("%s %d", a, n))
	}
	slices.Sort(totals)
	fmt.Fprintf(&b, "totals: %s\n", strings.Join(totals, ", "))
	if p.Deferred+p.Drift+p.ActionInvocations > 0 {
		fmt.Fprintf(&b, "deferred %d, drift %d, action invocations %d\n", p.Deferred, p.Drift, p.ActionInvocations)
	}
	if p.UncoveredTotal > 0 {
		fmt.Fprintf(&b, "uncovered %d: %s\n", p.UncoveredTotal, strings.Join(p.Uncovered, ", "))
	}
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "%s: %s %s %s", c.Address, c.Action, c.Mode, c.Class)
		for _, x := range []struct{ name, text string }{
			{"deposed", c.Deposed}, {"from", c.PreviousAddress}, {"reason", c.Reason}, {"forced by", strings.Join(c.ReplacePaths, ", ")},
		} {
			if x.text != "" {
				fmt.Fprintf(&b, "; %s %s", x.name, x.text)
			}
		}
		if c.CreateFirst {
			b.WriteString("; create first")
		}
		if c.Importing {
			b.WriteString("; import")
		}
		for _, x := range []struct{ name, text string }{
			{"loses", c.Loses}, {"is", c.Kind}, {"because of", strings.Join(c.Causes, ", ")}, {"by", c.ProviderConfig},
		} {
			if x.text != "" && (c.Action != checks.ActionCreate && c.Action != checks.ActionUpdate || x.name == "is") {
				fmt.Fprintf(&b, "; %s %s", x.name, x.text)
			}
		}
		for _, g := range c.Guards {
			fmt.Fprintf(&b, "; %s=%s holds %v", g.Attribute, g.Value, g.Holds)
		}
		b.WriteString("\n")
	}
	for _, e := range p.Exposures {
		fmt.Fprintf(&b, "exposure: %s %s %s %s %d-%d from %q", e.Address, e.Direction, e.Family, e.Protocol, e.FromPort, e.ToPort, e.Source)
		for _, x := range []struct {
			name string
			set  bool
		}{{"world", e.World}, {"sensitive", e.Sensitive}, {"unknown", e.Unknown}} {
			if x.set {
				b.WriteString(" " + x.name)
			}
		}
		b.WriteString("\n")
	}
	for _, r := range p.Rearranged {
		fmt.Fprintf(&b, "rearranged: %s %s\n", r.Address, r.How)
	}
	for _, c := range p.Consequences {
		fmt.Fprintf(&b, "%s: %s %s", c.Kind, c.Address, c.Attribute)
		if c.Before+c.After != "" {
			fmt.Fprintf(&b, " %q to %q", c.Before, c.After)
		}
		if len(c.What) > 0 || c.More > 0 {
			fmt.Fprintf(&b, " %q and %d", c.What, c.More)
		}
		for _, x := range []struct {
			name string
			set  bool
		}{{"sensitive", c.Sensitive}, {"unknown", c.Unknown}} {
			if x.set {
				b.WriteString(" " + x.name)
			}
		}
		if c.Note != "" {
			b.WriteString("; " + c.Note)
		}
		b.WriteString("\n")
	}
	for _, o := range p.Outputs {
		fmt.Fprintf(&b, "output: %s %s sensitive %v\n", o.Name, o.Action, o.Sensitive)
	}
	for _, x := range []struct {
		name string
		list []string
	}{{"variables", p.Variables}, {"drifted", p.Drifted}, {"failed", p.Failed}, {"mismatched", p.Mismatched}, {"actions", p.Actions}} {
		if len(x.list) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", x.name, strings.Join(x.list, ", "))
		}
	}
	return b.String()
}
