package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/version"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "claw-verified",
		Short: "Decide whether an agent's change may merge, and say why",
		Long: `claw-verified stands between a coding agent and production. It answers, for the
commits between a base and a head:

  Who made this change?   every commit, by its signature and the keys of the policy
  What would it do?       the Terraform plan: what is destroyed, what is opened
  Who agreed?             people who neither made nor commissioned it, for exactly this

and exits with 0 when all three answers are good, 1 when the change is refused or
waits for people, 2 when the call or the policy is wrong, 3 when it cannot decide.
The policy is read from the base, never from the change. Judging a clone uses no
network; check --pull-request asks GitHub, and attest uses it when it signs without a
key or pushes.`,
		Example: `  claw-verified init
  claw-verified check --base origin/main --head HEAD --plan plan.json
  terraform show -json tfplan | claw-verified check --base origin/main --plan -
  claw-verified explain plan.replace-data`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version.String(),
		Args:          cobra.ArbitraryArgs,
		RunE:          needsVerb,
	}
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("claw-verified {{.Version}}\n")
	root.AddCommand(newCheck(), newReplay(), newInit(), newExplain(), newRules(), newPolicy(), newPlan(), newAttest(), newHook(), newKeys(), newAction(), newVersion())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args, c.RunE = cobra.ArbitraryArgs, needsVerb
		}
	}
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "claw-verified", version.String())
			return err
		},
	}
}

// needsVerb answers for a command that only groups others: its help, or which of
// them was meant. Left to itself cobra prints the help for a misspelt one, and
// exits with 0.
func needsVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return unknownVerb(cmd, args[0])
}

func unknownVerb(cmd *cobra.Command, verb string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := "known are " + strings.Join(names, ", ")
	if near := policy.Nearest(verb, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usageError("there is no command %q: %s", cmd.CommandPath()+" "+verb, hint)
}

// noArgs is for commands that take flags only.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError("%s takes no arguments, and was given %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// oneArg is for commands that take one argument; what names it, with an example.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError("%s wants %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// atMostOne is for commands whose file can be left out.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError("%s takes one file, and was given %d", cmd.CommandPath(), len(args))
	}
	return nil
}

// flagError names the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	hint := "see " + cmd.CommandPath() + " --help"
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := policy.Nearest(name, names); near != "" {
			hint = "did you mean --" + near + "?"
		}
	}
	return usageError("%w: %s", err, hint)
}

// usageError is a mistake in how a command was called: exit code 2.
func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", config.ErrUsage, fmt.Errorf(format, args...))
}
