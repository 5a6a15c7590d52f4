package attestation

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write docs/schema/agent-commit.v0.1.json")

const (
	schemaFile = "../../docs/schema/agent-commit.v0.1.json"
	provenance = "../../docs/provenance.md"
)

// The published schema is made of the Go types, their comments, and the bounds that
// Validate holds them to.
func TestAgentCommitSchema(t *testing.T) {
	t.Parallel()
	got := agentCommitSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("the schema is not what the types say; -update writes it anew\n%s", d)
	}
}

func agentCommitSchema(t *testing.T) []byte {
	t.Helper()
	r := &generate.Reflector{Anonymous: true}
	if err := r.AddGoComments("github.com/claw-verified/claw-verified/internal/attestation", "./"); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(&AgentCommit{})
	s.ID, s.Title = "https://claw-verified.dev/schema/agent-commit.v0.1.json", "Agent commit v0.1, a predicate of Claw Verified"
	member := func(typ, name string) *generate.Schema {
		p, ok := s.Definitions[typ].Properties.Get(name)
		if !ok {
			t.Fatalf("%s has no %s", typ, name)
		}
		return p
	}
	n := func(i uint64) *uint64 { return &i }
	for typ, names := range map[string][]string{
		"Agent": {"id"}, "Model": {"id"}, "Principal": {"id"}, "Session": {"id"}, "Task": {"uri"}, "Resource": {"uri"},
	} {
		for _, name := range names {
			p := member(typ, name)
			p.MinLength, p.MaxLength, p.Pattern = n(1), n(maxText), `^[^\s\x00-\x1f\x7f]+$`
			if name == "uri" {
				p.Format = "uri"
			}
		}
	}
	for typ, names := range map[string][]string{
		"Agent": {"version", "vendor"}, "Model": {"provider"}, "Principal": {"onBehalfOf"}, "Tool": {"name", "version"},
	} {
		for _, name := range names {
			p := member(typ, name)
			p.MaxLength, p.Pattern = n(maxWord), `^[^\x00-\x1f\x7f]*$`
		}
	}
	member("Tool", "name").MinLength = n(1)
	for typ, names := range map[string][]string{"Actions": {"entries"}, "Change": {"files"}, "Usage": {"inputTokens", "outputTokens"}} {
		for _, name := range names {
			member(typ, name).Minimum = "0"
		}
	}
	for _, name := range []string{"model", "parents", "tools"} {
		member("AgentCommit", name).MaxItems = n(maxListed)
	}
	member("Usage", "cost").Pattern = reDecimal.String()
	member("Usage", "currency").Pattern = reCurrency.String()
	s.Definitions["Usage"].DependentRequired = map[string][]string{"cost": {"currency"}, "currency": {"cost"}}
	s.Definitions["Task"].MinProperties = n(1)
	for at, only := range map[[2]string][]string{
		{"Task", "digest"}: nil, {"Resource", "digest"}: nil, {"GitCommit", "digest"}: {"gitCommit"},
		{"Change", "rawDiffDigest"}: {"sha256"}, {"Change", "base"}: {"gitCommit"},
	} {
		set := member(at[0], at[1])
		set.Type, set.AdditionalProperties, set.Properties = "object", generate.FalseSchema, generate.NewProperties()
		if at[1] != "base" {
			set.MinProperties = n(1)
		}
		if only == nil {
			only = sortedKeys(digestLengths)
		}
		for _, alg := range only {
			var forms []string
			for _, length := range digestLengths[alg] {
				forms = append(forms, "[0-9a-f]{"+string(mustJSON(t, length))+"}")
			}
			set.Properties.Set(alg, &generate.Schema{Type: "string", Pattern: "^(" + strings.Join(forms, "|") + ")$"})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	// Links between Go names mean nothing to a reader of the schema.
	return regexp.MustCompile(`\[([A-Z][\w.]*)\]`).ReplaceAll(b.Bytes(), []byte("$1"))
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func publishedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://schema.test/s.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://schema.test/s.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid reports what the schema has against a predicate.
func valid(s *jsonschema.Schema, predicate string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(predicate))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// The schema takes what the program takes, and refuses what it refuses, but for what
// a schema cannot say.
func TestSchemaAndProgramAgree(t *testing.T) {
	t.Parallel()
	s := publishedSchema(t)
	for _, a := range []AgentCommit{exampleAgent, {Agent: Agent{ID: "refactorer"}}} {
		made, err := NewStatement(exampleCommit, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(s, string(made.Predicate)); err != nil {
			t.Errorf("%s: %v", made.Predicate, err)
		}
	}
	refused := 0
	for name, c := range badPredicates {
		if err := valid(s, c.json); err == nil && !c.program {
			t.Errorf("%s: valid by the schema", name)
		} else if err != nil {
			refused++
		}
	}
	if refused < 30 {
		t.Errorf("the schema refuses %d of %d", refused, len(badPredicates))
	}
}

// The examples in docs/provenance.md are what they say they are: statements that are
// read, bound and valid by the schema, and the commit's own bytes.
func TestProvenancePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(provenance)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```json\n(.*?)\n```\n").FindAllSubmatch(page, -1)
	schema, ours := publishedSchema(t), 0
	for _, b := range blocks {
		s, err := parseStatement(b[1])
		if err != nil {
			t.Errorf("%s\n%v", b[1], err)
			continue
		}
		v := Verified{Statement: s, Proof: ProofKey, Agent: "claude"}
		if err := interpret(&v); err != nil {
			t.Errorf("%s\n%v", b[1], err)
			continue
		}
		if v.Kind != KindAgentCommit {
			continue
		}
		ours++
		if err := Bind(&v, exampleCommit); err != nil {
			t.Errorf("the example is not about the example: %v", err)
		}
		if err := valid(schema, string(s.Predicate)); err != nil {
			t.Error(err)
		}
		made, err := NewStatement(exampleCommit, exampleAgent)
		if err != nil {
			t.Fatal(err)
		}
		want, err := made.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Compact(&got, b[1]); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got.String()); d != "" {
			t.Errorf("the example is not what the program makes\n%s", d)
		}
	}
	if ours != 1 {
		t.Errorf("the page shows %d statements of ours", ours)
	}
	// Every member has its line.
	for name := range members(mustJSON(t, whole())) {
		if !bytes.Contains(page, []byte("| `"+name)) {
			t.Errorf("the page does not explain %s", name)
		}
	}
}

// whole is a predicate with every member.
func whole() AgentCommit {
	a := exampleAgent
	a.Parents = []GitCommit{{}}
	return a
}
