package ghtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server serves a world.
type Server struct {
	World      *World
	URL        string // "http://127.0.0.1:port", as https://api.github.com
	Enterprise string // the same as a GitHub Enterprise Server: "…/api/v3"

	*Validator

	mu       sync.Mutex // of the world and of what follows
	faults   []*planted
	requests []Request
	used     map[string]int // of the rate, by resource
	reset    time.Time
	blobs    blobStore
}

// Request is one that was answered.
type Request struct {
	Method, Path string // without the prefix of an Enterprise Server
	Operation    string // "pulls/get", "graphql", "blob-store"
	Query        string // of GraphQL
	Body         []byte
	Status       int
	Token        string
}

// New starts a server with an empty world. It stops when the test ends, and every
// violation fails the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := Serve(tb, NewWorld())
	tb.Cleanup(func() {
		for _, v := range s.Violations() {
			tb.Errorf("GitHub would not understand: %s", v)
		}
	})
	return s
}

// Serve is New for a world that exists; violations are the caller's to look at.
func Serve(tb testing.TB, w *World) *Server {
	tb.Helper()
	s := &Server{
		World: w, Validator: NewValidator(), used: map[string]int{},
		reset: time.Now().Add(time.Hour).Truncate(time.Second),
	}
	api := httptest.NewServer(s)
	store := httptest.NewServer(http.HandlerFunc(s.serveBlob))
	tb.Cleanup(api.Close)
	tb.Cleanup(store.Close)
	s.URL, s.Enterprise = api.URL, api.URL+"/api/v3"
	s.blobs = blobStore{base: store.URL, signed: map[string][]byte{}}
	return s
}

// Change runs f with the world to itself.
func (s *Server) Change(f func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.World)
}

// Token makes a token with these permissions; nil is all.
func (s *Server) Token(permissions map[string]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.World.Token(permissions).Value
}

// Requests are those that came until now.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count counts the requests for an operation; "" counts all.
func (s *Server) Count(operation string) int {
	n := 0
	for _, r := range s.Requests() {
		if operation == "" || r.Operation == operation {
			n++
		}
	}
	return n
}

// reply is an answer before it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// rate is what a resource has left.
type rate struct {
	limit, used int
	reset       time.Time
}

// ServeHTTP judges the request, lets the world answer, judges the answer, and only
// then spoils it if a fault is planted.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ex := s.open(r)
	a, f := s.locked(ex, r)
	if f == nil || f.Status == 0 && !f.Refuse {
		s.answer(ex, a.status, a.header, a.body)
	}
	send(w, r, a, f)
}

// locked makes an answer with the world to itself.
func (s *Server) locked(ex *exchange, r *http.Request) (reply, *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faulty(ex)
	if f != nil && f.Before != nil {
		f.Before(s.World, r)
	}
	a := s.reply(ex, f)
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: ex.request.URL.Path, Operation: ex.operation, Query: ex.query, Body: ex.body,
		Status: a.status, Token: bearer(r),
	})
	return a, f
}

