package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/gitwork"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func newHook() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Attest every commit of a clone as it is made",
		Long: `Git hooks for the clone that an agent works in: after each commit its attestation is
made, as "claw-verified attest" makes it, and when commits are pushed the attestations
can be pushed with them.`,
		Example: `  claw-verified hook install --agent claude-code --operator alice --key ~/.config/claw.key --push
  claw-verified hook status`,
		Args: cobra.ArbitraryArgs,
		RunE: needsVerb,
	}
	cmd.AddCommand(newHookInstall(), newHookStatus(), newHookUninstall(), newHookRun())
	return cmd
}

func newHookInstall() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "install --agent ID --key FILE [--push]",
		Short: "Write a post-commit hook that attests each commit",
		Long: `Writes a post-commit hook that runs claw-verified attest for each new commit, and keeps
what it needs to know in the git settings of this repository (claw.agent, claw.key, …).
What differs from run to run the agent tells by variables: CLAW_AGENT_MODEL, CLAW_TASK,
CLAW_SESSION, and others that attest reads.

With --push a pre-push hook sends the notes along with the commits. Neither hook ever
holds up a commit or a push: what goes wrong is told, and can be made up for with
claw-verified attest.

In a clone where people commit too, give --if-env a variable that only the agent's
environment has, such as CLAUDECODE: nothing is attested without it.

An existing hook is left alone, or with --chain run first. Run it again to change the
settings. Notes are not carried along by rebase and amend, and are not meant to be: an
attestation is about one exact commit, and the hook attests the new one.`,
		Example: `  claw-verified hook install --agent claude-code --operator alice --key ~/.config/claw.key --push
  claw-verified hook install --if-env CLAUDECODE   # later, to change that alone`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return attestError(installHooks(cmd))
		},
	}
	f := cmd.Flags()
	f.String("repo", ".", "a folder of the git repository")
	f.String("agent", "", "the agent's id in the policy (required, unless it was given before)")
	f.String("agent-version", "", "the agent's version")
	f.String("vendor", "", "who makes the agent")
	f.StringArray("model", nil, "a model that it uses; may be repeated (better CLAW_AGENT_MODEL, when it changes)")
	f.String("model-provider", "", "who runs the models")
	f.String("operator", "", "who commissions it")
	f.String("on-behalf-of", "", "the team or organisation the operator acts for")
	f.String("key", "", "the private key to sign with (required, unless it was given before)")
	f.String("repository", "", "the repository that commits are for, as owner/name")
	f.String("if-env", "", "attest only when this environment variable is set")
	f.Bool("push", false, "push the notes when commits are pushed")
	f.Bool("chain", false, "run a hook that is there already first, and ours after it")
	return cmd
}

func installHooks(cmd *cobra.Command) error {
	ctx, f := cmd.Context(), cmd.Flags()
	work, err := openWork(cmd)
	if err != nil {
		return err
	}
	values := map[string][]string{}
	f.Visit(func(fl *pflag.Flag) {
		if sv, ok := fl.Value.(pflag.SliceValue); ok {
			values[fl.Name] = sv.GetSlice()
		} else {
			values[fl.Name] = []string{fl.Value.String()}
		}
	})
	get := func(name string) string {
		v := values[name]
		if v == nil {
			v, _ = work.Setting(ctx, attest.SettingKey(name)) // an unreadable setting is one that is missing, and said so
		}
		if len(v) == 0 {
			return ""
		}
		return v[len(v)-1]
	}
	facts := attest.Facts{Agent: get("agent"), Operator: get("operator"), OnBehalfOf: get("on-behalf-of")}
	if err := facts.Check(); err != nil {
		return err
	}
	if get("key") == "" {
		return usageError("--key is missing: name the private key to sign with; claw-verified attest keygen makes one")
	}
	key, err := filepath.Abs(get("key"))
	if err != nil {
		return err
	}
	private, warning, err := attest.LoadKey(key, []byte(os.Getenv(attest.PasswordVariable)))
	if err != nil {
		return err
	}
	warn(cmd.ErrOrStderr(), warning)
	values["key"] = []string{key}
	signer, err := attest.WithKey(private)
	if err != nil {
		return err
	}
	// git commit has no flag for what is missing.
	if _, err := attest.Repository(ctx, cmp.Or(get("repository"), os.Getenv("CLAW_REPOSITORY")), work, os.Getenv); err != nil {
		return nameInHook(err)
	}
	warn(cmd.ErrOrStderr(), attest.Advice(work.Top(), facts, signer))
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	chain, err := f.GetBool("chain")
	if err != nil {
		return err
	}
	push, err := f.GetBool("push")
	if err != nil {
		return err
	}
	names := []string{attest.PostCommit}
	if push {
		names = attest.HookNames()
	}
	for _, name := range names {
		h, err := attest.InstallHook(ctx, work, name, program, chain)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", redact.Visible(h.Path))
		if rel, err := filepath.Rel(work.Top(), h.Path); err == nil && filepath.IsLocal(rel) && !strings.HasPrefix(rel, ".git"+string(filepath.Separator)) {
			warn(cmd.ErrOrStderr(), "This hook is in the work tree (core.hooksPath): do not commit it, it names a path of this machine.")
		}
	}
	for _, s := range attest.Settings() {
		if v, ok := values[s.Flag]; ok {
			if err := work.Set(ctx, s.Key, slices.DeleteFunc(v, func(s string) bool { return s == "" })...); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "each commit is attested from now on as %s, with the key %s\n", redact.Visible(get("agent")), redact.Visible(key))
	return nil
}

// nameInHook says where hooks are told the name of the repository.
func nameInHook(err error) error {
	var p *attest.Problem
	if errors.Is(err, attest.ErrNoName) && errors.As(err, &p) {
		p.Remedy = "Name the repository the commits are for: claw-verified hook install --repository owner/name."
	}
	return err
}

func openWork(cmd *cobra.Command) (*gitwork.Repo, error) {
	dir, err := cmd.Flags().GetString("repo")
	if err != nil {
		return nil, err
	}
	return attest.OpenWork(cmd.Context(), dir)
}

func newHookStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Tell which hooks are installed, and their settings",
		Example: `  claw-verified hook status`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			work, err := openWork(cmd)
			if err != nil {
				return attestError(err)
			}
			w := cmd.OutOrStdout()
			for _, name := range attest.HookNames() {
				h, err := attest.FindHook(work, name)
				if err != nil {
					return attestError(err)
				}
				state := "not installed"
				switch {
				case h.Ours && h.Kept:
					state = "installed, after the hook that was there before"
				case h.Ours:
					state = "installed"
				case !h.Free:
					state = "somebody else's"
				}
				fmt.Fprintf(w, "%-12s %s (%s)\n", name, state, redact.Visible(h.Path))
			}
			for _, s := range attest.Settings() {
				values, err := work.Setting(cmd.Context(), s.Key)
				if err != nil {
					return attestError(err)
				}
				for _, v := range values {
					fmt.Fprintf(w, "%s = %s\n", s.Key, redact.Visible(v))
				}
			}
			return nil
		},
	}
	cmd.Flags().String("repo", ".", "a folder of the git repository")
	return cmd
}

