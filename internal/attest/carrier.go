package attest

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitwork"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// NotesRef is where attestations are kept as git notes.
const NotesRef = "refs/notes/claw-attestations"

// carrier keeps bundles, one for each line, and adds none twice.
type carrier interface {
	// put keeps a commit's bundle, so that it is not lost with the process, and says
	// whether it is new.
	put(ctx context.Context, commit, bundle string) (bool, error)
	// have are the bundles that are kept for a commit already: foreign text.
	have(ctx context.Context, commit string) ([]string, error)
	// close lets go of what is open. It may be called more than once; the first error
	// counts.
	close() error
	String() string
}

// openCarrier understands --to and --push. What cannot be written to is found out
// here, before anything is signed; and the notes of the remote are fetched: a fresh
// clone has none of its own.
func openCarrier(ctx context.Context, to, push string, work *gitwork.Repo, out io.Writer) (carrier, error) {
	toNotes := to == "" || to == "notes"
	if push != "" && !toNotes {
		return nil, misuse("Leave --push out, and commit or send the file yourself.", "--push is for notes, and --to is %s", show(to))
	}
	switch {
	case toNotes:
		if push != "" {
			if err := work.Pull(ctx, push, NotesRef); err != nil {
				return nil, fetchProblem(err)
			}
		}
		return notes{work}, nil
	case to == "-":
		return &stream{out: out}, nil
	case to == "tree":
		return openTree(work.Top(), policy.DefaultDirectory)
	case strings.HasPrefix(to, "tree="):
		return openTree(work.Top(), strings.TrimPrefix(to, "tree="))
	case strings.ContainsRune(to, '/') || strings.ContainsRune(to, '.') || strings.ContainsRune(to, os.PathSeparator):
		return openFile(to)
	}
	return nil, misuse("Known are notes, tree, tree=FOLDER, - for standard output, and a file, written with a dot or a slash in its name: ./"+to, "--to %s is not known", show(to))
}

// bundles are the Sigstore bundles in a text, found as those who verify find them.
func bundles(text string) []string {
	var out []string
	for _, it := range attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Body: checks.Bytes(text)}) {
		if it.Format == attestation.FormatBundle {
			out = append(out, string(it.Raw))
		}
	}
	return out
}

// withLine is a text with a line behind it.
func withLine(text, line string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + line + "\n"
}

type notes struct{ work *gitwork.Repo }

func (n notes) String() string { return NotesRef }
func (n notes) close() error   { return nil }

func (n notes) have(ctx context.Context, commit string) ([]string, error) {
	text, err := n.work.Note(ctx, NotesRef, commit)
	return bundles(text), err
}

func (n notes) put(ctx context.Context, commit, bundle string) (bool, error) {
	added, err := n.work.AddLines(ctx, NotesRef, commit, []string{bundle})
	return added > 0, err
}

// stream writes to standard output as bundles come.
type stream struct{ out io.Writer }

func (s *stream) String() string                                 { return "standard output" }
func (s *stream) close() error                                   { return nil }
func (s *stream) have(context.Context, string) ([]string, error) { return nil, nil }

func (s *stream) put(_ context.Context, _, bundle string) (bool, error) {
	_, err := fmt.Fprintln(s.out, bundle)
	return err == nil, err
}
