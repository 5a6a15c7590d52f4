package attest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
)

// What a file may hold already. Half of what is read of one is left for what comes.
const (
	maxOldBytes = attestation.MaxTextBytes / 2
	maxOldItems = attestation.MaxItems - maxRange
)

// file is opened before anything is signed: an entry in a public log cannot be taken
// back. Each bundle is written when it is made, behind what is there.
type file struct {
	path    string
	f       *os.File
	fresh   bool                // it is ours, and empty
	torn    bool                // its last line is not ended
	bundles map[string][]string // those that were there, by the commits they name
}

func openFile(path string) (carrier, error) {
	const remedy = "Name a file in a folder that is there and that you may write to, or - for standard output."
	fail := func(err error) error {
		wrong := errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
		return &Problem{Usage: wrong, Err: err, Message: sentence("Could not open %s: %s", show(path), plain(err)), Remedy: remedy}
	}
	if os.IsPathSeparator(path[len(path)-1]) {
		return nil, misuse(remedy, "%s is the name of a folder, not a regular file", show(path))
	}
	c := &file{path: path, bundles: map[string][]string{}}
	// A link may be the tree's, and lead to any file of whoever runs this.
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		c.fresh = true
		if c.f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644); err != nil { //nolint:gosec // whoever runs the command names it; attestations are public
			return nil, fail(err)
		}
		return c, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	if st.Mode()&fs.ModeSymlink != 0 {
		return nil, misuse("Name the file that is meant, or remove the link.", "%s is a symbolic link, and is not followed", show(path))
	}
	if !st.Mode().IsRegular() { // a pipe or a device would be waited for
		return nil, misuse(remedy, "%s is not a regular file", show(path))
	}
	if c.f, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0); err != nil { //nolint:gosec // the same
		return nil, fail(err)
	}
	if now, err := c.f.Stat(); err != nil || !os.SameFile(st, now) {
		return nil, errors.Join(misuse(remedy, "%s was exchanged while it was opened", show(path)), c.f.Close())
	}
	text, err := io.ReadAll(io.LimitReader(c.f, maxOldBytes+1))
	if err != nil {
		err = fail(err)
	} else {
		err = c.look(text)
	}
	if err != nil {
		return nil, errors.Join(err, c.f.Close())
	}
	return c, nil
}

// look refuses a file that bundles cannot be added to: of something else, the file
// of somebody who mistyped a name, nothing may be spoilt.
func (c *file) look(text []byte) error {
	const another = "Name another file, or move this one away."
	items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Body: text})
	if len(text) > maxOldBytes || len(items) > maxOldItems {
		return misuse(another, "The file %s has more than %d MiB or %d attestations in it, and is left as it is", show(c.path), maxOldBytes>>20, maxOldItems)
	}
	for _, it := range items {
		if it.Format != attestation.FormatBundle && it.Format != attestation.FormatEnvelope {
			return misuse(another, "The file %s holds something else than attestations, and is left as it is", show(c.path))
		}
		for _, id := range it.Subjects() {
			c.bundles[id] = append(c.bundles[id], string(it.Raw))
		}
	}
	c.torn = len(text) > 0 && text[len(text)-1] != '\n'
	return nil
}

func (c *file) String() string { return c.path }

func (c *file) have(_ context.Context, commit string) ([]string, error) {
	return c.bundles[commit], nil
}

func (c *file) put(_ context.Context, _, bundle string) (bool, error) {
	line := bundle + "\n"
	if c.torn {
		line = "\n" + line
	}
	_, err := c.f.WriteString(line)
	if err == nil {
		err = c.f.Sync() // some file systems tell only now that there is no room
	}
	c.fresh, c.torn = false, err != nil
	if err != nil {
		return false, failure(err, "Make room, or choose another place.", "Could not write %s: %s", show(c.path), plain(err))
	}
	return true, nil
}

// close takes an empty file away that was made for nothing.
func (c *file) close() error {
	err := c.f.Close()
	if c.fresh {
		c.fresh = false
		err = errors.Join(err, os.Remove(c.path))
	}
	if err != nil {
		return failure(err, "Choose another place.", "Could not write %s: %s", show(c.path), plain(err))
	}
	return nil
}
