package ghapi

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// twin answers for the objects of a local repository as GitHub does.
type twin struct {
	tb      testing.TB
	g       *gittest.Repo
	objects map[string]twinObject
	calls   []string // path, or "graphql" and the number of objects

	cut      int                                      // entries of a recursive listing; 0: all
	edit     func(path string, answer map[string]any) // of an answer of the REST API
	noGraph  bool                                     // GraphQL knows no trees
	pageSize int                                      // of a comparison; 0: what was asked for
}

type twinObject struct{ typ, content string }

var twinRepo = Repository{"acme", "infra"}

func newTwin(tb testing.TB, g *gittest.Repo) *twin {
	tb.Helper()
	h := &twin{tb: tb, g: g, objects: map[string]twinObject{}}
	in := bufio.NewReader(strings.NewReader(g.Git("cat-file", "--batch", "--batch-all-objects") + "\n"))
	for {
		var id, typ string
		var size int
		if _, err := fmt.Fscanf(in, "%s %s %d\n", &id, &typ, &size); err != nil {
			break
		}
		content := make([]byte, size+1)
		if _, err := io.ReadFull(in, content); err != nil {
			tb.Fatal(err)
		}
		h.objects[id] = twinObject{typ, string(content[:size])}
	}
	return h
}

// begin is a new evaluation: a client and a repository made of what it reads.
func (h *twin) begin(cache *Cache, prime ...string) (*Objects, *gitrepo.Repo, *Client) {
	h.tb.Helper()
	server := httptest.NewServer(h)
	h.tb.Cleanup(server.Close)
	c, err := New(Config{APIURL: server.URL, Token: "token", Cache: cache, MaxCalls: 10_000})
	if err != nil {
		h.tb.Fatal(err)
	}
	c.identity = "twin" // as one server
	o := newObjects(c, twinRepo, h.commits)
	for _, rev := range prime {
		o.Prime(h.commit(h.g.Git("rev-parse", rev)))
	}
	return o, gitrepo.Remote(o, "sha1"), c
}

func (h *twin) commits(_ context.Context, ids []string) ([]Commit, error) {
	h.calls = append(h.calls, "commits "+strconv.Itoa(len(ids)))
	var out []Commit
	for _, id := range ids {
		if h.objects[id].typ != "commit" {
			return nil, ErrNotFound
		}
		out = append(out, h.commit(id))
	}
	return out, nil
}

func (h *twin) commit(id string) Commit {
	h.tb.Helper()
	raw := h.objects[id].content
	c, err := gitobject.Parse([]byte(raw), "sha1")
	if err != nil {
		h.tb.Fatal(err)
	}
	out := Commit{ID: id, Tree: c.Tree, Parents: c.Parents, Message: strings.TrimSuffix(c.Message, "\n")}
	if c.Signatures > 0 {
		out.Payload, out.Signature = string(c.Payload), string(c.Signature)
	}
	zone := regexp.MustCompile(`(?m)^(author|committer) .* ([+-])(\d\d)(\d\d)$`)
	for _, m := range zone.FindAllStringSubmatch(raw, 2) {
		hours, _ := strconv.Atoi(m[2] + m[3])
		minutes, _ := strconv.Atoi(m[2] + m[4])
		who, s := c.Author, &out.Author
		if m[1] == "committer" {
			who, s = c.Committer, &out.Committer
		}
		*s = Signature{who.Name, who.Email, who.When.In(time.FixedZone("", hours*3600+minutes*60)).Format(time.RFC3339)}
	}
	return out
}

