package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Objects is a store of objects that is reached through something else than git.
type Objects interface {
	// Objects brings objects of a type by full id, without git's header. One that is
	// not there is [ErrMissing], one of more than limit bytes [ErrTooLarge]. Nothing is
	// believed: [Repo] hashes every object that comes.
	Objects(ctx context.Context, typ string, ids []string, limit int64) (map[string][]byte, error)
	// Sizes tells the sizes of blobs, in bytes; those it does not know are left out.
	Sizes(ctx context.Context, ids []string) (map[string]int64, error)
	// Ref finds the object that a full ref name stands for: [ErrUnknownRevision].
	Ref(ctx context.Context, name string) (string, error)
	// Range lists the commits that head reaches and base does not, in any order, and
	// their merge bases, of which one is enough. More than limit commits are a
	// [TooManyError], unrelated histories may be [ErrNoMergeBase].
	Range(ctx context.Context, base, head string, limit int) (commits, mergeBases []string, err error)
}

// Remote is a repository whose objects come from a store. It has no work tree and no
// clone, and starts no git. [Repo.Resolve] takes full ids and full names of refs.
//
// Every object is hashed here, as those that git reads are. What cannot be shown by
// hashes is which commits are in a range: of what [Repo.Between] answers, that the
// listed commits are reached from the head by all parents is proved, and that the
// others are the base's already is the store's word, for nobody walks the whole
// history of a base over a network. What the store says has to agree with itself and
// with the objects.
//
// Objects are remembered, within bounds: to read a tree again costs nothing.
func Remote(o Objects, format string) *Repo {
	return &Repo{format: format, objects: o, known: map[string]object{}}
}

const (
	maxKnownBytes = 256 << 20 // of all objects that are remembered
	maxKnownBlob  = 1 << 20   // larger ones are hardly read twice
	// How many places of the base a change may hang on, beside the merge base, when
	// each takes a question to the store.
	maxCompared = 64
)

