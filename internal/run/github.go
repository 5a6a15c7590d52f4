package run

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/ghapi"
)

const maxKeyBytes = 64 << 10

// permissions are what a GitHub App's token is scoped down to for judging, as far as the
// App has them. It can write nothing.
var permissions = map[string]string{
	"metadata": "read", "contents": "read", "pull_requests": "read", "checks": "read", "statuses": "read", "actions": "read", "attestations": "read", "members": "read",
}

// gitHubClient makes the client that a check asks GitHub with.
func gitHubClient(c config.Check) (*ghapi.Client, error) {
	g := &c.GitHub
	bad := func(err error) error {
		return &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("GitHub cannot be asked: %v.", err), Remedy: "Mend the settings: docs/github.md lists them.", Err: err}
	}
	o := ghapi.Config{APIURL: g.APIURL, Token: g.Token}
	if g.AppID != 0 {
		key, err := readKey(g.AppKey)
		if err != nil {
			return nil, bad(err)
		}
		o.App = &ghapi.App{ID: g.AppID, Key: key, Repository: repositoryOf(g.Repository), Permissions: permissions}
		if g.Organization == string(collect.OrganizationRequired) {
			o.App.Also = []string{".github"}
		}
	}
	client, err := ghapi.New(o)
	if err != nil {
		return nil, bad(err)
	}
	return client, nil
}

func readKey(name string) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyBytes+1))
	if err == nil && len(b) > maxKeyBytes {
		err = fmt.Errorf("read %q: larger than %d bytes, so it is no key", name, maxKeyBytes)
	}
	return b, err
}

func repositoryOf(name string) ghapi.Repository {
	owner, repo, _ := strings.Cut(name, "/")
	return ghapi.Repository{Owner: owner, Name: repo}
}

// gitHub says what to ask.
func gitHub(c config.Check, client *ghapi.Client) *collect.GitHub {
	return &collect.GitHub{
		Client: client, Repository: repositoryOf(c.GitHub.Repository), Number: c.GitHub.Number, SeenAt: c.HeadSeen, SeenHead: c.Head,
		Organization: collect.OrganizationPolicy(c.GitHub.Organization),
		Decides:      func(branch, defaultBranch string) bool { return branchDecides(c.Branches, branch, defaultBranch) },
	}
}

// branchDecides reports whether the policy of a branch may be used: that of the
// default branch, unless others are named.
func branchDecides(globs []string, branch, defaultBranch string) bool {
	if len(globs) == 0 {
		return defaultBranch != "" && branch == defaultBranch
	}
	for _, g := range globs {
		if ok, err := doublestar.Match(g, branch); ok && err == nil {
			return true
		}
	}
	return false
}

// tellStats says what was asked of GitHub.
func tellStats(w io.Writer, client *ghapi.Client) {
	if w == nil {
		return
	}
	s := client.Stats()
	more := ""
	if s.Downloads > 0 {
		more += fmt.Sprintf(", %d for downloads", s.Downloads)
	}
	if s.Tokens > 0 {
		more += fmt.Sprintf(", %d for the App's token", s.Tokens)
	}
	fmt.Fprintf(w, "GitHub: %s (%d GraphQL, %d REST, %d of them unchanged%s), %d repeated, %d KB, %d points\n", //nolint:errcheck // a line for people
		checks.Plural(s.Calls(), "call", "calls"), s.GraphQL, s.REST, s.NotModified, more, s.Retries, s.Bytes>>10, s.Cost)
}
