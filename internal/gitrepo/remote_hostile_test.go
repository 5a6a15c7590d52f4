package gitrepo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// hostile changes what an honest store answers.
type hostile struct {
	*memory
	object func(typ, id string, content []byte) ([]byte, error)
	span   func(commits, bases []string) ([]string, []string)
	ref    string
	sizes  map[string]int64
}

func (h hostile) Objects(ctx context.Context, typ string, ids []string, limit int64) (map[string][]byte, error) {
	got, err := h.memory.Objects(ctx, typ, ids, 1<<40)
	for id, content := range got {
		if h.object == nil {
			break
		}
		b, err := h.object(typ, id, content)
		if err != nil {
			return nil, err
		}
		if delete(got, id); b != nil {
			got[id] = b
		}
	}
	return got, err
}

func (h hostile) Range(ctx context.Context, base, head string, limit int) (commits, bases []string, err error) {
	commits, bases, err = h.memory.Range(ctx, base, head, limit)
	if h.span != nil && limit > 0 {
		commits, bases = h.span(commits, bases)
	}
	return commits, bases, err
}

func (h hostile) Ref(ctx context.Context, name string) (string, error) {
	if h.ref != "" {
		return h.ref, nil
	}
	return h.memory.Ref(ctx, name)
}

func (h hostile) Sizes(ctx context.Context, ids []string) (map[string]int64, error) {
	if h.sizes != nil {
		return h.sizes, nil
	}
	return h.memory.Sizes(ctx, ids)
}

func TestRemoteForgedObjects(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	head, tree, blob := g.Git("rev-parse", "linear"), g.Git("rev-parse", "linear^{tree}"), g.Git("rev-parse", "linear:a.tf")
	other := m.objects[g.Git("rev-parse", "main^{tree}")].content
	for _, c := range []struct {
		name, id string
		forge    func(content []byte) ([]byte, error)
		want     error
	}{
		{"commit changed", head, func(b []byte) ([]byte, error) { return append(b, '!'), nil }, ErrForged},
		{"tree changed", tree, func(b []byte) ([]byte, error) { b[0] ^= 1; return b, nil }, ErrForged},
		{"tree of another commit", tree, func([]byte) ([]byte, error) { return []byte(other), nil }, ErrForged},
		{"entry left out", tree, func(b []byte) ([]byte, error) { return b[30:], nil }, ErrForged},
		{"name twice", tree, func(b []byte) ([]byte, error) { return append(b, b...), nil }, ErrForged},
		{"blob changed", blob, func([]byte) ([]byte, error) { return []byte("evil"), nil }, ErrForged},
		{"blob empty", blob, func([]byte) ([]byte, error) { return []byte{}, nil }, ErrForged},
		{"commit missing", head, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"blob missing", blob, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"tree missing", tree, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"blob too large", blob, func([]byte) ([]byte, error) { return make([]byte, 101), nil }, ErrTooLarge},
		{"tree too large", tree, func([]byte) ([]byte, error) { return make([]byte, maxTreeBytes+1), nil }, ErrTooLarge},
		{"commit too large", head, func([]byte) ([]byte, error) { return make([]byte, gitobject.MaxCommitBytes+1), nil }, ErrTooLarge},
		{"an error", blob, func([]byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := remote(t, hostile{memory: m, object: func(_, id string, b []byte) ([]byte, error) {
				if id == c.id {
					return c.forge(slices.Clone(b))
				}
				return b, nil
			}}, "sha1")
			for range 2 { // what was refused once is not remembered
				at, err := r.Resolve(t.Context(), head)
				if err == nil {
					_, err = r.File(t.Context(), at, "a.tf", 100)
				}
				wantErr(t, err, c.want)
			}
		})
	}
}

// An object is of the type that was asked for: a blob that reads like a commit is
// none.
func TestRemoteTypeConfusion(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	blob := g.GitIn(g.Git("cat-file", "commit", "linear")+"\n", "hash-object", "-w", "--stdin")
	m.objects[blob] = stored{"commit", g.Git("cat-file", "commit", "linear") + "\n"}
	_, err := remote(t, m, "sha1").Resolve(t.Context(), blob)
	wantErr(t, err, ErrForged)

	// A tree entry of mode 40000 that is a blob's id, read as a blob before.
	r := remote(t, m, "sha1")
	at := resolve(t, r, "refs/heads/linear")
	if _, err := r.File(t.Context(), at, "a.tf", 100); err != nil {
		t.Fatal(err)
	}
	_, err = r.trees(t.Context(), []string{g.Git("rev-parse", "linear:a.tf")})
	wantErr(t, err, ErrMalformed)
}

