package ghapi

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// 50 evaluations at once, of one App, against a server that limits, breaks and
// answers with conditions: each sees its own answers and counts its own calls.
func TestFiftyEvaluationsAtOnce(t *testing.T) {
	t.Parallel()
	var tokens, open, most atomic.Int64
	h := appHub(t, &tokens, func(w http.ResponseWriter, r *http.Request) {
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer open.Add(-1)
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer tok") {
			t.Error("a call without a token")
		}
		if r.Method == http.MethodGet && rand.N(40) == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/graphql"):
			body, _ := io.ReadAll(r.Body)
			_, id, _ := strings.Cut(string(body), `"id":`)
			fmt.Fprintf(w, `{"data":{"id":%s,"rateLimit":{"cost":1}}}`, strings.TrimRight(id, "}\n"))
		case r.Method == http.MethodPost:
			fmt.Fprintf(w, `{"id":9,"head_sha":%q,"status":"completed","conclusion":"failure"}`, a40)
		default:
			tag := `"` + r.URL.Path + `"`
			if r.Header.Get("If-None-Match") == tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", tag)
			fmt.Fprintf(w, `{"id":%s}`, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		}
	})
	before := runtime.NumGoroutine()
	cl := h.client(t, func(cfg *Config) { cfg.APIURL += "/api/v3"; cfg.Token, cfg.App = "", testApp() })
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ctx, meter := cl.Evaluation(t.Context())
			for n := range 6 {
				id := i%10*100 + n
				var out struct{ ID int }
				if _, err := cl.get(ctx, fmt.Sprintf("/repos/acme/infra/x/%d", id), url.Values{}, &out); err != nil || out.ID != id {
					t.Errorf("%d: %+v, %v", id, out, err)
				}
				if _, err := cl.graphql(ctx, "query($id:Int){x}", map[string]any{"id": id}, &out); err != nil || out.ID != id {
					t.Errorf("%d: %+v, %v", id, out, err)
				}
				cl.keep(testRepo, "blob", fmt.Sprintf("%040x", id), []byte{byte(id)})
				if b, ok := cl.object(testRepo, "blob", fmt.Sprintf("%040x", id)); !ok || b[0] != byte(id) {
					t.Errorf("object %d: %v", id, b)
				}
			}
			if _, err := cl.WriteCheckRun(ctx, testRepo, 0, testUpdate()); err != nil {
				t.Error(err)
			}
			s := meter.Stats()
			if s.GraphQL != 6 || s.Cost != 6 || s.REST-s.Retries != 6 || s.Writes != 1 {
				t.Errorf("stats %+v", s)
			}
		})
	}
	wg.Wait()
	all := cl.Stats()
	if all.GraphQL != 300 || all.REST-all.Retries != 300 || all.Writes != 50 || all.Tokens != 1 || all.NotModified == 0 {
		t.Errorf("stats %+v", all)
	}
	if tokens.Load() != 1 || most.Load() > maxParallel {
		t.Errorf("%d tokens, %d calls at once", tokens.Load(), most.Load())
	}
	cl.Close()
	h.CloseClientConnections()
	leaked(t, before)
}

// leaked waits until no more goroutines run than before. Tests beside this one have
// goroutines of their own, so only many are a leak.
func leaked(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before+20 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// No body is left open, whatever the answer was. ghinstallation leaves those of
// refusals.
func TestEveryBodyIsClosed(t *testing.T) {
	t.Parallel()
	var open atomic.Int64
	track := func(r *http.Response) *http.Response {
		open.Add(1)
		r.Body = &tracked{r.Body, &open}
		return r
	}
	n := 0
	answers := []func() *http.Response{
		func() *http.Response { return reply(401, ``) },
		func() *http.Response { return reply(502, ``) },
		func() *http.Response { return reply(201, `null`) },
		func() *http.Response { return reply(201, `{"token":"t","expires_at":"2099-01-01T00:00:00Z"}`) },
		func() *http.Response { return reply(200, `{`) },
		func() *http.Response { return reply(302, ``, "Location", "https://x.example/") },
		func() *http.Response { return reply(404, `{}`) },
		func() *http.Response { r := reply(200, `{}`); r.ContentLength = maxAnswer + 1; return r },
		func() *http.Response { return reply(200, `{}`) },
	}
	c := carried(t, func(*http.Request) (*http.Response, error) {
		n++
		return track(answers[(n-1)%len(answers)]()), nil
	}, func(cfg *Config) { cfg.Token, cfg.App = "", testApp() })
	for range 12 {
		c.get(t.Context(), "/x", nil, &struct{}{})
		c.send(t.Context(), "POST", "/x", nil, nil)
		c.download(t.Context(), "/x", 10)
	}
	if open.Load() != 0 || n < 20 {
		t.Errorf("%d bodies of %d are open", open.Load(), n)
	}
}

type tracked struct {
	io.ReadCloser
	open *atomic.Int64
}

func (b *tracked) Close() error {
	b.open.Add(-1)
	return b.ReadCloser.Close()
}
