package ghtest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"
)

// resolver finds the value of a field of an object.
type resolver func(x *execution, obj any, a arguments) (any, error)

// of makes a resolver of a function on the objects of a type.
func of[T any](f func(x *execution, o T, a arguments) (any, error)) resolver {
	return func(x *execution, obj any, a arguments) (any, error) {
		o, ok := obj.(T)
		if !ok {
			return nil, fmt.Errorf("the fake has a %T where it wants a %T", obj, *new(T))
		}
		return f(x, o, a)
	}
}

// get is of for what can neither fail nor depends on anything else.
func get[T any](f func(o T) any) resolver {
	return of(func(_ *execution, o T, _ arguments) (any, error) { return f(o), nil })
}

type fields map[string]resolver

// resolvers are the fields that the fake knows, by type.
var resolvers = sync.OnceValue(func() map[string]fields {
	return map[string]fields{
		"Query": queryFields(), "Repository": repositoryFields(), "Ref": refFields(),
		"User": accountFields(), "Bot": accountFields("name", "email"), "Mannequin": accountFields("name"),
		"Organization": organizationFields(), "Team": teamFields(),
		"Commit": commitFields(), "Tree": treeFields(), "Blob": blobFields(), "Tag": tagFields(),
		"TreeEntry": treeEntryFields(), "GitActor": gitActorFields(),
		"PullRequest": pullFields(), "PullRequestReview": reviewFields(),
		"PullRequestReviewThread": threadFields(), "PullRequestReviewComment": commentFields(),
		"ReviewRequest": requestFields(), "PullRequestCommit": pullCommitFields(),
		"CheckSuite": suiteFields(), "CheckRun": checkRunFields(), "App": appFields(),
		"StatusCheckRollup": rollupFields(), "StatusContext": statusFields(),
	}
})

func resolverOf(typ, field string) resolver {
	if r := resolvers()[typ][field]; r != nil {
		return r
	}
	if strings.HasSuffix(typ, "Event") {
		return eventFields()[field]
	}
	if strings.HasSuffix(typ, "Signature") {
		return signatureFields()[field]
	}
	return nil
}

// typeOf is the GraphQL type of an object that can be of several.
func typeOf(v any) string {
	switch o := v.(type) {
	case *User:
		return o.Type
	case *Team:
		return "Team"
	case *Repo:
		return "Repository"
	case *Pull:
		return "PullRequest"
	case *Review:
		return "PullRequestReview"
	case *Event:
		return o.Kind
	case *eventOf:
		return o.Kind
	case pullCommit:
		return "PullRequestCommit"
	case gitObject:
		t := o.repo.store.objects[o.id].typ
		if t == "" {
			return ""
		}
		return strings.ToUpper(t[:1]) + t[1:]
	case signed:
		switch {
		case strings.Contains(o.signature, "BEGIN SSH"):
			return "SshSignature"
		case strings.Contains(o.signature, "BEGIN PGP"):
			return "GpgSignature"
		case strings.Contains(o.signature, "BEGIN SIGNED MESSAGE"):
			return "SmimeSignature"
		}
		return "UnknownSignature"
	case *CheckRun:
		return "CheckRun"
	case *Status, statusOf:
		return "StatusContext"
	case *Suite:
		return "CheckSuite"
	case *App:
		return "App"
	}
	return ""
}

// globalID is the id that node() takes.
func globalID(typ string, id any) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%v", typ, id))
}

// stamp is a time as GitHub writes it: UTC, whole seconds. A zero one is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// need is an error when the token lacks a permission.
func (x *execution) need(name string, r *Repo) error {
	if x.token.may(name, "read", r) {
		return nil
	}
	return problem("FORBIDDEN", "Resource not accessible by integration")
}

// actor is an account, or null when it is gone.
func (x *execution) actor(u *User) any {
	if u = x.w.alive(u); u != nil {
		return u
	}
	return nil
}

// human is an account where GitHub has only those of type User.
func (x *execution) human(u *User) any {
	if u = x.w.alive(u); u != nil && u.Type == "User" {
		return u
	}
	return nil
}

func queryFields() fields {
	return fields{
		"repository": of(func(x *execution, _ any, a arguments) (any, error) {
			return x.repository(a.text("owner") + "/" + a.text("name"))
		}),
		"organization": of(func(x *execution, _ any, a arguments) (any, error) {
			if o := x.w.findOrg(a.text("login")); o != nil && x.w.alive(o.User) != nil {
				return o.User, nil
			}
			return nil, problem("NOT_FOUND", "Could not resolve to an Organization with the login of '%s'.", a.text("login"))
		}),
		"user": of(func(x *execution, _ any, a arguments) (any, error) {
			if u := x.w.byLogin(a.text("login")); u != nil && u.Type == "User" {
				return u, nil
			}
			return nil, problem("NOT_FOUND", "Could not resolve to a User with the login of '%s'.", a.text("login"))
		}),
		"viewer": of(func(x *execution, _ any, _ arguments) (any, error) {
			if x.token.User != nil {
				return x.token.User, nil
			}
			return nil, problem("FORBIDDEN", "Resource not accessible by integration")
		}),
		"node": of(func(x *execution, _ any, a arguments) (any, error) { return x.node(a.text("id")) }),
		"nodes": of(func(x *execution, _ any, a arguments) (any, error) {
			out := []any{}
			for _, id := range a.list("ids") {
				n, err := x.node(id)
				if err != nil {
					return nil, err
				}
				out = append(out, n)
			}
			return out, nil
		}),
		"rateLimit": of(func(x *execution, _ any, _ arguments) (any, error) {
			r := x.spent(0)
			return map[string]any{
				"cost": x.cost.points(), "nodeCount": x.cost.nodes, "limit": r.limit,
				"remaining": r.limit - r.used, "used": r.used, "resetAt": stamp(r.reset),
			}, nil
		}),
	}
}

