package ghapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"
)

const (
	maxTokenAnswer = 1 << 20 // bytes; the answer lists repositories
	tokenTime      = 30 * time.Second
)

// credential is what a client acts as: a token, or an installation of an App.
type credential struct {
	static string
	client *Client
	app    App
	scope  *github.InstallationPermissions

	mu           sync.Mutex
	installation int64 // as configured, or as found
	// One pair of transports per installation, and never shared: a refresh writes into
	// the AppsTransport.
	transport *ghinstallation.Transport
	current   string
}

func newCredential(c *Client, cfg Config) (*credential, error) {
	switch {
	case cfg.Token == "" && cfg.App == nil:
		return nil, errors.New("neither a token nor an App is given")
	case cfg.Token != "" && cfg.App != nil:
		return nil, errors.New("both a token and an App are given")
	case cfg.App == nil:
		if !plainToken(cfg.Token) {
			return nil, errors.New("the token holds a space, a line break or something else that no token has")
		}
		return &credential{static: cfg.Token, client: c}, nil
	}
	app := *cfg.App
	app.Key, app.Permissions = bytes.Clone(app.Key), maps.Clone(app.Permissions)
	switch {
	case app.ID <= 0:
		return nil, errors.New("the App has no id")
	case app.Installation < 0:
		return nil, errors.New("the App's installation is below zero")
	case len(bytes.TrimSpace(app.Key)) == 0:
		return nil, errors.New("the App's key is empty")
	case len(app.Permissions) == 0:
		// GitHub takes none for all that the App has.
		return nil, errors.New("no permissions are given to scope the App's tokens to")
	}
	if _, err := repoPath(app.Repository, ""); err != nil {
		return nil, fmt.Errorf("scope the App's tokens: %w", err)
	}
	for _, name := range app.Also {
		if _, err := repoPath(Repository{Owner: app.Repository.Owner, Name: name}, ""); err != nil {
			return nil, fmt.Errorf("scope the App's tokens: %w", err)
		}
	}
	scope, err := permissions(app.Permissions)
	if err != nil {
		return nil, err
	}
	if _, err := ghinstallation.NewAppsTransport(nil, app.ID, app.Key); err != nil {
		return nil, errors.New("the App's key is no RSA key in PEM")
	}
	return &credential{client: c, app: app, scope: scope, installation: app.Installation}, nil
}

// plainToken reports whether a token can go into a header as it is.
func plainToken(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b >= 0x7f {
			return false
		}
	}
	return s != "" && len(s) <= 4096
}

// permissions turns names into go-github's form of them. A name it does not know is
// an error: left out, it would be asked for in vain.
func permissions(names map[string]string) (*github.InstallationPermissions, error) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if v := names[name]; v != "read" && v != "write" {
			return nil, fmt.Errorf("the App's permission %.40q is %.40q, not read or write", name, v)
		}
	}
	text, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("scope the App's tokens: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	p := new(github.InstallationPermissions)
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("scope the App's tokens: %w", err)
	}
	return p, nil
}

