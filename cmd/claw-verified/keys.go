package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
	"github.com/claw-verified/claw-verified/internal/rotation"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the keys of a policy, rotate them, and find what a revoked one signed",
		Args:  cobra.ArbitraryArgs,
		RunE:  needsVerb,
	}
	cmd.AddCommand(newKeysList(), newKeysRotate(), newKeysReceipt(), newKeysAudit())
	return cmd
}

func newKeysList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [POLICY]",
		Short: "List every key that a policy lists, whose it is, and whether it counts now",
		Long: `Reads a policy file (` + collect.PolicyPath + ` unless another is named, - for standard
input) and tells of each key, DID and keyless identity whose it is and whether it counts
now. Keys in files are read from the repository that the policy file is in, as it lies
there and not as it is merged. Of an allowed_signers file the principals are listed that
it names without a pattern; the keys and their times are in the file.`,
		Example: `  claw-verified keys list
  git show origin/main:.github/claw-verified.yml | claw-verified keys list -`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			p, err := parsePolicy(cmd, name, text)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, k := range p.KeyLives(time.Now(), filesBeside(name)) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", redact.Visible(k.Owner), redact.Visible(k.Name), redact.Visible(k.State))
			}
			return w.Flush()
		},
	}
}

func parsePolicy(cmd *cobra.Command, name, text string) (*policy.Policy, error) {
	p, problems := policy.Parse(text, registry.Known())
	if p == nil {
		for _, pr := range problems {
			printProblem(cmd.ErrOrStderr(), name, pr)
		}
		return nil, exit(checks.ExitConfiguration)
	}
	return p, nil
}

// topOf is the top folder of the repository that a policy file is in; standard input
// is in the current one.
func topOf(name string) (string, error) {
	dir, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return "", err
	}
	path, err := policyFile(dir)
	return strings.TrimSuffix(path, filepath.FromSlash(collect.PolicyPath)), err
}

// filesBeside reads the files that a policy names: regular ones, in its repository.
func filesBeside(name string) policy.KeyFiles {
	return func(path string) (string, error) {
		top, err := topOf(name)
		if err != nil {
			return "", err
		}
		root, err := os.OpenRoot(top)
		if err != nil {
			return "", err
		}
		defer root.Close()
		st, err := root.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", errors.New("there is no such file in the repository")
		case err != nil:
			return "", fmt.Errorf("read file: %w", err)
		case !st.Mode().IsRegular():
			return "", errors.New("it is no regular file")
		}
		f, err := root.Open(path)
		if err != nil {
			return "", fmt.Errorf("read file: %w", err)
		}
		defer f.Close()
		return readShort(f)
	}
}

// maxTrustedFile is what the gate reads of such a file.
const maxTrustedFile = 1 << 20

func readShort(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxTrustedFile+1))
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	if len(b) > maxTrustedFile {
		return "", fmt.Errorf("it is larger than %d MiB", maxTrustedFile>>20)
	}
	return string(b), nil
}

func newKeysReceipt() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "receipt FILE [--policy FILE]",
		Short: "Check a rotation's receipt: both signatures, and what they are about",
		Long: `Checks that both keys signed the receipt, and tells what it says. With --policy, tells
whether that file is the one that the rotation made, and whether it lists both keys under
the owner as the receipt says. Exits with 1 when anything is otherwise.`,
		Example: `  claw-verified keys receipt rotation-claude-20261120T120000Z.json --policy .github/claw-verified.yml`,
		Args:    oneArg("a receipt that keys rotate wrote, for example: claw-verified keys receipt rotation-claude-20261120T120000Z.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usageError("read receipt: %w", err)
			}
			defer f.Close()
			text, err := io.ReadAll(io.LimitReader(f, rotation.MaxBytes+1))
			if err != nil {
				return usageError("read receipt: %w", err)
			}
			r, err := rotation.Verify(text)
			if err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", redact.Visible(args[0]), redact.Visible(err.Error()))
				return exitRefused
			}
			until := "revoked then"
			if !r.OldUntil.IsZero() {
				until = "good until " + r.OldUntil.Format(time.RFC3339)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: both signatures hold\n  owner   %s\n  old     %s, %s\n  new     %s, from %s\n  policy  %s, %s -> %s\n",
				redact.Visible(args[0]), redact.Visible(r.Owner), r.Old.Fingerprint, until, r.New.Fingerprint, r.RotatedOn.Format(time.RFC3339),
				redact.Visible(r.Policy.Path), redact.Visible(r.Policy.Before), redact.Visible(r.Policy.After))
			if against == "" {
				fmt.Fprintln(cmd.OutOrStdout(), "Whose the old key was, the policy of that day says.")
				return nil
			}
			return compareReceipt(cmd, &r, against)
		},
	}
	cmd.Flags().StringVar(&against, "policy", "", "compare with this policy file")
	return cmd
}

func compareReceipt(cmd *cobra.Command, r *rotation.Receipt, name string) error {
	name, text, err := readPolicy(cmd, []string{name})
	if err != nil {
		return err
	}
	p, err := parsePolicy(cmd, name, text)
	if err != nil {
		return err
	}
	differences := r.Differences([]byte(text), p, filesBeside(name))
	for _, d := range differences {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", redact.Visible(name), redact.Visible(d))
	}
	if len(differences) > 0 {
		return exitRefused
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: it is the policy after the rotation, and lists both keys as the receipt says\n", redact.Visible(name))
	return nil
}

// writeNew never overwrites: a receipt that is there is evidence.
func writeNew(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a receipt is no secret
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name)) // half of one is none
	}
	return nil
}

// stage writes what a file is to become beside it, whole and with its mode.
func stage(name string, mode fs.FileMode, b []byte) (staged string, err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".claw-verified-*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode.Perm()), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

var errChanged = errors.New("somebody else changed it meanwhile, and nothing was written: run the command again")

// swap puts the staged file in the place of one that still has the text it had, in
// one step: whoever reads it has the one or the other.
func swap(staged, name string, had []byte) error {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := io.ReadAll(io.LimitReader(f, maxPolicyBytes))
	if err != nil {
		return err
	}
	if !bytes.Equal(now, had) {
		return errChanged
	}
	return os.Rename(staged, name)
}
