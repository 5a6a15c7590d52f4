package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// addFactFlags declares what an agent can tell of its work, and which commit.
func addFactFlags(f *pflag.FlagSet) {
	f.String("repo", ".", "a folder of the git repository")
	f.String("commit", "", "the commit that is attested (default HEAD)")
	f.String("repository", "", "the repository the commit is for, as owner/name (default: the remote origin on GitHub, or GITHUB_REPOSITORY); in a fork, the one it will be merged into")
	f.String("agent", "", "the agent's id in the policy, or a URI (required, here or in CLAW_AGENT)")
	f.String("agent-version", "", "the agent's version")
	f.String("vendor", "", "who makes the agent")
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
	f.String("finished", "", "when it ended (RFC 3339)")
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
	o := attest.Options{Out: cmd.OutOrStdout(), Env: os.Getenv, Warn: func(s string) { warn(cmd.ErrOrStderr(), s) }}
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
		if key := attest.SettingKey(s.flag); len(values) == 0 && key != "" {
			values, from = settings(key), "the git setting "+key
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

// repositorySettings reads git settings of the repository around a folder. Without
// one there are none; whoever needs the repository says so later.
func repositorySettings(ctx context.Context, dir string) func(key string) []string {
	work, err := gitwork.Open(ctx, dir)
	return func(key string) []string {
		if err != nil {
			return nil
		}
		values, settingErr := work.Setting(ctx, key)
		if settingErr != nil {
			return nil
		}
		return values
	}
}