func (h *twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/graphql" {
		h.graphql(w, r)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/repos/acme/infra/")
	h.calls = append(h.calls, path)
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "git/"), "/")
	var answer map[string]any
	switch kind {
	case "trees":
		answer = h.tree(rest, r.URL.Query().Get("recursive") != "")
	case "blobs":
		if o := h.objects[rest]; o.typ == "blob" {
			answer = map[string]any{"sha": rest, "encoding": "base64", "content": wrapped(o.content), "size": len(o.content)}
		}
	case "ref":
		if id := h.g.Git("for-each-ref", "--format=%(objectname)", "refs/"+rest); id != "" && !strings.Contains(id, "\n") {
			answer = map[string]any{"ref": "refs/" + rest, "object": map[string]any{"sha": id, "type": h.objects[id].typ}}
		}
	case "compare":
		answer = h.compare(rest, r)
	}
	if answer != nil && h.edit != nil {
		h.edit(path, answer)
	}
	if answer == nil || answer["status"] == 404 {
		w.WriteHeader(http.StatusNotFound)
		if answer == nil {
			answer = map[string]any{"message": "Not Found"}
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// wrapped is base64 in lines, as GitHub writes it.
func wrapped(s string) string {
	b := base64.StdEncoding.EncodeToString([]byte(s))
	var out strings.Builder
	for len(b) > 60 {
		out.WriteString(b[:60] + "\n")
		b = b[60:]
	}
	return out.String() + b + "\n"
}

// tree lists a tree. Text is all that JSON can tell: what is not UTF-8 is replaced.
func (h *twin) tree(id string, recursive bool) map[string]any {
	if h.objects[id].typ != "tree" {
		return nil
	}
	list := []any{}
	var walk func(id, prefix string)
	walk = func(id, prefix string) {
		for _, l := range decodeTree([]byte(h.objects[id].content), 40) {
			e := map[string]any{"path": strings.ToValidUTF8(prefix+l.name, "\uFFFD"), "mode": strings.Repeat("0", max(0, 6-len(l.mode))) + l.mode, "sha": l.id, "type": "blob"}
			switch {
			case l.mode == "100664":
				e["mode"] = "100644"
			case l.isTree():
				e["type"] = "tree"
			case l.mode == "160000":
				e["type"] = "commit"
			}
			if e["type"] == "blob" {
				e["size"] = len(h.objects[l.id].content)
			}
			list = append(list, e)
			if recursive && l.isTree() {
				walk(l.id, prefix+l.name+"/")
			}
		}
	}
	walk(id, "")
	answer := map[string]any{"sha": id, "tree": list, "truncated": false}
	if recursive && h.cut > 0 && len(list) > h.cut {
		answer["tree"], answer["truncated"] = list[:h.cut], true
	}
	return answer
}

func (h *twin) compare(span string, r *http.Request) map[string]any {
	base, head, _ := strings.Cut(span, "...")
	if h.objects[base].typ != "commit" || h.objects[head].typ != "commit" {
		return nil
	}
	related := slices.ContainsFunc(strings.Fields(h.g.Git("rev-list", base)), func(id string) bool {
		return slices.Contains(strings.Fields(h.g.Git("rev-list", head)), id)
	})
	if !related {
		return map[string]any{"status": 404, "message": "No common ancestor between " + base + " and " + head + "."}
	}
	all := strings.Fields(h.g.Git("rev-list", "--date-order", "--reverse", head, "^"+base))
	behind := strings.Fields(h.g.Git("rev-list", base, "^"+head))
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	if h.pageSize > 0 {
		size = h.pageSize
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	var commits []any
	for i := (page - 1) * size; i < min(page*size, len(all)); i++ {
		commits = append(commits, map[string]any{"sha": all[i]})
	}
	return map[string]any{
		"base_commit":       map[string]any{"sha": base},
		"merge_base_commit": map[string]any{"sha": h.g.Git("merge-base", base, head)},
		"ahead_by":          len(all), "behind_by": len(behind), "total_commits": len(all), "commits": commits,
	}
}

var aliasRE = regexp.MustCompile(`(o\d+):object\(oid:\$(o\d+)\)\{(\.\.\.on (\w+))`)

func (h *twin) graphql(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Query     string
		Variables map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		h.tb.Error(err)
	}
	found := aliasRE.FindAllStringSubmatch(q.Query, -1)
	repo := map[string]any{}
	for _, m := range found {
		id := q.Variables[m[2]]
		o := h.objects[id]
		switch {
		case o.typ == "blob" && m[4] == "Blob":
			text := o.content
			b := map[string]any{"byteSize": len(text), "isTruncated": false, "text": strings.ToValidUTF8(text, "\uFFFD")}
			if strings.Contains(text, "\x00") {
				b["text"] = nil
			} else if len(text) > 512<<10 {
				b["text"], b["isTruncated"] = text[:512<<10], true
			}
			repo[m[1]] = b
		case o.typ == "tree" && m[4] == "Tree" && !h.noGraph:
			entries := []any{}
			for _, l := range decodeTree([]byte(o.content), 40) {
				mode, _ := strconv.ParseInt(l.mode, 8, 32)
				entries = append(entries, map[string]any{"mode": mode, "nameRaw": base64.StdEncoding.EncodeToString([]byte(l.name)), "oid": l.id})
			}
			repo[m[1]] = map[string]any{"entries": entries}
		case o.typ == "":
			repo[m[1]] = nil
		default:
			repo[m[1]] = map[string]any{}
		}
	}
	h.calls = append(h.calls, "graphql "+found[0][4]+" "+strconv.Itoa(len(found)))
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"repository": repo}})
}

