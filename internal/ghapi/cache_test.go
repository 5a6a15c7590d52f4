package ghapi

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	version := "1"
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		// The tag depends on the credential, as GitHub's does.
		tag := fmt.Sprintf(`W/"%s-%s"`, version, r.Header.Get("Authorization"))
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		if r.URL.Query().Get("page") == "" {
			w.Header().Set("Link", `<http://evil.example/x?page=2>; rel="next"`)
		}
		fmt.Fprintf(w, `{"v":%q}`, version+r.URL.RawQuery)
	})
	shared := new(Cache)
	with := func(token string) *Client {
		return h.client(t, func(cfg *Config) { cfg.Cache, cfg.Token = shared, token })
	}
	a, b := with("a"), with("b")
	read := func(c *Client, q url.Values, want string, next string) {
		t.Helper()
		var out struct{ V string }
		r, err := c.get(t.Context(), "/x", q, &out)
		if err != nil || out.V != want || r.Next != next {
			t.Errorf("%+v, %+v, %v", out, r, err)
		}
	}
	read(a, nil, "1", "2")
	read(a, nil, "1", "2") // 304: the page that follows is remembered as well
	read(a, url.Values{"page": {"2"}}, "1page=2", "")
	if s := a.Stats(); s.NotModified != 1 || s.REST != 3 {
		t.Errorf("stats %+v", s)
	}
	read(b, nil, "1", "2")
	if s := b.Stats(); s.NotModified != 0 {
		t.Errorf("another credential is given what was not shown to it: %+v", s)
	}
	if got := h.seen[3].Header.Get("If-None-Match"); got != "" {
		t.Errorf("another credential asks with the tag %q", got)
	}
	version = "2"
	read(a, nil, "2", "2")
	read(a, nil, "2", "2")
	if s := a.Stats(); s.NotModified != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestWhatCannotBeReadIsNotRemembered(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"v":`, `null`, `{"v":7}`, ``} {
		n := 0
		cl := carried(t, func(r *http.Request) (*http.Response, error) {
			n++
			if tag := r.Header.Get("If-None-Match"); tag != "" {
				t.Errorf("%q: asked with %s", body, tag)
			}
			return reply(200, body, "ETag", `"x"`), nil
		})
		var out struct{ V string }
		for range 2 {
			if _, err := cl.get(t.Context(), "/x", nil, &out); err == nil {
				t.Errorf("%q is taken", body)
			}
		}
	}
	// A refusal is not remembered either, whatever tag it has.
	status := 404
	cl := carried(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") != "" {
			t.Error("asked with a condition")
		}
		return reply(status, `{}`, "ETag", `"x"`), nil
	})
	cl.get(t.Context(), "/x", nil, nil)
	status = 200
	if _, err := cl.get(t.Context(), "/x", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestObjectsAreKeptUnderWhoReadThemAndWhere(t *testing.T) {
	t.Parallel()
	shared := new(Cache)
	client := func(change func(*Config)) *Client {
		return carried(t, nil, func(cfg *Config) { cfg.Cache = shared; change(cfg) })
	}
	a := client(func(*Config) {})
	data := []byte("content")
	a.keep(testRepo, "blob", a40, data)
	data[0] = 'X'
	if got, ok := a.object(Repository{"Acme", "INFRA"}, "blob", a40); !ok || string(got) != "content" {
		t.Errorf("got %q, %v", got, ok)
	} else {
		got[0] = 'Y'
	}
	if got, _ := a.object(testRepo, "blob", a40); string(got) != "content" {
		t.Errorf("a caller changed it: %q", got)
	}
	for name, found := range map[string]func() bool{
		"another repository": func() bool { _, ok := a.object(Repository{"acme", "public-fork"}, "blob", a40); return ok },
		"another owner":      func() bool { _, ok := a.object(Repository{"evil", "infra"}, "blob", a40); return ok },
		"another type":       func() bool { _, ok := a.object(testRepo, "tree", a40); return ok },
		"another id":         func() bool { _, ok := a.object(testRepo, "blob", b40); return ok },
		"another credential": func() bool {
			_, ok := client(func(cfg *Config) { cfg.Token = "other" }).object(testRepo, "blob", a40)
			return ok
		},
		"another host": func() bool {
			_, ok := client(func(cfg *Config) { cfg.APIURL = "https://ghe.example/api/v3" }).object(testRepo, "blob", a40)
			return ok
		},
		"an App": func() bool {
			_, ok := client(func(cfg *Config) { cfg.Token, cfg.App = "", testApp() }).object(testRepo, "blob", a40)
			return ok
		},
	} {
		if found() {
			t.Errorf("%s is given it", name)
		}
	}
	a.keep(testRepo, "blob", b40, nil)
	if got, ok := a.object(testRepo, "blob", b40); !ok || len(got) != 0 {
		t.Errorf("an empty object: %q, %v", got, ok)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	c := carried(t, nil, func(cfg *Config) { cfg.Cache = NewCache(limit) })
	id := func(i int) string { return fmt.Sprintf("%040x", i) }
	big := make([]byte, 10_000)
	for i := range 50 {
		c.keep(testRepo, "blob", id(i), big)
		c.object(testRepo, "blob", id(0)) // in use
	}
	if _, ok := c.object(testRepo, "blob", id(0)); !ok {
		t.Error("what is in use was dropped")
	}
	if _, ok := c.object(testRepo, "blob", id(1)); ok {
		t.Error("what was not used longest was not dropped")
	}
	if _, ok := c.object(testRepo, "blob", id(49)); !ok {
		t.Error("the newest was dropped")
	}
	c.keep(testRepo, "blob", id(99), make([]byte, limit/2))
	if _, ok := c.object(testRepo, "blob", id(99)); ok {
		t.Error("one object may take half of all")
	}
	for i := range 10_000 {
		c.keep(testRepo, "blob", id(i), nil)
	}
	if n := len(c.cache.items); n > limit/itemCost || n != c.cache.order.Len() || c.cache.size > limit {
		t.Errorf("%d items of %d bytes", n, c.cache.size)
	}
	// Keeping again replaces.
	before := c.cache.size
	c.keep(testRepo, "blob", id(9_999), nil)
	if c.cache.size != before {
		t.Error("one object counts twice")
	}
	none := carried(t, nil, func(cfg *Config) { cfg.Cache = NewCache(0) })
	none.keep(testRepo, "blob", a40, nil)
	if _, ok := none.object(testRepo, "blob", a40); ok {
		t.Error("a cache of nothing keeps something")
	}
}

func TestAnAnswerIsServedThoughItsEntryIsGone(t *testing.T) {
	t.Parallel()
	var c *Client
	c = carried(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") == "" {
			return reply(200, `{"v":1}`, "ETag", `"x"`), nil
		}
		c.cache.mu.Lock()
		c.cache.items, c.cache.size = nil, 0
		c.cache.order.Init()
		c.cache.mu.Unlock()
		return reply(304, ``), nil
	})
	for range 2 {
		var out struct{ V int }
		if _, err := c.get(t.Context(), "/x", nil, &out); err != nil || out.V != 1 {
			t.Errorf("%v, %v", out, err)
		}
	}
}

func TestCacheInParallel(t *testing.T) {
	t.Parallel()
	c := carried(t, nil, func(cfg *Config) { cfg.Cache = NewCache(20_000) })
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				id := fmt.Sprintf("%040x", (i*7+g)%100)
				if got, ok := c.object(testRepo, "blob", id); ok && string(got) != id {
					t.Errorf("%s is %q", id, got)
				}
				c.keep(testRepo, "blob", id, []byte(id))
			}
		})
	}
	wg.Wait()
}

func TestNextPage(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		``: "",
		`<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"`: "2",
		`<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=9>; rel="last"`: "",
		`<https://api.github.com/x?page=1>; rel="prev",<https://api.github.com/x?a=,&page=3>;rel=next`: "3",
		`<https://api.github.com/x?after=Y3Vyc29y%3D%3D&per_page=1>; rel="next"`:                       "Y3Vyc29y==",
		`<x?page=4>; foo="bar"; REL="last next"`:                                                       "4",
		`<https://api.github.com/x?page=2>; rel="nextish"`:                                             "",
		`<https://api.github.com/x?q=rel%3D%22next%22&page=7>; rel="first"`:                            "",
	} {
		h := http.Header{}
		if link != "" {
			h.Set("Link", link)
		}
		if got, err := nextPage(h); err != nil || got != want {
			t.Errorf("%s: %q, %v", link, got, err)
		}
	}
	for _, link := range []string{`<x>; rel="next"`, `<%zz>; rel=next`, `<x?page=>; rel="next"`, `<x?page=` + strings.Repeat("1", 2000) + `>; rel="next"`, `<x?page=2; rel="next"`} {
		if got, err := nextPage(http.Header{"Link": {link}}); err == nil {
			t.Errorf("%.80s: %q", link, got)
		}
	}
}

