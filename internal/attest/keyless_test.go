package attest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tilespb "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

func TestKeyless(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	first := g.Commit("first", "a", "1")
	g.Commit("second", "a", "2")
	head := g.Commit("third", "a", "3")
	sig, private := sigstoretest.New(t, time.Now()), sigstoretest.New(t, time.Now(), sigstoretest.Private())
	services, privately := sig.Serve(t, sigstoretest.Workflow("acme/shop", head)), private.Serve(t, sigstoretest.Workflow("acme/shop", head), sigstoretest.Timestamped())
	p := &policy.Policy{Agents: []policy.Agent{{ID: "claude-code", Identities: []policy.Identity{{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}}}}}
	for name, in := range map[string]Instance{
		"log":                     {Fulcio: services.Fulcio, Rekor: services.Rekor, Root: sig.Root()},
		"log and authority":       {Fulcio: services.Fulcio + "/", Rekor: services.Rekor, TSA: services.TSA, Root: sig.Root()},
		"log of version 2":        {Fulcio: services.Fulcio, Rekor: services.Rekor, Tiles: true, TSA: services.TSA, Root: sig.Root()},
		"authority without a log": {Fulcio: privately.Fulcio, TSA: privately.TSA, Root: private.Root()},
	} {
		s, err := WithToken(in, services.Token)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		o := options(g)
		o.Which, o.To, o.Out = Which{Range: first + "..HEAD"}, "-", &out
		made, err := Make(t.Context(), o, s)
		if err != nil || len(made.Results) != 2 {
			t.Errorf("%s: %+v, %v", name, made, err)
			continue
		}
		if s.String() != sigstoretest.Signer {
			t.Errorf("%s: signed by %s", name, s)
		}
		for i, l := range bundles(out.String()) {
			// The side that reads accepts it, by the policy, for its own commit alone.
			read, err := attestation.NewVerifier(p, nil, []*trust.Root{in.Root}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Body: checks.Bytes(l)})
			if len(items) != 1 {
				t.Fatalf("%s: %d items", name, len(items))
			}
			v, err := read.Verify(items[0])
			if err != nil || v.Agent != "claude-code" || v.Proof != attestation.ProofKeyless || items[0].Digest != made.Results[i].Digest {
				t.Errorf("%s: agent %q, proof %q, digest %s, %v", name, v.Agent, v.Proof, items[0].Digest, err)
				continue
			}
			for j, r := range made.Results {
				if err := attestation.Bind(&v, facts(t, g, r.Commit)); (err == nil) != (i == j) {
					t.Errorf("%s: bundle %d, commit %d: %v", name, i, j, err)
				}
			}
			if n := strings.Count(l, "tlogEntries"); (n == 1) != (in.Rekor != "") {
				t.Errorf("%s: %d log entries", name, n)
			}
		}
	}
}