// odds is a repository with folders, a change of some commits, merges, odd files and
// notes.
func odds(tb testing.TB) *gittest.Repo {
	tb.Helper()
	g := gittest.Init(tb)
	root := g.Commit("root", "a.tf", "a", "a/b/c.tf", "c", "a.d/x", "x", "a0", "0", "mod/net/main.tf", "net", "bin/b", "b\x00b", "latin", "\xfc\r\n", "empty", "")
	g.Commit("m1", "main.tf", "1")
	g.Git("checkout", "-q", "-b", "change", root)
	g.Commit("c1", "a/b/c.tf", "cc", "mod/net/new.tf", "n")
	g.Git("merge", "-q", "--no-edit", "main")
	g.Entry("120000", "link", "a.tf")
	g.Entry("160000", "sub", root)
	g.Entry("100755", "a0", "0")
	g.Entry("100644", "bad\xffname", "x")
	g.CommitIndex("c2")
	g.Git("reset", "-q", "--hard")
	g.Commit("c3", "large.tf", strings.Repeat("x", 600<<10), "bom", "\xef\xbb\xbfx", "big", strings.Repeat("y", 3000))
	g.Git("notes", "--ref", "claw", "add", "-m", "a note", "change")
	g.Git("update-ref", "refs/heads/alien", g.CommitTree(g.Git("rev-parse", "main^{tree}"), "alien"))
	g.Git("tag", "-a", "-m", "x", "v1")
	return g
}

// collected is what a collector asks, as one text.
func collected(tb testing.TB, r *gitrepo.Repo, base, head string) string {
	tb.Helper()
	ctx := tb.Context()
	var out strings.Builder
	say := func(v any, err error) {
		if err != nil {
			tb.Errorf("error: %v", err)
		}
		fmt.Fprintf(&out, "%v\n", v)
	}
	from, err := r.Resolve(ctx, base)
	say(string(from.Object), err)
	to, err := r.Resolve(ctx, head)
	say(string(to.Object), err)
	if err != nil {
		tb.FailNow()
	}
	rg, err := r.Between(ctx, from, to, 1000)
	if err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(rg.Commits, func(a, b gitrepo.Commit) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range slices.Concat(rg.Commits, rg.MergeBases) {
		say(c.ID+" "+string(c.Object), nil)
		var p gitrepo.Commit
		if len(c.Parents) > 0 {
			p, err = r.Resolve(ctx, c.Parents[0])
			say(p.ID, err)
		}
		digest, n, err := r.RawDiff(ctx, p, c)
		say(fmt.Sprint(digest, n), err)
	}
	changed, err := r.Changed(ctx, rg.MergeBases, to, 1000)
	say(changed, err)
	for _, at := range []gitrepo.Commit{from, to} {
		files, err := r.Files(ctx, at, gitrepo.Listing{Folders: 10_000, Files: 10_000}, func(f gitrepo.TreeFile) bool { return f.Path != "large.tf" })
		say(files, err)
		blobs, err := r.Blobs(ctx, files, 2000)
		say(len(blobs), err)
		for _, f := range files {
			say(fmt.Sprintf("%q", blobs[f.Blob]), nil)
		}
	}
	notes, err := r.Notes(ctx, "refs/notes/claw", []string{to.ID}, 100, 1000)
	say(notes, err)
	return out.String()
}

func tips(g *gittest.Repo) (base, head string) {
	return g.Git("rev-parse", "main"), g.Git("rev-parse", "change")
}

func local(tb testing.TB, g *gittest.Repo, base, head string) string {
	tb.Helper()
	r, err := gitrepo.Open(tb.Context(), g.Dir)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // a test's
	return collected(tb, r, base, head)
}

// Whatever GitHub leaves out or shows differently, the answers are those of a clone.
func TestObjectsAreThoseOfAClone(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	want := local(t, g, base, head)
	for name, set := range map[string]func(*twin){
		"as it is":                 func(*twin) {},
		"listings are cut":         func(h *twin) { h.cut = 3 },
		"listings say nothing":     func(h *twin) { h.edit = func(_ string, a map[string]any) { delete(a, "tree") } },
		"listings are of one tree": func(h *twin) { h.edit = sameTree(h.tree(g.Git("rev-parse", "main^{tree}"), true)) },
		"names come twice": func(h *twin) {
			h.edit = func(_ string, a map[string]any) {
				if l, ok := a["tree"].([]any); ok {
					a["tree"] = append(l, l...)
				}
			}
		},
		"small pages": func(h *twin) { h.pageSize = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			h := newTwin(t, g)
			set(h)
			_, r, _ := h.begin(nil)
			if d := cmp.Diff(want, collected(t, r, base, head)); d != "" {
				t.Error(d)
			}
		})
	}
}

