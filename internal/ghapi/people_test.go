package ghapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crowd is a repository with people.
type crowd struct {
	*graph
	may        map[string]string // by login
	users      map[string]thing
	teams      map[string]many
	collabs    func(args map[string]any) any
	visibility string
	head       string
	query      PeopleQuery
	errs       []GraphQLError
}

func newCrowd(tb testing.TB) *crowd {
	c := &crowd{
		may:   map[string]string{"ann": "WRITE", "bob": "ADMIN"},
		users: map[string]thing{"ann": ann, "bob": bob, "cat": cat},
		teams: map[string]many{"ops": {ann, cat}}, visibility: "PRIVATE", head: "c2",
		query: PeopleQuery{Repository: Repository{"acme", "infra"}, Number: 5, Logins: []string{"ann", "bob", "cat"}, Teams: []string{"acme/ops"}},
	}
	c.collabs = func(args map[string]any) any {
		var out many
		for _, login := range []string{"ann", "bob", "cat"} {
			if w := c.may[login]; w != "" && (args["login"] == nil || args["login"] == login) {
				out = append(out, thing{"permission": w, "node": c.users[login]})
			}
		}
		return edges(out)
	}
	repo := thing{
		"visibility": func(map[string]any) any { return c.visibility }, "collaborators": func(args map[string]any) any { return c.collabs(args) },
		"pullRequest": func(map[string]any) any {
			return thing{"headRefOid": gitID(c.head), "baseRef": thing{"target": thing{"__typename": "Commit", "oid": gitID("base")}}, "updatedAt": clock(30)}
		},
	}
	c.graph = &graph{tb: tb, root: thing{
		"rateLimit": nil, "repository": repo, "user": byName("login", c.users),
		"organization": func(args map[string]any) any {
			return thing{"login": args["login"], "team": func(args map[string]any) any {
				slug := fmt.Sprint(args["slug"])
				if m, ok := c.teams[slug]; ok {
					return thing{"slug": slug, "members": m}
				}
				return nil
			}}
		},
	}}
	c.change = func(_ int, data any) (any, []GraphQLError) { return data, c.errs }
	return c
}

// edges is a connection of collaborators: what an edge says besides its node cannot be
// told from the node, so it is written out.
func edges(list many) any {
	var out []any
	for _, e := range list {
		e := e.(thing)
		out = append(out, map[string]any{"permission": e["permission"], "node": map[string]any{"databaseId": e["node"].(thing)["databaseId"], "login": e["node"].(thing)["login"]}})
	}
	if out == nil {
		out = []any{}
	}
	return map[string]any{"edges": out}
}

func (c *crowd) read() *People {
	c.tb.Helper()
	p, err := readPeople(context.Background(), c.graph, c.query)
	if err != nil {
		c.tb.Fatal(err)
	}
	return p
}

