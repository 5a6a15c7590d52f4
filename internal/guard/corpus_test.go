package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

var update = flag.Bool("update", false, "write testdata/corpus.txt anew")

// The corpus says how much is told of real plans, and of what: a person reads it for
// false alarms.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/plans/*/*.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("the plans of fixtures/plans are not there: %v, %d files", err, len(files))
	}
	var b strings.Builder
	for _, file := range files {
		p, err := readPlan(file)
		if err != nil {
			continue // refused on purpose, and judged by the reader's own tests
		}
		var lines []string
		for i := range p.Changes {
			c := p.change(i)
			for _, pending := range Consequences(c, resource.Builtin()) {
				if p.counts(pending) {
					lines = append(lines, "  "+show(pending))
				}
			}
			if typ, ok := resource.Builtin().Lookup(c.Type); ok {
				for _, g := range Protection(c, typ, resource.Builtin()) {
					lines = append(lines, fmt.Sprintf("  guard %s %s=%s holds %t", c.Address, g.Attribute, g.Value, g.Holds))
				}
			}
		}
		if len(lines) > 0 {
			dir := filepath.Base(filepath.Dir(file))
			fmt.Fprintf(&b, "%s/%s\n%s\n", dir, filepath.Base(file), strings.Join(lines, "\n"))
		}
	}
	golden := filepath.Join("testdata", "corpus.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("testdata/corpus.txt is not what is told now (-want +got); run with -update when that is meant:\n%s", diff)
	}
}

// show writes a consequence as one line.
func show(p tfvalue.Pending) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", p.Kind, p.Address)
	if p.Attribute != "" {
		fmt.Fprintf(&b, " at %s", p.Attribute)
	}
	if p.Before != "" || p.After != "" {
		fmt.Fprintf(&b, " %q → %q", p.Before, p.After)
	}
	if len(p.What) > 0 || p.More > 0 {
		fmt.Fprintf(&b, " %q", p.What)
	}
	if p.More > 0 {
		fmt.Fprintf(&b, " +%d", p.More)
	}
	if p.Unknown {
		b.WriteString(" unknown")
	}
	if p.Sensitive {
		b.WriteString(" sensitive")
	}
	if len(p.Needs) > 0 {
		fmt.Fprintf(&b, " needs %q", p.Needs)
	}
	if p.Note != "" {
		fmt.Fprintf(&b, ": %s", p.Note)
	}
	return b.String()
}

type plan struct {
	Changes []struct {
		Address, Type, Name, Mode string
		Deposed                   string
		Change                    struct {
			Actions         []string
			Before, After   map[string]any
			Unknown         any `json:"after_unknown"`
			BeforeSensitive any `json:"before_sensitive"`
			AfterSensitive  any `json:"after_sensitive"`
		}
	} `json:"resource_changes"`
	Configuration struct {
		Root module `json:"root_module"`
	}
	sets map[string]map[string]bool
}

type module struct {
	Resources []struct {
		Address     string
		Expressions map[string]any
	}
	Calls map[string]struct{ Module module } `json:"module_calls"`
}

func readPlan(file string) (*plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) {
		var units []uint16
		for i := 2; i+1 < len(text); i += 2 {
			units = append(units, uint16(text[i])|uint16(text[i+1])<<8)
		}
		text = []byte(string(utf16.Decode(units)))
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.UseNumber()
	p := &plan{sets: map[string]map[string]bool{}}
	if err := d.Decode(p); err != nil {
		return nil, err
	}
	if len(p.Changes) == 0 {
		return nil, errors.New("nothing changes")
	}
	p.collect("", p.Configuration.Root)
	return p, nil
}

func (p *plan) collect(prefix string, m module) {
	for _, r := range m.Resources {
		set := map[string]bool{}
		for name := range r.Expressions {
			set[name] = true
		}
		p.sets[prefix+r.Address] = set
	}
	for name, call := range m.Calls {
		p.collect(prefix+"module."+name+".", call.Module)
	}
}

// counts reports whether the configuration sets what a consequence needs.
func (p *plan) counts(c tfvalue.Pending) bool {
	set, ok := p.sets[c.Config]
	return len(c.Needs) == 0 || !ok || slices.ContainsFunc(c.Needs, func(n string) bool { return set[n] })
}

func (p *plan) change(i int) *tfvalue.Change {
	r := p.Changes[i]
	return &tfvalue.Change{
		Address: r.Address, Config: withoutKeys(r.Address), Type: r.Type, Name: r.Name, Mode: r.Mode, Deposed: r.Deposed,
		Action: actionOf(r.Change.Actions), Before: r.Change.Before, After: r.Change.After,
		Unknown: r.Change.Unknown, BeforeSensitive: r.Change.BeforeSensitive, AfterSensitive: r.Change.AfterSensitive,
	}
}

func withoutKeys(address string) string {
	var b strings.Builder
	depth := 0
	for _, c := range address {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		default:
			if depth == 0 {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

func actionOf(verbs []string) checks.Action {
	switch strings.Join(verbs, ",") {
	case "no-op":
		return checks.ActionNoOp
	case "create":
		return checks.ActionCreate
	case "read":
		return checks.ActionRead
	case "update":
		return checks.ActionUpdate
	case "delete":
		return checks.ActionDelete
	case "delete,create", "create,delete":
		return checks.ActionReplace
	case "forget":
		return checks.ActionForget
	case "create,forget", "forget,create":
		return checks.ActionReplaceForget
	}
	return checks.ActionUnknown
}
