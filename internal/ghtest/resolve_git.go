package ghtest

import (
	"bytes"
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// gitObject is an object of a repository.
type gitObject struct {
	repo *Repo
	id   string
}

// git is an object, or nil when there is none.
func (r *Repo) git(id string) any {
	if _, ok := r.store.objects[id]; !ok {
		return nil
	}
	return gitObject{r, id}
}

func (g gitObject) commit() *parsedCommit { return g.repo.store.commit(g.id) }
func (g gitObject) data() []byte          { return g.repo.store.objects[g.id].data }

// gitActor is who a commit says made it, and whose account GitHub thinks that is.
type gitActor struct {
	ident
	repo *Repo
}

// signed is a commit with a signature.
type signed struct {
	*parsedCommit
	repo *Repo
}

func objectFields() fields {
	return fields{
		"id":             get(func(g gitObject) any { return globalID("GitObject", strconv.FormatInt(g.repo.ID, 10)+":"+g.id) }),
		"oid":            get(func(g gitObject) any { return g.id }),
		"abbreviatedOid": get(func(g gitObject) any { return g.id[:7] }),
		"repository":     get(func(g gitObject) any { return g.repo }),
		"commitUrl":      get(func(g gitObject) any { return "https://github.invalid/" + g.repo.FullName() + "/commit/" + g.id }),
	}
}

func commitFields() fields {
	f := objectFields()
	add := func(name string, r resolver) { f[name] = r }
	add("url", f["commitUrl"])
	add("tree", get(func(g gitObject) any { return g.repo.git(g.commit().tree) }))
	add("message", get(func(g gitObject) any { return utf8Text(g.commit().message) }))
	add("messageHeadline", get(func(g gitObject) any {
		line, _, _ := strings.Cut(g.commit().message, "\n")
		return utf8Text(line)
	}))
	add("messageBody", get(func(g gitObject) any {
		_, rest, _ := strings.Cut(g.commit().message, "\n")
		return utf8Text(strings.TrimLeft(rest, "\n"))
	}))
	add("authoredDate", get(func(g gitObject) any { return stamp(g.commit().author.at) }))
	add("committedDate", get(func(g gitObject) any { return stamp(g.commit().committer.at) }))
	add("author", get(func(g gitObject) any { return gitActor{g.commit().author, g.repo} }))
	add("committer", get(func(g gitObject) any { return gitActor{g.commit().committer, g.repo} }))
	add("authors", get(func(g gitObject) any {
		list := []gitActor{{g.commit().author, g.repo}}
		for line := range strings.Lines(g.commit().message) {
			if rest, ok := cutFold(strings.TrimSpace(line), "co-authored-by:"); ok {
				i := parseIdent(strings.TrimSpace(rest))
				i.email, i.at = strings.TrimSuffix(i.email, ">"), g.commit().author.at
				list = append(list, gitActor{i, g.repo})
			}
		}
		return connect(list)
	}))
	add("parents", get(func(g gitObject) any {
		var list []any
		for _, p := range g.commit().parents {
			if o := g.repo.git(p); o != nil {
				list = append(list, o)
			}
		}
		return connect(list)
	}))
	add("signature", get(func(g gitObject) any {
		if g.commit().signature == "" {
			return nil
		}
		return signed{g.commit(), g.repo}
	}))
	add("additions", get(func(g gitObject) any { a, _, _ := g.changes(); return a }))
	add("deletions", get(func(g gitObject) any { _, d, _ := g.changes(); return d }))
	add("changedFilesIfAvailable", get(func(g gitObject) any { _, _, n := g.changes(); return n }))
	add("file", of(func(_ *execution, g gitObject, a arguments) (any, error) {
		p := a.text("path")
		e, ok := g.repo.store.find(g.commit().tree, p)
		if !ok || p == "" {
			return nil, nil
		}
		return treeEntry{g.repo, e, p}, nil
	}))
	add("history", of(func(_ *execution, g gitObject, _ arguments) (any, error) {
		list := g.repo.store.between("", g.id)
		slices.Reverse(list)
		return connect(g.repo.gits(list)), nil
	}))
	add("associatedPullRequests", of(func(x *execution, g gitObject, a arguments) (any, error) {
		if err := x.need("pull_requests", g.repo); err != nil {
			return nil, err
		}
		var list []*Pull
		for _, p := range g.repo.Pulls {
			if p.Tip() == g.id || slices.Contains(p.Commits(), g.id) {
				list = append(list, p)
			}
		}
		return connect(choose(list, a)), nil
	}))
	add("checkSuites", of(func(x *execution, g gitObject, a arguments) (any, error) {
		if err := x.need("checks", g.repo); err != nil {
			return nil, err
		}
		return connect(g.suites(a.object("filterBy"))), nil
	}))
	add("statusCheckRollup", of(func(x *execution, g gitObject, _ arguments) (any, error) {
		if err := x.need("checks", g.repo); err != nil {
			return nil, err
		}
		if r := (rollup{g}); len(r.contexts()) > 0 {
			return r, nil
		}
		return nil, nil
	}))
	return f
}

func (r *Repo) gits(ids []string) []gitObject {
	var out []gitObject
	for _, id := range ids {
		out = append(out, gitObject{r, id})
	}
	return out
}

// changes are against the first parent.
func (g gitObject) changes() (added, removed, files int) {
	var from string
	if ps := g.commit().parents; len(ps) > 0 {
		if p := g.repo.store.commit(ps[0]); p != nil {
			from = p.tree
		}
	}
	for _, c := range g.repo.store.diff(from, g.commit().tree) {
		added, removed, files = added+c.additions, removed+c.removed, files+1
	}
	return added, removed, files
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// utf8Text is text as JSON can carry it: what is no UTF-8 is replaced, and cannot be
// had back.
func utf8Text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func gitActorFields() fields {
	return fields{
		"name":      get(func(a gitActor) any { return utf8Text(a.name) }),
		"email":     get(func(a gitActor) any { return utf8Text(a.email) }),
		"date":      get(func(a gitActor) any { return a.at.Format(time.RFC3339) }), // in its own zone
		"avatarUrl": get(func(gitActor) any { return "https://github.invalid/avatar.png" }),
		"user": of(func(x *execution, a gitActor, _ arguments) (any, error) {
			return x.human(x.w.byEmail(a.email)), nil
		}),
	}
}

func signatureFields() fields {
	return fields{
		"signature": get(func(s signed) any { return s.signature }),
		"payload":   get(func(s signed) any { return utf8Text(s.payload) }),
		"isValid":   get(func(s signed) any { return s.repo.Verified[s.id] }),
		"email":     get(func(s signed) any { return utf8Text(s.committer.email) }),
		"state": get(func(s signed) any {
			if s.repo.Verified[s.id] {
				return "VALID"
			}
			return "UNKNOWN_KEY"
		}),
		"wasSignedByGitHub": get(func(s signed) any { return s.committer.email == "noreply@github.com" && s.repo.Verified[s.id] }),
		"verifiedAt":        get(func(signed) any { return nil }),
		"signer": of(func(x *execution, s signed, _ arguments) (any, error) {
			if !s.repo.Verified[s.id] {
				return nil, nil
			}
			return x.human(x.w.byEmail(s.committer.email)), nil
		}),
		"keyId":          get(func(signed) any { return nil }),
		"keyFingerprint": get(func(signed) any { return nil }),
	}
}

func treeFields() fields {
	f := objectFields()
	f["entries"] = get(func(g gitObject) any {
		list := []any{}
		for _, e := range g.repo.store.entries(g.id) {
			list = append(list, treeEntry{g.repo, e, e.name})
		}
		return list
	})
	return f
}

// treeEntry is an entry of a tree, and where it was found.
type treeEntry struct {
	repo *Repo
	entry
	path string
}

func treeEntryFields() fields {
	return fields{
		"name": get(func(e treeEntry) any { return utf8Text(e.name) }),
		"nameRaw": get(func(e treeEntry) any {
			return base64.StdEncoding.EncodeToString([]byte(e.name))
		}),
		"path":      get(func(e treeEntry) any { return utf8Text(e.path) }),
		"pathRaw":   get(func(e treeEntry) any { return base64.StdEncoding.EncodeToString([]byte(e.path)) }),
		"oid":       get(func(e treeEntry) any { return e.id }),
		"type":      get(func(e treeEntry) any { return e.typ() }),
		"extension": get(func(e treeEntry) any { return path.Ext(e.name) }),
		"size":      get(func(e treeEntry) any { return len(e.repo.store.objects[e.id].data) }),
		"mode": get(func(e treeEntry) any {
			n, err := strconv.ParseInt(e.mode, 8, 32) // a decimal number of it: 100644 is 33188
			if err != nil {
				return 0
			}
			return n
		}),
		"object":     get(func(e treeEntry) any { return e.repo.git(e.id) }),
		"repository": get(func(e treeEntry) any { return e.repo }),
	}
}

func blobFields() fields {
	f := objectFields()
	f["byteSize"] = get(func(g gitObject) any { return len(g.data()) })
	f["isBinary"] = get(func(g gitObject) any { return binary(g.data()) })
	f["isTruncated"] = get(func(g gitObject) any { return len(g.data()) > g.repo.world.Limits.BlobText })
	f["text"] = get(func(g gitObject) any {
		b := g.data()
		if binary(b) {
			return nil
		}
		return utf8Text(string(b[:min(len(b), g.repo.world.Limits.BlobText)]))
	})
	return f
}

// binary is git's guess, and what is no UTF-8 at all.
func binary(b []byte) bool {
	return bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 || !utf8.Valid(b)
}

func tagFields() fields {
	f := objectFields()
	f["target"] = get(func(g gitObject) any { return g.repo.git(tagTarget(g.data())) })
	f["name"] = get(func(g gitObject) any {
		_, rest, _ := strings.Cut(string(g.data()), "\ntag ")
		name, _, _ := strings.Cut(rest, "\n")
		return name
	})
	f["message"] = get(func(g gitObject) any {
		_, m, _ := strings.Cut(string(g.data()), "\n\n")
		return utf8Text(m)
	})
	return f
}
