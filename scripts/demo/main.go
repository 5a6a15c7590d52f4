// Command demo shows the main job on a small real repository, without a network,
// an account or a server.
//
// It makes a git repository in which a coding agent has been at work: one commit
// signed with the agent's key, one not signed, and a Terraform plan that replaces
// a database and opens port 22 to everybody. It runs claw-verified on it, then
// repairs the change and runs it again. The keys and signatures are real; they are
// made here and forgotten at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

func main() {
	bin := flag.String("bin", "bin/claw-verified", "the program to show")
	fixtures := flag.String("fixtures", "fixtures/demo", "where the plans and Terraform files are")
	keep := flag.String("keep", "", "make the repository in this new folder and leave it there")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *bin, *fixtures, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, bin, fixtures, keep string) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	if fixtures, err = filepath.Abs(fixtures); err != nil {
		return err
	}
	dir := keep
	if keep == "" {
		if dir, err = os.MkdirTemp("", "claw-verified-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	r, err := newRepo(ctx, dir, fixtures)
	if err != nil {
		return err
	}
	say(out, "1. An agent's change: two commits, one of them not signed, and a plan.")
	if err := r.change(ctx); err != nil {
		return err
	}
	if err := judge(ctx, out, r, bin, checks.ExitRefused, "check", "--base", "main", "--head", "agent/change", "--plan", "plan.json"); err != nil {
		return err
	}
	say(out, "2. The same change, repaired: every commit signed, the database stays, port 22 is for the office, and Bob and Carol have approved exactly this head and this plan.")
	if err := r.repair(ctx); err != nil {
		return err
	}
	if err := judge(ctx, out, r, bin, checks.ExitVerified, "check", "--base", "main", "--head", "agent/repaired", "--plan", "plan.json", "--reviews", "reviews.json"); err != nil {
		return err
	}
	if keep != "" {
		fmt.Fprintf(out, "\nThe repository is in %s.\n", dir)
	}
	return nil
}

func say(out io.Writer, s string) { fmt.Fprintf(out, "\n%s\n\n", s) }

// judge runs the program as a user would, and insists on the exit code the story
// tells of: a demonstration that cannot fail shows nothing.
func judge(ctx context.Context, out io.Writer, r *repo, bin string, want int, args ...string) error {
	fmt.Fprintf(out, "$ claw-verified %s\n\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, bin, args...) //nolint:gosec // the program to show
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, out, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	got := cmd.ProcessState.ExitCode()
	fmt.Fprintf(out, "\nexit code %d\n", got)
	if got != want {
		return fmt.Errorf("claw-verified exited with %d, expected %d", got, want)
	}
	return nil
}