func TestPeople(t *testing.T) {
	c := newCrowd(t)
	want := &People{
		Permission: map[int64]string{1: "write", 2: "admin", 3: "none"},
		Accounts:   []Actor{{1, "ann", "User"}, {2, "bob", "User"}, {3, "cat", "User"}},
		Members:    map[string][]int64{"acme/ops": {1, 3}},
		Head:       gitID("c2"), Base: gitID("base"),
	}
	if d := cmp.Diff(want, c.read()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(c.queries) != 1 || len(c.gets) != 0 {
		t.Errorf("%d queries, %d calls", len(c.queries), len(c.gets))
	}
}

func TestPeopleWithoutPullRequest(t *testing.T) {
	c := newCrowd(t)
	c.query.Number, c.query.Logins, c.query.Teams, c.query.Suggest = 0, nil, nil, true
	p := c.read()
	if d := cmp.Diff(map[int64]string{1: "write", 2: "admin"}, p.Permission); d != "" || p.Head != "" || len(p.Missed) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestPeopleInChunks(t *testing.T) {
	c := newCrowd(t)
	c.query.Logins, c.query.Teams = nil, nil
	for i := range 120 {
		login := fmt.Sprint("u", i)
		c.users[login] = userThing(1000+i, login)
		c.query.Logins = append(c.query.Logins, login, strings.ToUpper(login), "")
	}
	c.query.Logins = append(c.query.Logins, "claude[bot]", "nobody")
	for i := range 30 {
		slug := fmt.Sprint("t", i)
		c.teams[slug] = many{ann}
		c.query.Teams = append(c.query.Teams, "acme/"+slug, "acme/"+slug)
	}
	c.errs = []GraphQLError{{Type: "NOT_FOUND", Path: []any{"u0"}}}
	c.before = func(n int) { c.head = "h" + strconv.Itoa(n) }
	p := c.read()
	wantMissed(t, p.Missed)
	if len(p.Permission) != 120 || len(p.Members) != 30 || len(c.queries) != 3 {
		t.Errorf("%d permissions, %d teams, %d queries", len(p.Permission), len(p.Members), len(c.queries))
	}
	if p.Head != gitID("h2") {
		t.Error("the head is not that of the end of the reading")
	}
}

func TestLargeTeam(t *testing.T) {
	c := newCrowd(t)
	c.teams["ops"] = more(nil, 250, func(i int) thing { return userThing(1000+i, fmt.Sprint("u", i)) })
	p := c.read()
	wantMissed(t, p.Missed)
	if len(p.Members["acme/ops"]) != 250 || len(c.queries) != 3 {
		t.Errorf("%d members, %d queries", len(p.Members["acme/ops"]), len(c.queries))
	}
	c.teams["ops"] = more(nil, 5000, func(i int) thing { return userThing(1000+i, fmt.Sprint("u", i)) })
	p = c.read()
	wantMissed(t, p.Missed, `the members of the team "acme/ops"`)
	if _, ok := p.Members["acme/ops"]; ok {
		t.Error("a part of a team is given for the team")
	}
}

func TestTeamsThatCannotBeSeen(t *testing.T) {
	c := newCrowd(t)
	c.query.Teams = []string{"acme/ghosts", "acme/ops", "no-team", "a/b/c", "../x"}
	c.errs = []GraphQLError{{Type: "NOT_FOUND", Path: []any{"t0", "team"}, Message: "x"}}
	p := c.read()
	wantMissed(t, p.Missed, `the members of the team "../x"`, `the members of the team "a/b/c"`, `the members of the team "no-team"`, `the members of the team "acme/ghosts"`)
	if !strings.Contains(p.Missed[3].Why, "members: read") {
		t.Errorf("%+v", p.Missed)
	}
	if d := cmp.Diff(map[string][]int64{"acme/ops": {1, 3}}, p.Members); d != "" {
		t.Error(d)
	}
}

// The token of a workflow may not list collaborators.
func TestPermissionsOneByOne(t *testing.T) {
	permission := func(id int, word, role string) map[string]any {
		return map[string]any{"permission": word, "role_name": role, "user": map[string]any{"id": id}}
	}
	start := func(t *testing.T) *crowd {
		c := newCrowd(t)
		c.query.Suggest, c.query.Teams = true, nil
		c.collabs = func(map[string]any) any { return nil }
		for _, p := range []string{"c0", "c1", "c2", "suggest"} {
			c.errs = append(c.errs, GraphQLError{Type: "FORBIDDEN", Path: []any{"repository", p}})
		}
		return c
	}
	const path = "/repos/acme/infra/collaborators/"
	for name, x := range map[string]struct {
		visibility string
		rest       any
		want       string
	}{
		"admin":                          {"PRIVATE", permission(1, "admin", "admin"), "admin"},
		"maintain":                       {"PRIVATE", permission(1, "write", "maintain"), "maintain"},
		"a role of the organisation":     {"PRIVATE", permission(1, "write", "deployer"), "write"},
		"a role that claims more":        {"PRIVATE", permission(1, "read", "admin"), "read"},
		"triage":                         {"PUBLIC", permission(1, "read", "triage"), "triage"},
		"read":                           {"PRIVATE", permission(1, "read", "read"), "read"},
		"read, which everybody may":      {"PUBLIC", permission(1, "read", "read"), "none"},
		"read, of the whole enterprise":  {"INTERNAL", permission(1, "read", "read"), "none"},
		"none":                           {"PRIVATE", permission(1, "none", ""), "none"},
		"no collaborator":                {"PRIVATE", nil, "none"},
		"an older server without a role": {"PRIVATE", permission(1, "write", ""), "write"},
		"another account":                {"PRIVATE", permission(66, "admin", "admin"), ""},
		"no account":                     {"PRIVATE", map[string]any{"permission": "admin", "user": nil}, ""},
		"a word nobody knows":            {"PRIVATE", permission(1, "owner", "owner"), ""},
		"forbidden":                      {"PRIVATE", &StatusError{Status: 403}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.visibility = x.visibility
			c.rest = map[string]any{path + "bob/permission": permission(2, "admin", "admin")}
			if x.rest != nil {
				c.rest[path+"ann/permission"] = x.rest
			}
			c.before = func(n int) { c.head = "h" + strconv.Itoa(n) }
			p := c.read()
			if p.Permission[1] != x.want || p.Permission[2] != "admin" || p.Permission[3] != "none" {
				t.Errorf("%v", p.Permission)
			}
			if (x.want == "") != (len(p.Missed) == 1) {
				t.Errorf("%+v", p.Missed)
			}
			if p.Head != gitID("h1") || len(c.queries) != 2 {
				t.Error("the head is not that of the end of the reading")
			}
		})
	}
	c := start(t)
	c.query.Logins = nil
	for i := range 40 {
		login := fmt.Sprint("u", i)
		c.users[login] = userThing(1000+i, login)
		c.query.Logins = append(c.query.Logins, login)
	}
	c.errs = nil
	p := c.read()
	wantMissed(t, p.Missed, "the permission of an account")
	if len(c.gets) != maxRESTAsks || len(p.Permission) != maxRESTAsks {
		t.Errorf("%d calls", len(c.gets))
	}
	c = start(t)
	c.rest = map[string]any{path + "ann/permission": errors.New("the line broke")}
	if _, err := readPeople(context.Background(), c.graph, c.query); err == nil {
		t.Error("no error although the line broke")
	}
}

// People by id: an answer about somebody else is no answer.
func TestPeopleByID(t *testing.T) {
	for name, set := range map[string]func(*crowd){
		"another collaborator": func(c *crowd) {
			c.collabs = func(map[string]any) any {
				return edges(many{thing{"permission": "ADMIN", "node": userThing(66, "ann")}})
			}
		},
		"another account":     func(c *crowd) { c.users["ann"] = userThing(66, "eve") },
		"no number":           func(c *crowd) { c.users["ann"] = thing{"login": "ann", "databaseId": nil} },
		"no account":          func(c *crowd) { delete(c.users, "ann"); c.may["ann"] = "" },
		"a word nobody knows": func(c *crowd) { c.may["ann"] = "OWNER" },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrowd(t)
			c.query.Logins, c.query.Teams = []string{"ann"}, nil
			set(c)
			p := c.read()
			if len(p.Missed) == 0 || len(p.Permission) != 0 {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestRenamedAndDeletedLogins(t *testing.T) {
	c := newCrowd(t)
	c.query.Logins, c.query.Teams = []string{"gone", "ann"}, nil
	c.errs = []GraphQLError{{Type: "NOT_FOUND", Message: "Could not resolve to a User", Path: []any{"u1"}}}
	p := c.read()
	wantMissed(t, p.Missed)
	if d := cmp.Diff(map[int64]string{1: "write"}, p.Permission); d != "" {
		t.Error(d)
	}
}

func TestTooManyPeople(t *testing.T) {
	c := newCrowd(t)
	c.query.Logins, c.query.Teams = nil, nil
	for i := range maxLogins + 1 {
		login := fmt.Sprint("u", i)
		c.users[login] = userThing(1000+i, login)
		c.query.Logins = append(c.query.Logins, login)
	}
	for i := range maxTeams + 1 {
		c.teams[fmt.Sprint("t", i)] = many{ann}
		c.query.Teams = append(c.query.Teams, fmt.Sprint("acme/t", i))
	}
	p := c.read()
	wantMissed(t, p.Missed, "the permission of an account", "the members of a team")
}
