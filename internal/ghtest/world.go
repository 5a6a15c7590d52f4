package ghtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// World is everything there is. Before the first request a test fills it as it likes,
// afterwards inside of [Server.Change].
type World struct {
	// Now is the time of what is made next. It stands still unless it is moved.
	Now    time.Time
	Limits Limits
	// TokenLife is how long a token of an installation is good, by the real clock, which
	// the client looks at too.
	TokenLife time.Duration

	accounts []*User
	orgs     []*Org
	repos    []*Repo
	apps     []*App
	tokens   map[string]*Token
	lastID   int64
}

// Limits are where GitHub stops. A test lowers them to meet them cheaply.
type Limits struct {
	PullCommits  int // of a pull request that are listed
	PullFiles    int
	CompareFiles int
	TreeEntries  int // of a recursive tree
	BlobText     int // bytes of a blob's text over GraphQL
	Contents     int // bytes of a file over the contents API
	Rate         int // requests, and points, in an hour
	Nodes        int // that one query may ask for
}

// NewWorld makes an empty world.
func NewWorld() *World {
	return &World{
		Now: time.Date(2025, 10, 9, 12, 0, 0, 0, time.UTC),
		Limits: Limits{
			PullCommits: 250, PullFiles: 3000, CompareFiles: 300, TreeEntries: 100_000,
			BlobText: 512_000, Contents: 1 << 20, Rate: 5000, Nodes: 500_000,
		},
		TokenLife: time.Hour,
		tokens:    map[string]*Token{},
		lastID:    1000,
	}
}

// ID is a number that nothing in this world has yet.
func (w *World) ID() int64 { w.lastID++; return w.lastID }

// Tick moves the time and returns it.
func (w *World) Tick(d time.Duration) time.Time { w.Now = w.Now.Add(d); return w.Now }

// User is an account of any type.
type User struct {
	ID     int64
	Login  string // of a bot without "[bot]", which only REST says
	Type   string // User, Bot, Organization, Mannequin
	Name   string
	Emails []string // by which commits are linked to it
}

// RESTLogin is the login as REST has it.
func (u *User) RESTLogin() string {
	if u.Type == "Bot" {
		return u.Login + "[bot]"
	}
	return u.Login
}

// User finds or makes a human account; its e-mail address is login@example.com.
func (w *World) User(login string) *User { return w.Account(login, "User") }

// Bot finds or makes the account of an app. Its commits carry the address that
// GitHub hands out.
func (w *World) Bot(login string) *User {
	return w.Account(strings.TrimSuffix(login, "[bot]"), "Bot")
}

// Account finds or makes an account of a type. A bot and a user may have the same
// login in GraphQL, and are two accounts.
func (w *World) Account(login, typ string) *User {
	for _, u := range w.accounts {
		if strings.EqualFold(u.Login, login) && (u.Type == "Bot") == (typ == "Bot") {
			return u
		}
	}
	u := &User{ID: w.ID(), Login: login, Type: typ, Name: login, Emails: []string{login + "@example.com"}}
	u.Emails = append(u.Emails, fmt.Sprintf("%d+%s@users.noreply.github.com", u.ID, u.RESTLogin()))
	w.accounts = append(w.accounts, u)
	return u
}

// Rename changes a login. The old one is free at once, as on GitHub.
func (w *World) Rename(u *User, login string) { u.Login = login }

// Delete takes an account out of the world: what it did stays, by nobody.
func (w *World) Delete(u *User) {
	w.accounts = slices.DeleteFunc(w.accounts, func(a *User) bool { return a == u })
}

// alive is u, or nil when the account is gone.
func (w *World) alive(u *User) *User {
	if u != nil && slices.Contains(w.accounts, u) {
		return u
	}
	return nil
}

func (w *World) byLogin(login string) *User {
	for _, u := range w.accounts {
		if strings.EqualFold(u.RESTLogin(), login) {
			return u
		}
	}
	return nil
}

func (w *World) byEmail(email string) *User {
	for _, u := range w.accounts {
		if slices.ContainsFunc(u.Emails, func(e string) bool { return strings.EqualFold(e, email) }) {
			return u
		}
	}
	return nil
}

// Org is an organisation.
type Org struct {
	*User
	Members []*User
	Owners  []*User
	// Base is what every member may do in every repository: "" is nothing, else read,
	// write or admin.
	Base  string
	Teams []*Team

	world *World
}

// Org finds or makes an organisation.
func (w *World) Org(login string) *Org {
	for _, o := range w.orgs {
		if strings.EqualFold(o.Login, login) {
			return o
		}
	}
	o := &Org{User: w.Account(login, "Organization"), world: w}
	w.orgs = append(w.orgs, o)
	return o
}

func (w *World) findOrg(login string) *Org {
	for _, o := range w.orgs {
		if strings.EqualFold(o.Login, login) {
			return o
		}
	}
	return nil
}

func (w *World) orgOf(u *User) *Org {
	for _, o := range w.orgs {
		if o.User == u {
			return o
		}
	}
	return nil
}

// Team is a team of an organisation. Its members are also members of the teams above
// it, and it may do what they may.
type Team struct {
	ID      int64
	Slug    string
	Name    string
	Org     *Org
	Parent  *Team
	Members []*User // of this team itself
	Secret  bool
}

// Team finds or makes a team, and adds the members to it and to the organisation.
func (o *Org) Team(slug string, members ...*User) *Team {
	t := o.team(slug)
	if t == nil {
		t = &Team{ID: o.world.ID(), Slug: slug, Name: slug, Org: o}
		o.Teams = append(o.Teams, t)
	}
	t.add(members)
	return t
}

// Child makes a team below t.
func (t *Team) Child(slug string, members ...*User) *Team {
	c := t.Org.Team(slug, members...)
	c.Parent = t
	return c
}

func (t *Team) add(members []*User) {
	for _, m := range members {
		if !slices.Contains(t.Members, m) {
			t.Members = append(t.Members, m)
		}
		if !slices.Contains(t.Org.Members, m) {
			t.Org.Members = append(t.Org.Members, m)
		}
	}
}

func (o *Org) team(slug string) *Team {
	for _, t := range o.Teams {
		if strings.EqualFold(t.Slug, slug) {
			return t
		}
	}
	return nil
}

// All are the members of the team and of the teams below it.
func (t *Team) All() []*User {
	var all []*User
	for _, c := range t.Org.Teams {
		if !c.within(t) {
			continue
		}
		for _, m := range c.Members {
			if !slices.Contains(all, m) && t.Org.world.alive(m) != nil {
				all = append(all, m)
			}
		}
	}
	return all
}

// within reports whether t is top, or below it.
func (t *Team) within(top *Team) bool {
	for n := t; n != nil; n = n.Parent {
		if n == top {
			return true
		}
	}
	return false
}
