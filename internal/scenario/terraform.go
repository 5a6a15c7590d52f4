package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

// saved is what a story says of the saved plan file of its first plan.
type saved struct {
	Mode      string   `yaml:"mode"` // normal unless said
	Targets   []string `yaml:"targets"`
	Excludes  []string `yaml:"excludes"`
	Workspace string   `yaml:"workspace"` // default unless said
	Disagrees []string `yaml:"disagrees"`
	Encrypted bool     `yaml:"encrypted"`
	Error     string   `yaml:"error"`
	// Commit is "same" unless said, "none" for a plan that no folder of the commit
	// fits, or what differs: "differs main.tf", "extra x_override.tf", "missing a.tf",
	// "lock".
	Commit []string `yaml:"commit"`
}

func (d *saved) facts() (*checks.Saved, error) {
	if d == nil {
		return nil, nil //nolint:nilnil // a story without a plan file
	}
	s := &checks.Saved{
		Source: "tfplan", Digest: digest([]byte("tfplan")), Size: 6, Error: d.Error, Encrypted: d.Encrypted,
		Mode: d.Mode, Targets: d.Targets, Excludes: d.Excludes, Workspace: d.Workspace, Disagrees: d.Disagrees,
	}
	if s.Mode == "" {
		s.Mode = checks.ModeNormal
	}
	if s.Workspace == "" {
		s.Workspace = "default"
	}
	m := &checks.SourceMatch{Found: true, Matched: 1, LockFile: checks.LockFileSame}
	for _, c := range d.Commit {
		what, path, _ := strings.Cut(c, " ")
		switch what {
		case "same":
		case "none":
			m.Found, m.Matched = false, 0
		case "differs":
			m.Differing = append(m.Differing, checks.Path(path))
		case "extra":
			m.Extra = append(m.Extra, checks.Path(path))
		case "missing":
			m.Missing = append(m.Missing, checks.Path(path))
		case "lock":
			m.LockFile = checks.LockFileDiffers
		default:
			return nil, fmt.Errorf("read saved: %q is not known", c)
		}
	}
	s.Commit = m
	return s, nil
}

// source compares the Terraform files of the archive: those below base/ with those
// below head/.
func source(names []string, load func(string) ([]byte, error)) ([]checks.SourceChange, error) {
	var base, head []tfsource.File
	for _, name := range slices.Sorted(slices.Values(names)) {
		for _, side := range []struct {
			prefix string
			to     *[]tfsource.File
		}{{"base/", &base}, {"head/", &head}} {
			if path, ok := strings.CutPrefix(name, side.prefix); ok && tfsource.Relevant(path) {
				data, err := load(name)
				if err != nil {
					return nil, err
				}
				*side.to = append(*side.to, tfsource.File{Path: path, Data: data})
			}
		}
	}
	if len(base)+len(head) == 0 {
		return nil, nil
	}
	return tfsource.Compare(base, head, tfsource.Limits{}), nil
}
