package ghapi

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// hub is a server that stands for GitHub's, as far as one test needs it.
type hub struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
	read []string // bodies
}

func newHub(t *testing.T, h http.HandlerFunc) *hub {
	t.Helper()
	out := &hub{}
	out.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		out.mu.Lock()
		out.seen, out.read = append(out.seen, r), append(out.read, string(body))
		out.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(out.Close)
	return out
}

func (h *hub) calls() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen)
}

const testToken = "ghs_notARealToken"

func (h *hub) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{APIURL: h.URL, Token: testToken}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.pause = time.Millisecond
	return c
}

// carrier is a transport without a network.
type carrier func(*http.Request) (*http.Response, error)

func (f carrier) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply makes an answer of a carrier; headers are name, value, name, value.
func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func carried(t *testing.T, f carrier, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Token: testToken, Transport: f}
	for _, g := range change {
		g(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.pause = time.Millisecond
	return c
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func testPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(testKey())})
}

var testRepo = Repository{"acme", "infra"}

func testApp() *App {
	return &App{ID: 12345, Key: testPEM(), Installation: 100, Repository: testRepo, Permissions: map[string]string{"checks": "write", "contents": "read"}}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	app := func(f func(*App)) Config {
		a := testApp()
		f(a)
		return Config{App: a}
	}
	at := func(url string) Config { return Config{Token: testToken, APIURL: url} }
	for _, c := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"nobody", Config{}, "neither a token nor an App"},
		{"both", Config{Token: "x", App: testApp()}, "both a token and an App"},
		{"a token with a line break", Config{Token: "x\r\nHost: evil"}, "no token has"},
		{"a token with a space", Config{Token: "x y"}, "no token has"},
		{"a long token", Config{Token: strings.Repeat("x", 5000)}, "no token has"},
		{"no App id", app(func(a *App) { a.ID = 0 }), "no id"},
		{"no key", app(func(a *App) { a.Key = nil }), "key is empty"},
		{"an empty key", app(func(a *App) { a.Key = []byte(" \n") }), "key is empty"},
		{"no PEM", app(func(a *App) { a.Key = []byte("geheim") }), "no RSA key in PEM"},
		{"installation below zero", app(func(a *App) { a.Installation = -1 }), "below zero"},
		{"no permissions", app(func(a *App) { a.Permissions = nil }), "no permissions"},
		{"unknown permission", app(func(a *App) { a.Permissions = map[string]string{"chekcs": "write"} }), "chekcs"},
		{"admin", app(func(a *App) { a.Permissions = map[string]string{"administration": "admin"} }), "not read or write"},
		{"no repository", app(func(a *App) { a.Repository = Repository{} }), "names no repository"},
		{"a repository that steps out", app(func(a *App) { a.Repository.Owner = ".." }), "names no repository"},
		{"no URL", at("https://a b/%zz"), "not a URL"},
		{"http", at("http://api.github.com"), "only https"},
		{"http to a name that begins like loopback", at("http://127.0.0.1.evil.example"), "only https"},
		{"file", at("file:///etc/passwd"), "names no host"},
		{"no scheme", at("api.github.com"), "names no host"},
		{"opaque", at("https:api.github.com"), "names no host"},
		{"user", at("https://me:geheim@api.github.com"), "user name or password"},
		{"query", at("https://api.github.com?x=1"), "query or a fragment"},
		{"empty query", at("https://api.github.com?"), "query or a fragment"},
		{"fragment", at("https://api.github.com#x"), "query or a fragment"},
		{"dots", at("https://ghe.example/api/../v3"), "not plain"},
		{"the web site", at("https://github.com"), "https://api.github.com"},
		{"bounds", Config{Token: "x", MaxCalls: -1}, "below zero"},
	} {
		_, err := New(c.cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells a secret: %v", c.name, err)
		}
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://api.github.com/", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://ghe.example/api/v3", "https://ghe.example/api/v3", "https://ghe.example/api/graphql"},
		{"https://ghe.example:8443/api/v3/", "https://ghe.example:8443/api/v3", "https://ghe.example:8443/api/graphql"},
		{"https://ghe.example/sub/api/v3", "https://ghe.example/sub/api/v3", "https://ghe.example/sub/api/graphql"},
		{"https://api.acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"},
		{"http://127.0.0.1:4001", "http://127.0.0.1:4001", "http://127.0.0.1:4001/graphql"},
		{"http://[::1]:4001/api/v3", "http://[::1]:4001/api/v3", "http://[::1]:4001/api/graphql"},
		{"http://localhost:1/api/v1", "http://localhost:1/api/v1", "http://localhost:1/api/v1/graphql"},
	} {
		base, graph, err := endpoints(c[0])
		if err != nil || base.String() != c[1] || graph.String() != c[2] {
			t.Errorf("%q: %v, %v, %v", c[0], base, graph, err)
		}
	}
}

