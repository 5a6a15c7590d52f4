package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func newAttest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attest --agent ID (--key FILE | --keyless) [--commit REV | --range BASE..HEAD]",
		Short: "Sign a statement that an agent made a commit",
		Long: `Says of a commit, signed: which agent made it, with which model, on whose behalf, for
which task. The statement names the commit, its tree, its parents and the digest of its
diff, so it fits no other commit; a rebased or amended one is attested again.

It is kept as a git note (` + attest.NotesRef + `) unless --to says otherwise;
--push sends the notes to origin, merged with those that others pushed. What is signed
can be looked at first: claw-verified attest statement.

Prompts, answers and logs stay where they are: of --task-file and --log only the SHA-256
goes in. Keys and tokens come from files and variables, never from the command line.

A signature counts when the policy of the base branch lists the key or the identity
under the agent. What an attestation says of itself grades nothing.

Every fact can come from a variable too (--session: CLAW_SESSION), and those that stay
the same from the repository's git settings (claw.agent, claw.key, claw.operator, …),
which "claw-verified hook install" writes. Flags come first, then variables.

Exits with 0 when all commits are attested, 2 when the call or the settings are wrong,
3 when something failed on the way.`,
		Example: `  claw-verified attest keygen --out claw.key
  claw-verified attest --agent claude-code --model claude-opus-4-5 --operator alice --key claw.key
  claw-verified attest --agent claude-code --range origin/main..HEAD --key claw.key --push
  claw-verified attest --agent claude-code --task https://github.com/acme/shop/issues/7 --task-file prompt.txt --log actions.jsonl --keyless --push
  claw-verified attest statement --agent claude-code > statement.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			o, err := attestOptions(cmd, signFlags)
			if err != nil {
				return err
			}
			signer, err := openSigner(cmd)
			if err != nil {
				return attestError(err)
			}
			made, err := attest.Make(cmd.Context(), o, signer)
			tellMade(cmd, o, made, signer)
			return attestError(err)
		},
	}
	addFactFlags(cmd.Flags())
	addSignFlags(cmd.Flags())
	f := cmd.Flags()
	f.String("range", "", "attest every commit that HEAD has and BASE has not, BASE..HEAD")
	f.String("to", "notes", "where to keep it: notes, tree or tree=FOLDER (a file for each commit in the work tree), a file such as ./a.jsonl, or - for standard output")
	f.String("push", "", "push the notes to a remote (origin unless named: --push=REMOTE)")
	f.Lookup("push").NoOptDefVal = "origin"
	cmd.AddCommand(newAttestKeygen(), newAttestStatement(), newAttestPredicate(), newAttestMerge(), newAttestVerify(), newAttestVerifyBundle())
	return cmd
}

func newAttestStatement() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "statement --agent ID [--commit REV]",
		Short: "Print the statement that attest would sign, unsigned",
		Long: `Prints the in-toto statement about one commit, for another program to sign. What
cosign makes of it is read like what attest makes itself:

  claw-verified attest statement --agent claude-code > statement.json
  cosign attest-blob --key cosign.key --statement statement.json --new-bundle-format --bundle a.sigstore.json --tlog-upload=false --yes`,
		Example: `  claw-verified attest statement --agent claude-code --commit HEAD > statement.json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printStatement(cmd, func(statement, _ []byte) []byte { return statement })
		},
	}
	addFactFlags(cmd.Flags())
	return cmd
}

