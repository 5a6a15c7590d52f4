package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// object is one object, shown to hash to its id.
type object struct {
	id      string
	typ     string
	content []byte
}

// Bounds of one object. A commit has its own, gitobject.MaxCommitBytes.
const (
	maxTreeBytes = 32 << 20 // a folder with some 500,000 entries
	maxTagBytes  = 1 << 20
	// What one call may bring into memory. A thousand commits of a mebibyte are a
	// few kilobytes on disk, and what is read here is copied and encoded later on.
	maxCallBytes = 64 << 20
)

// batch is a running `git cat-file --batch`. One serves a whole snapshot:
// starting git costs more than reading a hundred objects.
type batch struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *capture
}

func (r *Repo) startBatch() (*batch, error) {
	// It outlives the call that starts it; kill is tied to each call's context.
	cmd := r.command(context.Background(), r.private, r.objEnv, "cat-file", "--batch")
	b := &batch{cmd: cmd, stderr: &capture{limit: maxStderr}}
	cmd.Stderr = b.stderr
	var err error
	if b.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.out = bufio.NewReaderSize(out, 64<<10)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run git cat-file: %w", err)
	}
	return b, nil
}

// endBatch kills the process: it has nothing to finish.
func (r *Repo) endBatch() {
	if b := r.batch; b != nil {
		r.batch = nil
		_ = killGroup(b.cmd)
		_ = b.cmd.Wait()
	}
}

// read fetches objects by full id, in order, each of the type (or of any when
// typ is empty), none larger than limit bytes, and hands them to each as they
// come. Every object is hashed. names are full ids, or one abbreviation where
// abbreviated is set.
//
// Errors: [ErrMissing], [ErrAmbiguousRevision], [ErrTooLarge], [ErrForged], the
// context's, or one of each.
func (r *Repo) read(ctx context.Context, names []string, typ string, limit int64, each func(object) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.objects != nil {
		return r.ask(ctx, names, typ, limit, each)
	}
	if r.batch == nil {
		b, err := r.startBatch() //nolint:contextcheck // one process serves many calls; it outlives this one
		if err != nil {
			return err
		}
		r.batch = b
	}
	b := r.batch
	stop := context.AfterFunc(ctx, func() { _ = killGroup(b.cmd) })

	// Requests are written beside the reading: with both in one loop, git and we
	// could each wait for the other to empty a full pipe.
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(b.in, strings.Join(names, "\n")+"\n")
		written <- err
	}()
	err := b.receive(r.format, names, typ, limit, each)
	if !stop() {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil {
		// What is still in the pipe belongs to nobody now.
		_ = killGroup(b.cmd)
		<-written //nolint:errcheck // the reading failed first, and says more
		r.endBatch()
		if ctx.Err() != nil {
			return fmt.Errorf("read objects: %w", context.Cause(ctx))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return &processError{command: "cat-file", stderr: b.stderr.buf.String(), err: errors.New("it ended early")}
		}
		return err
	}
	return <-written
}

func (b *batch) receive(format string, names []string, typ string, limit int64, each func(object) error) error {
	total := int64(0)
	for _, name := range names {
		line, err := b.out.ReadSlice('\n')
		if err != nil {
			return err
		}
		h, err := parseHeader(line, name, idLen(format))
		if err != nil {
			return err
		}
		if typ != "" && h.typ != typ {
			return fmt.Errorf("read %s: it is a %s, not a %s: %w", h.id, h.typ, typ, ErrMalformed)
		}
		if most := min(limit, bound(h.typ)); h.size > most {
			return fmt.Errorf("read %s %s: %w: %d bytes, at most %d are read", h.typ, h.id, ErrTooLarge, h.size, most)
		}
		if total += h.size; total > maxCallBytes {
			return fmt.Errorf("read objects: %w: together more than %d MiB", ErrTooLarge, maxCallBytes>>20)
		}
		buf := make([]byte, h.size+1)
		if _, err := io.ReadFull(b.out, buf); err != nil {
			return err
		}
		content := buf[:h.size:h.size]
		if buf[h.size] != '\n' {
			return fmt.Errorf("read %s: git's answer is out of step", h.id)
		}
		sum, err := gitobject.Hash(format, h.typ, content)
		if err != nil {
			return err
		}
		if sum != h.id {
			return fmt.Errorf("read %s %s: its content has the id %s: %w", h.typ, h.id, sum, ErrForged)
		}
		if err := each(object{id: h.id, typ: h.typ, content: content}); err != nil {
			return err
		}
	}
	return nil
}

