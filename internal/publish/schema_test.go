package publish_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/claw-verified/claw-verified/checks"
)

// The published schemas are made of the Go types and their comments.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for file, c := range map[string]struct {
		id, title string
		of        any
	}{
		"report.v1.json":   {checks.ReportSchema, "Report of Claw Verified", &checks.Verdict{}},
		"snapshot.v1.json": {checks.SnapshotSchema, "Snapshot of Claw Verified", &checks.Snapshot{}},
	} {
		path := filepath.Join("../../docs/schema", file)
		got := makeSchema(t, c.id, c.title, c.of)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s is not what the types say; -update writes it anew\n%s", path, d)
		}
	}
}

// enumerated are the types whose values are the constants of package checks.
// Questions are not among them: there will be more.
var enumerated = map[string]bool{
	"Effect": true, "Severity": true, "SubjectKind": true, "GapKind": true, "Kind": true, "PolicyOrigin": true, "ReviewState": true,
	"Action": true, "Class": true, "Coverage": true,
	"PlanGroup": true, "ConsequenceKind": true, "SourceKind": true, "Tier": true,
}

// words reads the constants of the enumerated types from the source, in order.
func words(t *testing.T) map[string][]any {
	t.Helper()
	files, err := filepath.Glob("../../checks/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("find package checks: %v", err)
	}
	out := map[string][]any{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if name, ok := v.Type.(*ast.Ident); ok && enumerated[name.Name] && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok {
					word, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					out[name.Name] = append(out[name.Name], word)
				}
			}
			return true
		})
	}
	for name := range enumerated {
		if len(out[name]) == 0 {
			t.Errorf("type %s has no constants", name)
		}
	}
	for o := checks.Undecided; o <= checks.Verified; o++ {
		out["Outcome"] = append(out["Outcome"], o.String())
	}
	return out
}

func makeSchema(t *testing.T, id, title string, of any) []byte {
	t.Helper()
	known := words(t)
	r := &generate.Reflector{Anonymous: true, Mapper: func(typ reflect.Type) *generate.Schema {
		if list, ok := known[typ.Name()]; ok && typ.PkgPath() == reflect.TypeFor[checks.Verdict]().PkgPath() {
			return &generate.Schema{Type: "string", Enum: list}
		}
		switch typ {
		case reflect.TypeFor[checks.Path]():
			return &generate.Schema{Type: "string", Description: "A path in the repository, C-quoted the way git quotes it when it holds a quote, a backslash, a control character or a byte that is not UTF-8."}
		case reflect.TypeFor[checks.Bytes]():
			members := generate.NewProperties()
			members.Set("base64", &generate.Schema{Type: "string", ContentEncoding: "base64"})
			return &generate.Schema{
				Description: "Text, or bytes that are not UTF-8 in base64.",
				OneOf: []*generate.Schema{
					{Type: "string"},
					{Type: "object", Properties: members, Required: []string{"base64"}, AdditionalProperties: generate.FalseSchema},
				},
			}
		}
		return nil
	}}
	if err := r.AddGoComments("github.com/claw-verified/claw-verified/internal/publish", "../../checks"); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(of)
	if _, ok := of.(*checks.Verdict); ok {
		aloneSchema(s)
	}
	s.ID, s.Title = generate.ID(id), title
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	// Links between Go names mean nothing to a reader of the schema.
	return regexp.MustCompile(`\[([A-Z]\w*)\]`).ReplaceAll(b.Bytes(), []byte("$1"))
}

