// Command ghschema cuts GitHub's own descriptions of its API down to what the fake
// GitHub of our tests needs, and packs them:
//
//	ghschema -openapi api.github.com.json -graphql schema.graphql -out internal/ghtest/schema
//
// `make schemas` fetches both and runs it. The same files in give the same bytes out.
// internal/ghtest/schema/README.md says where they come from, and under which licence.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	openapi := flag.String("openapi", "", "GitHub's OpenAPI description, as JSON")
	graphql := flag.String("graphql", "", "GitHub's GraphQL schema")
	out := flag.String("out", "internal/ghtest/schema", "the folder to write to")
	flag.Parse()
	if err := run(*openapi, *graphql, *out); err != nil {
		fmt.Fprintln(os.Stderr, "ghschema:", err)
		os.Exit(1)
	}
}

func run(openapi, graphql, out string) error {
	for _, f := range []struct {
		in, out string
		prune   func([]byte) ([]byte, error)
	}{
		{openapi, "openapi.json.gz", pruneOpenAPI},
		{graphql, "github.graphql.gz", pruneGraphQL},
	} {
		b, err := os.ReadFile(f.in)
		if err != nil {
			return fmt.Errorf("read description: %w", err)
		}
		if b, err = f.prune(b); err != nil {
			return fmt.Errorf("prune %s: %w", f.in, err)
		}
		packed, err := pack(b)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, f.out), packed, 0o644); err != nil { //nolint:gosec // public text
			return err
		}
		fmt.Printf("%s: %d bytes, %d packed\n", f.out, len(b), len(packed))
	}
	return nil
}

// pack leaves the time and the name out of the header: they are not the content.
func pack(b []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