func bound(typ string) int64 {
	switch typ {
	case "commit":
		return gitobject.MaxCommitBytes
	case "tree":
		return maxTreeBytes
	case "tag":
		return maxTagBytes
	}
	return maxCallBytes
}

func idLen(format string) int {
	if format == "sha256" {
		return 64
	}
	return 40
}

// header is the line that git puts before an object.
type header struct {
	id, typ string
	size    int64
}

// parseHeader reads "<id> <type> <size>\n", or git's word that there is no such
// object. name is what was asked for: a full id must come back, an abbreviation
// must be the beginning of what does.
func parseHeader(line []byte, name string, idLen int) (header, error) {
	s, ended := strings.CutSuffix(string(line), "\n")
	switch s {
	case name + " missing":
		return header{}, fmt.Errorf("read %s: %w", foreign(name), ErrMissing)
	case name + " ambiguous":
		return header{}, fmt.Errorf("read %s: %w", foreign(name), ErrAmbiguousRevision)
	}
	id, rest, _ := strings.Cut(s, " ")
	typ, size, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	switch {
	case !ended, err != nil, n < 0, size != strconv.FormatInt(n, 10),
		!isID(id, idLen), !strings.HasPrefix(id, name),
		typ != "commit" && typ != "tree" && typ != "blob" && typ != "tag":
		return header{}, fmt.Errorf("read %s: git answered %s", foreign(name), foreign(s))
	}
	return header{id: id, typ: typ, size: n}, nil
}

func isID(s string, n int) bool { return len(s) == n && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

// one reads a single object.
func (r *Repo) one(ctx context.Context, name, typ string, limit int64) (object, error) {
	var o object
	err := r.read(ctx, []string{name}, typ, limit, func(got object) error { o = got; return nil })
	return o, err
}

// Commit is a commit that was read and hashed.
type Commit struct {
	ID      string
	Tree    string
	Parents []string // as the object says
	Object  []byte   // exactly as stored, without git's object header
	date    int64    // of the committer; an order to search in, never evidence
}

// commitOf reads the fields that make up the graph, the way git reads them: a
// tree line, then parent lines up to the first line that is none. It is lenient
// about the rest, for old histories have odd commits; what a commit in the range
// must look like is not decided here.
func commitOf(o object, format string) (Commit, error) {
	n := idLen(format)
	c := Commit{ID: o.id, Object: o.content}
	line, rest, _ := bytes.Cut(o.content, []byte("\n"))
	tree, ok := strings.CutPrefix(string(line), "tree ")
	if o.typ != "commit" || !ok || !isID(tree, n) {
		return Commit{}, fmt.Errorf("read commit %s: %w: it has no tree", o.id, ErrMalformed)
	}
	c.Tree = tree
	for bytes.HasPrefix(rest, []byte("parent ")) {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		p := string(line[len("parent "):])
		if !isID(p, n) {
			return Commit{}, fmt.Errorf("read commit %s: %w: it has a bad parent line", o.id, ErrMalformed)
		}
		c.Parents = append(c.Parents, p)
	}
	c.date = committerDate(rest)
	return c, nil
}

func committerDate(header []byte) int64 {
	_, rest, _ := bytes.Cut(header, []byte("committer "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	i := bytes.LastIndexByte(line, '>')
	secs, _, _ := strings.Cut(strings.TrimSpace(string(line[i+1:])), " ")
	t, err := strconv.ParseInt(secs, 10, 64)
	if err != nil {
		return 0
	}
	return t
}

// commits reads and hashes commits, in the order of the ids.
func (r *Repo) commits(ctx context.Context, ids []string) ([]Commit, error) {
	out := make([]Commit, 0, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := r.read(ctx, ids, "commit", gitobject.MaxCommitBytes, func(o object) error {
		c, err := commitOf(o, r.format)
		out = append(out, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
