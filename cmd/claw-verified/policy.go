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

// organizationFlag names the policy of the organisation.
const organizationFlag = "organization"

func newPolicyLint() *cobra.Command {
	var org string
	cmd := &cobra.Command{
		Use:   "lint [FILE] [--organization FILE]",
		Short: "Tell every mistake of a policy file, with its place",
		Long: `Reads a policy file (` + collect.PolicyPath + ` unless another is named, - for standard
input) the way check does, and tells every mistake at once, each with line and
column. Exits with 0 when the policy can be used, also when there are warnings, and
with 2 when it cannot.

With --organization FILE that file is read the way the policy of an organisation is:
what it leaves out it leaves to each repository. A file named beside it is the policy
of a repository, and the two are also looked at together.`,
		Example: `  claw-verified policy lint
  claw-verified policy lint --organization claw-verified.yml
  claw-verified policy lint .github/claw-verified.yml --organization ../.github/claw-verified.yml`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			w, ok := cmd.OutOrStdout(), true
			var floor *policy.Policy
			if org != "" {
				text, err := readOrganization(cmd, org, args)
				if err != nil {
					return err
				}
				var problems []policy.Problem
				floor, problems = policy.LintFloor(text, registry.Known(), time.Now())
				ok = tellPolicy(w, org, floor, problems, "the policy of the organisation can be used")
				if len(args) == 0 {
					return usable(ok)
				}
			}
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			p, problems := policy.Lint(text, registry.Known(), time.Now())
			good := "the policy can be used"
			if p != nil {
				good += fmt.Sprintf(" (%s)", p.Mode)
			}
			ok = tellPolicy(w, name, p, problems, good) && ok
			if ok && floor != nil {
				p, problems = p.WithFloor(floor)
				ok = tellPolicy(w, name, p, problems, "it fits together with that of the organisation")
			}
			return usable(ok)
		},
	}
	cmd.Flags().StringVar(&org, organizationFlag, "", "the policy of an organisation, whose floors no repository can lower")
	return cmd
}

func newPolicyShow() *cobra.Command {
	var org string
	cmd := &cobra.Command{
		Use:   "show [FILE] [--organization FILE]",
		Short: "Print a policy with every default filled in",
		Long: `Prints what a policy file (` + collect.PolicyPath + ` unless another is named, - for
standard input) comes to with every default filled in. With --organization FILE it is
what the policy comes to above the floors of that organisation's.`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			w := cmd.ErrOrStderr()
			p, problems := policy.Parse(text, registry.Known())
			if p == nil {
				return usable(tellPolicy(w, name, p, problems, ""))
			}
			head := ""
			if org != "" {
				text, err := readOrganization(cmd, org, args)
				if err != nil {
					return err
				}
				floor, problems := policy.ParseFloor(text, registry.Known())
				if floor == nil {
					return usable(tellPolicy(w, org, floor, problems, ""))
				}
				if p, problems = p.WithFloor(floor); p == nil {
					return usable(tellPolicy(w, name, p, problems, ""))
				}
				head = fmt.Sprintf("# %s above the floors of %s\n", redact.Visible(name), redact.Visible(org))
			}
			effective, err := p.Effective()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s%s", head, effective)
			return err
		},
	}
	cmd.Flags().StringVar(&org, organizationFlag, "", "the policy of an organisation, whose floors are put under it")
	return cmd
}

// tellPolicy writes what is wrong with a policy, or that it is good; it reports whether
// it can be used.
func tellPolicy(w io.Writer, name string, p *policy.Policy, problems []policy.Problem, good string) bool {
	for _, pr := range problems {
		printProblem(w, name, pr)
	}
	if p != nil {
		fmt.Fprintf(w, "%s: %s\n", redact.Visible(name), good)
	}
	return p != nil
}

func usable(ok bool) error {
	if !ok {
		return exit(2)
	}
	return nil
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
	text, err = readPolicyFile(cmd, name)
	return name, text, err
}

// readOrganization reads the policy of an organisation, beside the repository's file.
func readOrganization(cmd *cobra.Command, name string, args []string) (string, error) {
	if name == "-" && len(args) > 0 && args[0] == "-" {
		return "", usageError("both policies want standard input: put one of them into a file")
	}
	return readPolicyFile(cmd, name)
}

func readPolicyFile(cmd *cobra.Command, name string) (string, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
		if err != nil {
			return "", usageError("read policy: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxPolicyBytes))
	if err != nil {
		return "", usageError("read policy: %w", err)
	}
	return string(b), nil
}

func printProblem(w io.Writer, name string, p policy.Problem) {
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	at := ""
	if p.Line > 0 { // of two files that do not fit together nobody knows which is wrong
		at = fmt.Sprintf("%d:%d:", p.Line, p.Column)
	}
	fmt.Fprintf(w, "%s:%s %s: %s\n", redact.Visible(name), at, kind, redact.Visible(p.Message))
	if p.Hint != "" {
		fmt.Fprintf(w, "    %s\n", redact.Visible(p.Hint))
	}
}
