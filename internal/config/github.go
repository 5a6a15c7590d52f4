package config

import (
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// GitHub says whom to ask about a pull request, and as whom. Its zero value asks
// nobody.
type GitHub struct {
	Repository   string // owner/name
	Number       int64  // of the pull request; 0 for a range of commits
	APIURL       string // empty for github.com
	Token        string // secret
	AppID        int64  // of a GitHub App, with AppKey in place of a token
	AppKey       string // a file with the App's private key
	Organization string // "visible", "required" or "ignored"
	Clone        bool   // commits and files come from the clone in Check.Dir
}

// Asks reports whether GitHub is to be asked.
func (g *GitHub) Asks() bool { return g.Repository != "" }

const (
	repositoryForm = `([A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100})`
	numberForm     = `([1-9][0-9]{0,9})`
)

var (
	rePullRequest = regexp.MustCompile(`^` + repositoryForm + `#` + numberForm + `$`)
	rePullPath    = regexp.MustCompile(`^/` + repositoryForm + `/pull/` + numberForm + `(/.*)?$`) // also of its tabs, such as files
)

// organizations are the values of organization-policy.
var organizations = []string{"visible", "required", "ignored"}

// AddGitHubFlags declares how GitHub is asked.
func AddGitHubFlags(f *pflag.FlagSet) {
	f.String("pull-request", "", "judge this pull request, owner/name#7 or its URL, by GitHub's API alone: no clone is needed. The token is GITHUB_TOKEN or GH_TOKEN")
	f.String("api-url", "", "base of GitHub's API, for Enterprise Server https://HOST/api/v3 (default https://api.github.com)")
	f.String("app-id", "", "ask as this GitHub App and not with a token; needs --app-key")
	f.String("app-key", "", "file with the private key of the GitHub App")
	f.String("organization-policy", "visible", "the policy in the organisation's .github repository: it counts where the token can see it (visible), must be there (required), or is ignored")
	f.Bool("stats", false, "print to standard error how many calls of GitHub's API were made")
}

// gitHubFrom reads the settings of AddGitHubFlags. Secrets come from the environment
// alone: a command line is for everybody on the machine to read.
func gitHubFrom(v *viper.Viper) (g GitHub, errs []error) {
	g = GitHub{APIURL: v.GetString("api-url"), AppKey: v.GetString("app-key"), Organization: v.GetString("organization-policy")}
	if s := v.GetString("app-id"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			errs = append(errs, usage("--app-id %q is no number", s))
		}
		g.AppID = n
	}
	if (g.AppID != 0) != (g.AppKey != "") {
		errs = append(errs, usage("--app-id and --app-key go together"))
	}
	switch g.Organization {
	case "visible", "required", "ignored":
	default:
		errs = append(errs, usage("--organization-policy %q is none of %s", g.Organization, strings.Join(organizations, ", ")))
	}
	s := v.GetString("pull-request")
	if s == "" {
		// Said without a pull request they would be ignored, and look as if they held.
		for _, f := range []struct {
			name  string
			given bool
		}{
			{"organization-policy", g.Organization != "visible"}, {"app-id", g.AppID != 0}, {"api-url", g.APIURL != ""}, {"base-branch", len(list(v, "base-branch")) > 0},
		} {
			if f.given {
				errs = append(errs, usage("--%s is for --pull-request: in a clone GitHub is not asked", f.name))
			}
		}
		return g, errs
	}
	var err error
	if g.Repository, g.Number, err = pullRequestFrom(s, g.APIURL); err != nil {
		return g, append(errs, err)
	}
	if g.AppID == 0 {
		if g.Token = os.Getenv("GITHUB_TOKEN"); g.Token == "" {
			g.Token = os.Getenv("GH_TOKEN")
		}
		if g.Token == "" {
			errs = append(errs, usage("--pull-request asks GitHub, and there is no token: set GITHUB_TOKEN, or give --app-id and --app-key"))
		}
	}
	return g, errs
}

// pullRequestFrom reads owner/name#7, or the address of the pull request's page. That
// has to be on the server that is asked: nothing is ever fetched from it.
func pullRequestFrom(s, apiURL string) (repository string, number int64, err error) {
	m := rePullRequest.FindStringSubmatch(s)
	if u, err := url.Parse(s); m == nil && err == nil && u.Host != "" {
		scheme, host := webServer(apiURL)
		if u.Scheme != scheme || !strings.EqualFold(u.Host, host) || u.User != nil {
			return "", 0, usage("--pull-request %q is not on %s://%s, which is asked: --api-url names another server", s, scheme, host)
		}
		m = rePullPath.FindStringSubmatch(u.Path)
	}
	if m == nil {
		return "", 0, usage("--pull-request %q is neither of the form owner/name#7 nor the URL of a pull request", s)
	}
	number, _ = strconv.ParseInt(m[2], 10, 64) // ten digits
	return m[1], number, nil
}

// webServer is where people look at what an API serves: github.com has it at
// api.github.com, GHE.com at api.NAME.ghe.com, Enterprise Server below /api/v3.
func webServer(apiURL string) (scheme, host string) {
	if apiURL == "" {
		return "https", "github.com"
	}
	u, err := url.Parse(apiURL)
	if err != nil {
		return "https", ""
	}
	host = strings.ToLower(u.Host)
	if host == "api.github.com" || strings.HasSuffix(host, ".ghe.com") {
		host = strings.TrimPrefix(host, "api.")
	}
	return u.Scheme, host
}
