package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// source is what [Objects] needs of a [Client].
type source interface {
	get(ctx context.Context, path string, query url.Values, out any) (response, error)
	graphql(ctx context.Context, query string, variables map[string]any, out any) ([]GraphQLError, error)
	object(r Repository, typ, id string) ([]byte, bool)
	keep(r Repository, typ, id string, data []byte)
}

// Objects are the git objects of a repository, as GitHub tells of them: the store of
// a [gitrepo.Remote]. GitHub hands out blobs as they are; commits and trees are put
// together again from what it tells, byte for byte, which their ids prove.
//
// An object never changes, so everything that was read is kept in the client's cache
// and costs no call a second time. One Objects serves one evaluation, as refs do
// move. It is not safe for concurrent use.
type Objects struct {
	from  source
	repo  Repository
	fetch func(ctx context.Context, ids []string) ([]Commit, error)

	told  map[string]Commit // commits as GitHub tells of them
	order []string          // of told
	raw   map[string][]byte // commits that were rebuilt
	texts map[string][]byte // blobs that were told of, shown to hash to their ids
	refs  map[string]string // empty: there is no such ref
	notes map[string]bool   // commits that a notes ref leads to

	trees     map[string][]byte // each shown to hash to its id
	sizes     map[string]int64  // of blobs, as listings have them
	roots     map[string]bool   // trees of commits, not of notes
	listings  int               // of whole commits, that were read
	listed    int               // entries of the last one
	lookedFor int               // commits whose changes were read ahead
}

var _ gitrepo.Objects = (*Objects)(nil)

// Objects begins to read the git objects of a repository.
func (c *Client) Objects(repo Repository) *Objects {
	return newObjects(c, repo, func(ctx context.Context, ids []string) ([]Commit, error) { return c.Commits(ctx, repo, ids) })
}

func newObjects(from source, repo Repository, fetch func(context.Context, []string) ([]Commit, error)) *Objects {
	return &Objects{
		from: from, repo: repo, fetch: fetch,
		told: map[string]Commit{}, raw: map[string][]byte{}, texts: map[string][]byte{}, refs: map[string]string{}, notes: map[string]bool{},
		trees: map[string][]byte{}, sizes: map[string]int64{}, roots: map[string]bool{},
	}
}

// Prime tells of commits that were read already, such as those of a pull request.
// They are not asked for again.
func (o *Objects) Prime(commits ...Commit) {
	for _, c := range commits {
		if _, known := o.told[c.ID]; !known {
			o.order = append(o.order, c.ID)
		}
		o.told[c.ID] = c
		if !o.notes[c.ID] {
			o.roots[c.Tree] = true
		}
	}
}

// PrimeBlob tells of a file that was read already. A text that is not the whole file,
// or was changed on its way, does not hash to the id and is forgotten.
func (o *Objects) PrimeBlob(id, text string) {
	if gitobject.IsFullID(id) && proved("blob", id, []byte(text)) {
		o.texts[id] = []byte(text)
		o.sizes[id] = int64(len(text))
		o.from.keep(o.repo, "blob", id, o.texts[id])
	}
}

// PrimeRef tells what a full ref name stands for, or by an empty id that there is no
// such ref. It is not asked for again, so who wants to know whether a ref has moved
// must not prime it.
func (o *Objects) PrimeRef(name, id string) {
	o.refs[name] = id
	o.isNote(name, id)
}

func (o *Objects) isNote(ref, id string) {
	if strings.HasPrefix(ref, "refs/notes/") {
		o.notes[id] = true
	}
}

// What one call of [Objects.Objects] brings. [gitrepo.Repo] has the same bound, but
// counts when everything is there.
const maxObjectsBytes = 64 << 20

// Objects implements [gitrepo.Objects]. Tags are not handed out.
func (o *Objects) Objects(ctx context.Context, typ string, ids []string, limit int64) (map[string][]byte, error) {
	for _, id := range ids {
		if !gitobject.IsFullID(id) {
			return nil, fmt.Errorf("read %.80q: it is no full id: %w", id, gitrepo.ErrMissing)
		}
	}
	switch typ {
	case "commit":
		return o.commitObjects(ctx, ids)
	case "tree":
		return o.treeObjects(ctx, ids)
	case "blob":
		return o.blobObjects(ctx, ids, limit)
	}
	return nil, fmt.Errorf("read %s %v: GitHub does not hand out such objects: %w", typ, ids, gitrepo.ErrMissing)
}

