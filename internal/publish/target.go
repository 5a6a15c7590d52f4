package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Target is a format and where it goes.
type Target struct {
	Format string // the name of one of Formats
	File   string // empty: standard output
}

// ParseTarget reads "sarif=out.sarif", "json" or "json=-".
func ParseTarget(s string) (Target, error) {
	name, file, has := strings.Cut(s, "=")
	if _, err := find(name); err != nil {
		return Target{}, err
	}
	if has && file == "" {
		return Target{}, fmt.Errorf("format %q names no file after the equals sign: write %s=FILE, or %s for standard output", s, name, name)
	}
	if file == "-" {
		file = ""
	}
	return Target{Format: name, File: file}, nil
}

// Publish writes the verdict to every target. One that fails does not keep the
// others from being written; every error is returned. Two targets with one file
// are an error before anything is written, because one report would be lost.
func Publish(stdout io.Writer, v *checks.Verdict, o Options, targets []Target) error {
	seen := map[string]string{}
	for _, t := range targets {
		if t.File == "" {
			continue
		}
		file := filepath.Clean(t.File)
		if other, ok := seen[file]; ok {
			return fmt.Errorf("formats %s and %s both go to %s: give each a file of its own", other, t.Format, t.File)
		}
		seen[file] = t.Format
	}
	var errs []error
	for _, t := range targets {
		errs = append(errs, publishOne(stdout, v, o, t))
	}
	return errors.Join(errs...)
}

func publishOne(stdout io.Writer, v *checks.Verdict, o Options, t Target) error {
	if t.File != "" {
		o.Color, o.Width = false, DefaultWidth // a file has neither colours nor columns
	}
	var b bytes.Buffer
	if err := Write(t.Format, &b, v, o); err != nil {
		return err
	}
	if t.File != "" {
		return WriteFile(t.File, b.Bytes())
	}
	if _, err := stdout.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write %s report: %w", t.Format, err)
	}
	return nil
}

// WriteFile replaces a file whole: a reader sees the old one or the new one, and
// a full disk leaves the old one. What is no plain file, such as /dev/stderr or a
// named pipe, is written to as it is. A symbolic link is replaced, not followed.
func WriteFile(name string, data []byte) error {
	if err := replaceFile(name, data); err != nil {
		return &writeError{name: name, err: err}
	}
	return nil
}

// writeError names the file that was asked for, never the temporary one, which is
// gone and means nothing to a reader.
type writeError struct {
	name string
	err  error
}

func (e *writeError) Unwrap() error { return e.err }

func (e *writeError) Error() string {
	return "cannot write " + checks.Path(e.name).String() + ": " + e.reason()
}

func (e *writeError) reason() string {
	if fi, err := os.Stat(e.name); err == nil && fi.IsDir() {
		return "it is a folder"
	}
	dir := filepath.Dir(e.name)
	if errors.Is(e.err, fs.ErrNotExist) {
		return "no such folder " + checks.Path(dir).String()
	}
	if fi, err := os.Stat(dir); err == nil && !fi.IsDir() {
		return checks.Path(dir).String() + " is not a folder"
	}
	// What these say beyond the reason are the names of temporary files.
	var path *fs.PathError
	if errors.As(e.err, &path) {
		return path.Err.Error()
	}
	var link *os.LinkError
	if errors.As(e.err, &link) {
		return link.Err.Error()
	}
	return e.err.Error()
}

func replaceFile(name string, data []byte) (err error) {
	// Devices and pipes are looked for through symbolic links: /dev/stdout is one.
	if fi, err := os.Stat(name); err == nil && fi.Mode()&(os.ModeDevice|os.ModeNamedPipe|os.ModeSocket) != 0 {
		return writeTo(name, data)
	}
	if fi, err := os.Lstat(name); err == nil && fi.IsDir() {
		return errors.New("it is a folder") // said before anything is written beside it
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}

func writeTo(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0) //nolint:gosec // whoever asks for the report names it
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