func (x *execution) repository(full string) (any, error) {
	if r := x.w.findRepo(full); r != nil && x.token.reaches(r) {
		return r, nil
	}
	return nil, problem("NOT_FOUND", "Could not resolve to a Repository with the name '%s'.", full)
}

// node finds what a global id stands for.
func (x *execution) node(id string) (any, error) {
	none := problem("NOT_FOUND", "Could not resolve to a node with the global id of '%s'", id)
	b, err := base64.StdEncoding.DecodeString(id)
	if err != nil {
		return nil, none
	}
	for _, u := range x.w.accounts {
		if string(b) == fmt.Sprintf("%s:%d", u.Type, u.ID) {
			return u, nil
		}
	}
	for _, r := range x.w.repos {
		if !x.token.reaches(r) {
			continue
		}
		if string(b) == fmt.Sprintf("Repository:%d", r.ID) {
			return r, nil
		}
		for _, p := range r.Pulls {
			if string(b) == fmt.Sprintf("PullRequest:%d", p.ID) {
				return p, x.need("pull_requests", r)
			}
			for _, v := range p.Reviews {
				if string(b) == fmt.Sprintf("PullRequestReview:%d", v.ID) {
					return v, x.need("pull_requests", r)
				}
			}
		}
		if o, ok := strings.CutPrefix(string(b), fmt.Sprintf("GitObject:%d:", r.ID)); ok {
			if g := r.git(o); g != nil {
				return g, x.need("contents", r)
			}
		}
	}
	return nil, none
}

// accountFields are those of all accounts, but for what some have not.
func accountFields(without ...string) fields {
	f := fields{
		"login":        get(func(u *User) any { return u.Login }),
		"databaseId":   get(func(u *User) any { return u.ID }),
		"id":           get(func(u *User) any { return globalID(u.Type, u.ID) }),
		"name":         get(func(u *User) any { return u.Name }),
		"email":        get(func(u *User) any { return "" }), // hidden, as most have it
		"url":          get(func(u *User) any { return "https://github.invalid/" + u.Login }),
		"resourcePath": get(func(u *User) any { return "/" + u.Login }),
		"avatarUrl":    get(func(u *User) any { return "https://github.invalid/" + u.Login + ".png" }),
	}
	for _, name := range without {
		delete(f, name)
	}
	return f
}

func organizationFields() fields {
	f := accountFields()
	f["team"] = of(func(x *execution, u *User, a arguments) (any, error) {
		if err := x.need("members", nil); err != nil {
			return nil, err
		}
		if t := x.w.Org(u.Login).team(a.text("slug")); t != nil {
			return t, nil
		}
		return nil, nil
	})
	f["teams"] = of(func(x *execution, u *User, _ arguments) (any, error) {
		if err := x.need("members", nil); err != nil {
			return nil, err
		}
		return connect(x.w.Org(u.Login).Teams), nil
	})
	f["repository"] = of(func(x *execution, u *User, a arguments) (any, error) {
		return x.repository(u.Login + "/" + a.text("name"))
	})
	f["membersWithRole"] = of(func(x *execution, u *User, _ arguments) (any, error) {
		if err := x.need("members", nil); err != nil {
			return nil, err
		}
		return connect(x.w.Org(u.Login).Members), nil
	})
	return f
}

func teamFields() fields {
	return fields{
		"databaseId":   get(func(t *Team) any { return t.ID }),
		"id":           get(func(t *Team) any { return globalID("Team", t.ID) }),
		"slug":         get(func(t *Team) any { return t.Slug }),
		"name":         get(func(t *Team) any { return t.Name }),
		"combinedSlug": get(func(t *Team) any { return t.Org.Login + "/" + t.Slug }),
		"organization": get(func(t *Team) any { return t.Org.User }),
		"parentTeam":   get(func(t *Team) any { return t.Parent }),
		"privacy": get(func(t *Team) any {
			if t.Secret {
				return "SECRET"
			}
			return "VISIBLE"
		}),
		"members": of(func(x *execution, t *Team, a arguments) (any, error) {
			list := t.All()
			direct := map[*User]bool{}
			for _, m := range t.Members {
				direct[m] = true
			}
			if want := a.text("membership"); want == "IMMEDIATE" || want == "CHILD_TEAM" {
				var some []*User
				for _, u := range list {
					if direct[u] == (want == "IMMEDIATE") {
						some = append(some, u)
					}
				}
				list = some
			}
			c := connect(list)
			c.edge = func(any) map[string]any { return map[string]any{"role": "MEMBER"} }
			return c, nil
		}),
		"childTeams": of(func(_ *execution, t *Team, a arguments) (any, error) {
			var list []*Team
			direct, said := a["immediateOnly"].(bool)
			for _, c := range t.Org.Teams {
				if c != t && (c.Parent == t || said && !direct && c.within(t)) {
					list = append(list, c)
				}
			}
			return connect(list), nil
		}),
	}
}
