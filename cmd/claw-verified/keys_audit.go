package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func newKeysAudit() *cobra.Command {
	var repo, repository, since, ref string
	cmd := &cobra.Command{
		Use:   "audit --since REV [--ref REV]",
		Short: "Find merged commits that a key signed which is revoked now",
		Long: `Reads the policy at a ref, and every commit that the ref has and --since has not, and
names those signed or attested with a key that this policy says is revoked: what was
merged before anybody knew. Exits with 1 when there is one, and with 3 when there is
none among what could be looked at and something could not.`,
		Example: `  claw-verified keys audit --since v1.0.0 --ref origin/main`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since == "" {
				return usageError("--since is missing: the last commit that is known to be good, for example a tag")
			}
			name, err := auditedRepository(cmd.Context(), repo, repository)
			if err != nil {
				return err
			}
			return auditKeys(cmd.Context(), cmd, collect.Options{
				Dir: repo, Base: since, Head: ref, PolicyAtHead: true, Kind: checks.KindPush, Repository: name, Now: time.Now(),
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&repo, "repo", ".", "a folder of the repository")
	f.StringVar(&repository, "repository", "", "its name as owner/name, which attestations are for (default: the remote origin on GitHub, or GITHUB_REPOSITORY)")
	f.StringVar(&since, "since", "", "the last commit before those to look at")
	f.StringVar(&ref, "ref", "HEAD", "the branch whose commits and policy to look at")
	return cmd
}

// auditedRepository is the name that attestations must be for. It may stay unknown:
// where no attestation is needed nobody asks for it, and elsewhere the audit tells.
func auditedRepository(ctx context.Context, dir, given string) (string, error) {
	if given != "" {
		name, err := attest.Repository(ctx, given, nil, os.Getenv)
		return name, attestError(err)
	}
	work, err := attest.OpenWork(ctx, dir)
	if err != nil {
		return "", nil //nolint:nilerr // whoever reads the commits says it better
	}
	name, err := attest.Repository(ctx, "", work, os.Getenv)
	if err != nil {
		return "", nil //nolint:nilerr // not known
	}
	return name, nil
}

func auditKeys(ctx context.Context, cmd *cobra.Command, o collect.Options) error {
	s, err := collect.Local(ctx, o)
	if err != nil {
		return err
	}
	p, problems := policy.Parse(string(s.Policy.Text), registry.Known())
	untold := 0 // what could not be looked at
	for _, g := range s.Gaps {
		untold++
		fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", redact.Visible(g.Message), redact.Visible(g.Remedy))
	}
	if p == nil {
		for _, pr := range problems {
			printProblem(cmd.ErrOrStderr(), string(s.Policy.Path), pr)
		}
		return exit(checks.ExitUndecided)
	}
	x := identity.Examine(s, p)
	for _, pr := range x.Problems {
		untold++
		fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", redact.Visible(pr.Message), redact.Visible(pr.Remedy))
	}
	w, found := cmd.OutOrStdout(), 0
	for i := range x.Contributions {
		c := &x.Contributions[i]
		by, detail := c.SignedBy, c.Detail
		if c.State != identity.StateRevoked {
			by = ""
			for j := range c.Rejected {
				if c.Rejected[j].Revoked() {
					by, detail = c.Rejected[j].By, "attested with a revoked key: "+c.Rejected[j].Err.Error()
				}
			}
		}
		if by != "" {
			found++
			fmt.Fprintf(w, "%s %s\n  %s, %s\n", c.Commit, redact.Visible(c.Subject), redact.Visible(by), redact.Visible(detail))
		}
	}
	fmt.Fprintf(w, "%s looked at, %d by a revoked key\n", checks.Plural(len(x.Contributions), "commit", "commits"), found)
	if untold > 0 {
		fmt.Fprintf(w, "Not everything could be looked at: %s above.\n", checks.Plural(untold, "problem is", "problems are"))
	}
	switch {
	case found > 0:
		return exitRefused
	case untold > 0:
		return exit(checks.ExitUndecided)
	}
	return nil
}
