package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxRevision = 1024   // bytes of a revision
	maxSteps    = 10_000 // of one ~N
	maxTagDepth = 8      // a tag of a tag of a tag …
	minAbbrev   = 7      // digits; fewer are found by chance, or by trying
)

// Resolve finds the commit that a revision names: a full id, an abbreviated one,
// a branch, a tag, a remote branch, a full ref name, HEAD, FETCH_HEAD, each with
// ~N, ^N and ^{commit} after it. The rest of git's revision language is refused.
//
// git prefers one ref over another of the same name, a tag over a branch, and
// only warns: whoever can push a tag called origin/main would choose the base. So
// a name that can mean two different objects is an error here, unless it is a
// full ref name or a full id; a full id always means that object.
//
// Errors: [ErrUnknownRevision], [ErrAmbiguousRevision], [ErrEmptyRepository],
// [ErrShallow] when the commit may lie beyond the cut, [ErrForged].
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	name, steps, err := parseRevision(rev)
	if err != nil {
		return Commit{}, err
	}
	id, err := r.lookup(ctx, name)
	if err != nil {
		return Commit{}, err
	}
	c, err := r.peel(ctx, id, name)
	if err != nil {
		return Commit{}, err
	}
	for _, s := range steps {
		for range s.times {
			if s.parent > len(c.Parents) {
				return Commit{}, fmt.Errorf("%w: %s: commit %s has no parent %d", ErrUnknownRevision, foreign(rev), c.ID, s.parent)
			}
			if c, err = r.peel(ctx, c.Parents[s.parent-1], rev); err != nil {
				return Commit{}, err
			}
		}
	}
	return c, nil
}

// step goes to a parent, several times over.
type step struct{ parent, times int }

