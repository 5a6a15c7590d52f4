package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/gitwork"
	"github.com/claw-verified/claw-verified/internal/publish"
	"github.com/claw-verified/claw-verified/internal/run"
	"github.com/claw-verified/claw-verified/internal/version"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check {--base REF [--head REF] [--reviews FILE] | --pull-request OWNER/NAME#N} [--plan FILE]... [--plan-file FILE]... [--attestation FILE]...",
		Short: "Judge the commits between a base and a head, or a pull request",
		Long: `Reads the repository, the policy of the base commit, the plans and the reviews,
judges them, and prints a report. Exits with 0 verified, 1 refused or waiting, 2 wrong
usage or policy, 3 undecided. In a policy with "mode: observe" the report is the same
and the exit code is 0.

Every commit that head has and base has not is looked at. Where base has moved on, the
files that changed since the merge base are.

With --pull-request everything is read from GitHub's API, and no clone is needed: the
commits, files and policy, who reviewed what, and what they may do now. docs/github.md
lists the permissions that the token needs.

Attestations of commits are found in git notes (refs/notes/claw-attestations, which
"git fetch origin 'refs/notes/*:refs/notes/*'" brings), in the folder .claw/attestations
of the head commit, and in the files that --attestation names. Who signed one decides,
never where it lay.`,
		Example: `  claw-verified check --base origin/main --head HEAD --plan plan.json
  terraform show -json tfplan | claw-verified check --base origin/main --plan -
  claw-verified check --base origin/main --format terminal --format sarif=claw.sarif
  claw-verified check --base origin/main --attestation bundle.jsonl
  claw-verified check --pull-request acme/infra#7 --stats
  claw-verified check --base origin/main --policy /tmp/draft.yml   # try a policy before it is merged`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := config.Bind(cmd.Flags())
			if err != nil {
				return err
			}
			c, err := config.CheckFrom(v)
			if err != nil {
				return err
			}
			kind := checks.KindPullRequest
			if !c.GitHub.Asks() {
				kind = checks.KindRange
				c.Repository = repositoryName(cmd.Context(), c.Dir, c.Repository)
			}
			c.Progress = progress(cmd)
			if told, err := cmd.Flags().GetBool("stats"); err == nil && told {
				c.Stats = cmd.ErrOrStderr()
			}
			verdict, err := run.Check(cmd.Context(), c, kind, run.Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Terminal: look(cmd, c.Color)})
			return verdictError(verdict, err)
		},
	}
	config.AddCheckFlags(cmd.Flags())
	return cmd
}

// repositoryName is the repository's name as it was given, else what the clone says.
// Where neither tells, it stays unknown: the check says so if anything hangs on it.
func repositoryName(ctx context.Context, dir, given string) string {
	if given != "" {
		return given
	}
	work, err := gitwork.Open(ctx, dir)
	if err != nil {
		return ""
	}
	name, err := attest.Repository(ctx, "", work, os.Getenv)
	if err != nil {
		return ""
	}
	return name
}

func newReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay SNAPSHOT",
		Short: "Judge a snapshot again: the same verdict, byte for byte",
		Long: `Judges what check wrote with --snapshot-out, without a repository, a plan or a network.
The time is the snapshot's, so the verdict is the one it was. Exits as check does.`,
		Example: `  claw-verified check --base origin/main --snapshot-out s.json
  claw-verified replay s.json`,
		Args: oneArg("a snapshot that check wrote, for example: claw-verified replay s.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			formats, err := cmd.Flags().GetStringArray("format")
			if err != nil {
				return err
			}
			color, err := cmd.Flags().GetString("color")
			if err != nil {
				return err
			}
			targets, err := run.Targets(formats)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return usageError("read snapshot: %w", err)
			}
			defer f.Close()
			s, err := checks.DecodeSnapshot(f)
			if err != nil {
				return usageError("%s: %w", args[0], err)
			}
			verdict := registry.Evaluate(s)
			return verdictError(verdict, run.Publish(cmd.OutOrStdout(), verdict, look(cmd, color), targets))
		},
	}
	cmd.Flags().StringArray("format", nil, "terminal, json, sarif, junit, markdown or github, with =FILE to write to a file; may be repeated (default terminal)")
	config.AddReportFlags(cmd.Flags())
	return cmd
}

// progress is where a bar may be drawn while long input is read: a terminal that
// somebody looks at, and nothing else.
func progress(cmd *cobra.Command) io.Writer {
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(f.Fd())) { //nolint:gosec // a file descriptor
		return f
	}
	return nil
}

// verdictError turns a verdict into the command's exit code. A report that could
// not be written is never a pass.
func verdictError(v *checks.Verdict, err error) error {
	if err != nil {
		return err
	}
	if code := v.ExitCode(); code != checks.ExitVerified {
		return exit(code)
	}
	return nil
}

// look decides how the terminal report is drawn.
func look(cmd *cobra.Command, color string) publish.Options {
	o := publish.Options{Version: version.String(), Rules: registry.Rules()}
	if f, ok := cmd.OutOrStdout().(*os.File); ok {
		c := publish.DetectConsole(f, os.Getenv)
		o.Color, o.ASCII, o.Width = c.Color, c.ASCII, c.Width
	}
	switch color {
	case "always":
		o.Color = true
	case "never":
		o.Color = false
	}
	return o
}
