package ghapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Bounds of one reading of people.
const (
	maxLogins   = 300
	maxTeams    = 50
	loginChunk  = 50 // of one query
	teamChunk   = 20
	maxRESTAsks = 30 // permissions that are asked for one by one
)

// People reads what accounts may do now, who is in teams, and at last where the pull
// request stands: one query for up to fifty accounts and twenty teams.
//
// Accounts are asked for by login, because GitHub takes nothing else, and told by id.
// A login can have changed hands meanwhile, so the caller compares the ids with those
// it knows; a login that nobody has any more is in no list. Bots are no collaborators,
// and not asked for. Who is no collaborator has permission "none", in a public
// repository as well, where "read" is everybody's and says nothing.
//
// A credential that may not list collaborators, such as the token of a workflow, is
// answered account by account over REST, thirty of them at most. A team that it may
// not see, or that does not exist, is a shortfall, and in no list; it needs the
// permission "members: read". Suggestions are no evidence: what is missing of them is
// no shortfall.
func (c *Client) People(ctx context.Context, q PeopleQuery) (*People, error) {
	return readPeople(ctx, c, q)
}

func readPeople(ctx context.Context, a asker, q PeopleQuery) (*People, error) {
	p := &peopleReading{reading: reading{ask: a}, q: q, who: map[string]Actor{}, may: map[int64]string{}, name: map[int64]Actor{}, members: map[string][]int64{}}
	if err := p.read(ctx); err != nil {
		return nil, fmt.Errorf("read the people of %s: %w", q.Repository, err)
	}
	out := &People{Permission: p.may, Members: p.members, Head: p.head, Base: p.base, Missed: p.missed}
	for _, id := range slices.Sorted(maps.Keys(p.name)) {
		out.Accounts = append(out.Accounts, p.name[id])
	}
	return out, nil
}

type peopleReading struct {
	reading
	q       PeopleQuery
	private bool             // what everybody may do is nothing
	who     map[string]Actor // accounts by the login that was asked for
	later   []string         // logins that GraphQL does not answer for
	may     map[int64]string
	name    map[int64]Actor
	members map[string][]int64

	head, base string
	updated    time.Time
}

func (p *peopleReading) read(ctx context.Context) error {
	if !plainName(p.q.Repository.Owner) || !plainName(p.q.Repository.Name) {
		return errors.New("it names no repository")
	}
	if p.q.Number < 0 || p.q.Number > math.MaxInt32 {
		return errors.New("no pull request has such a number")
	}
	logins, teams := p.wanted()
	var open []*teamPages
	for first := true; first || len(logins) > 0 || len(teams) > 0; first = false {
		q := newQuery(p.q.Repository)
		some := logins[:min(loginChunk, len(logins))]
		them := teams[:min(teamChunk, len(teams))]
		logins, teams = logins[len(some):], teams[len(them):]
		p.selection(q, some, first && p.q.Suggest)
		for i, t := range them {
			q.team(i, t.team, "")
		}
		data, repo, err := p.look(ctx, q)
		if err != nil {
			return err
		}
		if err := p.permissions(some, data, repo); err != nil {
			return err
		}
		if err := p.suggestions(repo); err != nil {
			return err
		}
		if err := takeTeams(data, them); err != nil {
			return err
		}
		open = append(open, them...)
	}
	if err := p.teams(ctx, open); err != nil {
		return err
	}
	if len(p.later) == 0 {
		return nil
	}
	if err := p.permissionsREST(ctx); err != nil {
		return err
	}
	return p.again(ctx)
}

// wanted are the logins and teams to ask for, each once.
func (p *peopleReading) wanted() (logins []string, teams []*teamPages) {
	seen := map[string]bool{}
	for _, l := range p.q.Logins {
		if f := strings.ToLower(l); l != "" && !strings.HasSuffix(f, "[bot]") && !seen[f] {
			seen[f] = true
			logins = append(logins, l)
		}
	}
	clear(seen)
	for _, t := range p.q.Teams {
		if !seen[t] {
			seen[t] = true
			teams = append(teams, newTeamPages(&p.reading, t))
		}
	}
	if len(logins) > maxLogins {
		p.miss(areas["c#"], "there are %d accounts to ask for, at most %d are", len(logins), maxLogins)
		logins = logins[:maxLogins]
	}
	if len(teams) > maxTeams {
		p.miss(areas["t#"], "there are %d teams to ask for, at most %d are", len(teams), maxTeams)
		teams = teams[:maxTeams]
	}
	slices.Sort(logins)
	slices.SortFunc(teams, func(a, b *teamPages) int { return cmp.Compare(a.team, b.team) })
	return logins, slices.DeleteFunc(teams, func(t *teamPages) bool { return !t.asked() })
}

