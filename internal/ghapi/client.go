package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultAPIURL is the API of github.com.
const DefaultAPIURL = "https://api.github.com"

// DefaultMaxCalls is how many reading calls one evaluation may make. One of a large
// pull request, of 3,000 files, takes less than half of it.
const DefaultMaxCalls = 200

// Config says whom to speak to, and as whom.
type Config struct {
	// APIURL is the base of the API: https://api.github.com unless said, for GitHub
	// Enterprise Server https://HOST/api/v3.
	APIURL string
	Token  string // a token; or
	App    *App   // an installation of a GitHub App
	// Transport carries the requests; nil is a transport of our own with time-outs.
	Transport http.RoundTripper
	Cache     *Cache // of what was read; nil: one that lives as long as the client

	// MaxWait is the longest that one call waits for a limit of calls to pass. Zero:
	// it does not wait, and the [RateLimitError] says when to come again.
	MaxWait time.Duration
	// MaxCalls bounds the reading calls of one evaluation. Zero: [DefaultMaxCalls].
	MaxCalls int
}

// App is a GitHub App and the installation to act as.
type App struct {
	ID           int64
	Key          []byte // PEM
	Installation int64  // 0: that of the repository, which is asked for
	Repository   Repository
	// Also are names of further repositories of the same owner that tokens are for;
	// GitHub refuses a token for one that the installation does not have.
	Also []string
	// Permissions that tokens are scoped down to, by name: "checks": "write".
	Permissions map[string]string
}

// Client speaks to GitHub. It is safe for concurrent use.
type Client struct {
	base      *url.URL // without a slash at the end
	graph     *url.URL
	transport http.RoundTripper
	own       *http.Transport // the transport, if we made it
	auth      *credential
	cache     *Cache
	identity  string // of host and credential: what a cache's keys begin with
	maxWait   time.Duration
	maxCalls  int
	pause     time.Duration // before a call is repeated
	slots     chan struct{}
	life      *Meter // of everything this client asked
	loose     *Meter // of what was asked outside of an evaluation
}

// maxParallel is how many requests are under way at once. GitHub takes 100 of one
// credential, which may be in use elsewhere as well.
const maxParallel = 50

// New makes a client. It refuses a configuration that names nobody to act as, or
// both.
func New(cfg Config) (*Client, error) {
	base, graph, err := endpoints(cfg.APIURL)
	if err != nil {
		return nil, fmt.Errorf("make a GitHub client: %w", err)
	}
	if cfg.MaxWait < 0 || cfg.MaxCalls < 0 {
		return nil, errors.New("make a GitHub client: a bound below zero")
	}
	c := &Client{
		base: base, graph: graph, transport: cfg.Transport, cache: cfg.Cache,
		maxWait: cfg.MaxWait, maxCalls: cfg.MaxCalls, pause: firstPause, slots: make(chan struct{}, maxParallel), life: new(Meter),
	}
	if c.maxCalls == 0 {
		c.maxCalls = DefaultMaxCalls
	}
	c.loose = &Meter{max: c.maxCalls}
	if c.transport == nil {
		c.own = newTransport()
		c.transport = c.own
	}
	if c.cache == nil {
		c.cache = new(Cache)
	}
	if c.auth, err = newCredential(c, cfg); err != nil {
		return nil, fmt.Errorf("make a GitHub client: %w", err)
	}
	c.identity = c.auth.identity(base)
	return c, nil
}

// Close gives idle connections back. A transport that was given is left alone.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  60 * time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    maxParallel,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// endpoints reads the one setting that says where GitHub is.
func endpoints(setting string) (base, graph *url.URL, err error) {
	if setting == "" {
		setting = DefaultAPIURL
	}
	u, err := url.Parse(strings.TrimRight(setting, "/"))
	switch {
	case err != nil:
		// What url.Parse says holds the whole setting, and a password with it.
		return nil, nil, errors.New("the API's address is not a URL")
	case u.User != nil:
		return nil, nil, errors.New("the API's address holds a user name or password: give a token instead")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(setting, "#"):
		return nil, nil, errors.New("the API's address holds a query or a fragment")
	case u.Opaque != "" || u.Hostname() == "":
		return nil, nil, errors.New("the API's address names no host")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, nil, fmt.Errorf("the API's address begins with %.20q: only https is spoken", u.Scheme+"://")
	case u.Hostname() == "github.com" || u.Hostname() == "www.github.com":
		return nil, nil, errors.New("the API of github.com is at " + DefaultAPIURL)
	case u.RawPath != "" || strings.Contains(u.Path, "//") || dotted(u.Path):
		return nil, nil, errors.New("the API's address has a path that is not plain")
	}
	g := *u
	g.Path += "/graphql"
	if rest, ok := strings.CutSuffix(u.Path, "/api/v3"); ok {
		g.Path = rest + "/api/graphql"
	}
	return u, &g, nil
}

// loopback reports whether a host is this machine, where a test's server is.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// dotted reports whether a path has a part that steps elsewhere.
func dotted(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if p, err := url.PathUnescape(part); err != nil || p == "." || p == ".." {
			return true
		}
	}
	return false
}

// resolve makes the address of a path below the API's base. A caller escapes what it
// puts into a path; a name that steps out of it all the same is refused here.
func (c *Client) resolve(path string, query url.Values) (*url.URL, error) {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "?#\\") || dotted(path) {
		return nil, fmt.Errorf("%.200q is no path of the API", path)
	}
	u, err := url.Parse(c.base.String() + path)
	if err != nil || u.Host != c.base.Host || u.Scheme != c.base.Scheme || u.User != nil {
		return nil, fmt.Errorf("%.200q is no path of the API", path)
	}
	u.RawQuery = query.Encode()
	return u, nil
}

// repoPath makes the path of a repository. What names none is refused: an owner of
// "../../user" would be another call.
func repoPath(r Repository, rest string) (string, error) {
	for _, s := range []string{r.Owner, r.Name} {
		if !plainName(s) {
			return "", fmt.Errorf("%.80q/%.80q names no repository", r.Owner, r.Name)
		}
	}
	return "/repos/" + r.Owner + "/" + r.Name + rest, nil
}

// plainName reports whether s is written as GitHub writes owners and repositories.
func plainName(s string) bool {
	if s == "" || len(s) > 100 || s == "." || s == ".." {
		return false
	}
	for _, b := range []byte(s) {
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	return true
}

// Stats returns what was asked until now.
func (c *Client) Stats() Stats { return c.life.Stats() }

// measure is where a call is counted beside the client's life.
func (c *Client) measure(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return m
	}
	return c.loose
}
