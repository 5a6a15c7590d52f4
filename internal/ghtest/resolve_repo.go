package ghtest

import (
	"slices"
	"strings"
)

// ref is a branch, a tag or another ref.
type ref struct {
	repo *Repo
	name string // refs/heads/main
}

func (r *Repo) ref(name string) any {
	if r.Refs[name] == "" {
		return nil
	}
	return ref{r, name}
}

func repositoryFields() fields {
	return fields{
		"id":               get(func(r *Repo) any { return globalID("Repository", r.ID) }),
		"databaseId":       get(func(r *Repo) any { return r.ID }),
		"name":             get(func(r *Repo) any { return r.Name }),
		"nameWithOwner":    get(func(r *Repo) any { return r.FullName() }),
		"owner":            get(func(r *Repo) any { return r.Owner }),
		"isPrivate":        get(func(r *Repo) any { return r.Private }),
		"isFork":           get(func(r *Repo) any { return r.Parent != nil }),
		"isArchived":       get(func(*Repo) any { return false }),
		"isInOrganization": get(func(r *Repo) any { return r.Owner.Type == "Organization" }),
		"isEmpty":          get(func(r *Repo) any { return len(r.Refs) == 0 }),
		"url":              get(func(r *Repo) any { return "https://github.invalid/" + r.FullName() }),
		"visibility": get(func(r *Repo) any {
			if r.Private {
				return "PRIVATE"
			}
			return "PUBLIC"
		}),
		"parent": get(func(r *Repo) any { return r.Parent }),
		"defaultBranchRef": of(func(x *execution, r *Repo, _ arguments) (any, error) {
			return r.ref("refs/heads/" + r.DefaultBranch), x.need("contents", r)
		}),
		"ref": of(func(x *execution, r *Repo, a arguments) (any, error) {
			if err := x.need("contents", r); err != nil {
				return nil, err
			}
			name := a.text("qualifiedName")
			for _, try := range []string{name, "refs/heads/" + name, "refs/tags/" + name} {
				if strings.HasPrefix(try, "refs/") && r.Refs[try] != "" {
					return ref{r, try}, nil
				}
			}
			return nil, nil
		}),
		"refs": of(func(x *execution, r *Repo, a arguments) (any, error) {
			if err := x.need("contents", r); err != nil {
				return nil, err
			}
			var list []ref
			for name := range r.Refs {
				if strings.HasPrefix(name, a.text("refPrefix")) {
					list = append(list, ref{r, name})
				}
			}
			slices.SortFunc(list, func(a, b ref) int { return strings.Compare(a.name, b.name) })
			return connect(list), nil
		}),
		"object": of(func(x *execution, r *Repo, a arguments) (any, error) {
			if err := x.need("contents", r); err != nil {
				return nil, err
			}
			if oid := a.text("oid"); oid != "" {
				if g := r.git(oid); g != nil {
					return g, nil
				}
				return nil, nil
			}
			return r.expression(a.text("expression")), nil
		}),
		"pullRequest": of(func(x *execution, r *Repo, a arguments) (any, error) {
			if err := x.need("pull_requests", r); err != nil {
				return nil, err
			}
			n, _ := a.number("number")
			if p := r.pull(int64(n)); p != nil {
				return p, nil
			}
			return nil, problem("NOT_FOUND", "Could not resolve to a PullRequest with the number of %d.", n)
		}),
		"pullRequests": of(func(x *execution, r *Repo, a arguments) (any, error) {
			if err := x.need("pull_requests", r); err != nil {
				return nil, err
			}
			return connect(choose(r.Pulls, a)), nil
		}),
		"collaborators": of(func(_ *execution, r *Repo, a arguments) (any, error) {
			affiliation := a.text("affiliation")
			list := r.collaborators(affiliation)
			if login, ok := a["login"].(string); ok {
				list = slices.DeleteFunc(list, func(u *User) bool { return !strings.EqualFold(u.Login, login) })
			}
			if q := a.text("query"); q != "" {
				list = slices.DeleteFunc(list, func(u *User) bool { return !strings.Contains(strings.ToLower(u.Login), strings.ToLower(q)) })
			}
			c := connect(list)
			c.edge = func(n any) map[string]any {
				level, _ := r.Role(n.(*User))
				return map[string]any{"permission": strings.ToUpper(level), "permissionSources": []any{}}
			}
			return c, nil
		}),
	}
}

// choose are the pull requests that the arguments of pullRequests ask for.
func choose(list []*Pull, a arguments) []*Pull {
	var out []*Pull
	states := a.list("states")
	for _, p := range list {
		if len(states) > 0 && !slices.Contains(states, strings.ToUpper(p.State)) ||
			a.text("headRefName") != "" && a.text("headRefName") != p.Head ||
			a.text("baseRefName") != "" && a.text("baseRefName") != p.Base {
			continue
		}
		if labels := a.list("labels"); len(labels) > 0 && !slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(p.Labels, l) }) {
			continue
		}
		out = append(out, p)
	}
	if a.object("orderBy").text("direction") == "DESC" {
		slices.Reverse(out)
	}
	return out
}

// expression is what rev-parse makes of it: a revision, or one with a path.
func (r *Repo) expression(s string) any {
	rev, path, hasPath := strings.Cut(s, ":")
	if !hasPath {
		if id := r.resolve(rev); id != "" {
			return r.git(id)
		}
		return nil
	}
	c := r.store.commit(r.commitish(rev))
	tree := r.resolve(rev)
	if c != nil {
		tree = c.tree
	}
	e, ok := r.store.find(tree, strings.TrimSuffix(path, "/"))
	if !ok || r.git(e.id) == nil {
		return nil
	}
	return r.git(e.id)
}

func refFields() fields {
	return fields{
		"id": get(func(f ref) any { return globalID("Ref", f.repo.FullName()+":"+f.name) }),
		"name": get(func(f ref) any {
			name := strings.TrimPrefix(f.name, "refs/")
			if kind, rest, ok := strings.Cut(name, "/"); ok && (kind == "heads" || kind == "tags") {
				return rest
			}
			return name
		}),
		"prefix": get(func(f ref) any {
			parts := strings.SplitAfterN(f.name, "/", 3)
			if len(parts) == 3 {
				return parts[0] + parts[1]
			}
			return parts[0]
		}),
		"repository": get(func(f ref) any { return f.repo }),
		"target": of(func(x *execution, f ref, _ arguments) (any, error) {
			return f.repo.git(f.repo.Refs[f.name]), x.need("contents", f.repo)
		}),
		"associatedPullRequests": of(func(x *execution, f ref, a arguments) (any, error) {
			if err := x.need("pull_requests", f.repo); err != nil {
				return nil, err
			}
			var list []*Pull
			for _, r := range x.w.repos {
				for _, p := range r.Pulls {
					if p.HeadRepo == f.repo && "refs/heads/"+p.Head == f.name {
						list = append(list, p)
					}
				}
			}
			return connect(choose(list, a)), nil
		}),
	}
}
