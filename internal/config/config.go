// Package config turns flags, environment and a workflow's inputs into one typed,
// validated struct per command. It holds settings only: what is allowed and what
// is not stands in the policy, which no flag and no variable can change.
//
// It uses a private viper instance; nothing is global. Flags win over the
// environment, the environment over the defaults. Variables are named
// CLAW_VERIFIED_ and the flag's name: CLAW_VERIFIED_BASE for --base. What decides by
// which rules, at which time and on whose word a change is judged (--policy, --at,
// --organization-policy, --base-branch, --api-url) is taken from the command line alone.
package config

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/claw-verified/claw-verified/checks"
)

// EnvPrefix is put before the name of a flag to make a variable of it.
const EnvPrefix = "CLAW_VERIFIED"

// Check is how a change is to be judged and where the report goes.
type Check struct {
	Dir         string    // the repository
	Root        string    // what the paths of plans, reviews and policy are relative to; empty is the current folder
	Base        string    // what the change is to be merged into
	Head        string    // the change
	Repository  string    // owner/name, when known
	Plans       []string  // plan JSON files; "-" is standard input
	PlanFiles   []string  // saved plan files, one for each of Plans that is a file
	Manifest    string    // a list of plans; empty for none
	Reviews     string    // a reviews file; empty for none
	PolicyFile  string    // a policy outside of the change; empty for the base commit's
	Attested    []string  // files with attestations
	Formats     []string  // "sarif=out.sarif", "terminal"
	SnapshotOut string    // where the snapshot is written; empty for nowhere
	Color       string    // "auto", "always", "never"
	At          time.Time // the time to judge at; zero is now
	Progress    io.Writer // a terminal for a bar while long input is read; nil for none
	// Author opened the pull request, as the event says; nil when no event does.
	Author *checks.AccountRef
	// PullRequest is what the event says of it; nil when no event does.
	PullRequest *checks.PullRequest
	GitHub      GitHub
	HeadSeen    time.Time // when the event told of the head; zero when it does not
	Branches    []string  // globs of branches whose policy decides; empty: the default branch; used where GitHub is asked
	Stats       io.Writer // where the calls that were made are told; nil for nowhere
}

// ErrUsage marks a mistake in how a command was called: exit code 2.
var ErrUsage = errors.New("usage")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUsage}, args...)...)
}

// AddCheckFlags declares the flags of check, with their help.
func AddCheckFlags(f *pflag.FlagSet) {
	f.String("base", "", "the commit or branch the change is to be merged into, for example origin/main; needed unless there is --pull-request")
	f.String("head", "HEAD", "the commit or branch with the change")
	f.StringArray("plan", nil, "Terraform plan as JSON (terraform show -json tfplan); - reads standard input, a folder all plans in it; may be repeated")
	f.StringArray("plan-file", nil, "the saved plan file (terraform plan -out) of each --plan, in the same order; shows of which commit it is")
	f.String("plan-manifest", "", "a list of plans with their plan files and folders (docs/plans.md)")
	f.String("reviews", "", "reviews and people as JSON; without it nobody has agreed")
	f.StringArray("attestation", nil, "a file with attestations of commits: Sigstore bundles, DSSE envelopes or Claw proofs, one or a line each; may be repeated")
	f.String("policy", "", "judge by this policy file and not by the base commit's; the report says so")
	f.StringArray("format", nil, "terminal, json, sarif, junit, markdown or github, with =FILE to write to a file; may be repeated (default terminal)")
	f.String("snapshot-out", "", "write what was read to this file, for claw-verified replay")
	f.String("repo", ".", "the git repository")
	f.String("repository", "", "the repository's name as owner/name, which attestations must name (default that of the remote origin on GitHub, or GITHUB_REPOSITORY)")
	f.String("at", "", "judge as of this time (RFC 3339), for keys and waivers that expire; now unless given")
	AddGitHubFlags(f)
	f.StringArray("base-branch", nil, "with --pull-request: a glob of branches whose policy decides; may be repeated (default the repository's default branch)")
	AddReportFlags(f)
}