// ask is [Repo.read] for a store: the same bounds, the same errors, the same hash.
func (r *Repo) ask(ctx context.Context, names []string, typ string, limit int64, each func(object) error) error {
	if typ == "" {
		for _, id := range names { // only one object is ever read without a type
			if o, ok := r.known[id]; ok {
				return r.ask(ctx, names, o.typ, limit, each)
			}
		}
		// A ref leads to a commit, or to a tag that does.
		err := r.ask(ctx, names, "commit", limit, each)
		if errors.Is(err, ErrMissing) {
			err = moreTelling(r.ask(ctx, names, "tag", limit, each), err)
		}
		return err
	}
	most := min(limit, bound(typ))
	var want []string
	seen := map[string]bool{}
	for _, id := range names {
		if !isID(id, idLen(r.format)) {
			return fmt.Errorf("read %s: it is no full id: %w", foreign(id), ErrMissing)
		}
		if _, ok := r.known[id]; !ok && !seen[id] {
			seen[id] = true
			want = append(want, id)
		}
	}
	fresh := map[string]object{}
	if len(want) > 0 {
		got, err := r.objects.Objects(ctx, typ, want, most)
		if ctx.Err() != nil {
			return fmt.Errorf("read objects: %w", context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		for _, id := range want {
			content, ok := got[id]
			if !ok {
				return fmt.Errorf("read %s %s: %w", typ, id, ErrMissing)
			}
			o := object{id: id, typ: typ, content: content}
			if err := o.prove(r.format, most); err != nil {
				return err
			}
			fresh[id] = o
			r.remember(o)
		}
	}
	total := int64(0)
	for _, id := range names {
		o, ok := fresh[id]
		if !ok {
			o = r.known[id]
		}
		size := int64(len(o.content))
		switch {
		case o.typ != typ:
			return fmt.Errorf("read %s: it is a %s, not a %s: %w", id, o.typ, typ, ErrMalformed)
		case size > most:
			return tooLarge(o, most)
		}
		if total += size; total > maxCallBytes {
			return fmt.Errorf("read objects: %w: together more than %d MiB", ErrTooLarge, maxCallBytes>>20)
		}
		if typ != "tree" {
			// Trees are only parsed. The others leave this package, and what is
			// remembered must stay as it was hashed.
			o.content = bytes.Clone(o.content)
		}
		if err := each(o); err != nil {
			return err
		}
	}
	return nil
}

// moreTelling is err, unless that says no more than first does.
func moreTelling(err, first error) error {
	if errors.Is(err, ErrMissing) {
		return first
	}
	return err
}

func tooLarge(o object, most int64) error {
	return fmt.Errorf("read %s %s: %w: %d bytes, at most %d are read", o.typ, o.id, ErrTooLarge, len(o.content), most)
}

// prove hashes the object. What is too large is not hashed first.
func (o object) prove(format string, most int64) error {
	if int64(len(o.content)) > most {
		return tooLarge(o, most)
	}
	sum, err := gitobject.Hash(format, o.typ, o.content)
	if err == nil && sum != o.id {
		err = fmt.Errorf("read %s %s: its content has the id %s: %w", o.typ, o.id, sum, ErrForged)
	}
	return err
}

func (r *Repo) remember(o object) {
	n := int64(len(o.content))
	if o.typ == "blob" && n > maxKnownBlob || r.knownBytes+n > maxKnownBytes {
		return
	}
	r.knownBytes += n
	r.known[o.id] = o
}

// smaller is [Repo.upTo] for a store. A wrong size can only make a file be left out
// as too large, or be refused when it is read.
func (r *Repo) smaller(ctx context.Context, ids []string, limit int64) ([]string, error) {
	sizes, err := r.objects.Sizes(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read sizes: %w", err)
	}
	small := make([]string, 0, len(ids))
	for _, id := range ids {
		if n, known := sizes[id]; !known || n <= limit {
			small = append(small, id)
		}
	}
	return small, nil
}

// remoteRefs is [Repo.refs] for a store.
func (r *Repo) remoteRefs(ctx context.Context, names []string) ([]ref, error) {
	var out []ref
	for _, name := range names {
		id, err := r.objects.Ref(ctx, name)
		switch {
		case errors.Is(err, ErrUnknownRevision):
			continue
		case err != nil:
			return nil, fmt.Errorf("read refs: %w", err)
		case !isID(id, idLen(r.format)):
			return nil, fmt.Errorf("read refs: %s leads to %s: %w", foreign(name), foreign(id), ErrMalformed)
		}
		out = append(out, ref{name, id})
	}
	return out, nil
}

// remoteLookup is [Repo.lookup] for a store. Short names are not tried: what they
// mean would depend on which refs exist, and each is a question.
func (r *Repo) remoteLookup(ctx context.Context, name string) (string, error) {
	if !strings.HasPrefix(name, "refs/") {
		return "", fmt.Errorf("%w: %s; without a clone, give a full id or a full name such as refs/heads/main", ErrUnknownRevision, foreign(name))
	}
	refs, err := r.remoteRefs(ctx, []string{name})
	if err != nil {
		return "", err
	}
	if len(refs) == 0 {
		return "", fmt.Errorf("%w: %s", ErrUnknownRevision, foreign(name))
	}
	return refs[0].id, nil
}

// remoteBetween is [Repo.Between] for a store.
func (r *Repo) remoteBetween(ctx context.Context, base, head Commit, limit int) (*Range, error) {
	ids, tips, err := r.objects.Range(ctx, base.ID, head.ID, limit)
	if err != nil {
		return nil, err
	}
	if len(ids) > limit {
		return nil, &TooManyError{What: "commits", Limit: limit}
	}
	if len(tips) > maxCompared {
		return nil, &TooManyError{What: "merge bases", Limit: maxCompared}
	}
	for _, id := range slices.Concat(ids, tips) {
		if !isID(id, idLen(r.format)) {
			return nil, fmt.Errorf("%w: the range holds %s, which is no full id", ErrForged, foreign(id))
		}
	}
	commits, err := r.commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	commits = parentsFirst(commits)
	boundary, err := closure(commits, head)
	if err != nil {
		return nil, err
	}
	if tips, err = r.remoteNewest(ctx, base.ID, tips, boundary); err != nil {
		return nil, err
	}
	bases, err := r.commits(ctx, tips)
	if err != nil {
		return nil, err
	}
	return &Range{Commits: commits, MergeBases: bases}, nil
}

// remoteNewest finds all merge bases, of which the store named at least one: every
// one of them is a parent of the range, as what base and head have in common is
// reached through those. Of each other parent the store is asked whether it is an
// ancestor of a merge base. GitHub knows of one merge base only, and after
// criss-cross merges a change could hide behind it.
func (r *Repo) remoteNewest(ctx context.Context, base string, tips, boundary []string) ([]string, error) {
	for _, id := range tips {
		if !slices.Contains(boundary, id) {
			return nil, fmt.Errorf("%w: the merge base %s is no parent of the range", ErrForged, id)
		}
	}
	if len(tips) == 0 && len(boundary) > 0 {
		return nil, fmt.Errorf("%w: the range hangs on %s, and there is no merge base", ErrForged, boundary[0])
	}
	if len(boundary)-len(tips) > maxCompared {
		return nil, &TooManyError{What: "merged commits of the base", Limit: maxCompared}
	}
	named := len(tips)
	tips = slices.Clone(tips)
next:
	for _, id := range boundary {
		for _, tip := range tips {
			if old, err := r.isAncestor(ctx, id, tip); err != nil {
				return nil, err
			} else if old {
				continue next
			}
		}
		if old, err := r.isAncestor(ctx, id, base); err != nil {
			return nil, err
		} else if !old {
			return nil, fmt.Errorf("%w: the range leaves out commit %s, which the base does not lead to", ErrForged, id)
		}
		// One that was found before may lie behind this one. To keep too many is
		// harmless, and more files count as changed.
		kept := tips[:named:named]
		for _, tip := range tips[named:] {
			if old, err := r.isAncestor(ctx, tip, id); err != nil {
				return nil, err
			} else if !old {
				kept = append(kept, tip)
			}
		}
		kept = append(kept, id)
		tips = kept
	}
	return tips, nil
}

// isAncestor reports the store's word on whether all of old is in the history of id.
func (r *Repo) isAncestor(ctx context.Context, old, id string) (bool, error) {
	if old == id {
		return true, nil
	}
	more, _, err := r.objects.Range(ctx, id, old, 0)
	switch {
	case errors.Is(err, ErrTooMany), errors.Is(err, ErrNoMergeBase):
		return false, nil
	case err != nil:
		return false, err
	}
	return len(more) == 0, nil
}

// parentsFirst brings commits into an order in which none comes before its parents.
// A list that is in such an order stays as it is. GitHub sorts by date, which
// whoever makes a commit chooses.
func parentsFirst(commits []Commit) []Commit {
	at := make(map[string]int, len(commits))
	for i, c := range commits {
		at[c.ID] = i
	}
	out := make([]Commit, 0, len(commits))
	state := make([]byte, len(commits)) // 1: its parents are on the way, 2: it is in out
	var stack []int
	for i := range commits {
		stack = append(stack, i)
		for len(stack) > 0 {
			j := stack[len(stack)-1]
			if state[j] != 0 {
				stack = stack[:len(stack)-1]
				if state[j] == 1 {
					state[j] = 2
					out = append(out, commits[j])
				}
				continue
			}
			state[j] = 1
			for _, p := range slices.Backward(commits[j].Parents) {
				if k, in := at[p]; in && state[k] == 0 {
					stack = append(stack, k)
				}
			}
		}
	}
	return out
}
