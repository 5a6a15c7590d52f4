package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/internal/config"
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
The policy is read from the base, never from the change. No network is used.`,
		Example: `  claw-verified init
  claw-verified check --base origin/main --head HEAD --plan plan.json
  terraform show -json tfplan | claw-verified check --base origin/main --plan -
  claw-verified explain plan.replace-data`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version.String(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w\n  see %s --help", err, cmd.CommandPath())
	})
	root.SetVersionTemplate("claw-verified {{.Version}}\n")
	root.AddCommand(newCheck(), newReplay(), newInit(), newExplain(), newRules(), newPolicy(), newAction(), newVersion())
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "claw-verified", version.String())
			return err
		},
	}
}

// usageError is a mistake in how a command was called: exit code 2.
func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", config.ErrUsage, fmt.Errorf(format, args...))
}

// isCobraUsage recognises cobra's own errors about arguments and commands, which
// have no type.
func isCobraUsage(err error) bool {
	s := err.Error()
	return strings.HasPrefix(s, "unknown command") || strings.HasPrefix(s, "accepts ") || strings.HasPrefix(s, "unknown flag") || strings.HasPrefix(s, "requires ")
}