// AddReportFlags declares the flags of every command that prints a report.
func AddReportFlags(f *pflag.FlagSet) {
	f.String("color", "auto", "colour the terminal report: auto, always or never")
}

// callOnly are the flags that decide by which rules a change is judged, or by whose
// word: no variable sets them, which an earlier step of a job could have written.
var callOnly = []string{"policy", "at", "organization-policy", "base-branch", "api-url"}

// Bind makes a private viper instance of the flags and the environment.
func Bind(f *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	if err := v.BindPFlags(f); err != nil {
		return nil, fmt.Errorf("bind flags: %w", err)
	}
	var errs []error
	f.VisitAll(func(fl *pflag.Flag) {
		// GetStringArray would leave out a single empty value.
		if sv, ok := fl.Value.(pflag.SliceValue); ok && len(lines(sv.GetSlice())) < len(sv.GetSlice()) {
			errs = append(errs, usage("--%s is empty: a variable that is not set, perhaps; leave the flag out, or give it a value", fl.Name))
		}
		if !slices.Contains(callOnly, fl.Name) {
			errs = append(errs, v.BindEnv(fl.Name, EnvPrefix+"_"+strings.ToUpper(strings.ReplaceAll(fl.Name, "-", "_"))))
		}
	})
	return v, errors.Join(errs...)
}

// CheckFrom reads and validates the settings of check. All mistakes are told at
// once.
func CheckFrom(v *viper.Viper) (Check, error) {
	c := Check{
		Dir: v.GetString("repo"), Base: v.GetString("base"), Head: v.GetString("head"), Repository: v.GetString("repository"),
		Plans: list(v, "plan"), PlanFiles: list(v, "plan-file"), Manifest: v.GetString("plan-manifest"), Reviews: v.GetString("reviews"), Attested: list(v, "attestation"), PolicyFile: v.GetString("policy"),
		Formats: list(v, "format"), SnapshotOut: v.GetString("snapshot-out"), Color: v.GetString("color"),
	}
	var errs []error
	c.GitHub, errs = gitHubFrom(v)
	c.Branches = list(v, "base-branch")
	switch {
	case v.GetString("pull-request") == "" && c.Base == "":
		errs = append(errs, usage("--base is missing: say what the change is to be merged into, for example --base origin/main"))
	case c.GitHub.Asks() && (c.Base != "" || c.Reviews != ""):
		errs = append(errs, usage("--pull-request brings its own base, head and reviews: leave out --base, --head and --reviews"))
	}
	if c.Head == "" {
		errs = append(errs, usage("--head is empty: leave it out for HEAD, or name a commit"))
	}
	if at := v.GetString("at"); at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			errs = append(errs, usage("--at %q is no RFC 3339 time such as 2026-11-20T12:00:00Z", at))
		}
		c.At = t.UTC()
	}
	if n := len(slices.DeleteFunc(slices.Clone(c.Plans), func(p string) bool { return p != "-" })); n > 1 {
		errs = append(errs, usage("--plan - is given %d times: standard input can be read once", n))
	}
	if c.Reviews == "-" && slices.Contains(c.Plans, "-") {
		errs = append(errs, usage("--plan - and --reviews - both want standard input: put one of them into a file"))
	}
	if slices.Contains(c.Attested, "-") {
		errs = append(errs, usage("--attestation - is standard input, which is not read for attestations: put them into a file"))
	}
	if err := checkColor(c.Color); err != nil {
		errs = append(errs, err)
	}
	if c.Repository != "" && strings.Count(c.Repository, "/") != 1 {
		errs = append(errs, usage("--repository %q is not of the form owner/name", c.Repository))
	}
	return c, errors.Join(errs...)
}

func checkColor(s string) error {
	switch s {
	case "auto", "always", "never":
		return nil
	}
	return usage("--color %q is none of auto, always, never", s)
}

// list reads a repeatable flag. A variable holds one entry per line.
func list(v *viper.Viper, key string) []string {
	var raw []string
	switch x := v.Get(key).(type) {
	case []string:
		raw = x
	case string:
		raw = strings.Split(x, "\n")
	}
	return lines(raw)
}

func lines(raw []string) []string {
	var out []string
	for _, s := range raw {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