// parseRevision splits a revision into a name and steps to ancestors. It is pure.
func parseRevision(rev string) (string, []step, error) {
	bad := func(why string) (string, []step, error) {
		return "", nil, fmt.Errorf("%w: %s: %s", ErrUnknownRevision, foreign(rev), why)
	}
	switch {
	case rev == "":
		return bad("it is empty")
	case len(rev) > maxRevision:
		return bad("it is too long")
	case rev[0] == '-':
		return bad("a revision does not begin with a dash")
	case strings.Contains(rev, ".."):
		return bad("a single commit is wanted, not a range")
	case strings.Contains(rev, "@{"):
		return bad("reflog and upstream notation is not supported; give a branch or a full id")
	}
	end := strings.IndexAny(rev, "~^")
	if end < 0 {
		end = len(rev)
	}
	name, rest := rev[:end], rev[end:]
	if strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`:?*[\`, c) }) ||
		name == "" || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") {
		return bad("it is not the name of a ref or a commit")
	}
	var steps []step
	for rest != "" {
		op := rest[0]
		rest = rest[1:]
		if op == '^' && rest != "" && rest[0] == '{' {
			what, after, ok := strings.Cut(rest[1:], "}")
			if !ok || what != "" && what != "commit" {
				return bad("only ^{commit} may follow")
			}
			rest = after
			continue
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n := 1
		if digits > 0 {
			var err error
			if n, err = strconv.Atoi(rest[:digits]); err != nil || n > maxSteps {
				return bad("the number in it is too large")
			}
			rest = rest[digits:]
		}
		switch {
		case op == '~':
			steps = append(steps, step{parent: 1, times: n})
		case op == '^' && n > 0:
			steps = append(steps, step{parent: n, times: 1})
		case op != '^': // ^0 is the commit itself
			return bad("only ~N, ^N and ^{commit} may follow a name")
		}
	}
	total := 0
	for _, s := range steps {
		total += s.times
	}
	if total > maxSteps {
		return bad("the number in it is too large")
	}
	return name, steps, nil
}

// lookup finds the object that a name without suffix stands for.
func (r *Repo) lookup(ctx context.Context, name string) (string, error) {
	if lower := strings.ToLower(name); isID(lower, idLen(r.format)) {
		return lower, nil
	}
	if r.objects != nil {
		return r.remoteLookup(ctx, name)
	}
	switch name {
	case "@":
		return r.pseudoRef(ctx, "HEAD")
	case "HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD":
		return r.pseudoRef(ctx, name)
	}
	refs, err := r.refs(ctx, candidates(name)...)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(name, "refs/") {
		for _, ref := range refs {
			if ref.name == name {
				return ref.id, nil
			}
		}
	}
	if len(name) >= minAbbrev && len(name) < idLen(r.format) && isHex(name) {
		switch o, err := r.one(ctx, name, "", maxTagBytes); {
		case err == nil:
			refs = append(refs, ref{name: "the object " + o.id, id: o.id})
		case errors.Is(err, ErrAmbiguousRevision):
			return "", fmt.Errorf("%w: %s begins the id of several objects; give the full id", ErrAmbiguousRevision, foreign(name))
		case !errors.Is(err, ErrMissing):
			return "", fmt.Errorf("resolve %s: %w", foreign(name), err)
		}
	}
	if len(refs) == 0 {
		return "", r.unknown(ctx, name)
	}
	for _, ref := range refs[1:] {
		if ref.id != refs[0].id {
			return "", fmt.Errorf("%w: %s means both %s and %s; write the full name of the ref, or the full id",
				ErrAmbiguousRevision, foreign(name), refs[0].name, ref.name)
		}
	}
	return refs[0].id, nil
}

// candidates are the refs that git would try for a short name, in its order.
func candidates(name string) []string {
	var out []string
	if strings.HasPrefix(name, "refs/") {
		out = append(out, name)
	}
	return append(out, "refs/"+name, "refs/tags/"+name, "refs/heads/"+name, "refs/remotes/"+name, "refs/remotes/"+name+"/HEAD")
}

type ref struct{ name, id string }

const maxRefOutput = 8 << 20

// refs reads those of the named refs that exist, in the order given. It runs in
// the repository itself, because only git knows how its refs are stored.
func (r *Repo) refs(ctx context.Context, names ...string) ([]ref, error) {
	if r.objects != nil {
		return r.remoteRefs(ctx, names)
	}
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	args := append([]string{"for-each-ref", "--format=%(objectname) %(refname)"}, names...)
	out, err := r.run(ctx, r.dir, r.env, maxRefOutput, args...)
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	found := parseRefs(string(out), idLen(r.format))
	var refs []ref
	for _, name := range names {
		if id, ok := found[name]; ok {
			refs = append(refs, ref{name, id})
		}
	}
	return refs, nil
}

func parseRefs(out string, idLen int) map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(out, "\n") {
		if id, name, ok := strings.Cut(line, " "); ok && isID(id, idLen) {
			found[name] = id
		}
	}
	return found
}

// pseudoRef reads HEAD and its like, which for-each-ref does not list.
func (r *Repo) pseudoRef(ctx context.Context, name string) (string, error) {
	dctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	out, err := r.run(dctx, r.dir, r.env, 1<<10, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
	if id := strings.TrimSpace(string(out)); err == nil && isID(id, idLen(r.format)) {
		return id, nil
	}
	if ctx.Err() != nil {
		return "", err
	}
	return "", r.unknown(ctx, name)
}

// unknown finds the most helpful way to say that a name means nothing.
func (r *Repo) unknown(ctx context.Context, name string) error {
	dctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	out, err := r.run(dctx, r.dir, r.env, maxRefOutput, "for-each-ref", "--count=1", "--format=%(refname)")
	if err == nil && len(out) == 0 {
		// A detached HEAD without any ref is a repository with commits all the same.
		head, _ := r.run(dctx, r.dir, r.env, 1<<10, "rev-parse", "--verify", "--quiet", "HEAD")
		if len(head) == 0 {
			return fmt.Errorf("resolve %s: %w", foreign(name), ErrEmptyRepository)
		}
	}
	if near, err := r.refs(ctx, "refs/remotes/origin/"+name); err == nil && len(near) > 0 {
		return fmt.Errorf("%w: %s; did you mean %s", ErrUnknownRevision, foreign(name), foreign("origin/"+name))
	}
	if r.shallow {
		return fmt.Errorf("%w: %s: %w", ErrUnknownRevision, foreign(name), ErrShallow)
	}
	return fmt.Errorf("%w: %s", ErrUnknownRevision, foreign(name))
}

// peel reads the commit with the id, or the one that a tag with the id leads to.
func (r *Repo) peel(ctx context.Context, id, name string) (Commit, error) {
	for range maxTagDepth {
		o, err := r.one(ctx, id, "", maxTagBytes)
		switch {
		case errors.Is(err, ErrMissing) && r.shallow:
			return Commit{}, fmt.Errorf("%w: %s: %w", ErrUnknownRevision, foreign(name), ErrShallow)
		case errors.Is(err, ErrMissing):
			return Commit{}, fmt.Errorf("%w: %s: there is no object %s: %w", ErrUnknownRevision, foreign(name), id, ErrMissing)
		case err != nil:
			return Commit{}, fmt.Errorf("resolve %s: %w", foreign(name), err)
		}
		switch o.typ {
		case "commit":
			return commitOf(o, r.format)
		case "tag":
			target, ok := strings.CutPrefix(firstLine(o.content), "object ")
			if !ok || !isID(target, idLen(r.format)) {
				return Commit{}, fmt.Errorf("resolve %s: tag %s: %w", foreign(name), id, ErrMalformed)
			}
			id = target
		default:
			return Commit{}, fmt.Errorf("%w: %s is a %s, not a commit", ErrUnknownRevision, foreign(name), o.typ)
		}
	}
	return Commit{}, fmt.Errorf("%w: %s: tags nest more than %d deep", ErrUnknownRevision, foreign(name), maxTagDepth)
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return string(line)
}
