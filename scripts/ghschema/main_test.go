package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestPackIsTheSameEveryTime(t *testing.T) {
	one, err := pack([]byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := pack([]byte("text"))
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("%x and %x, %v", one, two, err)
	}
	if !bytes.Equal(one[4:8], make([]byte, 4)) {
		t.Errorf("the header holds a time: %x", one[:10])
	}
}

func TestPruneGraphQLKeepsWhatAQueryReaches(t *testing.T) {
	got, err := pruneGraphQL([]byte(`
"""Prose."""
type Query { "of it" thing(by: Order): Thing }
type Mutation { gone(input: GoneInput): Gone }
type Gone { x: Int }
input GoneInput { x: Int }
interface Thing { name: String! }
type One implements Thing { name: String! name: String! inner: Inner @deprecated(reason: "old") }
type Inner { u: U }
union U = One | Two
type Two { x: Int }
enum Order { ASC "down" DESC }
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"type Query", "interface Thing", "type One", "type Inner", "union U", "type Two", "enum Order"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is lost in\n%s", want, got)
		}
	}
	for _, gone := range []string{"Mutation", "Gone", "Prose", "of it", "down", "deprecated"} {
		if strings.Contains(string(got), gone) {
			t.Errorf("%q is still in\n%s", gone, got)
		}
	}
	if strings.Count(string(got), "name: String!") != 2 {
		t.Errorf("a field is there twice in one type:\n%s", got)
	}
}

func TestPruneOpenAPIRefusesAnOperationThatIsGone(t *testing.T) {
	_, err := pruneOpenAPI([]byte(`{"openapi":"3.0.3","paths":{},"components":{}}`))
	if err == nil || !strings.Contains(err.Error(), "checks/create") {
		t.Errorf("%v", err)
	}
}

func TestStripDropsProseAndNotProperties(t *testing.T) {
	doc := map[string]any{
		"description": "prose", "example": 1, "x-github": 1,
		"properties": map[string]any{
			"description": map[string]any{"type": "string", "description": "prose"},
			"example":     map[string]any{"type": "string"},
		},
	}
	strip(doc)
	p, ok := doc["properties"].(map[string]any)
	if !ok || len(p) != 2 || len(doc) != 1 {
		t.Fatalf("%v", doc)
	}
	if d, ok := p["description"].(map[string]any); !ok || d["description"] != nil || d["type"] != "string" {
		t.Errorf("%v", p)
	}
	answer := map[string]any{"description": "prose", "content": map[string]any{}}
	strip(answer)
	if answer["description"] != "" {
		t.Errorf("an answer must have a description: %v", answer)
	}
}
