package ghtest

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

func refJSON(r *Repo, name string) map[string]any {
	typ, _ := r.Object(r.Refs[name])
	return map[string]any{"ref": name, "object": map[string]any{"sha": r.Refs[name], "type": typ}}
}

func getRef(c *call) (any, int) {
	name := "refs/" + c.ex.params["ref"]
	if c.repo.Refs[name] == "" {
		return notFound()
	}
	return refJSON(c.repo, name), http.StatusOK
}

// matchingRefs are those that begin so, however they go on.
func matchingRefs(c *call) (any, int) {
	var names []string
	for name := range c.repo.Refs {
		if strings.HasPrefix(name, "refs/"+c.ex.params["ref"]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return list(names, func(n string) map[string]any { return refJSON(c.repo, n) }), http.StatusOK
}

// gitCommit is a commit object. Only a full id is one here.
func gitCommit(c *call) (any, int) {
	p := c.repo.store.commit(c.ex.params["commit_sha"])
	if p == nil {
		return notFound()
	}
	return map[string]any{
		"sha": p.id, "node_id": globalID("GitObject", p.id), "author": identJSON(p.author), "committer": identJSON(p.committer),
		"message": utf8Text(p.message), "tree": map[string]any{"sha": p.tree}, "verification": verification(c.repo, p),
		"parents": list(p.parents, func(id string) map[string]any { return map[string]any{"sha": id} }),
	}, http.StatusOK
}

// gitTree is a tree, or with recursive everything below it, as far as the limit lets.
func gitTree(c *call) (any, int) {
	name := c.ex.params["tree_sha"]
	id := c.repo.resolve(name)
	if p := c.repo.store.commit(c.repo.commitish(name)); p != nil {
		id = p.tree
	}
	if typ, _ := c.repo.Object(id); typ != "tree" {
		return notFound()
	}
	entries := []any{}
	truncated := false
	add := func(path string, e entry) {
		if len(entries) >= c.w.Limits.TreeEntries {
			truncated = true
			return
		}
		m := map[string]any{"path": utf8Text(path), "mode": e.fullMode(), "type": e.typ(), "sha": e.id}
		if e.typ() == "blob" {
			_, data := c.repo.Object(e.id)
			m["size"] = len(data)
		}
		entries = append(entries, m)
	}
	if c.ex.request.URL.Query().Has("recursive") {
		c.repo.store.walk(id, "", add)
	} else {
		for _, e := range c.repo.store.entries(id) {
			add(e.name, e)
		}
	}
	return map[string]any{"sha": id, "url": "https://github.invalid/", "tree": entries, "truncated": truncated}, http.StatusOK
}

func gitBlob(c *call) (any, int) {
	id := c.ex.params["file_sha"]
	typ, data := c.repo.Object(id)
	if !gitobject.IsFullID(id) {
		return invalid("The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
	}
	if typ != "blob" {
		return notFound()
	}
	if rawWanted(c.ex.request) {
		c.header.Set("Content-Type", "application/vnd.github.raw; charset=utf-8")
		return append([]byte{}, data...), http.StatusOK
	}
	return map[string]any{
		"sha": id, "node_id": globalID("GitObject", id), "size": len(data), "encoding": "base64",
		"content": wrapped(data), "url": "https://github.invalid/",
	}, http.StatusOK
}

func getCommit(c *call) (any, int) {
	id := c.repo.commitish(c.ex.params["ref"])
	if id == "" {
		return fail(http.StatusUnprocessableEntity, "No commit found for SHA: "+c.ex.params["ref"])
	}
	m := c.commitJSON(c.repo, id)
	p := c.repo.store.commit(id)
	var from string
	if len(p.parents) > 0 {
		if parent := c.repo.store.commit(p.parents[0]); parent != nil {
			from = parent.tree
		}
	}
	files := c.repo.store.diff(from, p.tree)
	added, removed := 0, 0
	for _, f := range files {
		added, removed = added+f.additions, removed+f.removed
	}
	m["stats"] = map[string]any{"additions": added, "deletions": removed, "total": added + removed}
	// The files are paged, 300 at a time.
	m["files"] = list(paged(c, files, 300), fileJSON)
	return m, http.StatusOK
}

// compare is base...head. Without paging it is the newest 250 commits; with it, all of
// them in order, and the files on the first page only.
func compare(c *call) (any, int) {
	baseName, headName, ok := strings.Cut(c.ex.params["basehead"], "...")
	if !ok {
		return notFound()
	}
	base, head := c.revision(baseName), c.revision(headName)
	if base == "" || head == "" {
		return notFound()
	}
	s := c.repo.store
	mb := s.mergeBase(base, head)
	if mb == "" {
		return fail(http.StatusNotFound, "No common ancestor between "+baseName+" and "+headName+".")
	}
	ahead, behind := s.between(base, head), s.between(head, base)
	status := "diverged"
	switch {
	case len(ahead) == 0 && len(behind) == 0:
		status = "identical"
	case len(ahead) == 0:
		status = "behind"
	case len(behind) == 0:
		status = "ahead"
	}
	q := c.ex.request.URL.Query()
	var shown []string
	page := 1
	if q.Has("page") || q.Has("per_page") {
		shown = paged(c, ahead, 30)
		if n, err := strconv.Atoi(q.Get("page")); err == nil {
			page = n
		}
	} else {
		shown = ahead[max(0, len(ahead)-250):]
	}
	files := []any{}
	if page == 1 {
		all := s.diff(s.commit(mb).tree, s.commit(head).tree)
		files = list(all[:min(len(all), c.w.Limits.CompareFiles)], fileJSON)
	}
	commit := func(id string) map[string]any { return c.commitJSON(c.repo, id) }
	return map[string]any{
		"status": status, "ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead),
		"base_commit": commit(base), "merge_base_commit": commit(mb), "commits": list(shown, commit), "files": files,
	}, http.StatusOK
}

// revision is a side of a comparison: a revision, or owner:revision of another repository
// of the network.
func (c *call) revision(name string) string {
	owner, rev, ok := strings.Cut(name, ":")
	if !ok {
		return c.repo.commitish(name)
	}
	for _, r := range c.w.repos {
		if r.store == c.repo.store && strings.EqualFold(r.Owner.Login, owner) && c.token.reaches(r) {
			return r.commitish(rev)
		}
	}
	return ""
}

// getContent is a file or a folder at a revision.
func getContent(c *call) (any, int) {
	rev := c.query("ref")
	if rev == "" {
		rev = c.repo.DefaultBranch
	}
	p := c.repo.store.commit(c.repo.commitish(rev))
	if p == nil {
		return fail(http.StatusNotFound, "No commit found for the ref "+rev)
	}
	path := strings.Trim(c.ex.params["path"], "/")
	e, ok := c.repo.store.find(p.tree, path)
	if !ok {
		return notFound()
	}
	if e.typ() == "tree" {
		return list(c.repo.store.entries(e.id), func(in entry) map[string]any {
			m := c.contentJSON(path+"/"+in.name, in)
			delete(m, "content")
			return m
		}), http.StatusOK
	}
	_, data := c.repo.Object(e.id)
	if rawWanted(c.ex.request) {
		c.header.Set("Content-Type", "application/vnd.github.raw; charset=utf-8")
		return append([]byte{}, data...), http.StatusOK
	}
	m := c.contentJSON(path, e)
	if e.mode == "160000" {
		m["submodule_git_url"] = "https://github.invalid/"
		return m, http.StatusOK
	}
	// Of a large file there is only everything else.
	m["encoding"], m["content"] = "base64", base64.StdEncoding.EncodeToString(data)+"\n"
	if len(data) > c.w.Limits.Contents {
		m["encoding"], m["content"] = "none", ""
	}
	return m, http.StatusOK
}

func (c *call) contentJSON(path string, e entry) map[string]any {
	_, data := c.repo.Object(e.id)
	kind := map[string]string{"tree": "dir", "commit": "submodule"}[e.typ()]
	switch {
	case e.mode == "120000":
		kind = "symlink"
	case kind == "":
		kind = "file"
	}
	m := map[string]any{
		"type": kind, "name": path[strings.LastIndexByte(path, '/')+1:], "path": strings.TrimPrefix(path, "/"),
		"sha": e.id, "size": len(data), "url": "https://github.invalid/", "html_url": nil, "git_url": nil, "download_url": nil,
		"_links": map[string]any{"git": nil, "html": nil, "self": "https://github.invalid/"},
	}
	if kind == "symlink" {
		m["target"] = string(data)
	}
	return m
}
