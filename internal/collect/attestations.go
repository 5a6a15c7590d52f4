package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// AttestationSource is a store of attestations that is asked by digest.
type AttestationSource interface {
	// Attestations returns what is said about things of these digests, "sha256:<hex>"
	// of raw commit objects. What it returns is as foreign as everything else; with an
	// error nothing it returns is used.
	Attestations(ctx context.Context, subjectDigests []string) ([]checks.Attestation, error)
}

// Bounds of what is said about a change. Everything is read into memory, and
// stands in the snapshot. They hold whatever the policy allows: ten thousand
// commits have room for three kilobytes each, and more than that is a gap.
const (
	MaxAttestationFile  = attestation.MaxTextBytes // bytes of a file that is named
	maxAttestation      = 1 << 20                  // bytes of a note, or of a file of the tree
	maxAttestationBytes = 32 << 20                 // of everything together
	maxAttestations     = 20_000
	maxTreeFiles        = 1000
	maxUnread           = 10 // gaps of one carrier that are told one by one
)

// notesRefs are the refs whose notes are read, as
// `git fetch origin 'refs/notes/*:refs/notes/*'` brings them.
var notesRefs = []struct {
	name string
	json bool // only what begins like a JSON object: people write there, too
	info bool // unsigned by its nature; what cannot be read is no loss
}{
	{name: "refs/notes/claw-attestations"},
	{name: "refs/notes/commits", json: true}, // git's own default; SLSA source-tool writes there
	{name: "refs/notes/ai", info: true},      // git-ai
}

// attestations reads what the carriers hold about the commits. Nothing is refused
// for where it lay, not even a file that the change brings along: who signed it
// decides, and the place proves nothing either way. What cannot be read is a gap,
// because it may be what speaks against the commit.
func (c *collector) attestations(p *policy.Policy, limit int) {
	for _, a := range c.o.Attestations {
		c.say(a)
	}
	c.description()
	c.notes(false)
	c.tree(p)
	c.source()
	c.notes(true) // last: they take no room from what can prove something
	if len(c.s.Attestations) > 0 {
		c.diffs(p, limit)
	}
}

// say keeps an attestation while there is room.
func (c *collector) say(a checks.Attestation) {
	if c.full || len(a.Body) == 0 {
		return
	}
	if c.room -= int64(len(a.Body)); c.room < 0 || len(c.s.Attestations) == maxAttestations {
		c.full = true
		c.unread(fmt.Sprintf("The attestations of this change are more than %d, or together larger than %d MiB; the rest was not read.", maxAttestations, maxAttestationBytes>>20),
			"Remove attestations that are no longer needed, or split the change.")
		return
	}
	c.s.Attestations = append(c.s.Attestations, a)
}

// unread makes a gap of what could not be looked at.
func (c *collector) unread(message, remedy string) {
	c.gap(checks.Gap{Question: checks.QuestionProvenance, Kind: checks.GapEvidence, Message: message, Remedy: remedy})
}

// unreadable is unread for an error.
func (c *collector) unreadable(doing string, err error, remedy string) {
	g := gap(doing, err)
	if remedy == "" {
		remedy = g.Remedy
	}
	c.unread(g.Message, remedy)
}

// description takes the pull request's description, if it holds any evidence.
func (c *collector) description() {
	pr := c.s.PullRequest
	if pr == nil || !strings.Contains(strings.ToLower(pr.Body), "claw-attestation") {
		return
	}
	c.say(checks.Attestation{Carrier: checks.CarrierPullRequest, Name: checks.Path(fmt.Sprintf("#%d", pr.Number)), Body: checks.Bytes(pr.Body)})
}

// notes reads the notes of the commits, those that are for information or the
// others.
func (c *collector) notes(info bool) {
	commits := make([]string, len(c.s.Commits))
	for i := range c.s.Commits {
		commits[i] = c.s.Commits[i].ID
	}
	for _, ref := range notesRefs {
		if c.full || ref.info != info {
			continue
		}
		notes, err := c.repo.Notes(c.ctx, ref.name, commits, maxAttestation, c.room)
		if err != nil {
			if !ref.info {
				c.unreadable("read the attestations in "+ref.name, err, notesRemedy(ref.name, err))
			}
			continue
		}
		unread := 0
		for _, n := range notes {
			switch {
			case n.Err != nil && !ref.info && unread < maxUnread:
				unread++
				c.unreadable("read an attestation", n.Err, fmt.Sprintf("Take out of the note what is no attestation: `git notes --ref %s edit %s`.", ref.name, n.Commit))
			case n.Err != nil:
			case ref.json && !bytes.HasPrefix(bytes.TrimLeft(n.Content, " \t\r\n"), []byte("{")):
			default:
				c.say(checks.Attestation{Carrier: checks.CarrierNotes, Name: checks.Path(ref.name), Commit: n.Commit, Body: n.Content})
			}
		}
	}
}

