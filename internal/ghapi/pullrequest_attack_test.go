package ghapi

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// P9: two pull requests, one head.
func TestP09Siblings(t *testing.T) {
	numbers := func(pr *PullRequest) (out []int64) {
		for _, s := range pr.Siblings {
			out = append(out, s.Number)
		}
		return out
	}
	crowd := func(s *scenery, n int) {
		other := more(nil, n, func(i int) thing { return s.sibling(1000+i, "OPEN", "x"+strconv.Itoa(i), "main", cat) })
		s.repo["pullRequests"] = append(other, s.repo["pullRequests"].(many)...)
	}
	for name, c := range map[string]struct {
		set     func(*scenery)
		want    []int64
		queries int
		missed  []string
	}{
		"few":                    {func(*scenery) {}, []int64{6}, 1, nil},
		"many, the commit tells": {func(s *scenery) { crowd(s, 250) }, []int64{6}, 1, nil},
		"of a fork, few":         {func(s *scenery) { s.tip["associatedPullRequests"] = many{} }, []int64{6}, 1, nil},
		"of a fork, many":        {func(s *scenery) { crowd(s, 250); s.tip["associatedPullRequests"] = many{} }, []int64{6}, 3, nil},
		"no list of the commit":  {func(s *scenery) { crowd(s, 100); s.tip["associatedPullRequests"] = nil }, []int64{6}, 2, nil},
		"too many":               {func(s *scenery) { crowd(s, 4000); s.tip["associatedPullRequests"] = nil }, nil, maxOpenPages, []string{"the other pull requests of the head", "the other pull requests of the head"}},
		"not itself":             {func(s *scenery) { s.repo["pullRequests"] = s.repo["pullRequests"].(many)[1:] }, []int64{6}, 1, []string{"the other pull requests of the head"}},
		"closed":                 {func(s *scenery) { s.pr["state"] = "CLOSED"; s.repo["pullRequests"] = many{} }, nil, 1, nil},
		"a closed one of the commit": {func(s *scenery) {
			crowd(s, 250)
			s.tip["associatedPullRequests"] = append(s.tip["associatedPullRequests"].(many), s.sibling(8, "CLOSED", "c2", "main", cat))
		}, []int64{6}, 1, nil},
		"one in another repository": {func(s *scenery) {
			crowd(s, 250)
			n := s.sibling(6, "OPEN", "c2", "main", cat)
			n["baseRepository"] = thing{"databaseId": 1001}
			s.tip["associatedPullRequests"] = append(many{n}, s.tip["associatedPullRequests"].(many)[0])
		}, nil, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenery(t)
			c.set(s)
			pr := s.read()
			wantMissed(t, pr.Missed, c.missed...)
			if d := cmp.Diff(c.want, numbers(pr)); d != "" || len(s.queries) != c.queries {
				t.Errorf("%d queries, siblings (-want +got):\n%s", len(s.queries), d)
			}
		})
	}
}

