package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// at finds a path that may be relative to another folder than the current one.
func at(root, name string) string {
	if root == "" || name == "" || name == "-" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, name)
}

// open opens a file that the call names. One that is not there is a mistake in the
// call; everything else about it is a reason not to know. It is looked at before it
// is opened: opening a named pipe waits for somebody to write, perhaps for ever.
func open(what, root, name string) (*os.File, error) {
	refuse := func(is, remedy string) (*os.File, error) {
		return nil, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("%s %q is %s.", what, name, is), Remedy: remedy}
	}
	st, err := os.Stat(at(root, name))
	switch {
	case err != nil:
	case st.IsDir():
		return refuse("a folder", "Name the file itself.")
	case !st.Mode().IsRegular():
		return refuse("no regular file", "Write it to a file and name that. A plan can also be piped in: --plan - reads standard input.")
	default:
		var f *os.File
		if f, err = os.Open(at(root, name)); err == nil { //nolint:gosec // the caller names the file
			return f, nil
		}
	}
	p := &collect.Problem{Kind: checks.GapConfiguration, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Message, p.Remedy = fmt.Sprintf("%s %q does not exist.", what, name), "Check the path; it is relative to the current folder."
	case errors.Is(err, fs.ErrPermission):
		p.Message, p.Remedy = fmt.Sprintf("%s %q may not be read.", what, name), "Give the user who runs the check the right to read it."
	default:
		p.Kind = checks.GapEvidence
		p.Message, p.Remedy = fmt.Sprintf("%s %q cannot be opened: %v.", what, name, err), "Mend that and run the check again."
	}
	return nil, p
}

// overwrites refuses a report that would replace what the verdict rests on: the
// plan, the reviews, the policy, the attestations.
func overwrites(c config.Check, targets []publish.Target) error {
	inputs := slices.Concat([]string{c.Reviews, c.PolicyFile, c.Manifest, filepath.Join(c.Dir, filepath.FromSlash(collect.PolicyPath))}, c.Plans, c.PlanFiles, c.Attested)
	if list, err := planSources(c); err == nil { // an error is told when the plans are opened
		for i := range list {
			inputs = append(inputs, list[i].name, list[i].saved)
		}
	}
	outputs := []string{c.SnapshotOut}
	for _, t := range targets {
		if t.File != "" && c.SnapshotOut != "" && sameFile(t.File, c.SnapshotOut) {
			return fmt.Errorf("%w: the %s report and the snapshot both go to %s: give each a file of its own", config.ErrUsage, t.Format, t.File)
		}
		outputs = append(outputs, t.File)
	}
	for _, out := range outputs {
		for _, in := range inputs {
			if out != "" && in != "" && in != "-" && sameFile(in, out) {
				return fmt.Errorf("%w: %s would be read and then overwritten: write the report to another file", config.ErrUsage, out)
			}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	if sa, err := os.Stat(a); err == nil {
		if sb, err := os.Stat(b); err == nil {
			return sa.Mode().IsRegular() && os.SameFile(sa, sb)
		}
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}
