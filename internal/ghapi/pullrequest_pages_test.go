package ghapi

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// more adds n entries to a list of the pull request.
func more(list many, n int, f func(i int) thing) many {
	for i := range n {
		list = append(list, f(i))
	}
	return list
}

// P18: API limits as an escape. Everything is paged, all lists at once.
func TestP18EverythingIsPaged(t *testing.T) {
	s := newScenery(t)
	s.pr["reviews"] = more(s.pr["reviews"].(many), 250, func(i int) thing { return reviewThing(100+i, ann, "COMMENTED", "c2", 22) })
	s.pr["reviewThreads"] = more(s.pr["reviewThreads"].(many), 120, func(i int) thing { return threadThing("c.tf", i, 30, cat) })
	s.pr["timelineItems"] = more(s.pr["timelineItems"].(many), 150, func(i int) thing { return eventThing("BaseRefChangedEvent", 40, nil) })
	s.pr["labels"] = more(s.pr["labels"].(many), 100, func(i int) thing { return thing{"name": "l" + strconv.Itoa(i)} })
	s.tip["checkSuites"] = more(s.tip["checkSuites"].(many), 130, func(i int) thing { return thing{"createdAt": clock(4)} })
	pr := s.read()
	wantMissed(t, pr.Missed)
	got := []int{len(pr.Reviews), len(pr.Threads), len(pr.Events), len(pr.Labels), len(pr.Suites), len(s.queries)}
	if d := cmp.Diff([]int{253, 122, 154, 102, 132, 3}, got); d != "" {
		t.Errorf("reviews, threads, events, labels, suites, queries (-want +got):\n%s", d)
	}
}

// line makes a pull request of n commits in a row.
func (s *scenery) line(n int) {
	var list many
	parent := s.base
	for i := range n - 1 {
		parent = commitOf("l"+strconv.Itoa(i), bob, parent)
		list = append(list, thing{"commit": parent})
	}
	s.tip["parents"] = many{parent}
	s.pr["commits"] = append(list, thing{"commit": s.tip})
}

func TestP18TwoHundredAndFiftyCommits(t *testing.T) {
	s := newScenery(t)
	s.line(250)
	pr := s.read()
	wantMissed(t, pr.Missed)
	if len(pr.Commits) != 250 || pr.DeclaredCommits != 250 || len(pr.Parents) != 1 || len(s.queries) != 3 {
		t.Errorf("%d of %d commits, %d parents, %d queries", len(pr.Commits), pr.DeclaredCommits, len(pr.Parents), len(s.queries))
	}
	if pr.Commits[0].ID != gitID("l0") || pr.Commits[249].ID != gitID("c2") {
		t.Error("the commits are not in GitHub's order")
	}
}

func TestP18MoreCommitsThanGitHubLists(t *testing.T) {
	s := newScenery(t)
	s.line(251)
	pr := s.read()
	if len(pr.Missed) == 0 || pr.Missed[0].What != "the commits" || !strings.Contains(pr.Missed[0].Why, "251") {
		t.Errorf("%+v", pr.Missed)
	}
	// GitHub could as well give 250 and say that these are all.
	s.pr["commits"] = s.pr["commits"].(many)[:250]
	if pr = s.read(); len(pr.Missed) == 0 {
		t.Error("a list that does not reach the head was taken for whole")
	}
}

// first changes the first answer's member at a path.
func first(path string, f func(any) any) func(int, any) (any, []GraphQLError) {
	return func(n int, data any) (any, []GraphQLError) {
		if n == 0 {
			data = put(data, strings.Split(path, "."), f)
		}
		return data, nil
	}
}

func put(v any, path []string, f func(any) any) any {
	if len(path) == 0 {
		return f(v)
	}
	switch v := v.(type) {
	case map[string]any:
		v[path[0]] = put(v[path[0]], path[1:], f)
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(v) {
			v[i] = put(v[i], path[1:], f)
		}
	}
	return v
}

func constant(v any) func(any) any { return func(any) any { return v } }

// P18: declared counts are compared with what was read.
func TestP18CountsThatDoNotMatch(t *testing.T) {
	const pr = "repository.pullRequest."
	for path, what := range map[string]string{
		pr + "reviews.totalCount":                                           "the reviews",
		pr + "commits.totalCount":                                           "the commits",
		pr + "reviewThreads.totalCount":                                     "the review threads",
		pr + "timelineItems.filteredCount":                                  "the timeline",
		pr + "labels.totalCount":                                            "the labels",
		pr + "reviewRequests.totalCount":                                    "the review requests",
		pr + "tip.nodes.0.commit.checkSuites.totalCount":                    "the check suites",
		pr + "checked.nodes.0.commit.statusCheckRollup.contexts.totalCount": MissedChecks,
		pr + "commits.nodes.0.commit.parents.totalCount":                    "the commits",
		pr + "commits.nodes.0.commit.authors.totalCount":                    "the commits",
		"repository.pullRequests.totalCount":                                "the other pull requests of the head",
	} {
		s := newScenery(t)
		s.change = first(path, constant(9))
		if strings.HasSuffix(path, "filteredCount") {
			s.change = func(n int, data any) (any, []GraphQLError) {
				data, _ = first(path, constant(9))(n, data)
				return first(pr+"timelineItems.totalCount", constant(9))(n, data)
			}
		}
		wantMissed(t, s.read().Missed, what)
	}
	// The timeline has two numbers, of which one counts all kinds of event.
	s := newScenery(t)
	s.change = first(pr+"timelineItems.totalCount", constant(40))
	wantMissed(t, s.read().Missed)
}

func TestP18CursorsThatGoNowhere(t *testing.T) {
	for _, end := range []any{"", nil, "c100"} {
		s := newScenery(t)
		s.pr["reviews"] = more(nil, 300, func(i int) thing { return reviewThing(100+i, ann, "COMMENTED", "c2", 22) })
		s.change = func(n int, data any) (any, []GraphQLError) {
			return put(data, strings.Split("repository.pullRequest.reviews.pageInfo.endCursor", "."), constant(end)), nil
		}
		pr := s.read()
		if len(pr.Missed) == 0 || pr.Missed[0].What != "the reviews" || len(s.queries) > 3 {
			t.Errorf("cursor %v: %+v after %d queries", end, pr.Missed, len(s.queries))
		}
	}
}

func TestPagesAreBounded(t *testing.T) {
	s := newScenery(t)
	s.pr["reviews"] = more(nil, 5000, func(i int) thing { return reviewThing(100+i, ann, "COMMENTED", "c2", 22) })
	pr := s.read()
	if len(s.queries) != maxPages {
		t.Errorf("%d queries", len(s.queries))
	}
	wantMissed(t, pr.Missed, "the reviews")
}

// P1: the head moves between two pages.
func TestP01HeadMovesBetweenPages(t *testing.T) {
	s := newScenery(t)
	s.pr["reviews"] = more(nil, 120, func(i int) thing { return reviewThing(100+i, ann, "COMMENTED", "c2", 22) })
	s.before = func(n int) {
		if n == 1 {
			s.pr["headRefOid"] = gitID("c3")
		}
	}
	if _, err := readPullRequest(context.Background(), s.graph, s.query); !errors.Is(err, ErrMoved) {
		t.Error(err)
	}
}
