package ghapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// places lists every place in an answer.
func places(v any, path []string, f func([]string)) {
	if len(path) > 0 {
		f(path)
	}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			places(e, append(slices.Clone(path), k), f)
		}
	case []any:
		for i, e := range v {
			places(e, append(slices.Clone(path), strconv.Itoa(i)), f)
		}
	}
}

// harmless are the only places where a null alone is no shortfall.
var harmless = []string{
	// Deleted accounts.
	"repository.pullRequest.author", "repository.pullRequest.reviews.nodes.author", "repository.pullRequest.reviewThreads.nodes.comments.nodes.author",
	"repository.pullRequest.timelineItems.nodes.actor", "repository.pullRequest.timelineItems.nodes.assignee", "repository.pullRequests.nodes.author",
	// Nobody has this e-mail address; git has no name; nothing was signed: the hash of the object shows it.
	"repository.pullRequest.commits.nodes.commit.author.user", "repository.pullRequest.commits.nodes.commit.committer.user", "repository.pullRequest.commits.nodes.commit.authors.nodes.user",
	"repository.pullRequest.commits.nodes.commit.author.name", "repository.pullRequest.commits.nodes.commit.author.email",
	"repository.pullRequest.commits.nodes.commit.committer.name", "repository.pullRequest.commits.nodes.commit.committer.email",
	"repository.pullRequest.first.nodes.commit.parents.nodes.author.name", "repository.pullRequest.first.nodes.commit.parents.nodes.author.email",
	"repository.pullRequest.first.nodes.commit.parents.nodes.committer.name", "repository.pullRequest.first.nodes.commit.parents.nodes.committer.email",
	"repository.pullRequest.baseRef.target.author.name", "repository.pullRequest.baseRef.target.author.email",
	"repository.pullRequest.baseRef.target.committer.name", "repository.pullRequest.baseRef.target.committer.email",
	"repository.pullRequest.commits.nodes.commit.signature", "repository.pullRequest.first.nodes.commit.parents.nodes.signature", "repository.pullRequest.baseRef.target.signature",
	// The file, the ref, the head's repository are not there.
	"repository.pullRequest.baseRef.target.f0", "repository.pullRequest.baseRef.target.f2", "repository.pullRequest.baseRef.target.f1", "repository.n0", "repository.n1", "repository.pullRequest.headRepository",
	"org.defaultBranchRef", "org.defaultBranchRef.target.f0",
	// The text is proved by its hash, or cut.
	"repository.pullRequest.baseRef.target.f0.object.isBinary", "repository.pullRequest.baseRef.target.f2.object.isBinary", "org.defaultBranchRef.target.f0.object.isBinary",
	"repository.pullRequest.baseRef.target.f0.object.text", "repository.pullRequest.baseRef.target.f2.object.text", "org.defaultBranchRef.target.f0.object.text",
	// The line is gone; it was not edited; the commit was forgotten after a force push.
	"repository.pullRequest.reviewThreads.nodes.line", "repository.pullRequest.reviews.nodes.lastEditedAt",
	"repository.pullRequest.reviews.nodes.commit", "repository.pullRequest.timelineItems.nodes.afterCommit",
	// Nobody said anything of the head; not begun, not ended; a deleted account.
	"repository.pullRequest.checked.nodes.commit.statusCheckRollup",
	"repository.pullRequest.checked.nodes.commit.statusCheckRollup.contexts.nodes.startedAt", "repository.pullRequest.checked.nodes.commit.statusCheckRollup.contexts.nodes.completedAt",
	"repository.pullRequest.checked.nodes.commit.statusCheckRollup.contexts.nodes.conclusion", "repository.pullRequest.checked.nodes.commit.statusCheckRollup.contexts.nodes.creator",
	// Not needed where the open pull requests are few, and compared with them where they are many.
	"repository.pullRequest.tip.nodes.commit.associatedPullRequests", "repository.pullRequest.tip.nodes.commit.associatedPullRequests.nodes",
	"repository.pullRequest.tip.nodes.commit.associatedPullRequests.nodes.author", "repository.pullRequest.tip.nodes.commit.associatedPullRequests.nodes.baseRepository",
	// There is no next page.
	"endCursor",
	"rateLimit",
}

func isHarmless(path []string) bool {
	var p []string
	for _, s := range path {
		if _, err := strconv.Atoi(s); err != nil {
			p = append(p, s)
		}
	}
	return slices.Contains(harmless, strings.Join(p, ".")) || slices.Contains(harmless, p[len(p)-1])
}

