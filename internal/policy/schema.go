package policy

import (
	_ "embed"
	"slices"
)

// SchemaID is the address under which editors find the schema.
const SchemaID = "https://claw-verified.dev/schema/policy.v1.json"

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of the policy language, for editors.
// It is generated from the types of this package and published as
// docs/schema/policy.v1.json. A schema cannot say everything: that a person is
// listed, that an id stands once, that a key is a key. Parse decides.
func Schema() []byte { return slices.Clone(schema) }