// reply makes an answer. The world is locked.
func (s *Server) reply(ex *exchange, f *Fault) reply {
	if f != nil && (f.Status != 0 || f.Refuse) {
		a := reply{f.Status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, []byte(f.Body)}
		for k, v := range f.Header {
			a.header.Set(k, v)
		}
		return a
	}
	c := &call{s: s, w: s.World, ex: ex, fault: f, header: http.Header{}}
	body, status := c.answer()
	a := reply{status: status, header: c.header}
	a.header.Set("X-GitHub-Request-Id", fmt.Sprintf("FAKE:%d", len(s.requests)))
	switch b := body.(type) {
	case nil:
	case []byte:
		a.body = b
	default:
		text, err := encode(b)
		if err != nil {
			panic(err)
		}
		a.body = text
		a.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	s.condition(ex, &a)
	s.meter(ex, &a)
	return a
}

// encode is JSON as GitHub writes it: without HTML's escapes.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// condition puts an ETag on what was read, and answers 304 to one who has it.
func (s *Server) condition(ex *exchange, a *reply) {
	if ex.request.Method != http.MethodGet || a.status != http.StatusOK {
		return
	}
	sum := sha256.New()
	sum.Write(a.body)
	sum.Write([]byte(ex.request.Header.Get("Accept") + a.header.Get("Link")))
	tag := `W/"` + hex.EncodeToString(sum.Sum(nil)) + `"`
	a.header.Set("ETag", tag)
	a.header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	if ex.request.Header.Get("If-None-Match") == tag {
		a.status, a.body = http.StatusNotModified, nil
		a.header.Del("Content-Type")
	}
}

// meter counts against the rate; what has not changed is free.
func (s *Server) meter(ex *exchange, a *reply) {
	resource := "core"
	if ex.graphql {
		resource = "graphql"
	}
	if !ex.graphql && a.status != http.StatusNotModified {
		s.used[resource]++
	}
	r := s.left(resource)
	h := a.header
	h.Set("X-RateLimit-Limit", strconv.Itoa(r.limit))
	h.Set("X-RateLimit-Used", strconv.Itoa(r.used))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, r.limit-r.used)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(r.reset.Unix(), 10))
	h.Set("X-RateLimit-Resource", resource)
}

func (s *Server) left(resource string) rate {
	return rate{s.World.Limits.Rate, s.used[resource], s.reset}
}

// send sends an answer, spoiled as the fault says.
func send(w http.ResponseWriter, r *http.Request, a reply, f *Fault) {
	if f == nil {
		f = &Fault{}
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
		}
	}
	if f.Refuse || f.Lost {
		panic(http.ErrAbortHandler)
	}
	if f.Rewrite != nil {
		a.body = f.Rewrite(a.body)
	}
	if f.Reheader != nil {
		f.Reheader(a.header)
	}
	if f.Truncate {
		a.body = a.body[:len(a.body)/2]
	}
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(a.status)
	if f.Cut {
		_, _ = w.Write(a.body[:len(a.body)/2])
		if fl, ok := w.(http.Flusher); ok {
			fl.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // who has gone away does not want it
}

func bearer(r *http.Request) string {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if s := strings.ToLower(scheme); s == "bearer" || s == "token" {
		return value
	}
	return ""
}

// blobStore is where artifacts lie: another server, as with GitHub, where an address
// that is signed is all that is needed and a token must not come.
type blobStore struct {
	base   string
	signed map[string][]byte
}

// put returns the address of a content.
func (b *blobStore) put(content []byte) string {
	sum := sha256.Sum256(content)
	path := "/" + hex.EncodeToString(sum[:8]) + ".zip"
	b.signed[path] = content
	return b.base + path + "?sig=" + hex.EncodeToString(sum[8:16])
}

func (s *Server) serveBlob(w http.ResponseWriter, r *http.Request) {
	ex := &exchange{name: "blob-store", operation: "blob-store", request: r}
	a := reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/zip"}}}
	s.mu.Lock()
	f := s.faulty(ex)
	if f != nil && f.Before != nil {
		f.Before(s.World, r)
	}
	content, ok := s.blobs.signed[r.URL.Path]
	switch {
	case f != nil && f.Status != 0:
		a.status, a.body = f.Status, []byte(f.Body)
	case r.Header.Get("Authorization") != "":
		a.status = http.StatusBadRequest
		a.body = []byte("<Error><Code>InvalidAuthenticationInfo</Code></Error>")
		s.say(ex, "request: a token was sent to %s", r.Host)
	case !ok || r.URL.Query().Get("sig") == "" || r.Method != http.MethodGet:
		a.status = http.StatusForbidden
	default:
		a.body = content
	}
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Operation: "blob-store", Status: a.status, Token: bearer(r)})
	s.mu.Unlock()
	send(w, r, a, f)
}
