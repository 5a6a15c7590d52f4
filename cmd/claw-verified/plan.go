package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/run"
)

func newPlan() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Look at Terraform plans alone",
		Args:  cobra.ArbitraryArgs,
		RunE:  needsVerb,
	}
	cmd.AddCommand(newPlanShow())
	return cmd
}

func newPlanShow() *cobra.Command {
	var c config.Check
	var brief bool
	var at string
	cmd := &cobra.Command{
		Use:   "show PLAN... [--plan-file FILE]... [--plan-manifest FILE] [--policy FILE]",
		Short: "Tell what plans would destroy, open, grant and run",
		Long: `Reads plans as JSON (terraform show -json tfplan) and tells what would be destroyed
for good, what would be opened, who would be allowed more, what would run, and only
then the rest. PLAN is a file, a folder with plans, or - for standard input; gzip and
zstd are read as they are. No repository, no policy and no network is needed.

Nobody's change is judged: who made it and who agreed is not looked at, and nothing is
called verified. "claw-verified check --plan" judges a plan as a part of a change.

Exits with 0 when nothing stands in the way, 1 when something is denied or wants a
review, 2 for a wrong call or policy, 3 when a plan cannot be read.`,
		Example: `  terraform show -json tfplan | claw-verified plan show -
  claw-verified plan show plan.json --plan-file tfplan
  claw-verified plan show plans/ --policy .github/claw-verified.yml
  claw-verified plan show plan.json --brief
  claw-verified plan show --plan-manifest plans.yml
  claw-verified plan show plan.json --format markdown=plan.md --format sarif=plan.sarif`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && c.Manifest == "" {
				return usageError("%s wants a plan, for example: claw-verified plan show plan.json", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Plans = args
			switch c.Color {
			case "auto", "always", "never":
			default:
				return usageError("--color: %q is none of auto, always, never", c.Color)
			}
			if at != "" {
				t, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return usageError("--at: %q is no RFC 3339 time such as 2026-11-20T12:00:00Z", at)
				}
				c.At = t.UTC()
			}
			c.Progress = progress(cmd)
			o := look(cmd, c.Color)
			o.Brief = brief
			verdict, err := run.PlanShow(cmd.Context(), c, run.Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Terminal: o})
			return verdictError(verdict, err)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&c.PlanFiles, "plan-file", nil, "the saved plan file (terraform plan -out) of each PLAN that is a file, in the same order")
	f.StringVar(&c.Manifest, "plan-manifest", "", "a list of plans with their plan files and folders (docs/plans.md)")
	f.BoolVar(&brief, "brief", false, "stop before the findings, in the terminal and markdown reports")
	f.StringVar(&at, "at", "", "judge as of this time (RFC 3339), for waivers that expire and for the age of a plan; now unless given")
	f.StringVar(&c.PolicyFile, "policy", "", "judge by this policy file; without it the built-in rules stand as they are")
	f.StringArrayVar(&c.Formats, "format", nil, "terminal, json, sarif, junit, markdown or github, with =FILE to write to a file; may be repeated (default terminal)")
	f.StringVar(&c.Color, "color", "auto", "colour the terminal report: auto, always or never")
	return cmd
}
