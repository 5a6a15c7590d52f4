package ghapi

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
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
