package ghapi

import (
	"context"
	"fmt"
	"sync"
)

// Stats counts what a client has asked. Each request that was sent is in one of
// GraphQL, REST, Writes, Downloads and Tokens, those that repeat another included.
type Stats struct {
	GraphQL, REST, NotModified, Retries int
	Bytes                               int64 // of the answers' bodies
	Cost                                int   // GraphQL points, as the answers say

	Writes    int // of check runs
	Downloads int // requests for the content of artifacts
	Tokens    int // of a GitHub App: for a token, and for its installation
}

// Calls is how many requests were sent. NotModified are among them.
func (s Stats) Calls() int { return s.GraphQL + s.REST + s.Writes + s.Downloads + s.Tokens }

// Sub is what was counted since before.
func (s Stats) Sub(before Stats) Stats {
	return Stats{
		GraphQL: s.GraphQL - before.GraphQL, REST: s.REST - before.REST, NotModified: s.NotModified - before.NotModified,
		Retries: s.Retries - before.Retries, Bytes: s.Bytes - before.Bytes, Cost: s.Cost - before.Cost,
		Writes: s.Writes - before.Writes, Downloads: s.Downloads - before.Downloads, Tokens: s.Tokens - before.Tokens,
	}
}

// kind is what a request is counted as.
type kind int

const (
	kindREST kind = iota
	kindGraphQL
	kindDownload
	kindWrite
	kindToken
)

// Meter counts, and bounds, the calls of one evaluation. It is safe for concurrent
// use.
type Meter struct {
	mu    sync.Mutex
	stats Stats
	max   int // of reading calls; 0: no bound
}

// Stats returns what was asked until now.
func (m *Meter) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

type meterKey struct{}

// Evaluation begins an evaluation. What is asked with the context it returns is
// counted in the meter; after Config.MaxCalls reading calls, those that repeat
// another included, every further one fails with [ErrBudget]. Writing is not bounded
// by it: what was found must be told, most of all when the pull request was too
// expensive to read, and writes its own bounded number of pages.
//
// All that is asked without an evaluation shares one such bound for the client's
// life. So a client that lives longer than one evaluation has to begin them.
func (c *Client) Evaluation(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{max: c.maxCalls}
	return context.WithValue(ctx, meterKey{}, m), m
}

// spend counts a request that is about to be sent, or refuses it.
func (c *Client) spend(ctx context.Context, k kind, again bool) error {
	m := c.measure(ctx)
	if err := m.spend(k, again); err != nil {
		return err
	}
	return c.life.spend(k, again)
}

func (m *Meter) spend(k kind, again bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.stats
	if k != kindWrite && k != kindToken && m.max > 0 && s.GraphQL+s.REST+s.Downloads >= m.max {
		return fmt.Errorf("%w, %d", ErrBudget, m.max)
	}
	switch k {
	case kindREST:
		s.REST++
	case kindGraphQL:
		s.GraphQL++
	case kindDownload:
		s.Downloads++
	case kindWrite:
		s.Writes++
	case kindToken:
		s.Tokens++
	}
	if again {
		s.Retries++
	}
	return nil
}

// note counts what came back.
func (c *Client) note(ctx context.Context, f func(*Stats)) {
	for _, m := range []*Meter{c.measure(ctx), c.life} {
		m.mu.Lock()
		f(&m.stats)
		m.mu.Unlock()
	}
}