// A team that the credential may not see comes as null, with an error or without.
// That it is no person, whose approval is void, REST shows.
func TestHiddenTeamsAreAskedForAgain(t *testing.T) {
	rest := map[string]any{
		"head": map[string]any{"sha": gitID("c2")}, "requested_reviewers": []any{map[string]any{"id": 1, "login": "ann", "type": "User"}, map[string]any{"id": 90, "login": "claude[bot]", "type": "Bot"}},
		"requested_teams": []any{map[string]any{"slug": "ops"}},
	}
	hidden := func(s *scenery) {
		s.change = func(n int, data any) (any, []GraphQLError) {
			data = put(data, strings.Split("repository.pullRequest.reviewRequests.nodes.1.requestedReviewer", "."), constant(nil))
			return data, []GraphQLError{
				{Type: "FORBIDDEN", Message: "Resource not accessible by integration", Path: []any{"repository", "pullRequest", "reviewRequests", "nodes", float64(1), "requestedReviewer"}},
			}
		}
	}
	s := newScenery(t)
	want := s.read()
	s = newScenery(t)
	hidden(s)
	s.rest = map[string]any{"/repos/acme/infra/pulls/5": rest}
	if d := cmp.Diff(want, s.read()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	rest["requested_teams"] = []any{}
	s.queries, s.rest = nil, map[string]any{"/repos/acme/infra/pulls/5": rest}
	wantMissed(t, s.read().Missed, "the review requests")

	rest["head"] = map[string]any{"sha": gitID("c3")}
	s.queries, s.rest = nil, map[string]any{"/repos/acme/infra/pulls/5": rest}
	if _, err := readPullRequest(context.Background(), s.graph, s.query); !errors.Is(err, ErrMoved) {
		t.Error(err)
	}
	s.queries, s.rest = nil, nil
	if _, err := readPullRequest(context.Background(), s.graph, s.query); err == nil {
		t.Error("no error although nobody told who is asked")
	}
}

func TestErrorsBesideData(t *testing.T) {
	path := func(s string) (out []any) {
		for _, p := range strings.Split(s, ".") {
			if n, err := strconv.Atoi(p); err == nil {
				out = append(out, float64(n))
			} else {
				out = append(out, p)
			}
		}
		return out
	}
	for _, c := range []struct{ typ, path, what string }{
		{"FORBIDDEN", "repository.pullRequest.reviews.nodes.0.author", "the reviews"},
		{"SERVICE_UNAVAILABLE", "repository.pullRequest.commits.nodes.0.commit.signature", "the commits"},
		{"FORBIDDEN", "org", "the organisation's file"},
		{"NOT_FOUND", "org.defaultBranchRef.target", "the organisation's file"},
		{"FORBIDDEN", "repository.pullRequest.timelineItems.nodes.0.actor", "the timeline"},
		{"SOMETHING", "repository.pullRequest.timelineItems.nodes.3.assignee", "the timeline"},
		{"FORBIDDEN", "repository.n0", "a ref of notes"},
		{"FORBIDDEN", "repository.pullRequest.baseRef.target.f0", "a file at the base"},
		{"", "", "GitHub's answer"},
	} {
		s := newScenery(t)
		s.change = func(_ int, data any) (any, []GraphQLError) {
			e := GraphQLError{Type: c.typ, Message: "evil\n\x1b[31m::error::"}
			if c.path != "" {
				e.Path = path(c.path)
				data = put(data, strings.Split(c.path, "."), constant(nil))
			}
			return data, []GraphQLError{e}
		}
		wantMissed(t, s.read().Missed, c.what)
	}
	s := newScenery(t)
	s.change = func(_ int, data any) (any, []GraphQLError) { return data, make([]GraphQLError, maxErrors) }
	if len(s.read().Missed) < 2 {
		t.Error("errors that were cut off are forgotten")
	}
}

func TestOrganisationFile(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*scenery)
		missed []string
		there  bool
	}{
		"there":           {func(*scenery) {}, nil, true},
		"not asked for":   {func(s *scenery) { s.query.OrgFile = "" }, nil, false},
		"no file":         {func(s *scenery) { s.query.OrgFile = "other.yml" }, nil, false},
		"no commit":       {func(s *scenery) { s.org["defaultBranchRef"] = nil }, nil, false},
		"another owner's": {func(s *scenery) { s.org["nameWithOwner"] = "evil/.github" }, []string{"the organisation's file"}, false},
		"no repository": {func(s *scenery) {
			s.org = nil
			s.change = func(_ int, data any) (any, []GraphQLError) {
				return data, []GraphQLError{{Type: "NOT_FOUND", Message: "Could not resolve to a Repository", Path: []any{"org"}}}
			}
		}, nil, false},
		"null and no reason": {func(s *scenery) { s.org = nil }, []string{"the organisation's file"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenery(t)
			c.set(s)
			pr := s.read()
			wantMissed(t, pr.Missed, c.missed...)
			if (pr.Org != nil) != c.there {
				t.Errorf("%+v", pr.Org)
			}
		})
	}
}

// P6: only a regular file of the base is the policy, and only to the byte.
func TestP06FilesAtTheBase(t *testing.T) {
	set := func(e thing, member string, v any) thing {
		if _, ok := e[member]; ok {
			e[member] = v
		} else {
			e["object"].(thing)[member] = v
		}
		return e
	}
	for name, c := range map[string]struct {
		entry  thing
		missed bool
		cut    bool
	}{
		"whole":                {entryThing("version: 1\n"), false, false},
		"executable":           {set(entryThing("version: 1\n"), "mode", 0o100755), false, false},
		"empty":                {entryThing(""), false, false},
		"a link":               {set(entryThing("../policy"), "mode", 0o120000), true, false},
		"a folder":             {thing{"mode": 0o040000, "type": "tree", "object": thing{"__typename": "Tree", "oid": gitID("tree")}}, true, false},
		"a submodule":          {thing{"mode": 0o160000, "type": "commit", "object": nil}, true, false},
		"truncated":            {set(entryThing("version: 1\n"), "isTruncated", true), false, true},
		"binary":               {set(set(entryThing("version: 1\n"), "isBinary", true), "text", nil), false, true},
		"another encoding":     {set(entryThing("version: 1\n"), "text", "versiön: 1\n"), false, true},
		"the same length":      {set(entryThing("version: 1\n"), "text", "version: 2\n"), false, true},
		"a size that is false": {set(entryThing("version: 1\n"), "byteSize", 1<<20), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenery(t)
			s.base["file"] = byName("path", map[string]thing{".claw-verified.yml": c.entry})
			pr := s.read()
			f, ok := pr.Files[".claw-verified.yml"]
			if (len(pr.Missed) > 0) != c.missed || ok == c.missed || f.Cut != c.cut || c.cut && f.Text != "" {
				t.Errorf("%+v, %+v", f, pr.Missed)
			}
		})
	}
}

