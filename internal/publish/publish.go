// Package publish shows a verdict to people and to programs: on a terminal, as
// JSON, SARIF, JUnit XML, Markdown, and as annotations of a GitHub workflow run.
//
// What it guarantees:
//
//   - It decides nothing. A verdict is read, never changed, and every format says
//     the same outcome. A format that must leave something out says how much, and
//     never leaves out the outcome.
//   - Every text of a verdict may be hostile. It is shown through package redact,
//     as is right for the place; only the JSON report carries it unchanged, in
//     JSON's own quoting.
//   - What is proved of a commit and what is said of it are told apart. What an
//     agent says is told as its word, and only where it signed it; a name in it
//     cannot end where ours begin.
//   - The same verdict and options give the same bytes.
//   - Whatever cannot be written is an error. A report that was asked for is there
//     whole, or not at all.
//
// One file holds one format. To add one, write its function and list it in
// Formats.
package publish

import (
	"fmt"
	"io"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Options say how a report is written. The zero value is a plain report of usual
// width.
type Options struct {
	Color    bool          // terminal: whether colours may be used
	ASCII    bool          // terminal: signs in plain ASCII
	Width    int           // terminal: columns; 0 is 80, what is not sensible is brought into bounds
	MaxBytes int           // markdown: the most bytes; 0 is DefaultMaxBytes
	Version  string        // of this program, for sarif
	Brief    bool          // terminal, markdown: what would happen, without the findings
	Rules    []checks.Rule // every rule that was looked for, for sarif and junit
}

// Format is one way to write a verdict.
type Format struct {
	Name  string
	Help  string // half a sentence
	Write func(io.Writer, *checks.Verdict, Options) error
}

// Formats lists every format in the order of the help text; the first is the
// default.
func Formats() []Format {
	return []Format{
		{Name: "terminal", Help: "for people, on a terminal or in a log", Write: Terminal},
		{Name: "json", Help: "the whole report, a stable contract", Write: JSON},
		{Name: "sarif", Help: "SARIF 2.1.0, for code scanning", Write: SARIF},
		{Name: "junit", Help: "JUnit XML, for test reports of CI systems", Write: JUnit},
		{Name: "markdown", Help: "for a job summary or a comment", Write: Markdown},
		{Name: "github", Help: "annotations of a GitHub workflow run", Write: GitHub},
	}
}

func find(name string) (Format, error) {
	var known []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		known = append(known, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is none of %s", name, strings.Join(known, ", "))
}

// Write writes the verdict in the format of that name.
func Write(name string, w io.Writer, v *checks.Verdict, o Options) error {
	f, err := find(name)
	if err != nil {
		return err
	}
	if err := f.Write(w, v, o); err != nil {
		return fmt.Errorf("write %s report: %w", name, err)
	}
	return nil
}
