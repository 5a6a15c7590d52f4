package ghapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// teamPages are the members of a team, page by page.
type teamPages struct {
	pages[actorNode]
	team      string // "org/team", as it was asked for
	org, slug string
	missing   bool
}

func newTeamPages(r *reading, team string) *teamPages {
	t := &teamPages{team: team, pages: pages[actorNode]{r: r, what: fmt.Sprintf("the members of the team %.120q", team)}}
	t.org, t.slug, _ = strings.Cut(team, "/")
	return t
}

// asked reports whether a team can be asked for.
func (t *teamPages) asked() bool {
	if plainName(t.org) && t.slug != "" && !strings.ContainsAny(t.slug, "/ ") && len(t.slug) <= 255 {
		return true
	}
	t.r.miss(t.what, "it is not written as organisation/team")
	return false
}

// team adds a page of a team's members.
func (q *query) team(i int, team, after string) {
	n := strconv.Itoa(i)
	org, slug, _ := strings.Cut(team, "/")
	q.add(" t%d:organization(login:%s){login team(slug:%s){slug members(first:%d,membership:ALL%s){%snodes{databaseId login}}}}", i,
		q.variable("o"+n, "String!", org), q.variable("s"+n, "String!", slug), pageSize, q.after("a"+n, after), page)
}

// takeTeams takes a page of each team.
func takeTeams(data map[string]json.RawMessage, teams []*teamPages) error {
	for i, t := range teams {
		var n *struct {
			Org  string `json:"login"`
			Team *struct {
				Slug    string          `json:"slug"`
				Members json.RawMessage `json:"members"`
			} `json:"team"`
		}
		if err := unpack(data["t"+strconv.Itoa(i)], &n); err != nil {
			return err
		}
		switch {
		case n == nil || n.Team == nil || string(n.Team.Members) == "null":
			t.after, t.missing = "", true
			t.r.miss(t.what, "there is no such team that this credential may see; it needs the permission \"members: read\" of the organisation")
		case !strings.EqualFold(n.Org, t.org) || !strings.EqualFold(n.Team.Slug, t.slug):
			t.after, t.missing = "", true
			t.r.miss(t.what, "GitHub answered with the team %.120q", n.Org+"/"+n.Team.Slug)
		default:
			if err := t.take(n.Team.Members); err != nil {
				return err
			}
		}
	}
	return nil
}

// teams reads the further pages. A list that is not whole is not given: who is in it
// may approve, and who is not in it may be whom the policy asks for.
func (p *peopleReading) teams(ctx context.Context, teams []*teamPages) error {
	for {
		var open []*teamPages
		for _, t := range teams {
			if t.after != "" && len(open) < teamChunk {
				open = append(open, t)
			}
		}
		if len(open) == 0 {
			break
		}
		q := newQuery(p.q.Repository)
		p.selection(q, nil, false)
		for i, t := range open {
			q.team(i, t.team, t.after)
		}
		data, _, err := p.look(ctx, q)
		if err != nil {
			return err
		}
		if err := takeTeams(data, open); err != nil {
			return err
		}
	}
	for _, t := range teams {
		before := len(p.missed)
		t.finish()
		ids := []int64{}
		for _, n := range t.got {
			if a, ok := p.account(t.what, n); ok {
				ids = append(ids, a.ID)
			}
		}
		if t.missing || len(p.missed) > before || len(ids) != t.read {
			continue
		}
		slices.Sort(ids)
		p.members[t.team] = slices.Compact(ids)
	}
	return nil
}