func TestRedirectsOfTheAPI(t *testing.T) {
	t.Parallel()
	var h *hub
	h = newHub(t, func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{
			"/api/v3/repos/acme/old":    h.URL + "/api/v3/repositories/7?x=1",
			"/api/v3/repos/acme/older":  "/api/v3/repos/acme/old",
			"/api/v3/repos/acme/oldest": "/api/v3/repos/acme/older",
			"/api/v3/loop":              "/api/v3/loop",
			"/api/v3/out":               "http://127.0.0.1:1/api/v3/x",
			"/api/v3/up":                "/other",
			"/api/v3/dots":              "/api/v3/%2e%2e/other",
			"/api/v3/scheme":            "https://" + strings.TrimPrefix(h.URL, "http://") + "/api/v3/x",
			"/api/v3/user":              strings.Replace(h.URL, "://", "://a:b@", 1) + "/api/v3/x",
			"/api/v3/bad":               "http://%zz",
			"/api/v3/none":              "",
		}
		if loc, ok := to[r.URL.Path]; ok {
			w.Header().Set("Location", loc)
			w.WriteHeader([]int{301, 302, 307, 308}[h.calls()%4])
			io.WriteString(w, `{"message":"Moved"}`)
			return
		}
		fmt.Fprintf(w, `{"at":%q}`, r.URL.RequestURI())
	})
	c := h.client(t, func(cfg *Config) { cfg.APIURL += "/api/v3" })
	for _, p := range []string{"/repos/acme/old", "/repos/acme/older", "/repos/acme/oldest"} {
		var out struct{ At string }
		if _, err := c.get(t.Context(), p, nil, &out); err != nil || out.At != "/api/v3/repositories/7?x=1" {
			t.Errorf("%s: %+v, %v", p, out, err)
		}
	}
	for _, r := range h.seen {
		if r.Header.Get("Authorization") == "" {
			t.Error("asked without the credential")
		}
	}
	for _, p := range []string{"/loop", "/out", "/up", "/dots", "/scheme", "/user", "/bad", "/none"} {
		before := h.calls()
		_, err := c.get(t.Context(), p, nil, &struct{}{})
		if err == nil || strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("%s: %v", p, err)
		}
		if n := h.calls() - before; n > maxHops+1 || p != "/loop" && n != 1 {
			t.Errorf("%s: %d calls", p, n)
		}
	}
	before := h.calls()
	if err := c.send(t.Context(), "POST", "/repos/acme/old", map[string]int{}, nil); err == nil || h.calls() != before+1 {
		t.Errorf("a write is sent on: %v", err)
	}
}
