package run

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// reportDir is where the action leaves its files, below the workspace.
const reportDir = ".claw-verified"

// maxSummaryBytes keeps the job summary below 1 MiB, beyond which the runner drops
// all of it.
const maxSummaryBytes = 1_000_000

// output is one output of the step.
type output struct{ name, value string }

// writeReports leaves the JSON report, the SARIF report, the snapshot and whatever
// other formats were asked for in the workspace.
//
// The workspace is the agent's checkout: a folder or a link of our name may be in
// it already, pointing at the runner's own files. So what is there is removed, and
// everything is written through an os.Root, which follows no link out of the
// workspace.
func writeReports(a config.Action, v *checks.Verdict, s *checks.Snapshot, o publish.Options) ([]output, error) {
	root, err := os.OpenRoot(a.Workspace)
	if err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	defer root.Close()
	if err := root.RemoveAll(reportDir); err != nil {
		return nil, fmt.Errorf("clear %s: %w", reportDir, err)
	}
	if err := root.Mkdir(reportDir, 0o755); err != nil {
		return nil, fmt.Errorf("make %s: %w", reportDir, err)
	}
	var outputs []output
	var errs []error
	write := func(out, name string, content []byte, err error) {
		if err == nil {
			err = root.WriteFile(name, content, 0o644)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", name, err))
			return
		}
		if out != "" {
			outputs = append(outputs, output{out, name})
		}
	}
	format := func(name string) ([]byte, error) {
		var b bytes.Buffer
		err := publish.Write(name, &b, v, o)
		return b.Bytes(), err
	}
	report, err := v.Encode()
	write("report", path.Join(reportDir, "report.json"), report, err)
	sarif, err := format("sarif")
	write("sarif", path.Join(reportDir, "report.sarif"), sarif, err)
	snapshot, err := s.Encode()
	write("snapshot", path.Join(reportDir, "snapshot.json"), snapshot, err)
	for _, f := range a.Check.Formats {
		t, err := publish.ParseTarget(f)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("input format: %w", err))
		case t.File == "" || !filepath.IsLocal(t.File):
			errs = append(errs, fmt.Errorf("input format %.80q: give a file inside the workspace, for example junit=%s/junit.xml", f, reportDir))
		default:
			content, err := format(t.Format)
			write("", filepath.ToSlash(t.File), content, err)
		}
	}
	return outputs, errors.Join(errs...)
}

// summaryFile is the runner's file for the job summary; empty for none.
type summaryFile string

// append adds the report to the job summary.
func (s summaryFile) append(v *checks.Verdict, o publish.Options) error {
	if s == "" {
		return nil
	}
	o.MaxBytes = maxSummaryBytes
	var b bytes.Buffer
	if err := publish.Write("markdown", &b, v, o); err != nil {
		return err
	}
	return appendFile(string(s), b.Bytes())
}

// tell writes the step's outputs. Each value is put between lines with a random
// word, so that no value can add an output of its own.
func tell(file string, outputs []output) error {
	if file == "" {
		return nil
	}
	var b strings.Builder
	for _, o := range outputs {
		mark := randomToken()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.name, mark, o.value, mark)
	}
	return appendFile(file, []byte(b.String()))
}

func outputsOf(v *checks.Verdict, files []output) []output {
	return slices.Concat([]output{{"verdict", v.Outcome.String()}, {"findings", deciding(v)}}, files)
}

func appendFile(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // the runner names the file
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func randomToken() string { return "claw" + rand.Text() }
