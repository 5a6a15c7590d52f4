package ghtest

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Fault makes answers bad on purpose. What it leaves out is as always.
type Fault struct {
	// Nth is which of the matching requests it is for, from 1; 0: all. Times is how
	// many from there on; 0 is one when Nth is said, else all.
	Nth, Times int
	// Before runs before the answer is made, with the world to itself.
	Before func(*World, *http.Request)

	// Status is answered instead, with Header and Body.
	Status int
	Header map[string]string
	Body   string
	// Refuse hides the request from the world and closes the connection.
	Refuse bool
	// Lost lets the world do what it was asked to, and closes the connection.
	Lost bool

	// Cut closes the connection in the middle of the body, Truncate sends half of it
	// and says that it is all.
	Cut, Truncate bool
	// Rewrite changes the body.
	Rewrite func([]byte) []byte
	// Reheader changes the header.
	Reheader func(http.Header)
	// Delay waits before the answer.
	Delay time.Duration

	// Of GraphQL, by the name of the field: Null makes it null, with an error of that
	// text beside it, unless that is empty; Total is the totalCount that a connection
	// claims; Drop takes so many off the end of one, which claims to be whole.
	Null  map[string]string
	Total map[string]int
	Drop  map[string]int
}

// The ways in which GitHub says that it was asked too much.

// Exhausted is the primary limit: it is used up until then.
func Exhausted(reset time.Time) Fault {
	return Fault{
		Status: http.StatusForbidden,
		Header: map[string]string{
			"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000",
			"X-RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10), "X-RateLimit-Resource": "core",
		},
		Body: `{"message":"API rate limit exceeded for installation ID 1.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"}`,
	}
}

// Slow is the secondary limit: too fast, wait so long. A status of 0 is 403.
func Slow(status int, wait time.Duration) Fault {
	if status == 0 {
		status = http.StatusForbidden
	}
	f := Fault{
		Status: status, Header: map[string]string{},
		Body: `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`,
	}
	if wait > 0 {
		f.Header["Retry-After"] = strconv.Itoa(int(wait / time.Second))
	}
	return f
}

// Broken is an error of GitHub's own, 500 or 502: a page, as its proxies have.
func Broken(status int) Fault {
	return Fault{
		Status: status, Header: map[string]string{"Content-Type": "text/html"},
		Body: fmt.Sprintf("<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status)),
	}
}

// planted is a fault and how often its requests have come.
type planted struct {
	match string
	fault Fault
	seen  int
}

// Fault plants a fault. It matches "*", an operation of GitHub's description
// ("git/get-blob"), "graphql", "graphql:reviewThreads" (a query that holds the word),
// "METHOD /path" with path.Match's wildcards, or "blob-store", from which artifacts
// are downloaded. Of several that match the first one is taken. What it returns takes
// it away.
func (s *Server) Fault(match string, f Fault) (remove func()) {
	p := &planted{match: match, fault: f}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, p)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, q := range s.faults {
			if q == p {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				return
			}
		}
	}
}

// faulty finds the fault of a request. The world is locked.
func (s *Server) faulty(ex *exchange) *Fault {
	var found *Fault
	for _, p := range s.faults {
		if !matches(p.match, ex) {
			continue
		}
		p.seen++
		from, times := max(p.fault.Nth, 1), p.fault.Times
		if times == 0 && p.fault.Nth > 0 {
			times = 1
		}
		if found == nil && p.seen >= from && (times == 0 || p.seen < from+times) {
			found = &p.fault
		}
	}
	return found
}

func matches(match string, ex *exchange) bool {
	if match == "*" || match == ex.operation {
		return true
	}
	if word, ok := strings.CutPrefix(match, "graphql:"); ok {
		return ex.graphql && strings.Contains(ex.query, word)
	}
	method, pattern, ok := strings.Cut(match, " ")
	if !ok || method != ex.request.Method {
		return false
	}
	same, err := path.Match(pattern, ex.request.URL.Path)
	return err == nil && same
}
