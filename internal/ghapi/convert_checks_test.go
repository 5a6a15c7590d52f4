package ghapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rollup is what others said of the head of a scenery.
func (s *scenery) rollup() thing { return s.tip["statusCheckRollup"].(thing) }

// P13: more checks than a page are read on, and more than are read is told.
func TestP13ChecksArePaged(t *testing.T) {
	s := newScenery(t)
	many := func(n int) {
		s.rollup()["contexts"] = more(nil, n, func(i int) thing { return runThing(fmt.Sprintf("c%04d", i), 7, "COMPLETED", "SUCCESS", 5) })
	}
	many(250)
	s.pr["labels"] = more(nil, 150, func(i int) thing { return thing{"name": fmt.Sprint("l", i)} })
	pr := s.read()
	wantMissed(t, pr.Missed)
	if len(pr.Checks) != 250 || len(s.queries) != 3 {
		t.Errorf("%d checks in %d queries", len(pr.Checks), len(s.queries))
	}
	many(1001)
	pr = s.read()
	wantMissed(t, pr.Missed, MissedChecks)
	if len(pr.Checks) != 1000 {
		t.Errorf("%d checks", len(pr.Checks))
	}
}

// P12: a check that is not told whole could be the newer one of two.
func TestP12ChecksThatAreNotWhole(t *testing.T) {
	for name, change := range map[string]func(*scenery){
		"a run of no app":       func(s *scenery) { s.first()["checkSuite"] = thing{"app": nil} },
		"an app without number": func(s *scenery) { s.first()["checkSuite"] = thing{"app": thing{"databaseId": nil, "slug": "x"}} },
		"one that is null":      func(s *scenery) { s.bend("contexts.nodes.0", nil) },
		"one too few":           func(s *scenery) { s.bend("contexts.totalCount", 5) },
		"one too many":          func(s *scenery) { s.bend("contexts.totalCount", 3) },
		"of another commit":     func(s *scenery) { s.bendTip("oid", gitID("c1")) },
		"of another kind":       func(s *scenery) { s.bend("contexts.nodes.0.__typename", "Oracle") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenery(t)
			change(s)
			pr := s.read()
			if len(pr.Missed) == 0 || slices.ContainsFunc(pr.Missed, func(m Shortfall) bool { return m.What != MissedChecks }) {
				t.Errorf("%+v", pr.Missed)
			}
		})
	}
	s := newScenery(t)
	s.tip["statusCheckRollup"] = nil
	pr := s.read()
	wantMissed(t, pr.Missed)
	if len(pr.Checks) != 0 {
		t.Error(pr.Checks)
	}
}

// A token that may not read commit statuses gets a null and an error for each. That is
// missed of the checks alone: who looks at none can do without.
func TestChecksThatAreRefusedToTheToken(t *testing.T) {
	s := newScenery(t)
	s.rollup()["contexts"] = more(nil, 250, func(i int) thing { return statusThing(fmt.Sprintf("c%04d", i), "SUCCESS", cat, 5) })
	s.change = func(_ int, data any) (any, []GraphQLError) {
		var errs []GraphQLError
		for i := range 100 {
			at := []any{"repository", "pullRequest", "checked", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", i}
			path := make([]string, len(at))
			for k, p := range at {
				path[k] = fmt.Sprint(p)
			}
			data = put(data, path, constant(nil))
			errs = append(errs, GraphQLError{Type: "FORBIDDEN", Message: "Resource not accessible by integration", Path: at})
		}
		return data, errs
	}
	pr := s.read()
	wantMissed(t, pr.Missed, MissedChecks)
	if len(pr.Reviews) != 3 {
		t.Errorf("%+v", pr.Reviews)
	}
}

func (s *scenery) first() thing { return s.rollup()["contexts"].(many)[0].(thing) }

// bend changes a place of the checks in every answer; bendTip one of their commit.
func (s *scenery) bend(place string, v any) { s.bendTip("statusCheckRollup."+place, v) }

func (s *scenery) bendTip(place string, v any) {
	s.change = func(_ int, data any) (any, []GraphQLError) {
		return put(data, strings.Split("repository.pullRequest.checked.nodes.0.commit."+place, "."), constant(v)), nil
	}
}