// commitObjects finds commits where they are: rebuilt, in the cache, told of, or by
// asking for them.
func (o *Objects) commitObjects(ctx context.Context, ids []string) (map[string][]byte, error) {
	var ask []string
	for _, id := range ids {
		if o.raw[id] != nil {
			continue
		}
		if b, ok := o.from.object(o.repo, "commit", id); ok && proved("commit", id, b) {
			o.keepCommit(id, b)
		} else if _, ok := o.told[id]; !ok {
			ask = append(ask, id)
		}
	}
	if len(ask) > 0 {
		got, err := o.fetch(ctx, ask)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("read %d commits of %s: %w", len(ask), o.repo, err)
		}
		o.Prime(got...)
	}
	out := make(map[string][]byte, len(ids))
	for _, id := range ids {
		if o.raw[id] == nil {
			c, ok := o.told[id]
			if !ok {
				return nil, fmt.Errorf("read commit %s of %s: %w", id, o.repo, gitrepo.ErrMissing)
			}
			b, err := gitobject.Rebuild(id, gitobject.Parts{
				Tree: c.Tree, Parents: c.Parents, Message: c.Message, Payload: c.Payload, Signature: c.Signature,
				Author: gitobject.Stamp(c.Author), Committer: gitobject.Stamp(c.Committer),
			})
			if err != nil {
				return nil, err
			}
			o.keepCommit(id, b)
			o.from.keep(o.repo, "commit", id, b)
		}
		out[id] = o.raw[id]
	}
	return out, nil
}

// keepCommit remembers a commit object that is proved. What is told of it from now on
// is what it says itself.
func (o *Objects) keepCommit(id string, object []byte) {
	o.raw[id] = object
	tree, rest, _ := strings.Cut(strings.TrimPrefix(string(object), "tree "), "\n")
	c := Commit{ID: id, Tree: tree}
	for {
		parent, after, ok := strings.Cut(rest, "\n")
		parent, is := strings.CutPrefix(parent, "parent ")
		if !ok || !is {
			break
		}
		c.Parents, rest = append(c.Parents, parent), after
	}
	o.Prime(c)
}

// proved reports whether an object hashes to its id.
func proved(typ, id string, content []byte) bool {
	format := "sha1"
	if len(id) == 64 {
		format = "sha256"
	}
	sum, err := gitobject.Hash(format, typ, content)
	return err == nil && sum == id
}

// objectsOf asks for several objects with one query. What comes without the object,
// for whatever reason, is left out: another way is tried for it, and that says what is
// wrong.
func objectsOf[T any](ctx context.Context, o *Objects, ids []string, fields string) (map[string]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := newQuery(o.repo)
	q.add("%s{", repository)
	for i, id := range ids {
		q.add(" o%d:object(oid:%s){%s}", i, q.variable("o"+strconv.Itoa(i), "GitObjectID!", id), fields)
	}
	q.add("}")
	var answer struct {
		Repository map[string]*T `json:"repository"`
	}
	if _, err := o.from.graphql(ctx, q.text(), q.vars, &answer); err != nil {
		return nil, fmt.Errorf("read %d objects of %s: %w", len(ids), o.repo, err)
	}
	out := make(map[string]T, len(ids))
	for i, id := range ids {
		if t := answer.Repository["o"+strconv.Itoa(i)]; t != nil {
			out[id] = *t
		}
	}
	return out, nil
}

// rest reads a path below the repository's. The errors are also gitrepo's.
func (o *Objects) rest(ctx context.Context, path string, query url.Values, out any) error {
	full, err := repoPath(o.repo, path)
	if err != nil {
		return err
	}
	_, err = o.from.get(ctx, full, query, out)
	switch {
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("%w: %w", gitrepo.ErrMissing, err)
	case errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%w: %w", gitrepo.ErrTooLarge, err)
	}
	return err
}

// Ref implements [gitrepo.Objects]. Each call that is not primed asks anew.
func (o *Objects) Ref(ctx context.Context, name string) (string, error) {
	if id, ok := o.refs[name]; ok {
		if id == "" {
			return "", fmt.Errorf("%w: %q", gitrepo.ErrUnknownRevision, name)
		}
		return id, nil
	}
	short, ok := strings.CutPrefix(name, "refs/")
	if !ok || short == "" {
		return "", fmt.Errorf("%w: %.200q is no full ref name", gitrepo.ErrUnknownRevision, name)
	}
	parts := strings.Split(short, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	var answer struct {
		Ref    string `json:"ref"`
		Object struct {
			Type string `json:"type"`
			SHA  string `json:"sha"`
		} `json:"object"`
	}
	err := o.rest(ctx, "/git/ref/"+strings.Join(parts, "/"), nil, &answer)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && answer.Ref != name:
		return "", fmt.Errorf("%w: %.200q", gitrepo.ErrUnknownRevision, name)
	case err != nil:
		return "", fmt.Errorf("read %.200q of %s: %w", name, o.repo, err)
	case answer.Object.Type != "commit":
		return "", fmt.Errorf("%w: %.200q leads to a %.20q; name a branch or a commit", gitrepo.ErrUnknownRevision, name, answer.Object.Type)
	case !gitobject.IsFullID(answer.Object.SHA):
		return "", fmt.Errorf("read %.200q of %s: it leads to %.80q: %w", name, o.repo, answer.Object.SHA, gitrepo.ErrMalformed)
	}
	o.isNote(name, answer.Object.SHA)
	return answer.Object.SHA, nil
}