func newAttestPredicate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "predicate --agent ID [--commit REV]",
		Short: "Print the predicate of that statement alone",
		Long: `Prints the predicate about one commit, for tools that write the statement around it
themselves, such as GitHub's actions/attest. They need the subject too: its digest is
the SHA-256 of the commit object (git cat-file commit REV | sha256sum).`,
		Example: `  claw-verified attest predicate --agent claude-code --commit HEAD > predicate.json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printStatement(cmd, func(_, predicate []byte) []byte { return predicate })
		},
	}
	addFactFlags(cmd.Flags())
	return cmd
}

func printStatement(cmd *cobra.Command, pick func(statement, predicate []byte) []byte) error {
	o, err := attestOptions(cmd, factFlags)
	if err != nil {
		return err
	}
	statements, predicates, err := attest.Statements(cmd.Context(), o)
	if err != nil {
		return attestError(err)
	}
	for i := range statements {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", pick(statements[i], predicates[i])); err != nil {
			return err
		}
	}
	return nil
}

func newAttestKeygen() *cobra.Command {
	var out string
	var ed bool
	cmd := &cobra.Command{
		Use:   "keygen --out FILE.key",
		Short: "Make a key to sign attestations with",
		Long: `Writes a private key (PEM, PKCS #8, readable by you alone) and beside it the public
one, FILE.pub, for the policy. P-256, which cosign takes too, or Ed25519. With a
passphrase in ` + attest.PasswordVariable + ` the private key is encrypted as cosign does.
A file that is there is never overwritten.`,
		Example: `  claw-verified attest keygen --out claw.key`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError("--out is missing: say where the private key goes, for example --out claw.key")
			}
			public, err := attest.GenerateKey(out, ed, []byte(os.Getenv(attest.PasswordVariable)))
			if err != nil {
				return attestError(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), `Wrote %s (keep it to yourself, and out of the repository) and %s. Next:
  1. Put %s into the repository, for example as .github/claw/agent.pub.
  2. Name it under the agent in the policy:   keys: [{file: .github/claw/agent.pub}]
  3. Merge both into the base branch: a change cannot bring its own keys.
`, redact.Visible(out), redact.Visible(public), redact.Visible(public))
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file for the private key (required)")
	cmd.Flags().BoolVar(&ed, "ed25519", false, "an Ed25519 key; cosign 2 cannot use it")
	return cmd
}

// tellMade says what was done, on standard error when the bundles themselves go to
// standard output.
func tellMade(cmd *cobra.Command, o attest.Options, made *attest.Made, signer attest.Signer) {
	if made == nil {
		return
	}
	w := cmd.OutOrStdout()
	if o.To == "-" {
		w = cmd.ErrOrStderr()
	}
	for _, r := range made.Results {
		what := "attested"
		if !r.New {
			what = "attested before"
		}
		fmt.Fprintf(w, "%s: %s as %s for %s, by %s, in %s\n", what, r.Commit, redact.Visible(o.Facts.Agent), redact.Visible(r.Repository), redact.Visible(signer.String()), redact.Visible(made.Where))
	}
	switch {
	case made.Pushed != "":
		fmt.Fprintf(w, "pushed %s to %s\n", attest.NotesRef, redact.Visible(made.Pushed))
	case made.Where == attest.NotesRef && len(made.Results) > 0:
		fmt.Fprintf(w, "not pushed yet: git push does not send notes; claw-verified attest --push does\n")
	}
}

// addFactFlags declares what an agent can tell of its work, and which commit.
func addFactFlags(f *pflag.FlagSet) {
	f.String("repo", ".", "a folder of the git repository")
	f.String("commit", "", "the commit (default HEAD)")
	f.String("repository", "", "the repository the commit is for, as owner/name (default: the remote origin on GitHub, or GITHUB_REPOSITORY); in a fork, the one it will be merged into")
	f.String("agent", "", "the agent's id in the policy, or a URI (required)")
	f.String("agent-version", "", "its version")
	f.String("vendor", "", "who makes it")
	f.StringArray("model", nil, "a model that was used; may be repeated")
	f.String("model-provider", "", "who ran the models")
	f.String("operator", "", "who commissioned it: a person of the policy, @login, an e-mail address or a URI")
	f.String("on-behalf-of", "", "the team or organisation the operator acted for")
	f.String("task", "", "the address of the issue or ticket")
	f.String("task-file", "", "a file with what the agent was told; only its SHA-256 goes in")
	f.String("session", "", "the id of the agent's run")
	f.String("log", "", "a file with what the agent did; only its SHA-256 and its number of lines go in")
	f.String("log-uri", "", "where that log is kept")
	f.String("log-digest", "", "the log's digest instead of the file, sha256:…")
	f.Int64("log-entries", 0, "the number of entries of that log")
	f.StringArray("tool", nil, "a tool that was used, NAME or NAME@VERSION; may be repeated")
	f.String("started", "", "when the work began (RFC 3339)")
	f.String("finished", "", "when it ended")
	f.Int64("input-tokens", 0, "tokens that the models read")
	f.Int64("output-tokens", 0, "tokens that they wrote")
	f.String("cost", "", `what it cost, "1.20 USD"`)
}

// source is where a flag's value comes from when it is not given.
type source struct {
	flag, variable string
	unless         string // another flag that makes it needless
}

var factFlags = []source{
	{flag: "repository", variable: "CLAW_REPOSITORY"},
	{flag: "agent", variable: "CLAW_AGENT"},
	{flag: "agent-version", variable: "CLAW_AGENT_VERSION"},
	{flag: "vendor", variable: "CLAW_AGENT_VENDOR"},
	{flag: "model", variable: "CLAW_AGENT_MODEL"},
	{flag: "model-provider", variable: "CLAW_MODEL_PROVIDER"},
	{flag: "operator", variable: "CLAW_OPERATOR"},
	{flag: "on-behalf-of", variable: "CLAW_ON_BEHALF_OF"},
	{flag: "task", variable: "CLAW_TASK"},
	{flag: "task-file", variable: "CLAW_TASK_FILE"},
	{flag: "session", variable: "CLAW_SESSION"},
	{flag: "log", variable: "CLAW_LOG", unless: "log-digest"},
	{flag: "log-uri", variable: "CLAW_LOG_URI"},
	{flag: "log-digest", variable: "CLAW_LOG_DIGEST", unless: "log"},
	{flag: "log-entries", variable: "CLAW_LOG_ENTRIES", unless: "log"},
	{flag: "tool", variable: "CLAW_TOOLS"},
	{flag: "started", variable: "CLAW_STARTED"},
	{flag: "finished", variable: "CLAW_FINISHED"},
	{flag: "input-tokens", variable: "CLAW_INPUT_TOKENS"},
	{flag: "output-tokens", variable: "CLAW_OUTPUT_TOKENS"},
	{flag: "cost", variable: "CLAW_COST"},
}

var signFlags = append([]source{{flag: "key", variable: "CLAW_KEY", unless: "keyless"}}, factFlags...)

// attestOptions reads the flags, and for those that are not given the environment
// and the repository's settings.
func attestOptions(cmd *cobra.Command, sources []source) (attest.Options, error) {
	f := cmd.Flags()
	o := attest.Options{Out: cmd.OutOrStdout(), Env: os.Getenv}
	o.Dir = text(f, "repo")
	if err := fill(cmd.Context(), f, o.Dir, sources); err != nil {
		return o, err
	}
	o.Which, o.Repository = attest.Which{Commit: text(f, "commit"), Range: text(f, "range")}, text(f, "repository")
	o.To, o.Push = text(f, "to"), text(f, "push")
	x := &o.Facts
	x.Agent, x.Version, x.Vendor, x.Provider = text(f, "agent"), text(f, "agent-version"), text(f, "vendor"), text(f, "model-provider")
	x.Operator, x.OnBehalfOf, x.Task, x.TaskFile = text(f, "operator"), text(f, "on-behalf-of"), text(f, "task"), text(f, "task-file")
	x.Session, x.Log, x.LogURI, x.LogDigest, x.Cost = text(f, "session"), text(f, "log"), text(f, "log-uri"), text(f, "log-digest"), text(f, "cost")
	var err error
	for name, to := range map[string]*[]string{"model": &x.Models, "tool": &x.Tools} {
		if *to, err = f.GetStringArray(name); err != nil {
			return o, err
		}
	}
	for name, to := range map[string]*int64{"log-entries": &x.LogEntries, "input-tokens": &x.Input, "output-tokens": &x.Output} {
		if *to, err = f.GetInt64(name); err != nil {
			return o, err
		}
	}
	for _, t := range []struct {
		flag string
		to   *time.Time
	}{{"started", &x.Started}, {"finished", &x.Finished}} {
		if *t.to, err = when(t.flag, text(f, t.flag)); err != nil {
			return o, err
		}
	}
	return o, nil
}

func when(flag, v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return t, usageError("--%s %q is no RFC 3339 time such as 2026-11-20T12:00:00Z", flag, v)
	}
	return t, nil
}

// text is a flag's value; empty when the command has no such flag.
func text(f *pflag.FlagSet, name string) string {
	if fl := f.Lookup(name); fl != nil {
		return fl.Value.String()
	}
	return ""
}

// fill gives flags that were not given the value of their variable, or else of
// their setting.
func fill(ctx context.Context, f *pflag.FlagSet, dir string, sources []source) error {
	settings := repositorySettings(ctx, dir)
	given := map[string]bool{}
	f.Visit(func(fl *pflag.Flag) { given[fl.Name] = true })
	for _, s := range sources {
		if given[s.flag] || given[s.unless] {
			continue
		}
		values, from := list(os.Getenv(s.variable), s.flag == "model" || s.flag == "tool"), "the variable "+s.variable
		if len(values) == 0 && attest.Settings[s.flag] != "" {
			values, from = settings(attest.Settings[s.flag]), "the git setting "+attest.Settings[s.flag]
		}
		if sv, many := f.Lookup(s.flag).Value.(pflag.SliceValue); !many && len(values) > 1 {
			values = values[len(values)-1:]
		} else if many {
			values = append(sv.GetSlice(), values...)
			if err := sv.Replace(nil); err != nil {
				return err
			}
		}
		for _, v := range values {
			if err := f.Set(s.flag, v); err != nil {
				return usageError("%s holds %q, which is nothing for --%s", from, v, s.flag)
			}
		}
	}
	return nil
}

// list splits a variable that may hold several values, one for each line or with
// commas between them.
func list(v string, several bool) []string {
	if v == "" {
		return nil
	}
	if !several {
		return []string{v}
	}
	var out []string
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

func warn(w io.Writer, sentence string) {
	if sentence != "" {
		fmt.Fprintf(w, "claw-verified: %s\n", redact.Visible(sentence))
	}
}
