package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// command prepares one git process: our environment, no standard input of ours,
// a process group of its own that dies with the context.
func (r *Repo) command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.git, append([]string{"--no-pager", "--literal-pathspecs"}, args...)...) //nolint:gosec // absolute path; arguments are ours or full ids
	cmd.Dir = dir
	cmd.Env = env
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	// A grandchild that keeps a pipe open must not hold us.
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// run runs git and returns its standard output, at most limit bytes of it; more
// is an error, never a cut.
func (r *Repo) run(ctx context.Context, dir string, env []string, limit int, args ...string) ([]byte, error) {
	cmd := r.command(ctx, dir, env, args...)
	out := &capture{limit: limit, strict: true}
	errOut := &capture{limit: maxStderr}
	cmd.Stdout, cmd.Stderr = out, errOut
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run git %s: %w", args[0], context.Cause(ctx))
	case out.over:
		return nil, fmt.Errorf("run git %s: output %w: more than %d bytes", args[0], ErrTooLarge, limit)
	case err != nil:
		return nil, &processError{command: args[0], stderr: errOut.buf.String(), err: err}
	}
	return out.buf.Bytes(), nil
}

// processError is a git process that ended badly.
type processError struct {
	command string
	stderr  string // foreign text, bounded
	err     error
}

func (e *processError) Error() string {
	if msg := strings.TrimSpace(e.stderr); msg != "" {
		return fmt.Sprintf("run git %s: %v: it said %s", e.command, e.err, foreign(msg))
	}
	return fmt.Sprintf("run git %s: %v", e.command, e.err)
}

func (e *processError) Unwrap() error { return e.err }

// said reports whether git ended on its own and its message has the words.
func said(err error, words string) bool {
	var p *processError
	return errors.As(err, &p) && strings.Contains(p.stderr, words)
}

const maxStderr = 4 << 10

// capture keeps the first limit bytes. When strict, one byte more is an error,
// which closes the pipe and so ends the process. The buffer is not embedded: its
// ReadFrom would let io.Copy go round the limit.
type capture struct {
	buf    bytes.Buffer
	limit  int
	strict bool
	over   bool
}

func (c *capture) Write(p []byte) (int, error) {
	room := max(c.limit-c.buf.Len(), 0)
	if len(p) <= room {
		return c.buf.Write(p)
	}
	c.buf.Write(p[:room])
	c.over = true
	if c.strict {
		return 0, ErrTooLarge
	}
	return len(p), nil
}