// facts are a commit as the reader knows it.
func facts(t *testing.T, g *gittest.Repo, id string) attestation.Commit {
	t.Helper()
	repo, err := gitrepo.Open(t.Context(), g.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	c, err := repo.Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := describe(t.Context(), repo, c, "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What a service makes is not believed: it must verify with the root.
func TestKeylessIsVerified(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	head := g.Commit("first", "a", "1")
	sig, other := sigstoretest.New(t, time.Now()), sigstoretest.New(t, time.Now())
	for name, o := range map[string]sigstoretest.Option{
		"no SCT": sigstoretest.WithoutSCT(), "foreign certificate": sigstoretest.CertifiedBy(other), "foreign checkpoint": sigstoretest.ForeignCheckpoint(),
		"foreign SET": sigstoretest.ForeignSET(), "old certificate": sigstoretest.IssuedAt(time.Now().Add(-time.Hour)),
	} {
		services := sig.Serve(t, sigstoretest.Workflow("acme/shop", head), o)
		s, err := WithToken(Instance{Fulcio: services.Fulcio, Rekor: services.Rekor, Root: sig.Root()}, services.Token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Make(t.Context(), options(g), s); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	// A log of version 2 that is not the root's.
	tiled := sig.Serve(t, sigstoretest.Workflow("acme/shop", head), sigstoretest.ForeignCheckpoint())
	v2, err := WithToken(Instance{Fulcio: tiled.Fulcio, Rekor: tiled.Rekor, Tiles: true, TSA: tiled.TSA, Root: sig.Root()}, tiled.Token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Make(t.Context(), options(g), v2)
	wantProblem(t, err, "does not verify")
	// An instance that has a log, and nothing logged: a reader would refuse it.
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", head))
	s, err := WithToken(Instance{Fulcio: services.Fulcio, TSA: services.TSA, Root: sig.Root()}, services.Token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Make(t.Context(), options(g), s)
	wantProblem(t, err, "does not verify")
	if notes := g.Git("for-each-ref", NotesRef); notes != "" {
		t.Errorf("something was kept: %s", notes)
	}
}

func TestKeylessFails(t *testing.T) {
	t.Parallel()
	sig := sigstoretest.New(t, time.Now())
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", strings.Repeat("ab", 20)))
	good := Instance{Fulcio: services.Fulcio, Rekor: services.Rekor, Root: sig.Root()}
	for words, change := range map[string]func(*Instance){
		"is not https":       func(in *Instance) { in.Fulcio = "http://fulcio.example" },
		"is no address":      func(in *Instance) { in.Rekor = "rekor" },
		"user or a password": func(in *Instance) { in.TSA = "https://a:b@tsa.example" },
		"no trusted root":    func(in *Instance) { in.Root = nil },
		"Nobody would say":   func(in *Instance) { in.Rekor = "" },
		"Version 2 of Rekor": func(in *Instance) { in.Tiles = true },
	} {
		in := good
		change(&in)
		_, err := WithToken(in, services.Token)
		wantProblem(t, err, words)
	}
	// A log that sends on to another host is not followed there, be it an honest one.
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, services.Rekor+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer away.Close()
	for _, tiles := range []bool{false, true} {
		s, err := WithToken(Instance{Fulcio: services.Fulcio, Rekor: away.URL, Tiles: tiles, TSA: services.TSA, Root: sig.Root()}, services.Token)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Sign(t.Context(), []byte("{}"))
		wantProblem(t, err, "Could not sign without a key")
	}
	services.Fail(sigstoretest.CallFulcio, http.StatusForbidden)
	s, err := WithToken(good, services.Token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Sign(t.Context(), []byte("{}"))
	wantProblem(t, err, "Could not sign without a key")
}

// A service that tells back what it was sent does not make us show it.
func TestTokensAreNotShown(t *testing.T) {
	t.Parallel()
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x","aud":"sigstore"}`))
	token := "aaaaaaaaaaaaaaaaaaaaaaaa." + claims + ".ssssssssssssssssssssssss"
	sig := sigstoretest.New(t, time.Now())
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, r.Header)
	}))
	defer echo.Close()
	s, err := WithToken(Instance{Fulcio: echo.URL, Rekor: echo.URL, Root: sig.Root()}, token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Sign(t.Context(), []byte("{}"))
	wantProblem(t, err, "[token]")
	if strings.Contains(err.Error(), "ssssss") || strings.Contains(err.Error(), claims) {
		t.Errorf("the token is in %v", err)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	sig := sigstoretest.New(t, time.Now())
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", strings.Repeat("ab", 20)))
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(services.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, get := range map[string]func() (string, error){
		"file":     func() (string, error) { return Token(t.Context(), file, none) },
		"variable": func() (string, error) { return Token(t.Context(), "", env(TokenVariable, services.Token)) },
		"workflow": func() (string, error) {
			return Token(t.Context(), "", env(requestURL, services.TokenURL, requestToken, services.TokenSecret))
		},
	} {
		token, err := get()
		if err != nil || strings.Count(token, ".") != 2 || strings.TrimSpace(token) != token {
			t.Errorf("%s: %v", name, err)
		}
	}
	expired := base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1}`))
	for words, e := range map[string]func(string) string{
		"no identity token":          none,
		"The identity token is none": env(TokenVariable, "x"),
		"cannot be read":             env(TokenVariable, "a.!.c"),
		"has expired":                env(TokenVariable, "a."+expired+".c"),
		"GitHub gave":                env(requestURL, services.TokenURL, requestToken, "wrong-secret-wrong"),
		"is not an https address":    env(requestURL, "http://192.0.2.1/token", requestToken, "x"),
	} {
		_, err := Token(t.Context(), "", e)
		wantProblem(t, err, words)
		if strings.Contains(err.Error(), "wrong-secret") || strings.Contains(err.Error(), services.TokenURL) {
			t.Errorf("a secret is in %v", err)
		}
	}
}

// The client of version 2 of Rekor goes to one host, tries again, reads no more than an
// answer has, and says what it was answered.
func TestTiles(t *testing.T) {
	t.Parallel()
	var away, calls atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { away.Add(1) }))
	defer other.Close()
	for words, serve := range map[string]http.HandlerFunc{
		"sends on to another address": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
		"more than 1048576 bytes": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write(make([]byte, maxResponse+1))
		},
		"503 Service Unavailable": func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"sign again":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) },
		`"no such tree`: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such tree", http.StatusBadRequest) },
		"read answer":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
	} {
		server := httptest.NewServer(serve)
		u, err := url.Parse(server.URL + "/base/")
		if err != nil {
			t.Fatal(err)
		}
		c := newTiles(u)
		c.client.Transport.(*wire).wait = time.Millisecond
		if want := server.URL + "/base/api/v2/log/entries"; c.address != want {
			t.Errorf("the address is %s, want %s", c.address, want)
		}
		if _, err = c.Add(t.Context(), &tilespb.HashedRekordRequestV002{}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error is %v, want %q", err, words)
		}
		if _, err = c.Add(t.Context(), "x"); err == nil {
			t.Error("an unknown entry was sent")
		}
		server.Close()
	}
	if away.Load() != 0 || calls.Load() != maxTries {
		t.Errorf("%d calls elsewhere, %d tries", away.Load(), calls.Load())
	}
}

// A request with a token goes to one host, and its answer is bounded.
func TestWire(t *testing.T) {
	t.Parallel()
	var leaked, calls atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/long":
			_, _ = w.Write(make([]byte, maxResponse+1))
		case "/flaky":
			if calls.Add(1) < maxTries {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(u)
	w.wait = time.Millisecond
	client := http.Client{Transport: w}
	post := func(path string) (int, error) {
		res, err := client.Post(server.URL+path, "text/plain", strings.NewReader("secret"))
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		_, err = new(bytes.Buffer).ReadFrom(res.Body)
		return res.StatusCode, err
	}
	if _, err := post("/away"); err == nil || leaked.Load() > 0 {
		t.Errorf("followed: %v", err)
	}
	if _, err := post("/long"); err == nil {
		t.Error("a long answer was read")
	}
	if code, err := post("/flaky"); code != http.StatusOK || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	if code, err := post("/down"); code != http.StatusServiceUnavailable || err != nil {
		t.Errorf("%d, %v", code, err)
	}
}

func TestSigningConfig(t *testing.T) {
	t.Parallel()
	sig := sigstoretest.New(t, time.Now())
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", strings.Repeat("ab", 20)))
	path := filepath.Join(t.TempDir(), "signing_config.json")
	if err := os.WriteFile(path, services.SigningConfig(time.Now().Add(-time.Hour), true), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := ReadSigningConfig(path, time.Now())
	if err != nil || in.Fulcio != services.Fulcio || in.Rekor != services.Rekor || in.TSA != services.TSA || in.Tiles {
		t.Errorf("%+v, %v", in, err)
	}
	_, err = ReadSigningConfig(path, time.Now().Add(-2*time.Hour)) // before any is in use
	wantProblem(t, err, "is not understood")
	root := sig.WriteRoot(t.TempDir())
	if _, err := ReadRoot(root); err != nil {
		t.Error(err)
	}
	_, err = ReadRoot(path)
	wantProblem(t, err, "trusted root")
}
