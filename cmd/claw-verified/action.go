package main

import (
	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/run"
)

func newAction() *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Entry of the container action: reads a workflow's event and inputs",
		Long: `What the container action runs. It takes the range from the event of the workflow run
(pull_request, merge_group, push) or from the inputs base and head, judges it as check
does, and tells the runner: annotations, job summary, outputs, and files in the folder
.claw-verified of the workspace. The inputs are described in action.yml.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := config.ActionFrom()
			if err != nil {
				return err
			}
			code, err := run.Action(cmd.Context(), a, run.Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Terminal: look(cmd, "never")})
			if err != nil {
				return err
			}
			if code != checks.ExitVerified {
				return exit(code)
			}
			return nil
		},
	}
}
