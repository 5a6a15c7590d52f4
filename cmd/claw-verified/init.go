package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func newInit() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a first policy that denies by default",
		Long: `Writes ` + collect.PolicyPath + ` at the top of the repository, commented, with a
schema line for editors. As it stands it
lists no agent and no person, so nothing can be verified: fill them in, then merge it
into the base branch. A policy counts only once it is there. A file that exists is
never overwritten.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := policyFile(dir)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a folder of the repository
				return fmt.Errorf("write policy: %w", err)
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a file of the repository
			if errors.Is(err, fs.ErrExist) {
				return usageError("%s is there already, and is left as it is", path)
			}
			if err != nil {
				return fmt.Errorf("write policy: %w", err)
			}
			_, err = f.WriteString(policy.Starter())
			if err := errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("write policy: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), `Wrote %s. Next:
  1. List your agents and people in it, with their keys.
  2. claw-verified policy lint
  3. Merge it into the base branch: a change cannot bring its own judge.
  4. claw-verified check --base origin/main --head HEAD --plan plan.json
`, path)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "repo", ".", "a folder of the repository")
	return cmd
}