func sameTree(tree map[string]any) func(string, map[string]any) {
	return func(_ string, a map[string]any) {
		if a["tree"] != nil {
			a["tree"] = tree["tree"]
		}
	}
}

// A second evaluation of the same head asks for refs, and for nothing that cannot
// change.
func TestObjectsAreReadOnce(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	h, cache := newTwin(t, g), NewCache(64<<20)
	_, r, c := h.begin(cache)
	first := collected(t, r, base, head)
	if n := c.Stats().Calls(); n > 20 {
		t.Errorf("%d calls for the first evaluation: %q", n, h.calls)
	}
	h.calls = nil
	_, r, _ = h.begin(cache)
	if again := collected(t, r, base, head); again != first {
		t.Error(cmp.Diff(first, again))
	}
	if want := []string{"git/ref/notes/claw"}; !slices.Equal(h.calls, want) {
		t.Errorf("the second evaluation asked for %q", h.calls)
	}
	// The cache is not believed.
	for _, e := range cache.items {
		i := e.Value.(*item)
		if i.etag == "" && len(i.body) > 0 && !strings.Contains(i.key, "\x00size\x00") && !strings.Contains(i.key, "\x00compare\x00") {
			i.body[len(i.body)/2] ^= 1
		}
	}
	_, r, _ = h.begin(cache)
	if again := collected(t, r, base, head); again != first {
		t.Error(cmp.Diff(first, again))
	}
}

func TestPrimedCommitsAreNotAskedFor(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	h := newTwin(t, g)
	o, r, _ := h.begin(nil, strings.Fields(g.Git("rev-list", "change", "main"))...)
	tip := g.Git("rev-parse", "refs/notes/claw")
	o.PrimeRef("refs/notes/claw", tip)
	o.Prime(h.commit(tip))
	collected(t, r, base, head)
	for _, c := range h.calls {
		if strings.HasPrefix(c, "commits") || strings.Contains(c, "ref/") {
			t.Errorf("asked for %s", c)
		}
	}
	h.calls = nil
	blob := g.Git("rev-parse", "change:big")
	for _, p := range []struct {
		text string
		want int
	}{{"another", 1}, {"", 1}, {strings.Repeat("y", 3000), 0}} {
		o, _, _ := h.begin(nil)
		o.PrimeBlob(blob, p.text)
		o.PrimeBlob("big", p.text)
		h.calls = nil
		got, err := o.Objects(t.Context(), "blob", []string{blob}, 3000)
		if err != nil || string(got[blob]) != strings.Repeat("y", 3000) || len(h.calls) != p.want {
			t.Errorf("%q, %v", h.calls, err)
		}
	}
	o.PrimeRef("refs/heads/gone", "")
	if _, err := o.Ref(t.Context(), "refs/heads/gone"); !errors.Is(err, gitrepo.ErrUnknownRevision) {
		t.Error(err)
	}
}

