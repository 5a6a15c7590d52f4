package ghtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// App is a GitHub App.
type App struct {
	ID            int64
	Slug          string
	Name          string
	Owner         *User
	Bot           *User
	Key           *rsa.PrivateKey
	Installations []*Installation

	world *World
}

// Installation is an app at an account.
type Installation struct {
	ID      int64
	App     *App
	Account *User
	Repos   []*Repo // nil: all of the account
	// Permissions by name: "checks": "write". No token has more.
	Permissions map[string]string
	Suspended   bool
}

// Token is what a client shows.
type Token struct {
	Value        string
	User         *User             // whose it is; nil: of an installation, or of nobody in particular
	Installation *Installation     // nil: of a user
	Repos        []*Repo           // that it may reach; nil: those of the installation, or all
	Permissions  map[string]string // nil: everything
	Expires      time.Time         // zero: never
	App          *App              // whose check runs it writes
}

// key is made once a process: making one takes long, and it proves nothing here.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// App finds or makes an app.
func (w *World) App(slug string) *App {
	for _, a := range w.apps {
		if a.Slug == slug {
			return a
		}
	}
	a := &App{
		ID: w.ID(), Slug: slug, Name: slug, Owner: w.Account("app-owner", "Organization"),
		Bot: w.Bot(slug), Key: key(), world: w,
	}
	w.apps = append(w.apps, a)
	return a
}

// PEM is the app's private key.
func (a *App) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(a.Key)})
}

// Install installs the app at an account.
func (a *App) Install(account *User, permissions map[string]string, repos ...*Repo) *Installation {
	i := &Installation{ID: a.world.ID(), App: a, Account: account, Repos: repos, Permissions: permissions}
	a.Installations = append(a.Installations, i)
	return i
}

func (i *Installation) reaches(r *Repo) bool {
	return i.Account == r.Owner && (i.Repos == nil || slices.Contains(i.Repos, r))
}

func (w *World) installation(id int64) *Installation {
	for _, a := range w.apps {
		for _, i := range a.Installations {
			if i.ID == id {
				return i
			}
		}
	}
	return nil
}

// Token makes a token, as the token of a workflow is one: of an installation of
// GitHub's own app, with these permissions. nil is all of them.
func (w *World) Token(permissions map[string]string) *Token {
	return w.AddToken(Token{Permissions: permissions, App: w.App("github-actions")})
}

// AddToken makes a token as it is; the value is made up.
func (w *World) AddToken(t Token) *Token {
	if t.Value == "" {
		t.Value = fmt.Sprintf("token-%d-%s", w.ID(), rand.Text())
	}
	if t.App == nil && t.Installation != nil {
		t.App = t.Installation.App
	}
	token := &t
	w.tokens[t.Value] = token
	return token
}

// reaches reports whether the token sees a repository at all.
func (t *Token) reaches(r *Repo) bool {
	switch {
	case !r.Private:
		return true
	case t.Repos != nil && !slices.Contains(t.Repos, r):
		return false
	case t.Installation != nil:
		return t.Installation.reaches(r)
	case t.User != nil:
		level, _ := r.Role(t.User)
		return level != "none"
	}
	return true
}

// may reports whether the token has a permission: "checks", "write". Of a public
// repository everybody may read what is in the repository.
func (t *Token) may(name, level string, r *Repo) bool {
	if name == "" || name == "metadata" {
		return true
	}
	if r != nil && !r.Private && level == "read" {
		return true
	}
	if t.User != nil && t.Installation == nil && r != nil && level == "write" {
		have, _ := r.Role(t.User)
		if slices.Index(levels, have) < slices.Index(levels, "write") {
			return false
		}
	}
	if t.Permissions == nil {
		return true
	}
	have := t.Permissions[name]
	return have == "write" || have == "admin" || have == level
}

// issue makes a token of an installation, with no more than that has. It returns a
// message when more is asked for.
func (w *World) issue(i *Installation, want map[string]string, repos []*Repo) (*Token, string) {
	if want == nil {
		want = i.Permissions
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		rank := []string{"", "read", "write", "admin"}
		if slices.Index(rank, want[name]) > slices.Index(rank, i.Permissions[name]) {
			return nil, "The permissions requested are not granted to this installation."
		}
	}
	return w.AddToken(Token{
		Installation: i, Repos: repos, Permissions: maps.Clone(want), Expires: time.Now().Add(w.TokenLife).Truncate(time.Second),
	}), ""
}

func branchOf(ref string) (string, bool) { return strings.CutPrefix(ref, "refs/heads/") }
