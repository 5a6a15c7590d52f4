package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
)

const maxManifest = 1 << 20

// manifest lists plans, one for each unit of a repository.
type manifest struct {
	Plans []struct {
		Plan   string `yaml:"plan"`      // JSON, relative to the manifest
		File   string `yaml:"plan_file"` // the saved plan file, relative to the manifest
		Folder string `yaml:"folder"`    // of the root module in the repository; "." is its root
	} `yaml:"plans"`
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
	var m manifest
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return nil, problem("%v", err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, problem("something follows the list")
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
