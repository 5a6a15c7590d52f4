package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
)

const maxManifest = 1 << 20

// manifest lists plans, one for each unit of a repository.
type manifest struct{ Plans []unit }

type unit struct {
	Plan   string // JSON, relative to the manifest
	File   string // the saved plan file, relative to the manifest
	Folder string // of the root module in the repository; "." is its root
}

// readManifest reads a manifest of plans, YAML or JSON. Unknown keys are mistakes.
func readManifest(root, name string) ([]source, error) {
	problem := func(format string, args ...any) error {
		return &collect.Problem{
			Kind: checks.GapConfiguration, Message: fmt.Sprintf("The manifest of plans %q cannot be used: %s.", name, fmt.Sprintf(format, args...)),
			Remedy: "Write it as docs/plans.md shows: plans, a list of plan, plan_file and folder.",
		}
	}
	f, err := open("The manifest of plans", root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	switch {
	case err != nil:
		return nil, problem("%v", err)
	case len(data) > maxManifest:
		return nil, problem("it is larger than 1 MiB")
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&doc); err != nil {
		return nil, problem("%v", unprefixed(err))
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, problem("something follows the list")
	}
	m, err := parseManifest(&doc)
	if err != nil {
		return nil, problem("%v", err)
	}
	if len(m.Plans) == 0 {
		return nil, problem("it lists no plan")
	}
	// A path is relative to the manifest, wherever the program runs.
	beside := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(filepath.Dir(name), p)
	}
	out := make([]source, 0, len(m.Plans))
	for i, e := range m.Plans {
		if e.Plan == "" || e.Plan == "-" {
			return nil, problem("entry %d has no plan", i+1)
		}
		if e.Folder != "" && !filepath.IsLocal(e.Folder) {
			return nil, problem("the folder %q of entry %d is not one inside the repository", e.Folder, i+1)
		}
		folder := e.Folder
		if folder != "" {
			folder = "./" + filepath.ToSlash(filepath.Clean(folder))
		}
		out = append(out, source{name: beside(e.Plan), saved: beside(e.File), folder: folder})
	}
	return out, nil
}

// parseManifest reads the document by hand, so that a mistake is told by its line and
// in words of the file.
func parseManifest(doc *yaml.Node) (*manifest, error) {
	m := &manifest{}
	if len(doc.Content) == 0 {
		return m, nil
	}
	var list *yaml.Node
	err := members(doc.Content[0], "the manifest", []string{"plans"}, func(_ string, v *yaml.Node) error {
		list = v
		return nil
	})
	if err != nil || list == nil {
		return m, err
	}
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: plans is not a list", list.Line)
	}
	for _, e := range list.Content {
		var u unit
		into := map[string]*string{"plan": &u.Plan, "plan_file": &u.File, "folder": &u.Folder}
		err := members(e, "an entry of plans", []string{"plan", "plan_file", "folder"}, func(key string, v *yaml.Node) error {
			if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
				return fmt.Errorf("line %d: %s is not a text", v.Line, key)
			}
			*into[key] = v.Value
			return nil
		})
		if err != nil {
			return nil, err
		}
		m.Plans = append(m.Plans, u)
	}
	return m, nil
}

// members goes through the members of a mapping. A key that is not known, or given
// twice, is an error.
func members(n *yaml.Node, what string, known []string, each func(key string, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s is not a mapping with %s", n.Line, what, strings.Join(known, ", "))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, k.Value) || k.Kind != yaml.ScalarNode:
			hint := "known are " + strings.Join(known, ", ")
			if near := policy.Nearest(strings.ReplaceAll(k.Value, "-", "_"), known); near != "" {
				hint = "did you mean " + near + "?"
			} else if slices.Contains(known, strings.ReplaceAll(k.Value, "-", "_")) {
				hint = "did you mean " + strings.ReplaceAll(k.Value, "-", "_") + "?"
			}
			return fmt.Errorf("line %d: unknown key %q (%s)", k.Line, k.Value, hint)
		case seen[k.Value]:
			return fmt.Errorf("line %d: %s is given twice", k.Line, k.Value)
		}
		seen[k.Value] = true
		if err := each(k.Value, v); err != nil {
			return err
		}
	}
	return nil
}

// unprefixed is an error of the YAML reader without its own name.
func unprefixed(err error) string { return strings.TrimPrefix(err.Error(), "yaml: ") }