// A tree that really has the same name twice hashes well, and is refused like a
// local one.
func TestRemoteRepeatedNames(t *testing.T) {
	t.Parallel()
	m := store(t, history(t))
	line := "100644 a\x00" + strings.Repeat("\x11", 20)
	tree, err := gitobject.Hash("sha1", "tree", []byte(line+line))
	if err != nil {
		t.Fatal(err)
	}
	m.objects[tree] = stored{"tree", line + line}
	_, err = remote(t, m, "sha1").File(t.Context(), Commit{ID: tree, Tree: tree}, "a", 1)
	wantErr(t, err, ErrMalformed)
}

func TestRemoteHostileRange(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	outside := g.Git("rev-parse", "y")
	for name, c := range map[string]struct {
		span func(commits, bases []string) ([]string, []string)
		want error
	}{
		"a commit that the head does not lead to": {func(c, b []string) ([]string, []string) { return append([]string{outside}, c...), b }, ErrForged},
		"one behind the head":                     {func(c, b []string) ([]string, []string) { return append(c, outside), b }, ErrForged},
		"without the head":                        {func(c, b []string) ([]string, []string) { return c[:len(c)-1], b }, ErrForged},
		"nothing":                                 {func(_, b []string) ([]string, []string) { return nil, b }, ErrForged},
		"without the first, beside a merge":       {func(c, b []string) ([]string, []string) { return c[1:], b }, ErrForged},
		"without one in the middle":               {func(c, b []string) ([]string, []string) { return append(c[:1:1], c[2:]...), b }, ErrForged},
		"the same twice":                          {func(c, b []string) ([]string, []string) { return append([]string{c[0]}, c...), b }, ErrForged},
		"a short id":                              {func(c, b []string) ([]string, []string) { return append([]string{c[0][:10]}, c[1:]...), b }, ErrForged},
		"a merge base from elsewhere":             {func(c, _ []string) ([]string, []string) { return c, []string{outside} }, ErrForged},
		"a merge base that is no id":              {func(c, _ []string) ([]string, []string) { return c, []string{"main"} }, ErrForged},
		"no merge base":                           {func(c, _ []string) ([]string, []string) { return c, nil }, ErrForged},
		"one of the change as merge base":         {func(c, _ []string) ([]string, []string) { return c, []string{c[0]} }, ErrForged},
		"a commit that is not there":              {func(c, b []string) ([]string, []string) { return append([]string{strings.Repeat("1", 40)}, c...), b }, ErrMissing},
		"more than asked for":                     {func(c, b []string) ([]string, []string) { return append(c, make([]string, 1000)...), b }, ErrTooMany},
		"many merge bases":                        {func(c, _ []string) ([]string, []string) { return c, make([]string, 1000) }, ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			r := remote(t, hostile{memory: m, span: c.span}, "sha1")
			_, err := r.Between(t.Context(), resolve(t, r, "refs/heads/main"), resolve(t, r, "refs/heads/merged"), 100)
			wantErr(t, err, c.want)
		})
	}
}

func TestRemoteHostileRefsAndSizes(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	_, err := remote(t, hostile{memory: m, ref: "main"}, "sha1").Resolve(t.Context(), "refs/heads/main")
	wantErr(t, err, ErrMalformed)
	_, err = remote(t, hostile{memory: m, ref: strings.Repeat("2", 40)}, "sha1").Resolve(t.Context(), "refs/heads/main")
	wantErr(t, err, ErrMissing)

	// A size that is too small is found out, one that is not told as well, and one
	// that is too large leaves the file out, as if it were.
	id := g.Git("rev-parse", "main:main.tf")
	files := []TreeFile{{Blob: id}}
	for _, c := range []struct {
		sizes map[string]int64
		limit int64
		want  error
		n     int
	}{
		{map[string]int64{id: 0}, 0, ErrTooLarge, 0},
		{map[string]int64{}, 0, ErrTooLarge, 0},
		{map[string]int64{}, 1, nil, 1},
		{map[string]int64{id: 99}, 1, nil, 0},
	} {
		got, err := remote(t, hostile{memory: m, sizes: c.sizes}, "sha1").Blobs(t.Context(), files, c.limit)
		wantErr(t, err, c.want)
		same(t, "files", len(got), c.n)
	}
}

// All that one call brings is bounded, as with git.
func TestRemoteIsBounded(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	big := strings.Repeat("x", maxCallBytes/2+1)
	var files []TreeFile
	for i := range 2 {
		content := big + fmt.Sprint(i)
		id, err := gitobject.Hash("sha1", "blob", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		m.objects[id] = stored{"blob", content}
		files = append(files, TreeFile{Blob: id})
	}
	r := remote(t, m, "sha1")
	_, err := r.Blobs(t.Context(), files, 1<<40)
	wantErr(t, err, ErrTooLarge)
	if r.knownBytes > maxKnownBlob {
		t.Errorf("%d bytes are remembered", r.knownBytes)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Resolve(ctx, slices.Collect(maps.Values(m.refs))[0])
	wantErr(t, err, context.Canceled)
}
