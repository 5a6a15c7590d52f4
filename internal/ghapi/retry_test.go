package ghapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errDial  = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// cutBody breaks while it is read.
type cutBody struct{ io.Reader }

func (cutBody) Close() error { return nil }

func TestReadsAreRepeatedWhereItIsSafe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		first func() (*http.Response, error)
		read  bool // repeated for reading
		write bool // and for writing
		lost  bool // for writing it is not known what became of it
	}{
		{"502", func() (*http.Response, error) { return reply(502, `bad gateway`), nil }, true, false, true},
		{"503", func() (*http.Response, error) { return reply(503, ``), nil }, true, false, true},
		{"504", func() (*http.Response, error) { return reply(504, ``), nil }, true, false, true},
		{"500", func() (*http.Response, error) { return reply(500, ``), nil }, false, false, true},
		{"404", func() (*http.Response, error) { return reply(404, ``), nil }, false, false, false},
		{"422", func() (*http.Response, error) { return reply(422, ``), nil }, false, false, false},
		{"429", func() (*http.Response, error) { return reply(429, ``), nil }, false, false, false},
		{"reset", func() (*http.Response, error) { return nil, errReset }, true, false, true},
		{"EOF", func() (*http.Response, error) { return nil, io.EOF }, true, false, true},
		{"unexpected EOF", func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, true, false, true},
		{"HTTP/2 stream", func() (*http.Response, error) {
			return nil, errors.New("stream error: stream ID 1; INTERNAL_ERROR; received from peer")
		}, true, false, true},
		{"dial", func() (*http.Response, error) { return nil, errDial }, true, true, false},
		{"certificate", func() (*http.Response, error) { return nil, errors.New("x509: certificate has expired") }, false, false, true},
		{"a body that breaks", func() (*http.Response, error) {
			r := reply(200, "")
			r.ContentLength, r.Body = -1, cutBody{io.MultiReader(strings.NewReader(`{"data":`), errReader{})}
			return r, nil
		}, true, false, true},
		{"a body that is cut", func() (*http.Response, error) { return reply(200, `{"data":{"id":`), nil }, true, false, true},
		{"a body of another form", func() (*http.Response, error) { return reply(200, `[]`), nil }, false, false, true},
	} {
		for _, kind := range []string{"get", "graphql", "send"} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					calls := 0
					cl := carried(t, func(*http.Request) (*http.Response, error) {
						if calls++; calls == 1 {
							return c.first()
						}
						return reply(200, `{"data":{"id":1}}`), nil
					})
					var out struct{ Data struct{ ID int } }
					var err error
					want := c.read
					switch kind {
					case "get":
						_, err = cl.get(t.Context(), "/x", nil, &out)
					case "graphql":
						_, err = cl.graphql(t.Context(), "query{id}", nil, &out)
					case "send":
						want = c.write
						err = cl.send(t.Context(), "POST", "/x", map[string]int{"a": 1}, &out)
						if !want && errors.Is(err, ErrLost) != c.lost {
							t.Errorf("lost: %v", err)
						}
					}
					if (err == nil) != want || (calls == 2) != want {
						t.Errorf("%d calls, %v", calls, err)
					}
					s := cl.Stats()
					if s.Calls() != calls || s.Retries != calls-1 {
						t.Errorf("%d calls, stats %+v", calls, s)
					}
				})
			})
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errReset }

func TestRepeatsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		c := carried(t, func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			body, _ := io.ReadAll(r.Body)
			if !bytes.Contains(body, []byte("query{x}")) {
				t.Errorf("the body is %q when sent again", body)
			}
			return reply(502, ``), nil
		})
		c.pause = firstPause
		_, err := c.graphql(t.Context(), "query{x}", nil, nil)
		var s *StatusError
		if !errors.As(err, &s) || s.Status != 502 || len(at) != 3 {
			t.Fatalf("%d calls, %v", len(at), err)
		}
		if a, b := at[1].Sub(at[0]), at[2].Sub(at[1]); a < firstPause/2 || a > 2*firstPause || b < firstPause || b > 4*firstPause {
			t.Errorf("pauses %s, %s", a, b)
		}
	})
}

func TestRepeatsObeyTheContextAndTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		f := func(*http.Request) (*http.Response, error) { calls++; return reply(502, ``), nil }
		c := carried(t, f)
		c.pause = firstPause
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.get(ctx, "/x", nil, nil); err == nil || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
		calls = 0
		if _, err := c.get(ctxDone(t), "/x", nil, nil); !errors.Is(err, context.Canceled) || calls > 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
		calls = 0
		c = carried(t, f, func(cfg *Config) { cfg.MaxCalls = 2 })
		if _, err := c.get(t.Context(), "/x", nil, nil); !errors.Is(err, ErrBudget) || calls != 2 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestWaitsForALimitOnlyWithinItsBound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		maxWait time.Duration
		headers func() []string
		status  int
		body    string
		waits   time.Duration // 0: it does not
	}{
		{"never, by default", 0, func() []string { return []string{"Retry-After", "1"} }, 403, ``, 0},
		{"secondary", time.Minute, func() []string { return []string{"Retry-After", "20"} }, 403, ``, 20 * time.Second},
		{"too long", 19 * time.Second, func() []string { return []string{"Retry-After", "20"} }, 429, ``, 0},
		{"primary", time.Minute, func() []string {
			return []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(30*time.Second).Unix(), 10)}
		}, 403, ``, 31 * time.Second},
		{"primary in an hour", time.Minute, func() []string {
			return []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)}
		}, 429, ``, 0},
		{"without a time, a minute", time.Minute, func() []string { return nil }, 429, ``, time.Minute},
		{"GraphQL", time.Minute, func() []string { return []string{"Retry-After", "3"} }, 200, `{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				cl := carried(t, func(*http.Request) (*http.Response, error) {
					if calls++; calls == 1 {
						return reply(c.status, c.body, c.headers()...), nil
					}
					return reply(200, `{"data":{}}`), nil
				}, func(cfg *Config) { cfg.MaxWait = c.maxWait })
				begin := time.Now()
				_, err := cl.graphql(t.Context(), "query{x}", nil, nil)
				var limit *RateLimitError
				if c.waits == 0 {
					if !errors.As(err, &limit) || time.Since(begin) != 0 || calls != 1 {
						t.Errorf("%d calls after %s, %v", calls, time.Since(begin), err)
					}
				} else if err != nil || time.Since(begin) != c.waits {
					t.Errorf("after %s: %v", time.Since(begin), err)
				}
				if calls = 0; c.status != 200 && cl.send(t.Context(), "POST", "/x", nil, nil) == nil || calls > 1 {
					t.Errorf("a refused write was sent %d times", calls)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c := carried(t, func(*http.Request) (*http.Response, error) {
			calls++
			return reply(429, ``, "Retry-After", "40"), nil
		}, func(cfg *Config) { cfg.MaxWait = time.Minute })
		begin := time.Now()
		if _, err := c.get(t.Context(), "/x", nil, nil); err == nil || calls != 2 || time.Since(begin) != 40*time.Second {
			t.Errorf("%d calls after %s: the bound is of all waits of a call together", calls, time.Since(begin))
		}
	})
}

// A server that answers a byte a minute, or never, is not waited for for ever.
func TestACallEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := carried(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		begin := time.Now()
		_, err := c.get(t.Context(), "/x", nil, nil)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != callTime {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
		if err := c.send(t.Context(), "POST", "/x", nil, nil); !errors.Is(err, ErrLost) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRealConnections(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1: // reset before an answer
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		case 2: // an answer that is cut
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"a":`)
		default:
			fmt.Fprint(w, `{"a":1}`)
		}
	})
	c := h.client(t)
	var out struct{ A int }
	if _, err := c.get(t.Context(), "/x", nil, &out); err != nil || out.A != 1 {
		t.Errorf("got %v, %v", out, err)
	}
	n.Store(0)
	if err := c.send(t.Context(), "POST", "/x", nil, nil); !errors.Is(err, ErrLost) || n.Load() != 1 {
		t.Errorf("%d writes: %v", n.Load(), err)
	}
	h.Close()
	if err := c.send(t.Context(), "POST", "/x", nil, nil); err == nil || errors.Is(err, ErrLost) {
		t.Errorf("nobody listens: %v", err)
	}
	if s := c.Stats(); s.Writes != 4 || s.Retries != 4 {
		t.Errorf("stats %+v", s)
	}
}