// selection adds what every query of a reading asks, and the permission of some.
func (p *peopleReading) selection(q *query, logins []string, suggest bool) {
	vars := make([]string, len(logins))
	for i, l := range logins {
		vars[i] = q.variable("l"+strconv.Itoa(i), "String!", l)
	}
	q.add("%s{visibility", repository)
	for i := range logins {
		q.add(" c%d:collaborators(login:%s,affiliation:ALL,first:1){edges{permission node{databaseId login}}}", i, vars[i])
	}
	if suggest {
		q.add(" suggest:collaborators(affiliation:ALL,first:%d){edges{permission node{databaseId login}}}", pageSize)
	}
	if p.q.Number > 0 {
		q.add(" pullRequest(number:%s){headRefOid baseRef{target{oid}} updatedAt}", q.variable("number", "Int!", p.q.Number))
	}
	q.add("}")
	for i := range logins {
		q.add(" u%d:user(login:%s){databaseId login}", i, vars[i])
	}
}

// look runs a query, and takes from it where the pull request stands.
func (p *peopleReading) look(ctx context.Context, q *query) (data, repo map[string]json.RawMessage, err error) {
	if data, err = p.query(ctx, q); err != nil {
		return nil, nil, err
	}
	if repo, err = inside(data, "repository"); err != nil {
		return nil, nil, err
	}
	if repo == nil {
		return nil, nil, p.nothing()
	}
	var visibility string
	if err := unpack(repo["visibility"], &visibility); err != nil {
		return nil, nil, err
	}
	if p.private = visibility == "PRIVATE"; p.q.Number == 0 {
		return data, repo, nil
	}
	var n *struct {
		Head    string     `json:"headRefOid"`
		Updated *time.Time `json:"updatedAt"`
		Base    *struct {
			Target struct {
				ID string `json:"oid"`
			} `json:"target"`
		} `json:"baseRef"`
	}
	if err := unpack(repo["pullRequest"], &n); err != nil {
		return nil, nil, err
	}
	if n == nil {
		return nil, nil, p.nothing()
	}
	p.head, p.base, p.updated = n.Head, "", instant(n.Updated)
	if n.Base != nil {
		p.base = n.Base.Target.ID
	}
	if !gitobject.IsFullID(p.head) || !gitobject.IsFullID(p.base) || p.updated.IsZero() {
		p.miss(areas["pullRequest"], "GitHub does not tell where its head and base are now")
	}
	return data, repo, nil
}

// again looks at the pull request once more, after what took longer.
func (p *peopleReading) again(ctx context.Context) error {
	if p.q.Number == 0 {
		return nil
	}
	q := newQuery(p.q.Repository)
	p.selection(q, nil, false)
	_, _, err := p.look(ctx, q)
	return err
}

// account takes an account that is a user.
func (p *peopleReading) account(what string, n *actorNode) (Actor, bool) {
	if n == nil {
		return Actor{}, false
	}
	a := p.actor(what, n)
	if a.ID != 0 {
		p.name[a.ID] = a
	}
	return a, a.ID != 0
}

type collaborators struct {
	Edges []*struct {
		Permission string     `json:"permission"`
		Node       *actorNode `json:"node"`
	} `json:"edges"`
}

var permissionWords = words("read triage write maintain admin")

// permissions takes the permission of each login that was asked for.
func (p *peopleReading) permissions(logins []string, data, repo map[string]json.RawMessage) error {
	for i, login := range logins {
		var u *actorNode
		if err := unpack(data["u"+strconv.Itoa(i)], &u); err != nil {
			return err
		}
		var c *collaborators
		if err := unpack(repo["c"+strconv.Itoa(i)], &c); err != nil {
			return err
		}
		what := fmt.Sprintf("the permission of %.80q", login)
		if u == nil {
			switch {
			case c != nil && len(c.Edges) > 0:
				p.miss(what, "GitHub knows a collaborator of this name, and no account")
			case !p.refusedAt("u" + strconv.Itoa(i)):
				p.miss(what, "GitHub gave no account, and no reason")
			}
			continue
		}
		a, ok := p.account(what, u)
		if !ok || !strings.EqualFold(a.Login, login) {
			p.miss(what, "GitHub answered with the account %.80q", a.Login)
			continue
		}
		p.who[login] = a
		switch {
		case c == nil:
			p.later = append(p.later, login)
		case len(c.Edges) == 0:
			p.may[a.ID] = "none"
		case len(c.Edges) > 1 || c.Edges[0] == nil || c.Edges[0].Node == nil || int64(c.Edges[0].Node.ID) != a.ID:
			p.miss(what, "GitHub answered with another collaborator")
		default:
			word := strings.ToLower(c.Edges[0].Permission)
			if !permissionWords[word] {
				p.miss(what, "GitHub calls it %.40q", word)
				continue
			}
			p.may[a.ID] = word
		}
	}
	return nil
}

// suggestions takes the collaborators that nobody asked for by name.
func (p *peopleReading) suggestions(repo map[string]json.RawMessage) error {
	var c *collaborators
	if err := unpack(repo["suggest"], &c); err != nil || c == nil {
		return err
	}
	for _, e := range c.Edges {
		if e == nil || e.Node == nil || e.Node.ID == 0 {
			continue
		}
		word, id := strings.ToLower(e.Permission), int64(e.Node.ID)
		if _, known := p.may[id]; permissionWords[word] && !known {
			p.may[id] = word
			p.account(areas["suggest"], e.Node)
		}
	}
	return nil
}