func TestBaseBranchIsGone(t *testing.T) {
	s := newScenery(t)
	s.pr["baseRef"] = nil
	pr := s.read()
	if len(pr.Missed) == 0 || pr.Missed[0].What != "the base branch" || pr.Base.ID != "" || len(pr.Files) != 0 {
		t.Errorf("%+v", pr)
	}
}

// P4: commits that come by the second parent bring parents from outside along.
func TestP04ParentsOutsideOfThePullRequest(t *testing.T) {
	s := newScenery(t)
	other := commitOf("other", cat)
	s.tip["parents"] = append(s.tip["parents"].(many), other)
	object := s.repo["object"].(func(map[string]any) any)
	s.repo["object"] = func(args map[string]any) any {
		if args["oid"] == gitID("other") {
			return other
		}
		return object(args)
	}
	pr := s.read()
	wantMissed(t, pr.Missed)
	if len(pr.Parents) != 2 || pr.Parents[0].ID != gitID("base") || pr.Parents[1].ID != gitID("other") || len(s.queries) != 2 {
		t.Errorf("%d queries, %+v", len(s.queries), pr.Parents)
	}
	s.repo["object"] = func(map[string]any) any { return nil }
	wantMissed(t, s.read().Missed, "the commits")
}

// P20: a deleted account is nobody; one without a number could be anybody.
func TestP20DeletedAccounts(t *testing.T) {
	s := newScenery(t)
	s.pr["author"] = nil
	pr := s.read()
	wantMissed(t, pr.Missed)
	if pr.Author != (Actor{}) || pr.Reviews[2].Author != (Actor{}) {
		t.Errorf("%+v %+v", pr.Author, pr.Reviews)
	}
	s.pr["author"] = thing{"__typename": "User", "login": "eve", "databaseId": nil}
	wantMissed(t, s.read().Missed, "the pull request", "the pull request")
	s.pr["author"] = thing{"__typename": "EnterpriseUserAccount", "login": "eve", "user": thing{"databaseId": 66, "login": "eve_acme"}}
	pr = s.read()
	wantMissed(t, pr.Missed)
	if d := cmp.Diff(Actor{66, "eve", "EnterpriseUserAccount"}, pr.Author); d != "" {
		t.Error(d)
	}
}

func TestReviewsThatSayTooLittle(t *testing.T) {
	for _, member := range []string{"fullDatabaseId", "submittedAt", "state"} {
		s := newScenery(t)
		s.change = first("repository.pullRequest.reviews.nodes.0."+member, constant(nil))
		pr := s.read()
		if len(pr.Missed) == 0 || pr.Missed[0].What != "the reviews" || len(pr.Reviews) != 3 {
			t.Errorf("%s: %+v", member, pr.Missed)
		}
	}
	// A commit that GitHub forgot after a force push: the review is of nothing known.
	s := newScenery(t)
	s.change = first("repository.pullRequest.reviews.nodes.0.commit", constant(nil))
	pr := s.read()
	wantMissed(t, pr.Missed)
	if len(pr.Reviews) != 3 || pr.Reviews[1].Commit != "" || pr.Reviews[1].Tree != "" {
		t.Errorf("%+v", pr.Reviews)
	}
	s = newScenery(t)
	s.change = first("repository.pullRequest.reviews.nodes.0.state", constant("PENDING"))
	wantMissed(t, s.read().Missed, "the reviews")
	s.change = first("repository.pullRequest.reviews.nodes.0.fullDatabaseId", constant(json.Number("11")))
	s.queries = nil
	wantMissed(t, s.read().Missed, "the reviews") // it is given twice
}

func TestNumbersOfEitherForm(t *testing.T) {
	for in, want := range map[string]bigID{"5": 5, `"9007199254740993"`: 9007199254740993, "null": 0, "0": 0} {
		var n bigID = 7
		if err := json.Unmarshal([]byte(in), &n); err != nil || n != want {
			t.Errorf("%s: %d, %v", in, n, err)
		}
	}
	for _, in := range []string{`"x"`, "1.5", "-1", "99999999999999999999", "true", `""`} {
		if err := json.Unmarshal([]byte(in), new(bigID)); err == nil {
			t.Errorf("%s is taken for a number", in)
		}
	}
}
