package resource_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/resource"
)

var update = flag.Bool("update", false, "write the table of docs/resource-classes.md anew")

const page = "../../docs/resource-classes.md"

// TestDocs: the page counts what is there.
func TestDocs(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- types -->\n", "<!-- /types -->\n"
	head, rest, ok := strings.Cut(string(b), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the table")
	}
	want := head + from + counts() + to + tail
	if string(b) == want {
		return
	}
	if !*update {
		t.Fatal("the table of the page is not what the data says; go test ./internal/resource -run TestDocs -update writes it")
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func counts() string {
	table := resource.Builtin()
	type row struct{ types, stateful, guard, recreatable, harmless, network, grants int }
	rows := map[string]*row{}
	providers := table.Snapshots()
	for name := range providers {
		rows[name] = &row{}
	}
	var all row
	for _, k := range table.Types() {
		for _, r := range []*row{rows[k.Provider], &all} {
			r.types++
			switch k.Class {
			case checks.ClassStateful:
				r.stateful++
			case checks.ClassGuard:
				r.guard++
			case checks.ClassRecreatable:
				r.recreatable++
			case checks.ClassHarmless:
				r.harmless++
			}
			if k.Network != nil {
				r.network++
			}
			if k.Grants != nil {
				r.grants++
			}
		}
	}
	var s strings.Builder
	s.WriteString("| provider | types | stateful | guard | recreatable | harmless | network | grants | documented | taken from |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	line := func(name string, r *row, documented, from string) {
		fmt.Fprintf(&s, "| %s | %d | %d | %d | %d | %d | %d | %d | %s | %s |\n", name, r.types, r.stateful, r.guard, r.recreatable, r.harmless, r.network, r.grants, documented, from)
	}
	few := &row{}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r, p := rows[name], providers[name]
		if p.From == "" && name != "awscc" {
			few.types += r.types
			few.stateful += r.stateful
			few.guard += r.guard
			few.recreatable += r.recreatable
			few.harmless += r.harmless
			few.network += r.network
			few.grants += r.grants
			names = append(names, name)
			continue
		}
		documented := ""
		if p.Documented > 0 {
			documented = fmt.Sprint(p.Documented)
		}
		line(name, r, documented, p.From)
	}
	line(fmt.Sprintf("%d others", len(names)), few, "", "")
	line("**all**", &all, "", "")
	fmt.Fprintf(&s, "\nThe others: %s.\n", strings.Join(names, ", "))
	return s.String()
}

// TestDocsExample: what the page says of its policy is so.
func TestDocsExample(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	p, problems := policy.Parse(text, policy.Known{})
	for _, problem := range problems {
		if strings.Contains(fmt.Sprint(problem), "resource") {
			t.Error(problem)
		}
	}
	if p == nil || len(p.Plan.Resources) != 4 {
		t.Fatalf("the policy of the page is not read: %v", problems)
	}
	var extra []resource.Extra
	for _, r := range p.Plan.Resources {
		e := resource.Extra{Type: r.Type, Class: checks.Class(r.Class), Tier: checks.Tier(r.Tier), Loses: r.Loses, Guards: r.Guards}
		if err := e.Valid(); err != nil {
			t.Error(err)
		}
		extra = append(extra, e)
	}
	table := resource.Builtin().With(extra)
	for typ, want := range map[string]checks.Class{
		"corp_ledger": checks.ClassStateful, "corp_pen": checks.ClassRecreatable, "mock_x": checks.ClassHarmless, "aws_instance": checks.ClassRecreatable,
	} {
		if got := table.Class(typ); got != want {
			t.Errorf("%s is %s, want %s", typ, got, want)
		}
	}
	if w, ok := table.Watch("corp_ledger", "seal.closed"); !ok || w.Path != "seal.closed" {
		t.Error("the guard of the page is not watched")
	}
}
