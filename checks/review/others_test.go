package review_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// scanned is a policy that wants the check "scan" of app 7.
func scanned(more ...policy.RequiredCheck) *policy.Policy {
	p := testPolicy()
	p.Review.Checks = append([]policy.RequiredCheck{{Name: "scan", AppID: 7}}, more...)
	return p
}

// scans is a change that bob approved, with these checks of its head.
func scans(t *testing.T, list ...checks.CheckState) *checks.Snapshot {
	t.Helper()
	s := change(t)
	approve(s, bob)
	s.Review.Source, s.PullRequest, s.Checks = "github", &checks.PullRequest{Number: 7}, list
	return s
}

func scan(app int64, conclusion string, minute int) checks.CheckState {
	c := checks.CheckState{Name: "scan", AppID: app, Status: "completed", Conclusion: conclusion, At: now.Add(time.Duration(minute) * time.Minute)}
	if conclusion == "" {
		c.Status = "in_progress"
	}
	return c
}

func TestChecksOfOthers(t *testing.T) {
	t.Parallel()
	ok := scan(7, "success", -5)
	changed := func(f func(*checks.CheckState)) checks.CheckState {
		c := ok
		f(&c)
		return c
	}
	const pending, failed = "review.check-pending", "review.check-failed"
	for _, c := range []struct {
		name, rule, message string
		list                []checks.CheckState
	}{
		{"passed", "", "", []checks.CheckState{ok}},
		{"none at all", pending, `The check "scan" by app 7 is not there.`, nil},
		{"P10 another app", pending, `The check "scan" by app 7 is not there; one of that name is there by app 15368 ("github-actions"), which is not app 7.`, []checks.CheckState{changed(func(c *checks.CheckState) { c.AppID, c.App = 15368, "github-actions" })}},
		{"P10 another app beside it failed", "", "", []checks.CheckState{ok, scan(8, "failure", 0)}},
		{"P10 several others", pending, `The check "scan" by app 7 is not there; one of that name is there by a deleted account, account 3, app 1 and 2 others, none of which is app 7.`, []checks.CheckState{scan(1, "success", 0), scan(2, "success", 0), scan(3, "success", 0), scan(3, "success", 1), {Name: "scan", Account: 3, Status: "completed", Conclusion: "success"}, {Name: "scan", Status: "completed", Conclusion: "success"}}},
		{"P10 another name", pending, `The check "scan" by app 7 is not there.`, []checks.CheckState{changed(func(c *checks.CheckState) { c.Name = "Scan" }), changed(func(c *checks.CheckState) { c.Name = "scan " })}},
		{"P10 an account by the number of the app", pending, `The check "scan" by app 7 is not there; one of that name is there by account 7, which is not app 7.`, []checks.CheckState{changed(func(c *checks.CheckState) { c.AppID, c.Account = 0, 7 })}},
		{"running", pending, `The check "scan" by app 7 has not ended: it is "in_progress".`, []checks.CheckState{scan(7, "", 0)}},
		{"queued, without a time", pending, `The check "scan" by app 7 has not ended: it is "queued".`, []checks.CheckState{ok, {Name: "scan", AppID: 7, Status: "queued"}}},
		{"an older one still runs", pending, "", []checks.CheckState{ok, scan(7, "", -50)}},
		{"of unknown status with success", pending, "", []checks.CheckState{changed(func(c *checks.CheckState) { c.Status = "" })}},
		{"P11 skipped", failed, `The check "scan" by app 7 ended with "skipped".`, []checks.CheckState{scan(7, "skipped", 0)}},
		{"P11 neutral", failed, "", []checks.CheckState{scan(7, "neutral", 0)}},
		{"P11 without a conclusion", failed, `The check "scan" by app 7 ended with "".`, []checks.CheckState{changed(func(c *checks.CheckState) { c.Conclusion = "" })}},
		{"P11 success in other letters", failed, "", []checks.CheckState{scan(7, "SUCCESS", 0)}},
		{"P12 green that turned red", failed, `The check "scan" by app 7 ended with "failure"; of its 2 runs at this head an older one succeeded, and the newest counts.`, []checks.CheckState{ok, scan(7, "failure", 0)}},
		{"P12 red that turned green", "", "", []checks.CheckState{ok, scan(7, "failure", -9)}},
		{"P12 at the same time", failed, "", []checks.CheckState{ok, scan(7, "failure", -5)}},
		{"P12 failed at nobody knows when", failed, "", []checks.CheckState{ok, {Name: "scan", AppID: 7, Status: "completed", Conclusion: "failure"}}},
		{"P12 passed at nobody knows when", "", "", []checks.CheckState{{Name: "scan", AppID: 7, Status: "completed", Conclusion: "success"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := evaluate(scans(t, c.list...), scanned())
			switch c.rule {
			case "":
				wantOutcome(t, r, checks.Verified)
			case pending:
				wantOutcome(t, r, checks.Waiting)
			default:
				wantOutcome(t, r, checks.Refused)
			}
			if n := len(findings(r, pending)) + len(findings(r, failed)); n != len(findings(r, c.rule)) || c.rule != "" && n != 1 {
				t.Errorf("%d findings: %v", n, r.Findings)
			}
			if c.message != "" {
				wantFinding(t, r, c.rule, c.message)
			}
		})
	}
	for _, conclusion := range []string{"failure", "error", "cancelled", "stale", "timed_out", "action_required", "startup_failure", "something new"} {
		wantOutcome(t, evaluate(scans(t, scan(7, conclusion, 0)), scanned()), checks.Refused)
	}
}

func TestStatusOfAnAccount(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Checks = []policy.RequiredCheck{{Name: "build", Account: 5}}
	status := func(account, app int64, conclusion string) checks.CheckState {
		return checks.CheckState{Name: "build", Account: account, AppID: app, Status: "completed", Conclusion: conclusion, At: now}
	}
	wantOutcome(t, evaluate(scans(t, status(5, 0, "success")), p), checks.Verified)
	wantOutcome(t, evaluate(scans(t, status(5, 0, "error")), p), checks.Refused)
	for _, other := range []checks.CheckState{status(6, 0, "success"), status(0, 5, "success"), status(5, 5, "success"), status(0, 0, "success")} {
		wantOutcome(t, evaluate(scans(t, other), p), checks.Waiting)
	}
	// An entry of nobody, which no policy can hold, is nobody's check.
	p.Review.Checks = []policy.RequiredCheck{{Name: "build"}}
	wantOutcome(t, evaluate(scans(t, status(0, 0, "success")), p), checks.Waiting)
}

func TestChecksThatNobodyRead(t *testing.T) {
	t.Parallel()
	passed := scan(7, "success", 0)
	for name, edit := range map[string]func(*checks.Snapshot){
		"reviews of a file": func(s *checks.Snapshot) { s.Review.Source = "file" },
		"no reviews":        func(s *checks.Snapshot) { s.Review.Source = "none" },
		"a merge group":     func(s *checks.Snapshot) { s.Kind, s.PullRequest = checks.KindMergeGroup, nil },
		"more than we look at": func(s *checks.Snapshot) {
			for i := range checks.MaxCheckStates {
				s.Checks = append(s.Checks, checks.CheckState{Name: fmt.Sprint(i), AppID: 1})
			}
		},
	} {
		s := scans(t, passed)
		edit(s)
		wantOutcome(t, evaluate(s, scanned()), checks.Undecided)
		if r := evaluate(s, testPolicy()); len(r.Gaps) != 0 {
			t.Errorf("%s: %v, and no check is asked for", name, r.Gaps)
		}
	}
}

// P10, P12: neither the order of the checks matters nor what anybody else says.
func TestOthersCannotChangeAnything(t *testing.T) {
	t.Parallel()
	s := scans(t)
	some := rapid.Custom(func(rt *rapid.T) checks.CheckState {
		c := scan(rapid.SampledFrom([]int64{0, 7, 8, 15368}).Draw(rt, "app"), rapid.SampledFrom([]string{"", "success", "failure", "skipped"}).Draw(rt, "conclusion"), rapid.IntRange(-3, 0).Draw(rt, "minute"))
		c.Name = rapid.SampledFrom([]string{"scan", "scan", "lint"}).Draw(rt, "name")
		c.Account = rapid.SampledFrom([]int64{0, 7}).Draw(rt, "account")
		if rapid.Bool().Draw(rt, "no time") {
			c.At = time.Time{}
		}
		return c
	})
	p := scanned(policy.RequiredCheck{Name: "lint", Account: 7})
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(some, 0, 6).Draw(rt, "checks")
		of := func(list []checks.CheckState) checks.Result {
			c := *s
			c.Checks = list
			return evaluate(&c, p)
		}
		want := of(list)
		if d := cmp.Diff(want, of(rapid.Permutation(list).Draw(rt, "order"))); d != "" {
			rt.Fatalf("the order matters: %s", d)
		}
		var mine []checks.CheckState
		for _, c := range list {
			if c.AppID == 7 && c.Name == "scan" || c.AppID == 0 && c.Account == 7 && c.Name == "lint" {
				mine = append(mine, c)
			}
		}
		for _, rule := range []string{"review.check-pending", "review.check-failed"} {
			if a, b := len(findings(want, rule)), len(findings(of(mine), rule)); a != b {
				rt.Fatalf("%s: %d findings, and %d without what others say", rule, a, b)
			}
		}
	})
}
