package gitwork

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// merge joins the notes of another state with ours: every note of either, and of a
// note that both have, what theirs holds and ours has not behind ours. git's own way,
// cat_sort_uniq, sorts lines, and so takes a JSON document of several lines to pieces.
//
// Nothing is taken out, as a merge of three would: that somebody removed notes on the
// remote must not remove them in every clone that fetches. So theirs is merged as if
// the two had nothing in common, and what they have is written down afterwards.
func (s *scratch) merge(ctx context.Context, their string) error {
	tip, err := s.tip(ctx)
	if err != nil {
		return err
	}
	if tip == "" {
		_, err = s.run(ctx, nil, "update-ref", working, their)
		return err
	}
	if known, err := s.ancestor(ctx, their, tip); err != nil || known {
		return err
	}
	alone, err := s.commit(ctx, their)
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, nil, "update-ref", theirs, alone); err != nil {
		return err
	}
	if err := s.join(ctx); err != nil {
		return err
	}
	// With theirs behind it, so that it can be pushed.
	joined, err := s.tip(ctx)
	if err != nil {
		return err
	}
	same, err := s.sameTree(ctx, joined, their)
	if err != nil {
		return err
	}
	next := their
	if behind, err := s.ancestor(ctx, tip, their); err != nil {
		return err
	} else if !same || !behind {
		if next, err = s.commit(ctx, joined, tip, their); err != nil {
			return err
		}
	}
	_, err = s.run(ctx, nil, "update-ref", working, next)
	return err
}

// ancestor reports whether one commit is in the history of another.
func (s *scratch) ancestor(ctx context.Context, one, other string) (bool, error) {
	_, err := s.run(ctx, nil, "merge-base", "--is-ancestor", one, other)
	if exitCode(err) == 1 {
		return false, nil
	}
	return err == nil, err
}

// commit makes a commit with the content of another and the parents that are given.
func (s *scratch) commit(ctx context.Context, like string, parents ...string) (string, error) {
	args := []string{"commit-tree", "-m", "Merge notes"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	out, err := s.run(ctx, nil, append(args, like+"^{tree}")...)
	return strings.TrimSpace(out), err
}

func (s *scratch) sameTree(ctx context.Context, one, other string) (bool, error) {
	out, err := s.run(ctx, nil, "rev-parse", one+"^{tree}", other+"^{tree}")
	a, b, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return err == nil && a == b, err
}

// join merges theirs into working.
func (s *scratch) join(ctx context.Context) error {
	_, err := s.run(ctx, nil, "notes", "--ref", working, "merge", "--quiet", "--strategy=manual", theirs)
	if err == nil || exitCode(err) != 1 {
		return err
	}
	// One file for each note that both have and that differs, called after its commit. Until the
	// merge is committed, both refs are what they were.
	conflicts := filepath.Join(s.dir, "NOTES_MERGE_WORKTREE")
	files, readErr := os.ReadDir(conflicts)
	if readErr != nil || len(files) == 0 {
		return err
	}
	for _, f := range files {
		commit := f.Name()
		if !s.r.isID(commit) {
			return fmt.Errorf("merge notes: git left %s to be merged", foreign(commit))
		}
		our, err := s.note(ctx, working, commit)
		if err != nil {
			return err
		}
		their, err := s.note(ctx, theirs, commit)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(conflicts, commit), []byte(union(our, their)), 0o600); err != nil {
			return fmt.Errorf("merge note of %s: %w", commit, err)
		}
	}
	_, err = s.run(ctx, nil, "notes", "merge", "--quiet", "--commit")
	return err
}

const theirs = "refs/notes/theirs"

// union is the text of ours, untouched, and behind it the parts of theirs that it
// has not.
func union(ours, theirs string) string {
	have := parts(ours)
	for _, p := range parts(theirs) {
		if !has(have, p) {
			have = append(have, p)
			if ours = ended(ours); !p.json && ours != "" {
				ours += "\n"
			}
			ours += p.text + "\n"
		}
	}
	return ours
}

// part is a piece of a note that must stay in one: a JSON document, on one line or
// on many, or between documents the lines up to an empty one.
type part struct {
	text string
	json bool
}

// has reports whether one of the parts is p. Lines that are no document may also be
// the middle of a longer piece. A document never counts as there because another one
// holds the same text.
func has(list []part, p part) bool {
	return slices.ContainsFunc(list, func(q part) bool {
		return p == q || !p.json && !q.json && strings.Contains("\n"+q.text+"\n", "\n"+p.text+"\n")
	})
}

// holds reports whether a text has a line as a part of its own.
func holds(text, line string) bool {
	p := parts(line)
	return len(p) == 0 || len(p) == 1 && has(parts(text), p[0])
}

// ended is a text that another line can be put behind.
func ended(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}

// maxWasted bounds how many bytes are read in vain while looking for documents:
// without it a note can be made so that every line is read to its end.
const maxWasted = 4 << 20

var empty = regexp.MustCompile(`\n(?:[ \t\r]*\n)+`)

// parts takes a note apart as its readers do: JSON documents one behind the other.
// Where none begins, lines are passed over up to the next one that begins with a
// brace.
func parts(text string) []part {
	var out []part
	wasted, lost, pos := 0, -1, 0
	between := func(end int) {
		if lost < 0 {
			return
		}
		for _, paragraph := range empty.Split(text[lost:end], -1) {
			if paragraph = strings.TrimRight(paragraph, " \t\r\n"); paragraph != "" {
				out = append(out, part{text: paragraph})
			}
		}
		lost = -1
	}
	for pos < len(text) {
		rest := strings.TrimLeft(text[pos:], " \t\r\n")
		if rest == "" {
			break
		}
		at := len(text) - len(rest)
		if rest[0] == '{' && wasted <= maxWasted {
			n, read := document(rest)
			if n > 0 {
				between(pos)
				out = append(out, part{text: rest[:n], json: true})
				pos = at + n
				continue
			}
			wasted += read
		}
		if lost < 0 {
			lost = pos + strings.LastIndexByte(text[pos:at], '\n') + 1
		}
		next := strings.IndexByte(rest, '\n')
		if next < 0 || wasted > maxWasted {
			break
		}
		pos = at + next + 1
	}
	between(len(text))
	return out
}

// document measures the JSON document that a text begins with: its length, or 0 when
// there is none, and how far it was read to find out.
func document(text string) (length, read int) {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := d.SkipValue(); err != nil {
		return 0, min(len(text), int(d.InputOffset())+len(d.UnreadBuffer())+1)
	}
	return int(d.InputOffset()), 0
}
