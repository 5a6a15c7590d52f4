package ghtest

import (
	"maps"
	"slices"
	"strings"
)

// Repo is a repository.
type Repo struct {
	ID            int64
	Owner         *User
	Name          string
	Private       bool
	DefaultBranch string
	Parent        *Repo             // of a fork
	Refs          map[string]string // "refs/heads/main" to an object's id
	// Grants are what people may do by themselves, TeamGrants what teams may: read,
	// triage, write, maintain, admin or a role of Roles.
	Grants     map[*User]string
	TeamGrants map[*Team]string
	Roles      map[string]string // of a role that was made here, the one it rests on
	Pulls      []*Pull
	Suites     []*Suite
	Statuses   map[string][]*Status // by commit
	Runs       []*WorkflowRun
	Activity   []Activity // oldest first
	// Attestations are Sigstore bundles by what they are about, "sha256:<hex>", oldest
	// first.
	Attestations map[string][]string
	// Verified are commits whose signature GitHub accepts.
	Verified map[string]bool

	world *World
	store *store // shared by a network of forks
}

// FullName is owner/name.
func (r *Repo) FullName() string { return r.Owner.Login + "/" + r.Name }

// Repo finds or makes a private repository, called "owner/name". An owner that is not
// there becomes an organisation.
func (w *World) Repo(full string) *Repo {
	if r := w.findRepo(full); r != nil {
		return r
	}
	login, name, _ := strings.Cut(full, "/")
	owner := w.byLogin(login)
	if owner == nil {
		owner = w.Org(login).User
	}
	return w.add(&Repo{Owner: owner, Name: name, store: newStore()})
}

// Fork makes a fork of r. It shares its objects, and has its branches.
func (r *Repo) Fork(owner *User) *Repo {
	f := r.world.add(&Repo{Owner: owner, Name: r.Name, Parent: r, store: r.store})
	f.DefaultBranch = r.DefaultBranch
	maps.Copy(f.Refs, r.Refs)
	return f
}

func (w *World) add(r *Repo) *Repo {
	r.ID, r.world, r.Private, r.DefaultBranch = w.ID(), w, true, "main"
	r.Refs, r.Grants, r.TeamGrants = map[string]string{}, map[*User]string{}, map[*Team]string{}
	r.Attestations = map[string][]string{}
	r.Roles, r.Statuses, r.Verified = map[string]string{}, map[string][]*Status{}, map[string]bool{}
	w.repos = append(w.repos, r)
	return r
}

// Attest keeps a bundle about something of this digest, "sha256:<hex>".
func (r *Repo) Attest(digest string, bundle []byte) {
	r.Attestations[digest] = append(r.Attestations[digest], string(bundle))
}

// DeleteRepo takes a repository out of the world, as when a fork is deleted.
func (w *World) DeleteRepo(r *Repo) {
	w.repos = slices.DeleteFunc(w.repos, func(o *Repo) bool { return o == r })
}

func (w *World) findRepo(full string) *Repo {
	for _, r := range w.repos {
		if strings.EqualFold(r.FullName(), full) {
			return r
		}
	}
	return nil
}

// there is r, or nil when it was deleted.
func (w *World) there(r *Repo) *Repo {
	if r != nil && slices.Contains(w.repos, r) {
		return r
	}
	return nil
}

// Grant says what somebody may do: read, triage, write, maintain, admin, a role of
// Roles, or "" for nothing any more.
func (r *Repo) Grant(u *User, role string) {
	if role == "" {
		delete(r.Grants, u)
		return
	}
	r.Grants[u] = role
}

// GrantTeam is Grant for a team.
func (r *Repo) GrantTeam(t *Team, role string) { r.TeamGrants[t] = role }

// levels are the roles, rising.
var levels = []string{"none", "read", "triage", "write", "maintain", "admin"}

// Role is what somebody may do after everything: the level, and the name of the role
// that gives it.
func (r *Repo) Role(u *User) (level, name string) {
	level, name = "none", "none"
	raise := func(role string) {
		l := role
		if base, ok := r.Roles[role]; ok {
			l = base
		}
		if slices.Index(levels, l) > slices.Index(levels, level) {
			level, name = l, role
		}
	}
	if !r.Private {
		raise("read")
	}
	if u == nil || r.world.alive(u) == nil {
		return level, name
	}
	if r.Owner == u {
		raise("admin")
	}
	raise(r.Grants[u])
	if o := r.world.orgOf(r.Owner); o != nil {
		if slices.Contains(o.Owners, u) {
			raise("admin")
		}
		if slices.Contains(o.Members, u) {
			raise(o.Base)
		}
		for t, role := range r.TeamGrants {
			if slices.Contains(t.All(), u) {
				raise(role)
			}
		}
	}
	return level, name
}

// collaborators are everybody with a right that not everybody has, by id. Accounts of
// apps are not among them: GitHub asks the installation.
func (r *Repo) collaborators(affiliation string) []*User {
	var out []*User
	for _, u := range r.world.accounts {
		if u.Type != "User" {
			continue
		}
		if _, direct := r.Grants[u]; affiliation == "DIRECT" && !direct {
			continue
		}
		member := false
		if o := r.world.orgOf(r.Owner); o != nil {
			member = slices.Contains(o.Members, u) || slices.Contains(o.Owners, u)
		}
		if affiliation == "OUTSIDE" && member {
			continue
		}
		if level, _ := r.Role(u); level == "none" || level == "read" && !r.named(u) {
			continue
		}
		out = append(out, u)
	}
	return out
}

// named reports whether u has a right other than everybody's.
func (r *Repo) named(u *User) bool {
	private := r.Private
	r.Private = true
	level, _ := r.Role(u)
	r.Private = private
	return level != "none"
}