// aloneSchema adds to the schema of a report what one about plans alone is: the words
// of its outcomes, and that there is no commit.
func aloneSchema(s *generate.Schema) {
	var all, words []any
	for o := checks.Undecided; o <= checks.Verified; o++ {
		words = append(words, o.String())
	}
	all = append(all, words...)
	alone := []any{}
	for _, o := range []checks.Outcome{checks.Verified, checks.Waiting, checks.Refused, checks.Undecided} {
		if w := o.PlanOutcome(); !slices.Contains(all, any(w)) {
			all = append(all, w)
		}
		alone = append(alone, o.PlanOutcome())
	}
	outcome := func(list []any) *generate.Schema {
		m := generate.NewProperties()
		m.Set("outcome", &generate.Schema{Enum: list})
		return &generate.Schema{Properties: m}
	}
	both := func(list []any) *generate.Schema {
		o := outcome(list)
		o.Properties.Set("questions", &generate.Schema{Items: outcome(list)})
		return o
	}
	for _, t := range []*generate.Schema{s.Definitions["Verdict"], s.Definitions["Answer"], s} {
		if t != nil && t.Properties != nil {
			if p, ok := t.Properties.Get("outcome"); ok {
				p.Enum = all
				p.Description = "of plans alone (change.kind is plan) one of clear, needs_review, denied, undecided; of a change one of the other words"
			}
		}
	}
	change := s.Definitions["ChangeSummary"]
	rest := slices.DeleteFunc(slices.Clone(change.Required), func(k string) bool { return k == "kind" || k == "plans" })
	change.Required = []string{"kind", "plans"}
	kind := generate.NewProperties()
	kind.Set("kind", &generate.Schema{Const: string(checks.KindPlan)})
	none := make([]*generate.Schema, 0, len(rest))
	for _, k := range rest {
		none = append(none, &generate.Schema{Required: []string{k}})
	}
	isPlan := &generate.Schema{Properties: kind, Required: []string{"kind"}}
	change.If, change.Then, change.Else = isPlan, &generate.Schema{Not: &generate.Schema{AnyOf: none}}, &generate.Schema{Required: rest}
	of := generate.NewProperties()
	of.Set("change", isPlan)
	top := s
	if v := s.Definitions["Verdict"]; v != nil {
		top = v
	}
	top.If, top.Then, top.Else = &generate.Schema{Properties: of, Required: []string{"change"}}, both(alone), both(words)
}

// Every report is valid by the published schema, and one with a member more, a
// member less or another word is not.
func TestReportsAreValid(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/schema/report.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	schema := compile(t, raw)
	for name, v := range samples() {
		if name == "zero" || name == "hostile" {
			continue // neither is a verdict that a check can give
		}
		if err := schema.Validate(decode(t, write(t, "json", v, options()))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	of := func(v *checks.Verdict, f func(map[string]any)) any {
		doc := decode(t, write(t, "json", v, options())).(map[string]any)
		f(doc)
		return doc
	}
	spoil := func(f func(map[string]any)) any { return of(refused(), f) }
	for name, doc := range map[string]any{
		"member more":      spoil(func(d map[string]any) { d["extra"] = 1 }),
		"member less":      spoil(func(d map[string]any) { delete(d, "outcome") }),
		"another word":     spoil(func(d map[string]any) { d["outcome"] = "passed" }),
		"deep member":      spoil(func(d map[string]any) { d["findings"].([]any)[0].(map[string]any)["extra"] = 1 }),
		"word of a plan":   spoil(func(d map[string]any) { d["outcome"] = "denied" }),
		"no repository":    spoil(func(d map[string]any) { delete(d["change"].(map[string]any), "repository") }),
		"plan verified":    of(clearPlan(), func(d map[string]any) { d["outcome"] = "verified" }),
		"answer of a plan": of(clearPlan(), func(d map[string]any) { d["questions"].([]any)[0].(map[string]any)["outcome"] = "verified" }),
		"plan with a head": of(clearPlan(), func(d map[string]any) { d["change"].(map[string]any)["head"] = map[string]any{"commit": ""} }),
	} {
		if schema.Validate(doc) == nil {
			t.Errorf("%s: valid", name)
		}
	}
}

// Every SARIF log is valid by the schema of the standard.
func TestSARIFIsValid(t *testing.T) {
	t.Parallel()
	schema := compile(t, sarifSchema(t))
	for name, v := range samples() {
		if err := schema.Validate(decode(t, write(t, "sarif", v, options()))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if schema.Validate(decode(t, `{"version":"2.1.0","runs":[{"results":[]}]}`)) == nil {
		t.Error("a run without a tool is valid: the schema checks nothing")
	}
}

func compile(t *testing.T, raw []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://schema.test/s.json", decode(t, string(raw))); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://schema.test/s.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, s string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sarifSchema is the OASIS schema of SARIF 2.1.0 (errata 01), which the SARIF
// library carries as a constant in its source. It is read from there instead of
// being copied: the module's checksum vouches for it.
func sarifSchema(t *testing.T) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatalf("find the SARIF library: %v", err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lit, ok := f.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
	if !ok {
		t.Fatal("the SARIF library has its schema elsewhere")
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(s)
}