// A long change in a large repository: what its commits changed is read level by
// level for all of them, not commit by commit.
func TestManyCommitsAreReadTogether(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	const commits = 60
	var b strings.Builder
	fmt.Fprintf(&b, "commit refs/heads/main\ncommitter A <a@example.com> 1795000000 +0000\ndata 1\nx\n")
	for i := range smallListing + 500 {
		fmt.Fprintf(&b, "M 100644 inline d%d/e%d/f%d\ndata 1\nx\n", i%50, i%10, i)
	}
	for i := range commits {
		fmt.Fprintf(&b, "commit refs/heads/change\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", 1795000001+i)
		if i == 0 {
			fmt.Fprintf(&b, "from refs/heads/main\n")
		}
		fmt.Fprintf(&b, "M 100644 inline d%d/e%d/g%d\ndata 2\n%02d\n", i%50, i%10, i, i)
	}
	g.GitIn(b.String(), "fast-import", "--quiet")
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	base, head := tips(g)
	for _, id := range strings.Fields(g.Git("rev-list", "change")) {
		o.Prime(h.commit(id))
	}
	ctx := t.Context()
	from, err := r.Resolve(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	to, err := r.Resolve(ctx, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []gitrepo.Commit{from, to} {
		if _, err := r.File(ctx, at, "none", 1); !errors.Is(err, gitrepo.ErrNoFile) {
			t.Fatal(err)
		}
	}
	rg, err := r.Between(ctx, from, to, 1000)
	if err != nil || len(rg.Commits) != commits {
		t.Fatal(len(rg.Commits), err)
	}
	before := from
	for _, c := range rg.Commits {
		if _, n, err := r.RawDiff(ctx, before, c); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		before = c
	}
	// Two listings, one comparison, and three levels of some sixty trees.
	if len(h.calls) > 15 {
		t.Errorf("%d calls: %q", len(h.calls), h.calls)
	}
}

// A mode that git writes no more is shown as the usual one. GraphQL tells it as it is;
// where that does not help, the tree is refused.
func TestOddModesInAListing(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("root", "d/f", "x")
	raw := func(lines ...string) string {
		return g.GitIn(strings.Join(lines, ""), "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	}
	id, err := hex.DecodeString(g.Git("rev-parse", "main:d/f"))
	if err != nil {
		t.Fatal(err)
	}
	g.Git("update-ref", "refs/heads/odd", g.CommitTree(raw("100664 f\x00"+string(id)), "odd"))
	g.Git("update-ref", "refs/heads/zeros", g.CommitTree(raw("0100644 f\x00"+string(id)), "zeros"))
	for _, c := range []struct {
		rev     string
		noGraph bool
		want    error
	}{{"odd", false, nil}, {"odd", true, gitrepo.ErrForged}, {"zeros", false, gitrepo.ErrForged}} {
		h := newTwin(t, g)
		h.noGraph = c.noGraph
		_, r, _ := h.begin(nil)
		at, err := r.Resolve(t.Context(), g.Git("rev-parse", c.rev))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.File(t.Context(), at, "f", 10); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.rev, err)
		}
	}
}

func TestBlobsOfAnyBytes(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	content := map[string]string{
		"empty": "", "text": "text\n", "crlf": "a\r\nb", "bom": "\xef\xbb\xbfx", "bytes": "\xff\xfe\x00", "latin": "gr\xfcn",
		"large": strings.Repeat("é", 400<<10), "replacement": "\uFFFD", "quoted": "\"\\\u2028<>&",
	}
	var args []string
	for name, text := range content {
		args = append(args, name, text)
	}
	g.Commit("files", args...)
	for _, lied := range []bool{false, true} {
		h := newTwin(t, g)
		if lied {
			h.edit = func(_ string, a map[string]any) { delete(a, "tree") } // no sizes
		}
		_, r, _ := h.begin(nil)
		at, err := r.Resolve(t.Context(), g.Git("rev-parse", "main"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := r.Files(t.Context(), at, gitrepo.Listing{Folders: 10, Files: 100}, func(gitrepo.TreeFile) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Blobs(t.Context(), files, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if string(got[f.Blob]) != content[f.Path] {
				t.Errorf("%s: %d bytes, and %d are in it", f.Path, len(got[f.Blob]), len(content[f.Path]))
			}
		}
		_, err = r.File(t.Context(), at, "large", 1000)
		if !errors.Is(err, gitrepo.ErrTooLarge) {
			t.Error(err)
		}
	}
}

// What comes of GitHub in place of an object is refused, not kept, and not believed.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	g := odds(t)
	_, head := tips(g)
	blob := g.Git("rev-parse", "change:bin/b")
	for name, c := range map[string]struct {
		edit func(h *twin, answer map[string]any)
		want error
	}{
		"another content":  {func(_ *twin, a map[string]any) { a["content"] = wrapped("evil") }, gitrepo.ErrForged},
		"not base64":       {func(_ *twin, a map[string]any) { a["content"] = "%" }, gitrepo.ErrMalformed},
		"another encoding": {func(_ *twin, a map[string]any) { a["encoding"] = "none" }, gitrepo.ErrMalformed},
		"too large":        {func(_ *twin, a map[string]any) { a["content"] = wrapped(strings.Repeat("x", 2000)) }, gitrepo.ErrTooLarge},
		"not there":        {func(_ *twin, a map[string]any) { a["status"] = 404 }, gitrepo.ErrMissing},
	} {
		t.Run(name, func(t *testing.T) {
			h, cache := newTwin(t, g), NewCache(1<<20)
			h.edit = func(path string, a map[string]any) {
				if path == "git/blobs/"+blob {
					c.edit(h, a)
				}
			}
			for range 2 {
				_, r, _ := h.begin(cache)
				at, err := r.Resolve(t.Context(), head)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.File(t.Context(), at, "bin/b", 1000); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			}
		})
	}
	// A commit that was told wrongly, and one that is not there.
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	lie := h.commit(head)
	lie.Tree = g.Git("rev-parse", "main^{tree}")
	o.Prime(lie)
	if _, err := r.Resolve(t.Context(), head); !errors.Is(err, gitobject.ErrNotRebuilt) {
		t.Error(err)
	}
	if _, err := r.Resolve(t.Context(), strings.Repeat("1", 40)); !errors.Is(err, gitrepo.ErrMissing) {
		t.Error(err)
	}
	for _, id := range []string{"", "main", "../../user", head[:39]} {
		if _, err := o.Objects(t.Context(), "blob", []string{id}, 1); !errors.Is(err, gitrepo.ErrMissing) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	g := odds(t)
	const odd = "refs/heads/feature/x%2Fy#ü&z"
	g.Git("update-ref", odd, "main")
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	for _, ref := range []string{"refs/heads/main", odd} {
		if at, err := r.Resolve(t.Context(), ref); err != nil || at.ID != g.Git("rev-parse", "main") {
			t.Errorf("%s: %v", ref, err)
		}
	}
	for _, ref := range []string{"refs/heads/none", "main", "refs/", "refs/tags/v1", "HEAD", ""} {
		if id, err := o.Ref(t.Context(), ref); !errors.Is(err, gitrepo.ErrUnknownRevision) {
			t.Errorf("%q: %s, %v", ref, id, err)
		}
	}
	// A ref that moves is seen to move.
	if _, err := o.Ref(t.Context(), "refs/heads/main"); err != nil {
		t.Fatal(err)
	}
	g.Git("update-ref", "refs/heads/main", "change")
	if id, err := o.Ref(t.Context(), "refs/heads/main"); err != nil || id != g.Git("rev-parse", "change") {
		t.Error(id, err)
	}
}

func FuzzTrees(f *testing.F) {
	id := strings.Repeat("1", 40)
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00bbbbbbbbbbbbbbbbbbbb"), "a/b", "040000", id)
	f.Add([]byte{20, 1, 2}, "", "", "")
	f.Fuzz(func(t *testing.T, b []byte, path, mode, sha string) {
		if !utf8.ValidString(path) {
			return
		}
		lines := decodeTree(b, 40)
		if again, ok := encodeTree(slices.Clone(lines)); !ok || len(again) > len(b) {
			t.Fatalf("%d bytes of %d", len(again), len(b))
		}
		for _, p := range unpackTrees(b) {
			if !proved("tree", p.id, p.content) {
				t.Fatal("a tree that does not hash")
			}
		}
		o := newObjects(nil, twinRepo, nil)
		var a treeAnswer
		text, err := json.Marshal(map[string]any{"tree": []any{
			map[string]any{"path": path, "mode": mode, "sha": sha}, map[string]any{"path": path + "/x", "mode": mode, "sha": sha},
		}})
		if err != nil || json.Unmarshal(text, &a) != nil {
			t.Fatal(err)
		}
		o.absorb(sha, &a)
		for id, content := range o.trees {
			if !proved("tree", id, content) {
				t.Fatal("a tree that does not hash")
			}
		}
	})
}
