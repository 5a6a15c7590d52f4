package planfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

// The recorded pairs agree, and each says what it was made to say.
func TestRecorded(t *testing.T) {
	type facts struct{ mode, workspace, targets, replaced, errored, variables, actions string }
	want := map[string]facts{
		"create":             {variables: "name"},
		"normal":             {variables: "name password"},
		"destroy":            {mode: "destroy"},
		"data-gone":          {mode: "destroy"},
		"empty-destroy":      {mode: "destroy"},
		"refresh-only":       {mode: "refresh-only"},
		"refresh-only-moved": {mode: "refresh-only"},
		"target":             {targets: "terraform_data.update terraform_data.each", variables: "name"},
		"replace":            {replaced: `terraform_data.each["q\"]x"] terraform_data.same`},
		"workspace":          {workspace: "staging"},
		"errored":            {errored: "true"},
		"ephemeral-variable": {variables: "s"},
	}
	all := recorded(t)
	for name := range want {
		if _, ok := all[name]; !ok {
			t.Errorf("%s is not recorded", name)
		}
	}
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			f := read(t, p.file)
			if d := compare(f, p.json); d != nil {
				t.Errorf("a real pair disagrees:\n%s", strings.Join(d, "\n"))
			}
			s := f.Facts()
			w := want[name]
			or := func(s, d string) string {
				if s == "" {
					return d
				}
				return s
			}
			w.mode, w.workspace, w.errored = or(w.mode, "normal"), or(w.workspace, "default"), or(w.errored, "false")
			got := facts{s.Mode, s.Workspace, strings.Join(s.Targets, " "), strings.Join(s.Replaced, " "), fmt.Sprint(s.Errored), strings.Join(f.Variables, " "), ""}
			if got != w {
				t.Errorf("got %+v\nwant %+v", got, w)
			}
			if s.Backend != "local" || s.ToolVersion != p.json.ToolVersion || s.Timestamp.IsZero() {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// Every kind of edit of the JSON is seen, in every recorded pair it can be made in.
func TestDoctoredJSON(t *testing.T) {
	yes, no, seven := true, false, 7
	edits := map[string]func(p *planJSON) (want string){
		"delete shown as no-op": func(p *planJSON) string {
			for i := range p.Changes {
				if strings.Contains(strings.Join(p.Changes[i].Change.Actions, ","), "delete") {
					p.Changes[i].Change.Actions = []string{"no-op"}
					return "the JSON says no-op, the plan file"
				}
			}
			return ""
		},
		"order of a replacement": func(p *planJSON) string {
			for i := range p.Changes {
				if a := p.Changes[i].Change.Actions; len(a) == 2 {
					p.Changes[i].Change.Actions = []string{a[1], a[0]}
					return "the JSON says"
				}
			}
			return ""
		},
		"entry taken away": func(p *planJSON) string {
			if len(p.Changes) == 0 {
				return ""
			}
			p.Changes = p.Changes[1:]
			return "the JSON has no change of it"
		},
		"all entries taken away": func(p *planJSON) string {
			if len(p.Changes) == 0 {
				return ""
			}
			p.Changes = nil
			return "the JSON has no change of it"
		},
		"entry added": func(p *planJSON) string {
			p.Changes = append(p.Changes, jsonChange{Address: "a.b", Change: acts{Actions: []string{"create"}}})
			return `"a.b": the JSON says create, the plan file has no change of it`
		},
		"entry twice": func(p *planJSON) string {
			if len(p.Changes) == 0 {
				return ""
			}
			p.Changes = append(p.Changes, p.Changes[0])
			return "the JSON has it twice"
		},
		"entry renamed": func(p *planJSON) string {
			if len(p.Changes) == 0 {
				return ""
			}
			p.Changes[0].Address += "x"
			return "no change of it"
		},
		"deposed hidden": func(p *planJSON) string {
			for i := range p.Changes {
				if p.Changes[i].Deposed != "" {
					p.Changes[i].Deposed = ""
					return "twice"
				}
			}
			return ""
		},
		"errored":  func(p *planJSON) string { p.Errored = other(p.Errored, &yes, &no); return "errored: the JSON says" },
		"complete": func(p *planJSON) string { p.Complete = other(p.Complete, &yes, &no); return "complete: the JSON says" },
		"applyable": func(p *planJSON) string {
			p.Applyable = other(p.Applyable, &yes, &no)
			return "applyable: the JSON says"
		},
		"tool": func(p *planJSON) string { p.ToolVersion = "1.11.40"; return `version "1.11.40"` },
		"time": func(p *planJSON) string {
			p.Timestamp = p.Timestamp.Add(time.Second)
			return "the JSON is of a plan made at"
		},
		"time taken out": func(p *planJSON) string {
			p.Timestamp = time.Time{}
			return "the JSON lacks timestamp"
		},
		"tool taken out": func(p *planJSON) string {
			p.ToolVersion = ""
			return "the JSON lacks terraform_version"
		},
		"errored taken out": func(p *planJSON) string { return without(&p.Errored, "errored") },
		"complete taken out": func(p *planJSON) string {
			if p.Applyable == nil || !*p.Applyable && !*p.Complete {
				return "" // nothing in the file says that it is Terraform's
			}
			return without(&p.Complete, "complete")
		},
		"applyable taken out": func(p *planJSON) string {
			if p.Applyable == nil || !*p.Applyable && !*p.Complete {
				return ""
			}
			return without(&p.Applyable, "applyable")
		},
		"output": func(p *planJSON) string {
			for name := range p.Outputs {
				p.Outputs[name] = acts{Actions: []string{"obliterate"}}
				return "the JSON says obliterate"
			}
			return ""
		},
		"output gone": func(p *planJSON) string {
			for name := range p.Outputs {
				delete(p.Outputs, name)
				return "changes of outputs: the JSON has"
			}
			return ""
		},
		"drift": func(p *planJSON) string {
			p.Drift = make([]any, seven)
			return "changes outside of Terraform: the JSON has 7"
		},
	}
	for edit, do := range edits {
		made := 0
		for name := range recorded(t) {
			p := recorded(t)[name]
			if p.json.Variables == nil {
				p.json.Variables = map[string]any{}
			}
			want := do(&p.json)
			if want == "" {
				continue
			}
			made++
			if d := compare(read(t, p.file), p.json); !strings.Contains(strings.Join(d, "\n"), want) {
				t.Errorf("%s: %s: got %q, want %q", edit, name, d, want)
			}
		}
		if made == 0 {
			t.Errorf("%s: no recorded pair it could be made in", edit)
		}
	}
}

// without takes a member out of the JSON, where it is in it.
func without(b **bool, name string) string {
	if *b == nil {
		return ""
	}
	*b = nil
	return "the JSON lacks " + name
}

func other(is, a, b *bool) *bool {
	if is != nil && *is {
		return b
	}
	return a
}

func TestVariableGone(t *testing.T) {
	p := recorded(t)["normal"]
	stated := p.json.stated()
	stated.Variables = nil // a JSON without the list
	c := read(t, p.file).Compare()
	c.Facts(stated)
	if d := c.Done(); !strings.Contains(strings.Join(d, "\n"), `variable "password" is set in the plan file, and not in the JSON`) {
		t.Errorf("got %q", d)
	}
	delete(p.json.Variables, "password")
	want := []string{`variable "password" is set in the plan file, and not in the JSON`}
	if diff := cmp.Diff(want, compare(read(t, p.file), p.json)); diff != "" {
		t.Error(diff)
	}
}

// A delete of a data source is the one thing the JSON leaves out. It is told from
// a managed resource by its address, whose keys may hold anything.
func TestDataDeletes(t *testing.T) {
	for address, silent := range map[string]bool{
		"data.t.n":                           true,
		"data.t.n[0]":                        true,
		"module.a.data.t.n":                  true,
		`module.a["x"].module.b[0].data.t.n`: true,
		`module.a["].data.t.n"].r.n`:         false,
		`module.a["\"].data.t.n"].r.n`:       false,
		`module.a["x\\"].data.t.n`:           true,
		"module.data.r.n":                    false,
		"module.data.t.n":                    false,
		"r.data":                             false,
		"datax.n":                            false,
		`r.n["data."]`:                       false,
		"module.a":                           false,
		"module.a[":                          false,
		`module.a["x`:                        false,
		"module.":                            false,
		"module.module.data.t.n":             true, // a module named "module"
	} {
		d := readMessage(t, plan().sub(3, planned(address, 5))).Compare().Done()
		if silent != (d == nil) {
			t.Errorf("%s: got %q", address, d)
		}
	}
	if d := readMessage(t, plan().sub(3, planned("data.t.n", 2))).Compare().Done(); d == nil {
		t.Error("a read that the JSON lacks is not seen")
	}
}

func TestBounded(t *testing.T) {
	m := plan()
	for i := range 100 {
		m = m.sub(3, planned(fmt.Sprintf("a.b[%d]", i), 5))
	}
	c := readMessage(t, m).Compare()
	for i := range 50 {
		c.Change(fmt.Sprintf("a.b[%d]", i), "", []string{"no-op"})
		c.Change(fmt.Sprintf("x.y[%d]", i), "", nil)
	}
	d := c.Done()
	if len(d) != 21 || d[20] != "and 130 more" {
		t.Errorf("got %d: %q", len(d), d[len(d)-1])
	}
	if d[0] != `"a.b[0]": the JSON says no-op, the plan file delete` {
		t.Errorf("got %q", d[0])
	}
}

// What a hostile JSON says is quoted and cut.
func TestForeignText(t *testing.T) {
	c := readMessage(t, plan()).Compare()
	c.Change("a\n::error::\x1b[2J"+strings.Repeat("ü", 5000), "", []string{"no-op\n", strings.Repeat("x", 5000)})
	c.Facts(planfile.Stated{ToolVersion: "1\n" + strings.Repeat("2", 500)})
	for _, s := range c.Done() {
		if strings.ContainsAny(s, "\n\x1b") || len(s) > 1200 {
			t.Errorf("got %q", s)
		}
	}
}
