package exposure

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// settings is a configuration: of each resource the attributes that are set, and the
// resources each refers to. A nil one sets everything.
type settings map[string]map[string][]string

func (s settings) Sets(config string, attributes ...string) bool {
	m, ok := s[config]
	return !ok || slices.ContainsFunc(attributes, func(a string) bool { _, ok := m[a]; return ok })
}

func (s settings) References(config, attribute string) []string { return s[config][attribute] }

var actions = map[string]checks.Action{
	"no-op": checks.ActionNoOp, "create": checks.ActionCreate, "read": checks.ActionRead, "update": checks.ActionUpdate, "delete": checks.ActionDelete,
	"delete,create": checks.ActionReplace, "create,delete": checks.ActionReplace, "forget": checks.ActionForget, "create,forget": checks.ActionReplaceForget,
}

// entry is a resource change as a plan writes it.
type entry struct {
	Address, Type string
	Deposed       string
	Change        struct {
		Actions         []string
		Before, After   map[string]any
		AfterUnknown    any `json:"after_unknown"`
		BeforeSensitive any `json:"before_sensitive"`
		AfterSensitive  any `json:"after_sensitive"`
	}
}

func (e *entry) change() *tfvalue.Change {
	c := &tfvalue.Change{
		Address: e.Address, Type: e.Type, Mode: "managed", Deposed: e.Deposed,
		Before: e.Change.Before, After: e.Change.After, Unknown: e.Change.AfterUnknown,
		BeforeSensitive: e.Change.BeforeSensitive, AfterSensitive: e.Change.AfterSensitive,
	}
	c.Action = actions[strings.Join(e.Change.Actions, ",")]
	if c.Action == "" {
		c.Action = checks.ActionUnknown
	}
	// Enough for the addresses of tests, whose keys hold no dot.
	steps := strings.Split(e.Address, ".")
	plain := slices.Clone(steps)
	for i, s := range steps {
		plain[i], _, _ = strings.Cut(s, "[")
	}
	if n := len(steps) - 2; n > 0 {
		c.Module, c.ConfigModule = strings.Join(steps[:n], "."), strings.Join(plain[:n], ".")
	}
	c.Config = strings.Join(plain, ".")
	return c
}

func decode(t testing.TB, changes string) []entry {
	t.Helper()
	var es []entry
	d := json.NewDecoder(strings.NewReader("[" + changes + "]"))
	d.UseNumber()
	if err := d.Decode(&es); err != nil {
		t.Fatal(err)
	}
	return es
}

func result(t testing.TB, lim Limits, changes string, cfg tfvalue.Configuration) ([]checks.Exposure, []checks.Rearranged) {
	t.Helper()
	s := New(lim)
	for _, e := range decode(t, changes) {
		if err := s.Add(e.change()); err != nil {
			t.Fatal(err)
		}
	}
	opened, rearranged, err := s.Result(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return opened, rearranged
}

// told writes what is opened, a line each.
func told(t testing.TB, lim Limits, changes string, cfg settings) []string {
	t.Helper()
	opened, _ := result(t, lim, changes, cfg)
	var out []string
	for i := range opened {
		out = append(out, line(&opened[i]))
	}
	return out
}

func line(e *checks.Exposure) string {
	s := e.Address[strings.LastIndexByte(e.Address, '.')+1:]
	if e.Direction == "egress" {
		s += " egress"
	}
	s += fmt.Sprintf(" %s %s %d-%d %s", e.Family, e.Protocol, e.FromPort, e.ToPort, e.Source)
	for _, f := range []struct {
		set  bool
		name string
	}{{e.World, " world"}, {e.Unknown, " unknown"}, {e.Sensitive, " sensitive"}} {
		if f.set {
			s += f.name
		}
	}
	return s
}