// identity is a name for host and credential that tells neither. An App keeps it when
// its token changes.
func (a *credential) identity(base *url.URL) string {
	h := sha256.New()
	put := func(s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }
	put(base.String())
	if a.static != "" {
		put("token")
		put(a.static)
	} else {
		put("app")
		put(strconv.FormatInt(a.app.ID, 10))
		put(strconv.FormatInt(a.app.Installation, 10))
		put(strings.ToLower(a.app.Repository.String()))
		put(string(a.app.Key))
		put(strings.Join(a.app.Also, "/"))
		for _, name := range slices.Sorted(maps.Keys(a.app.Permissions)) {
			put(name)
			put(a.app.Permissions[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// get returns a token that is valid now, as far as can be known without asking.
func (a *credential) get(ctx context.Context) (string, error) {
	if a.static != "" {
		return a.static, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTime)
	defer cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.transport == nil {
		if err := a.connect(ctx); err != nil {
			return "", fmt.Errorf("find the App's installation: %w", err)
		}
	}
	token, err := a.transport.Token(ctx)
	if err != nil {
		a.drop(err)
		var h *ghinstallation.HTTPError
		if errors.As(err, &h) && h.RootCause != nil {
			err = h.RootCause
		}
		return "", fmt.Errorf("get a token of the App's installation: %w", err)
	}
	a.current = token
	return token, nil
}

// connect makes the transport of the installation, after asking which it is.
func (a *credential) connect(ctx context.Context) error {
	if a.installation == 0 {
		id, granted, err := a.find(ctx)
		if err != nil {
			return err
		}
		scope := within(a.app.Permissions, granted)
		if len(scope) == 0 { // GitHub takes none for all that the App has
			return errors.New("the App's installation has none of the permissions that are needed")
		}
		if a.scope, err = permissions(scope); err != nil {
			return err
		}
		a.installation = id
	}
	t, err := ghinstallation.New(tokenTransport{a.client}, a.app.ID, a.installation, a.app.Key)
	if err != nil {
		return errors.New("the App's key is no RSA key in PEM")
	}
	t.BaseURL = a.client.base.String()
	t.InstallationTokenOptions = &github.InstallationTokenOptions{Repositories: append([]string{a.app.Repository.Name}, a.app.Also...), Permissions: a.scope}
	a.transport = t
	return nil
}

// within leaves out what the installation was not granted: GitHub would refuse the whole
// token for it. What it is wanted for is then refused by itself, and named.
func within(wanted, granted map[string]string) map[string]string {
	if granted == nil {
		return wanted // it was not said
	}
	out := map[string]string{}
	for name, level := range wanted {
		switch granted[name] {
		case "read":
			out[name] = "read"
		case "write", "admin":
			out[name] = level
		}
	}
	return out
}

// find asks for the repository's installation, as the App itself, and for what it was
// granted.
func (a *credential) find(ctx context.Context) (id int64, granted map[string]string, err error) {
	path, err := repoPath(a.app.Repository, "/installation")
	if err != nil {
		return 0, nil, err
	}
	u, err := a.client.resolve(path, nil)
	if err != nil {
		return 0, nil, err
	}
	t, err := ghinstallation.NewAppsTransport(tokenTransport{a.client}, a.app.ID, a.app.Key)
	if err != nil {
		return 0, nil, errors.New("the App's key is no RSA key in PEM")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // in memory already, and bounded
	if err != nil {
		return 0, nil, err
	}
	var i struct {
		github.Installation
		Permissions map[string]string `json:"permissions"`
	}
	if err := decode(body, &i); err != nil {
		return 0, nil, fmt.Errorf("GET %s: read the answer: %w", quotePath(path), err)
	}
	if i.GetID() <= 0 || i.AppID != nil && i.GetAppID() != a.app.ID {
		return 0, nil, fmt.Errorf("GET %s: the answer names no installation of App %d", quotePath(path), a.app.ID)
	}
	return i.GetID(), i.Permissions, nil
}

// forget drops a token that GitHub does not take any more, so that the next call
// gets another.
func (a *credential) forget(token string) {
	if a.static != "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if token == a.current {
		a.transport = nil
	}
}

// drop forgets what was found when it does not lead to a token: an App that was
// installed anew has another installation.
func (a *credential) drop(err error) {
	a.transport = nil
	if errors.Is(err, ErrNotFound) {
		a.installation = a.app.Installation
	}
}

// tokenTransport carries what ghinstallation sends. That decodes answers of any
// length, leaves the bodies of refusals open, and takes an answer of null for a
// token, on which it panics. Here every body is read, bounded and closed, a refusal
// becomes a typed error, and a token's answer has to hold one. To ask again is
// harmless: a token more expires as well.
type tokenTransport struct{ client *Client }

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(req.URL.Path, t.client.base.Path)
	_, secret, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	q := &request{kind: kindToken, method: req.Method, path: path, limit: maxTokenAnswer, bare: true, secret: secret}
	if req.Body != nil {
		defer req.Body.Close()
	}
	for try := 0; ; try++ {
		a, err := t.once(req, q, try > 0)
		if err == nil {
			return &http.Response{
				Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
			}, nil
		}
		wait, ok := t.client.again(q.kind, err, try, 0)
		if !ok || try == maxRepeats || sleep(req.Context(), wait) != nil {
			return nil, err
		}
	}
}

func (t tokenTransport) once(req *http.Request, q *request, again bool) (*answer, error) {
	sent := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		sent.Body = body
	}
	if err := t.client.spend(req.Context(), q.kind, again); err != nil {
		return nil, err
	}
	a, err := t.client.exchange(sent, q)
	if err != nil {
		return nil, err
	}
	if a.status/100 != 2 {
		return nil, &StatusError{Status: a.status, Method: q.method, Path: q.path, Message: "an answer that was not expected"}
	}
	if req.Method == http.MethodPost {
		var token struct {
			Token     string    `json:"token"`
			ExpiresAt time.Time `json:"expires_at"`
		}
		if err := decode(a.body, &token); err != nil {
			return nil, q.wrong(errors.New("it holds no token")) // the error could quote the token
		}
		if !plainToken(token.Token) || token.ExpiresAt.IsZero() {
			return nil, q.wrong(errors.New("it holds no token"))
		}
	}
	return a, nil
}
