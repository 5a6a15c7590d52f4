// Command claw-verified stands between a coding agent and production: it decides
// whether the commits between a base and a head may merge, and says why.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	done := make(chan int, 1)
	go func() { done <- execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr) }()
	select {
	case code := <-done:
		os.Exit(code)
	case <-ctx.Done():
	}
	// Interrupted. What listens tidies up; what waits for standard input, or in a
	// system call, cannot be told and is left behind. A second signal ends it at once.
	stop()
	select {
	case <-done:
	case <-time.After(tidyUp):
	}
	fmt.Fprintln(os.Stderr, "claw-verified: interrupted, nothing was decided")
	os.Exit(checks.ExitUndecided)
}

// tidyUp is how long an interrupted run may take to end its child processes and
// remove its temporary files.
const tidyUp = 2 * time.Second

// exit is an error that only carries an exit code: everything was said already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// execute runs one command and returns its exit code: 0 verified or done, 1
// refused or waiting, 2 wrong usage or configuration, 3 undecided.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := newRoot() //nolint:contextcheck // verifying bundles takes no context: it does no I/O
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	var code exit
	var problem *collect.Problem
	switch {
	case err == nil:
		return checks.ExitVerified
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &problem):
		fmt.Fprintf(errs, "claw-verified: %s\n", redact.Lines(problem.Error()))
		if problem.Remedy != "" {
			fmt.Fprintf(errs, "  %s\n", redact.Lines(problem.Remedy))
		}
		if problem.Kind == checks.GapConfiguration {
			return checks.ExitConfiguration
		}
		return checks.ExitUndecided
	case errors.Is(err, config.ErrUsage):
		fmt.Fprintf(errs, "claw-verified: %s\n", redact.Lines(err.Error()))
		return checks.ExitConfiguration
	}
	fmt.Fprintf(errs, "claw-verified: %s\n", redact.Lines(err.Error()))
	return checks.ExitUndecided
}
