package ghtest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed schema/openapi.json.gz
var openapiGz []byte

//go:embed schema/github.graphql.gz
var graphqlGz []byte

func unpack(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return out
}

// graphqlSchema is GitHub's, read once a process.
var graphqlSchema = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "github.graphql", Input: string(unpack(graphqlGz))})
})

// description is GitHub's OpenAPI description, and a router of its paths.
type description struct {
	doc    *openapi3.T
	router routers.Router
}

// slashed are the parameters that may hold slashes, which the description cannot say.
var slashed = strings.NewReplacer(
	"/contents/{path}", "/contents/{path:.+}",
	"/compare/{basehead}", "/compare/{basehead:.+}",
	"/git/ref/{ref}", "/git/ref/{ref:.+}",
	"/git/refs/{ref}", "/git/refs/{ref:.+}",
	"/git/matching-refs/{ref}", "/git/matching-refs/{ref:.+}",
	"/commits/{ref}/", "/commits/{ref:.+}/",
	"/rules/branches/{branch}", "/rules/branches/{branch:.+}",
	"/attestations/{subject_digest}", "/attestations/{subject_digest:.+}",
)

// openapi is read once a process. The document is not validated as a whole: GitHub's
// has two paths that are in each other's way.
var openapi = sync.OnceValue(func() *description {
	doc, err := openapi3.NewLoader().LoadFromData(unpack(openapiGz))
	if err != nil {
		panic(err)
	}
	doc.Servers = nil // any
	paths := openapi3.NewPaths()
	for _, path := range doc.Paths.InMatchingOrder() {
		paths.Set(slashed.Replace(path), doc.Paths.Value(path))
	}
	doc.Paths = paths
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return &description{doc, router}
})
