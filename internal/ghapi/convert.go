package ghapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// bigID is a number that GitHub writes as a number or, where 32 bits do not hold it,
// as a string. Null is 0, which is nobody's number.
type bigID int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *bigID) UnmarshalJSON(b []byte) error {
	*n = 0
	if string(b) == "null" {
		return nil
	}
	s := string(bytes.Trim(b, `"`))
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return fmt.Errorf("%.40q is no number of GitHub's", s)
	}
	*n = bigID(v)
	return nil
}

// connection is a page of a list. What a list is said to hold is compared with what
// was read of it.
type connection[T any] struct {
	Total int `json:"totalCount"`
	// Filtered is only asked for of the timeline: there the schema leaves open which of
	// the two numbers is that of the kinds of event that were asked for.
	Filtered *int `json:"filteredCount"`
	Page     struct {
		More bool   `json:"hasNextPage"`
		End  string `json:"endCursor"`
	} `json:"pageInfo"`
	Nodes []*T `json:"nodes"`
}

// whole are the nodes that are there, and whether they are all.
func (c *connection[T]) whole() ([]*T, bool) {
	if c == nil {
		return nil, false
	}
	var out []*T
	for _, n := range c.Nodes {
		if n != nil {
			out = append(out, n)
		}
	}
	return out, len(out) == len(c.Nodes) && len(out) == c.Total && !c.Page.More
}

// actorNode is an account, of whatever type.
type actorNode struct {
	Type  string `json:"__typename"`
	Login string `json:"login"`
	ID    bigID  `json:"databaseId"`
	Slug  string `json:"combinedSlug"` // of a team
	User  *struct {
		ID bigID `json:"databaseId"`
	} `json:"user"` // of an account that an enterprise keeps
}

// actor takes an account. Nil is a deleted one. One whose number did not come could
// be anybody, and is missed.
func (r *reading) actor(what string, n *actorNode) Actor {
	if n == nil {
		return Actor{}
	}
	a := Actor{ID: int64(n.ID), Login: n.Login, Type: n.Type}
	if n.User != nil && a.ID == 0 {
		a.ID = int64(n.User.ID)
	}
	if a.Type == "" {
		a.Type = "User" // a field that can be nothing else, and was not asked
	}
	if a.Type == "Bot" {
		a.Login = botLogin(a.Login)
	}
	if a.ID == 0 {
		r.miss(what, "GitHub tells no number of the account %.80q", a.Login)
	}
	return a
}

// botLogin is the login of a bot as REST, webhooks and people write it: GraphQL
// leaves the end away, and without it the name may be somebody else's.
func botLogin(login string) string {
	if login == "" || strings.HasSuffix(login, "[bot]") {
		return login
	}
	return login + "[bot]"
}

// reading collects what is missing of one reading.
type reading struct {
	ask    asker
	missed []Shortfall
	have   map[Shortfall]bool
	areas  map[string]bool // of which a null was already told
	errs   []GraphQLError  // beside the newest answer
}

// maxMissed bounds what is told. One is enough to make a verdict undecided.
const maxMissed = 50

func (r *reading) miss(what, format string, args ...any) {
	s := Shortfall{What: what, Why: fmt.Sprintf(format, args...)}
	if r.have[s] || len(r.missed) >= maxMissed {
		return
	}
	if r.have == nil {
		r.have = map[Shortfall]bool{}
	}
	r.have[s] = true
	r.missed = append(r.missed, s)
}

// instant is a point in time, in UTC.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// unpack reads an answer, or a part of one.
func unpack(raw json.RawMessage, out any) error {
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	return nil
}

// parts takes an object apart: the members called by an alias have no fixed name.
func parts(raw json.RawMessage) (map[string]json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var m map[string]json.RawMessage
	if err := unpack(raw, &m); err != nil {
		return nil, err
	}
	return m, nil
}