// P30: whatever a payload or a pull request names goes into a path, and no path
// leads to another host or out of what was asked for.
func TestP30NothingNamedIsFetchedAsURL(t *testing.T) {
	t.Parallel()
	asked := 0
	c := carried(t, func(r *http.Request) (*http.Response, error) {
		asked++
		t.Errorf("asked for %s", r.URL)
		return reply(200, `{}`), nil
	})
	for _, path := range []string{
		"https://evil.example/x", "//evil.example/x", "@evil.example", "", "repos/acme", "/repos/../user", "/repos/acme/%2e%2e/%2E%2E/user",
		"/repos/./x", "/x?token=1", "/x#y", `/repos\..\user`, "/x%zz", "/a/..",
	} {
		if _, err := c.get(t.Context(), path, nil, nil); err == nil {
			t.Errorf("%q is taken", path)
		}
		if err := c.send(t.Context(), "POST", path, nil, nil); err == nil {
			t.Errorf("%q is written to", path)
		}
		if _, err := c.download(t.Context(), path, 10); err == nil {
			t.Errorf("%q is downloaded", path)
		}
	}
	for _, r := range []Repository{{}, {"acme", ""}, {"..", "x"}, {"acme", ".."}, {"acme/../x", "y"}, {"acme", "x?y"}, {"acme", "x%2f"}, {"äcme", "x"}, {"acme", "a b"}} {
		if _, err := c.CheckRuns(t.Context(), r, a40, "n"); err == nil {
			t.Errorf("%v is taken", r)
		}
		if _, err := c.HeadRuns(t.Context(), r, a40); err == nil {
			t.Errorf("%v is taken", r)
		}
		if _, err := c.RunArtifacts(t.Context(), r, 1, "n"); err == nil {
			t.Errorf("%v is taken", r)
		}
		if _, err := c.DownloadArtifact(t.Context(), r, 1, 1); err == nil {
			t.Errorf("%v is taken", r)
		}
		if _, err := c.WriteCheckRun(t.Context(), r, 0, testUpdate()); err == nil {
			t.Errorf("%v is taken", r)
		}
	}
	for _, sha := range []string{"", "main", "aaaaaaa", a40 + "/../../x", "HEAD"} {
		if _, err := c.CheckRuns(t.Context(), testRepo, sha, "n"); err == nil {
			t.Errorf("%q is a commit", sha)
		}
		if _, err := c.HeadRuns(t.Context(), testRepo, sha); err == nil {
			t.Errorf("%q is a commit", sha)
		}
	}
	if asked != 0 {
		t.Error("something was sent")
	}
}

func TestRequestHasWhatGitHubWants(t *testing.T) {
	t.Parallel()
	h := newHub(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"data":{}}`) })
	c := h.client(t, func(cfg *Config) { cfg.APIURL += "/api/v3" })
	if _, err := c.get(t.Context(), "/repos/acme/infra/compare/a%2Fb...c", nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.graphql(t.Context(), "query{viewer{login}}", nil, nil); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"GET /api/v3/repos/acme/infra/compare/a%2Fb...c", "POST /api/graphql"} {
		r := h.seen[i]
		if got := r.Method + " " + r.RequestURI; got != want {
			t.Errorf("got %s", got)
		}
		if r.Header.Get("Authorization") != "Bearer "+testToken || r.Header.Get("X-GitHub-Api-Version") == "" || !strings.HasPrefix(r.Header.Get("User-Agent"), "claw-verified/") || r.Header.Get("Accept") != "application/vnd.github+json" {
			t.Errorf("%s: headers %v", want, r.Header)
		}
	}
	if h.seen[0].Header.Get("Content-Type") != "" || h.read[0] != "" {
		t.Error("a GET has a body")
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(h.read[1]), &sent); err != nil || sent["variables"] == nil {
		t.Errorf("the query is %s", h.read[1])
	}
}

func ctxDone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
