package policy

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

const publishedSchema = "../../docs/schema/policy.v1.json"

func TestSchemaIsGeneratedFromTheTypes(t *testing.T) {
	got := generate(t)
	golden(t, "schema.json", got)
	golden(t, publishedSchema, got)
}

func TestEmbeddedSchemaIsThePublishedOne(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(publishedSchema)
	if err != nil {
		t.Fatal(err)
	}
	if !*update && !bytes.Equal(Schema(), want) {
		t.Error("the embedded schema differs from the published one")
	}
	if bytes.Contains(want, []byte(`"additionalProperties": true`)) {
		t.Error("the schema lets unknown keys pass")
	}
	for _, def := range bytes.Split(want, []byte(`"properties": {`))[1:] {
		if !bytes.Contains(def, []byte(`"additionalProperties": false`)) {
			t.Error("an object of the schema lets unknown keys pass")
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	t.Parallel()
	Schema()[0] = 'x'
	if Schema()[0] != '{' {
		t.Error("a caller changed the schema of all")
	}
}

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaID, doc); err != nil {
		return nil, err
	}
	return c.Compile(SchemaID)
})

// schemaAccepts judges a text by the schema as an editor would. Text that is not
// YAML, or of more documents than one, an editor refuses by itself.
func schemaAccepts(t *testing.T, text string) error {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	var n yaml.Node
	if err := yaml.Load([]byte(text), &n); err != nil {
		return err
	}
	return s.Validate(plainValue(&n))
}

func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return plainValue(n.Content[0])
		}
		return nil
	case yaml.AliasNode:
		return plainValue(n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		l := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			l = append(l, plainValue(c))
		}
		return l
	}
	switch scalarKindOf(n) {
	case kindNull:
		return nil
	case kindBool:
		return strings.EqualFold(n.Value, "true")
	case kindNumber:
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return json.Number(strconv.FormatInt(i, 10))
		}
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}