func newHookUninstall() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Take the hooks and their settings away",
		Long: `Removes our hooks, puts back the ones that were there before, and removes the settings
that "hook install" wrote. Attestations that were made stay.`,
		Example: `  claw-verified hook uninstall`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			work, err := openWork(cmd)
			if err != nil {
				return attestError(err)
			}
			for _, name := range attest.HookNames() {
				h, err := attest.RemoveHook(work, name)
				if err != nil {
					return attestError(err)
				}
				if h.Ours {
					fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", redact.Visible(h.Path))
				}
			}
			for _, s := range attest.Settings() {
				if err := work.Set(cmd.Context(), s.Key); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().String("repo", ".", "a folder of the git repository")
	return cmd
}

func newHookRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run (post-commit | pre-push REMOTE)",
		Short: "What the hooks run: attest HEAD, or push the notes",
		Long: `Attests HEAD with the repository's settings, or pushes the notes to a remote. Does
nothing in a repository without claw.agent in its settings, so it can stand in a hook
that all repositories share. It can fail: a hook that must not hold up a commit or a
push ends the line with || :`,
		Example: `  claw-verified hook run post-commit </dev/null || :
  claw-verified hook run pre-push "$1" </dev/null || :`,
		Args: cobra.ArbitraryArgs,
		RunE: runHook,
	}
	addFactFlags(cmd.Flags())
	addSignFlags(cmd.Flags())
	return cmd
}

func runHook(cmd *cobra.Command, args []string) error {
	ctx, f := cmd.Context(), cmd.Flags()
	switch {
	case len(args) == 1 && args[0] == attest.PostCommit, len(args) == 2 && args[0] == attest.PrePush:
	default:
		return usageError("claw-verified hook run wants post-commit, or pre-push and a remote")
	}
	if !f.Changed("repo") {
		dir, err := gitwork.OfHook(ctx, text(f, "repo"), os.Getenv)
		if err != nil {
			return attestError(attest.OpenProblem(err))
		}
		if err := f.Set("repo", dir); err != nil {
			return err
		}
	}
	work, err := openWork(cmd)
	if err != nil {
		return attestError(err)
	}
	agent, err := work.Setting(ctx, attest.SettingKey("agent"))
	if err != nil {
		return err
	}
	if len(agent) == 0 {
		return nil // not this repository
	}
	if args[0] == attest.PrePush {
		return attestError(attest.PushNotes(ctx, work, args[1]))
	}
	only, err := work.Setting(ctx, attest.SettingKey("if-env"))
	if err != nil {
		return err
	}
	if len(only) > 0 && os.Getenv(only[len(only)-1]) == "" {
		return nil // a person's commit
	}
	o, err := attestOptions(cmd, signFlags)
	if err != nil {
		return err
	}
	signer, err := openSigner(cmd)
	if err != nil {
		return attestError(err)
	}
	made, err := attest.Make(ctx, o, signer)
	if err != nil {
		return attestError(nameInHook(err))
	}
	for _, r := range made.Results {
		fmt.Fprintf(cmd.ErrOrStderr(), "claw-verified: attested %.12s as %s\n", r.Commit, redact.Visible(o.Facts.Agent))
	}
	return nil
}
