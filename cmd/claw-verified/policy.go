package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check, show and describe policy files",
		Args:  cobra.ArbitraryArgs,
		RunE:  needsVerb,
	}
	cmd.AddCommand(newPolicyLint(), newPolicyShow(), newPolicySchema())
	return cmd
}

func newPolicyLint() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [FILE]",
		Short: "Tell every mistake of a policy file, with its place",
		Long: `Reads a policy file (` + collect.PolicyPath + ` unless another is named, - for standard
input) the way check does, and tells every mistake at once, each with line and
column. Exits with 0 when the policy can be used, also when there are warnings, and
with 2 when it cannot.`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			p, problems := policy.Lint(text, registry.Known(), time.Now())
			w := cmd.OutOrStdout()
			for _, pr := range problems {
				printProblem(w, name, pr)
			}
			if p == nil {
				return exit(2)
			}
			fmt.Fprintf(w, "%s: the policy can be used (%s)\n", redact.Visible(name), p.Mode)
			return nil
		},
	}
}

func newPolicyShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print a policy with every default filled in",
		Args:  atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			p, problems := policy.Parse(text, registry.Known())
			if p == nil {
				for _, pr := range problems {
					printProblem(cmd.ErrOrStderr(), name, pr)
				}
				return exit(2)
			}
			effective, err := p.Effective()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(effective)
			return err
		},
	}
}

func newPolicySchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of policy files, for editors",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(policy.Schema())
			return err
		},
	}
}

// maxPolicyBytes bounds what is read; the parser refuses less than that, and says so.
const maxPolicyBytes = 4 << 20

func readPolicy(cmd *cobra.Command, args []string) (name, text string, err error) {
	if len(args) > 0 {
		name = args[0]
	} else if name, err = policyFile("."); err != nil {
		return name, "", err
	}
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
		if err != nil {
			return name, "", usageError("read policy: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxPolicyBytes))
	if err != nil {
		return name, "", usageError("read policy: %w", err)
	}
	return name, string(b), nil
}

func printProblem(w io.Writer, name string, p policy.Problem) {
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	fmt.Fprintf(w, "%s:%d:%d: %s: %s\n", redact.Visible(name), p.Line, p.Column, kind, redact.Visible(p.Message))
	if p.Hint != "" {
		fmt.Fprintf(w, "    %s\n", redact.Visible(p.Hint))
	}
}
