package ghapi

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// isApp shows that a request is signed by the App's key.
func isApp(r *http.Request) error {
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 {
		return errors.New("no JWT")
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&testKey().PublicKey, crypto.SHA256, sum[:], sig); err != nil {
		return err
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var claims struct {
		Iss      string
		Iat, Exp int64
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return err
	}
	if claims.Iss != "12345" || claims.Exp <= time.Now().Unix() || claims.Exp-claims.Iat > 600 {
		return fmt.Errorf("claims %s", text)
	}
	return nil
}

// appHub is a server with an App. Its tokens are tok1, tok2, …
func appHub(t *testing.T, tokens *atomic.Int64, rest http.HandlerFunc) *hub {
	return newHub(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "GET /api/v3/repos/acme/infra/installation":
			if err := isApp(r); err != nil {
				http.Error(w, `{"message":"bad JWT"}`, http.StatusUnauthorized)
				return
			}
			io.WriteString(w, `{"id":100,"app_id":12345}`)
		case "POST /api/v3/app/installations/100/access_tokens":
			if err := isApp(r); err != nil {
				http.Error(w, `{"message":"bad JWT"}`, http.StatusUnauthorized)
				return
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"token":"tok%d","expires_at":%q}`, tokens.Add(1), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		default:
			rest(w, r)
		}
	})
}

func TestAppAsksForItsInstallationAndAScopedToken(t *testing.T) {
	t.Parallel()
	var tokens atomic.Int64
	h := appHub(t, &tokens, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{}`)
	})
	c := h.client(t, func(cfg *Config) {
		cfg.APIURL += "/api/v3/"
		cfg.Token, cfg.App = "", testApp()
		cfg.App.Installation = 0
	})
	for range 3 {
		if _, err := c.get(t.Context(), "/rate_limit", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range h.seen {
		got = append(got, r.Method+" "+r.URL.Path)
	}
	want := []string{"GET /api/v3/repos/acme/infra/installation", "POST /api/v3/app/installations/100/access_tokens", "GET /api/v3/rate_limit", "GET /api/v3/rate_limit", "GET /api/v3/rate_limit"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(`{"repositories":["infra"],"permissions":{"checks":"write","contents":"read"}}`, strings.TrimSpace(h.read[1])); d != "" {
		t.Errorf("the token is not scoped down: %s", d)
	}
	if s := c.Stats(); s.Tokens != 2 || s.REST != 3 || s.Calls() != 5 {
		t.Errorf("stats %+v", s)
	}
}

func TestAppGetsANewTokenWhenItsOwnIsRefused(t *testing.T) {
	t.Parallel()
	var tokens atomic.Int64
	h := appHub(t, &tokens, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer tok1" {
			http.Error(w, `{"message":"Bad credentials tok1"}`, http.StatusUnauthorized)
			return
		}
		io.WriteString(w, `{}`)
	})
	c := h.client(t, func(cfg *Config) { cfg.APIURL += "/api/v3"; cfg.Token, cfg.App = "", testApp() })
	_, err := c.get(t.Context(), "/x", nil, nil)
	if !errors.Is(err, ErrUnauthorized) || strings.Contains(err.Error(), "tok1") {
		t.Errorf("got %v", err)
	}
	if _, err := c.get(t.Context(), "/x", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestTokenAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	good := `"expires_at":"2099-01-01T00:00:00Z"`
	for name, c := range map[string]struct {
		status int
		body   string
		is     error
	}{
		"null":             {201, `null`, nil}, // ghinstallation alone panics on it
		"empty":            {201, ``, nil},
		"cut":              {201, `{"token":"geheim","expires`, nil},
		"no token":         {201, `{` + good + `}`, nil},
		"no expiry":        {201, `{"token":"geheim"}`, nil},
		"a list":           {201, `["geheim"]`, nil},
		"a header in it":   {201, `{"token":"geheim\r\nX: y",` + good + `}`, nil},
		"trailing":         {201, `{"token":"geheim",` + good + `}{}`, nil},
		"wrong field type": {201, `{"token":"geheim","permissions":7,` + good + `}`, nil},
		"too long":         {201, `{"token":"` + strings.Repeat("x", maxTokenAnswer) + `"}`, ErrTooLarge},
		"not found":        {404, `{"message":"Not Found"}`, ErrNotFound},
		"suspended":        {403, `{"message":"This installation has been suspended"}`, ErrForbidden},
		"bad key":          {401, `{"message":"A JSON web token could not be decoded"}`, ErrUnauthorized},
		"elsewhere":        {302, ``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/access_tokens") {
					t.Errorf("asked for %s without a token", r.URL)
				}
				if c.status == http.StatusFound {
					w.Header().Set("Location", "http://127.0.0.1:1/steal")
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			cl := h.client(t, func(cfg *Config) { cfg.Token, cfg.App = "", testApp() })
			_, err := cl.get(t.Context(), "/x", nil, nil)
			if err == nil || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "eyJ") {
				t.Fatalf("got %v", err)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v", err)
			}
			if err := cl.send(t.Context(), "POST", "/x", nil, nil); err == nil || errors.Is(err, ErrLost) {
				t.Errorf("a write that was never sent: %v", err)
			}
		})
	}
}

func TestTokenEndpointLimited(t *testing.T) {
	t.Parallel()
	h := newHub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := h.client(t, func(cfg *Config) { cfg.Token, cfg.App = "", testApp() })
	_, err := c.get(t.Context(), "/x", nil, nil)
	var limit *RateLimitError
	if !errors.As(err, &limit) || limit.RetryAfter != 7*time.Second {
		t.Errorf("got %v", err)
	}
	if h.calls() != 1 {
		t.Errorf("%d calls", h.calls())
	}
}

// An AppsTransport that two installations share is written by both.
func TestInstallationsShareNothing(t *testing.T) {
	t.Parallel()
	shared := NewCache(0)
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
			// Expired: each call asks for another one.
			fmt.Fprintf(w, `{"token":"t","expires_at":"2001-01-01T00:00:00Z"}`)
			return
		}
		io.WriteString(w, `{}`)
	})
	var wg sync.WaitGroup
	for i := range 8 {
		c := h.client(t, func(cfg *Config) {
			cfg.Token, cfg.App, cfg.Cache = "", testApp(), shared
			cfg.App.Installation = int64(i + 1)
		})
		for range 4 {
			wg.Go(func() {
				if _, err := c.get(t.Context(), "/x", nil, nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, cfg := range map[string]Config{
		"token a":          {Token: "a"},
		"token b":          {Token: "b"},
		"token a at GHES":  {Token: "a", APIURL: "https://ghe.example/api/v3"},
		"app":              {App: testApp()},
		"app, other id":    {App: func() *App { a := testApp(); a.ID++; return a }()},
		"app, other inst":  {App: func() *App { a := testApp(); a.Installation++; return a }()},
		"app, other repo":  {App: func() *App { a := testApp(); a.Repository.Name = "other"; return a }()},
		"app, other right": {App: func() *App { a := testApp(); a.Permissions = map[string]string{"contents": "read"}; return a }()},
	} {
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[c.identity]; ok {
			t.Errorf("%s has the identity of %s", name, other)
		}
		if strings.Contains(c.identity, "a\x00") || len(c.identity) != 64 {
			t.Errorf("identity %q", c.identity)
		}
		seen[c.identity] = name
	}
}
