package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/viper"
)

// Action is what a workflow run told the container action.
type Action struct {
	Check     Check
	Branches  []string // globs of branches whose policy decides; the repository's default branch when empty
	FailOn    string   // "refused" or "never"
	Summary   bool     // write the job summary
	Workspace string   // GITHUB_WORKSPACE
	EventName string   // GITHUB_EVENT_NAME
	EventPath string   // GITHUB_EVENT_PATH
	Output    string   // GITHUB_OUTPUT: a file
	StepFile  string   // GITHUB_STEP_SUMMARY: a file
	CheckRun  bool     // write a check run, where the token may
	BaseRef   string   // the base branch, as the event says
	WaitFor   []string // names of check runs of the head that have to end first
	WaitTime  time.Duration
}

// MaxWait is the longest that an action waits for other checks.
const MaxWait = 6 * time.Hour

// Values of the input fail-on.
const (
	FailOnRefused = "refused"
	FailOnNever   = "never"
)

// ActionFrom reads the inputs and variables that the runner sets. Inputs keep
// their hyphens: fail-on arrives as INPUT_FAIL-ON. An input that is not given
// arrives empty, or not at all.
func ActionFrom() (Action, error) {
	v := viper.New()
	for _, name := range []string{"base", "head", "plan", "plan-file", "plan-manifest", "reviews", "attestations", "policy", "repository", "working-directory", "format", "fail-on", "summary", "base-branches", "token", "api-url", "check-run", "wait-for", "wait-timeout", "organization-policy"} {
		upper := strings.ToUpper(name)
		if err := v.BindEnv(name, "INPUT_"+upper, "INPUT_"+strings.ReplaceAll(upper, "-", "_")); err != nil {
			return Action{}, err
		}
	}
	for _, name := range []string{"GITHUB_WORKSPACE", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY"} {
		if err := v.BindEnv(name, name); err != nil {
			return Action{}, err
		}
	}
	v.SetDefault("working-directory", ".")
	v.SetDefault("fail-on", FailOnRefused)
	v.SetDefault("summary", "true")
	v.SetDefault("check-run", "true")
	v.SetDefault("wait-timeout", "10m")
	v.SetDefault("organization-policy", "visible")
	v.SetDefault("repository", v.GetString("GITHUB_REPOSITORY"))

	a := Action{
		Workspace: v.GetString("GITHUB_WORKSPACE"), EventName: v.GetString("GITHUB_EVENT_NAME"), EventPath: v.GetString("GITHUB_EVENT_PATH"),
		Output: v.GetString("GITHUB_OUTPUT"), StepFile: v.GetString("GITHUB_STEP_SUMMARY"), FailOn: v.GetString("fail-on"),
		Branches: list(v, "base-branches"),
		Check: Check{
			Base: v.GetString("base"), Head: v.GetString("head"), Repository: v.GetString("repository"), Plans: list(v, "plan"), PlanFiles: list(v, "plan-file"), Manifest: v.GetString("plan-manifest"),
			Reviews: v.GetString("reviews"), Attested: list(v, "attestations"), PolicyFile: v.GetString("policy"), Formats: list(v, "format"), Color: "never",
		},
	}
	a.WaitFor = list(v, "wait-for")
	a.Check.Branches = a.Branches
	a.Check.GitHub = GitHub{Token: v.GetString("token"), APIURL: v.GetString("api-url"), Organization: v.GetString("organization-policy")}
	var errs []error
	if d, err := time.ParseDuration(v.GetString("wait-timeout")); err != nil || d <= 0 || d > MaxWait {
		errs = append(errs, usage("input wait-timeout is %q: it is a duration such as 10m, at most %s", v.GetString("wait-timeout"), MaxWait))
	} else {
		a.WaitTime = d
	}
	switch s := v.GetString("check-run"); s {
	case "true", "false":
		a.CheckRun = s == "true"
	default:
		errs = append(errs, usage("input check-run is %q: it is true or false", s))
	}
	if !slices.Contains(organizations, a.Check.GitHub.Organization) {
		errs = append(errs, usage("input organization-policy is %q: it is one of %s", a.Check.GitHub.Organization, strings.Join(organizations, ", ")))
	}
	if a.Workspace == "" {
		errs = append(errs, usage("GITHUB_WORKSPACE is not set: this command is the entry of the container action; use claw-verified check elsewhere"))
	}
	if a.FailOn != FailOnRefused && a.FailOn != FailOnNever {
		errs = append(errs, usage("input fail-on is %q: it is refused or never", a.FailOn))
	}
	switch s := v.GetString("summary"); s {
	case "true", "false":
		a.Summary = s == "true"
	default:
		errs = append(errs, usage("input summary is %q: it is true or false", s))
	}
	if dir := v.GetString("working-directory"); filepath.IsLocal(dir) {
		a.Check.Dir = filepath.Join(a.Workspace, dir)
	} else {
		errs = append(errs, usage("input working-directory is %q: it is a folder inside the workspace", dir))
	}
	// One that is given decides; both or neither, so that an event's base is never
	// paired with another head.
	if (a.Check.Base == "") != (a.Check.Head == "") {
		errs = append(errs, usage("inputs base and head go together: give both, or neither to take them from the event"))
	}
	for _, b := range a.Branches {
		if !doublestar.ValidatePattern(b) {
			errs = append(errs, usage("input base-branches: %q is no glob of branch names, such as main or release/*", b))
		}
	}
	for _, p := range slices.Concat([]string{a.Check.Reviews}, a.Check.Plans, a.Check.Attested) {
		if p == "-" {
			errs = append(errs, usage("an input is \"-\": an action has no standard input; name a file"))
		}
	}
	return a, errors.Join(errs...)
}