// clone copies a decoded document.
func clone(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}

// answerOf is what the scenery answers to its query.
func answerOf(tb testing.TB, s *scenery) any {
	var data any
	s.change = func(_ int, d any) (any, []GraphQLError) {
		data = clone(d)
		return d, nil
	}
	s.read()
	s.change, s.queries = nil, nil
	return data
}

// Undecided is not passed: whichever part of an answer is null, something is missed,
// but for the places that are named above with their reasons.
func TestEveryNullIsMissed(t *testing.T) {
	s := newScenery(t)
	data := answerOf(t, s)
	var all [][]string
	places(data, nil, func(p []string) { all = append(all, p) })
	if len(all) < 300 {
		t.Fatalf("%d places", len(all))
	}
	for _, p := range all {
		s.queries = nil
		s.change = func(int, any) (any, []GraphQLError) { return put(clone(data), p, constant(nil)), nil }
		pr, err := readPullRequest(context.Background(), s.graph, s.query)
		missed := err != nil || len(pr.Missed) > 0
		if harmless := isHarmless(p); missed == harmless && !alreadyNull(data, p) {
			t.Errorf("%s: missed %v, harmless %v, %v", strings.Join(p, "."), missed, harmless, err)
		}
	}
}

func alreadyNull(v any, path []string) bool {
	for _, p := range path {
		switch m := v.(type) {
		case map[string]any:
			v = m[p]
		case []any:
			i, _ := strconv.Atoi(p)
			v = m[i]
		}
	}
	return v == nil
}

// Any number of nulls never panics, and is missed unless all of them are harmless.
func TestNullsEverywhere(t *testing.T) {
	s := newScenery(t)
	data := answerOf(t, s)
	var all [][]string
	places(data, nil, func(p []string) { all = append(all, p) })
	slices.SortFunc(all, slices.Compare)
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfN(rapid.SampledFrom(all), 1, 20).Draw(rt, "nulls")
		changed := clone(data)
		bad := false
		for _, p := range some {
			changed = put(changed, p, constant(nil))
			bad = bad || !isHarmless(p) && !slices.ContainsFunc(some, func(q []string) bool { return isHarmless(q) && len(q) < len(p) && slices.Equal(q, p[:len(q)]) }) && !alreadyNull(data, p)
		}
		s.queries = nil
		s.change = func(int, any) (any, []GraphQLError) { return changed, nil }
		pr, err := readPullRequest(context.Background(), s.graph, s.query)
		if bad && err == nil && len(pr.Missed) == 0 {
			rt.Fatalf("nothing is missed of %v", some)
		}
	})
}

// The order in which GitHub gives what has no order never matters.
func TestOrderOfPagesAndEntriesNeverMatters(t *testing.T) {
	busy := func() *scenery {
		s := newScenery(t)
		s.pr["reviews"] = more(s.pr["reviews"].(many), 150, func(i int) thing {
			return reviewThing(100+i, []thing{ann, cat}[i%2], []string{"APPROVED", "COMMENTED"}[i%2], "c2", 22+i%3)
		})
		s.pr["reviewThreads"] = more(s.pr["reviewThreads"].(many), 110, func(i int) thing { return threadThing(fmt.Sprint("f", i%7), i%5, 30+i%3, []thing{cat, nil, ann}[i%3]) })
		s.pr["labels"] = more(s.pr["labels"].(many), 105, func(i int) thing { return thing{"name": fmt.Sprint("l", i)} })
		return s
	}
	want := busy().read()
	wantMissed(t, want.Missed)
	rapid.Check(t, func(rt *rapid.T) {
		s := busy()
		shuffle := func(list any) many {
			return rapid.Permutation(list.(many)).Draw(rt, "order")
		}
		for _, l := range []string{"reviews", "reviewThreads", "labels", "timelineItems", "reviewRequests"} {
			s.pr[l] = shuffle(s.pr[l])
		}
		for _, l := range []string{"checkSuites", "associatedPullRequests"} {
			s.tip[l] = shuffle(s.tip[l])
		}
		s.repo["pullRequests"] = shuffle(s.repo["pullRequests"])
		for _, c := range s.commits {
			commit := c.(thing)["commit"].(thing)
			commit["authors"] = shuffle(commit["authors"])
		}
		if d := cmp.Diff(want, s.read()); d != "" {
			rt.Fatalf("(-want +got):\n%s", d)
		}
	})
}