// notesRemedy says how to mend a notes ref; empty where the error's own remedy is
// better.
func notesRemedy(ref string, err error) string {
	switch {
	case errors.Is(err, gitrepo.ErrForged):
		return ""
	case errors.Is(err, gitrepo.ErrMissing), errors.Is(err, gitrepo.ErrShallow):
		return "Fetch the notes whole, `git fetch origin 'refs/notes/*:refs/notes/*'`, in a clone made without --filter."
	case errors.Is(err, gitrepo.ErrTooLarge), errors.Is(err, gitrepo.ErrTooMany):
		return fmt.Sprintf("Remove notes that are no longer needed: `git notes --ref %s remove COMMIT`.", ref)
	case errors.Is(err, gitrepo.ErrUnknownRevision), errors.Is(err, gitrepo.ErrMalformed):
		return fmt.Sprintf("The ref holds no notes as git writes them: fetch it again, or delete it, `git update-ref -d %s`, and make the attestations again.", ref)
	}
	return ""
}

// tree reads evidence out of the head commit: the files of the folder that are
// called after a commit of the range, or that the change brings along, and Claw's
// proofs that it brings along. What was in the tree before and names no commit of
// the range is about commits that were merged long ago; such files pile up, and
// none of them is read.
func (c *collector) tree(p *policy.Policy) {
	brought := map[string]bool{}
	for _, f := range c.s.Files {
		if f.Status != "deleted" {
			brought[string(f.Path)] = true
		}
	}
	inRange := map[string]bool{}
	for i := range c.s.Commits {
		inRange[c.s.Commits[i].ID] = true
	}
	r := treeReader{c: c}
	folder := folderOf(p)
	files, err := c.repo.Folder(c.ctx, c.head, folder)
	if err != nil && !errors.Is(err, gitrepo.ErrNoFile) {
		remedy := ""
		if errors.Is(err, gitrepo.ErrNotFile) {
			remedy = fmt.Sprintf("Make %s a folder of the commit itself: what a link or a submodule leads to is not part of the commit.", checks.Path(folder))
		}
		c.unreadable("read the attestations in the tree", err, remedy)
	}
	for _, f := range files {
		path, about := folder+"/"+f.Name, namedAfter(f.Name, c.s.Repository.ObjectFormat)
		if inRange[about] || brought[path] {
			r.read(path, about, func() ([]byte, error) { return c.repo.Content(c.ctx, f, maxAttestation) })
		}
	}
	for _, f := range c.s.Files {
		if path := string(f.Path); f.Status == "added" && clawProof(path) && !strings.HasPrefix(path, folder+"/") {
			r.read(path, "", func() ([]byte, error) { return c.repo.File(c.ctx, c.head, path, maxAttestation) })
		}
	}
}

// treeReader counts what it reads, and stops.
type treeReader struct {
	c             *collector
	files, unread int
	stopped       bool
}

func (r *treeReader) read(path, commit string, read func() ([]byte, error)) {
	if r.stopped || r.c.full {
		return
	}
	if r.files++; r.files > maxTreeFiles {
		r.stopped = true
		r.c.unread(fmt.Sprintf("More than %d files of the head commit hold attestations of this change; the rest was not read.", maxTreeFiles),
			"Put several attestations into one file, a line each, or split the change.")
		return
	}
	b, err := read()
	switch {
	case errors.Is(err, gitrepo.ErrNotFile): // a link holds no evidence
	case err != nil:
		if r.unread++; r.unread == maxUnread {
			r.stopped = true
		}
		remedy := ""
		if errors.Is(err, gitrepo.ErrTooLarge) {
			remedy = fmt.Sprintf("Split %s into files of at most %d MiB.", checks.Path(path), maxAttestation>>20)
		}
		r.c.unreadable("read the attestation "+checks.Path(path).String(), err, remedy)
	default:
		r.c.say(checks.Attestation{Carrier: checks.CarrierTree, Name: checks.Path(path), Commit: commit, Body: b})
	}
}

// source asks the store of attestations, where there is one.
func (c *collector) source() {
	if c.o.AttestationSource == nil || c.full || len(c.s.Commits) == 0 {
		return
	}
	digests := make([]string, len(c.s.Commits))
	for i := range c.s.Commits {
		digests[i] = digest(c.s.Commits[i].Object)
	}
	list, err := c.o.AttestationSource.Attestations(c.ctx, digests)
	if err != nil {
		c.unreadable("ask for the attestations of this change", err, "Run the check again; if that does not help, check the right to read attestations.")
		return
	}
	for _, a := range list {
		a.Carrier = checks.CarrierGitHub
		c.say(a)
	}
}

// folderOf is the folder of attestations in the tree.
func folderOf(p *policy.Policy) string {
	if p == nil || p.Provenance.Directory == "" {
		return policy.DefaultDirectory
	}
	return strings.TrimSuffix(p.Provenance.Directory, "/")
}

// namedAfter is the full commit id that a file is called after: its name up to the
// first dot.
func namedAfter(name, format string) string {
	id, _, dot := strings.Cut(name, ".")
	n := 40
	if format == "sha256" {
		n = 64
	}
	if !dot || len(id) != n || strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}

// clawProof reports whether a path is one where Claw puts its proofs.
func clawProof(path string) bool {
	rest, ok := strings.CutPrefix(path, "proofs/")
	parts := strings.Split(rest, "/")
	name := parts[len(parts)-1]
	return ok && (name == "commit.sig.json" || strings.Contains(name, "proof_bundle") && strings.HasSuffix(name, ".json")) && !slices.Contains(parts, "")
}
