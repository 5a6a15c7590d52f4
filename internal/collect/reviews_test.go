package collect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
)

var (
	commitA = strings.Repeat("a", 40)
	treeB   = strings.Repeat("b", 40)
	digestC = "sha256:" + strings.Repeat("c", 64)
)

// whole is a file with every member.
func whole() string {
	return fmt.Sprintf(`{
  "schema": "https://claw-verified.dev/reviews/v1",
  "author": {"id": 9, "login": "claw[bot]"},
  "head_seen_at": "2026-03-01T12:00:00+01:00",
  "accounts": [
    {"id": 9, "login": "claw[bot]", "type": "BOT", "permission": "none"},
    {"id": 2, "login": "bob", "type": "User", "permission": "WRITE", "teams": ["acme/infra"], "emails": ["Bob@Example.com"]}
  ],
  "reviews": [
    {"id": 1, "account": 2, "state": "APPROVED", "commit": %q, "tree": %q, "plan_digests": [%q],
     "submitted_at": "2026-03-01T12:30:00Z", "edited_at": null, "body": "fine"},
    {"id": 2, "account": null, "state": "commented", "commit": %q, "tree": null, "merge_base": %q, "commit_seen_at": "2026-03-01T12:01:00Z", "submitted_at": "2026-03-01T12:31:00Z"},
    {"id": 3, "account": 4, "state": "dismissed", "was": "CHANGES_REQUESTED", "dismissed_by": 2, "commit": %q, "submitted_at": "2026-03-01T12:32:00Z"}
  ],
  "requested": [4, 2, 4],
  "pushers": [9],
  "operators": [5]
}`, commitA, treeB, digestC, commitA, commitA, commitA)
}

func TestParseReviews(t *testing.T) {
	t.Parallel()
	got, err := collect.ParseReviews([]byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	at := func(m int) time.Time { return time.Date(2026, 3, 1, 12, m, 0, 0, time.UTC) }
	want := checks.Review{
		Source: "file", Digest: got.Digest,
		Author:     &checks.AccountRef{ID: 9, Login: "claw[bot]"},
		HeadSeenAt: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
		Accounts: []checks.Account{
			{ID: 9, Login: "claw[bot]", Type: "Bot", Permission: "none"},
			{ID: 2, Login: "bob", Type: "User", Permission: "write", Teams: []string{"acme/infra"}, Emails: []string{"bob@example.com"}},
		},
		Reviews: []checks.UserReview{
			{ID: 1, Account: 2, State: "approved", Commit: commitA, Tree: treeB, PlanDigests: []string{digestC}, SubmittedAt: at(30), Body: "fine"},
			{ID: 2, State: "commented", Commit: commitA, MergeBase: commitA, CommitSeenAt: at(1), SubmittedAt: at(31)},
			{ID: 3, Account: 4, State: "dismissed", Was: "changes_requested", DismissedBy: 2, Commit: commitA, SubmittedAt: at(32)},
		},
		Requested: []int64{2, 4}, Pushers: []int64{9}, Operators: []int64{5},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(got.Digest, "sha256:") || len(got.Digest) != 71 {
		t.Errorf("digest %q", got.Digest)
	}
}

// fault is one thing wrong with a file. blind says that a JSON Schema cannot
// express it.
type fault struct {
	name, from, to string
	want           string
	blind          bool
}

func faults() []fault {
	return []fault{
		{"unknown member", `"pushers": [9]`, `"pusher": [9]`, `line 16, the document: unknown member "pusher"; known are schema, author`, false},
		{"member of other case", `"state": "APPROVED"`, `"State": "APPROVED"`, `unknown member "State"`, false},
		{"member twice", `"login": "bob",`, `"login": "bob", "login": "carol",`, `line 7, /accounts/1/login: given twice`, true},
		{"list twice", `"requested": [4, 2, 4],`, `"requested": [], "requested": [4],`, `/requested: given twice`, true},
		{"schema of another version", `reviews/v1`, `reviews/v2`, `line 2, /schema: is "https://claw-verified.dev/reviews/v2"`, false},
		{"no schema", `"schema": "https://claw-verified.dev/reviews/v1",`, ``, `"schema" is missing`, false},
		{"null list", `"pushers": [9]`, `"pushers": null`, `/pushers: is null, must be a list`, false},
		{"account twice", `{"id": 9, "login": "claw[bot]", "type": "BOT"`, `{"id": 2, "login": "claw[bot]", "type": "BOT"`, `line 7, /accounts/1: account 2 is listed already at /accounts/0`, true},
		{"review twice", `{"id": 3, "account": 4`, `{"id": 1, "account": 4`, `/reviews/2: review 1 is listed already at /reviews/0`, true},
		{"account without id", `"id": 2, "login": "bob"`, `"login": "bob"`, `line 7, /accounts/1: "id" is missing`, false},
		{"id as a string", `"id": 2, "login"`, `"id": "2", "login"`, `/accounts/1/id: is a string, must be a number`, false},
		{"id zero", `"id": 2, "login"`, `"id": 0, "login"`, `0 is no id`, false},
		{"id negative", `"pushers": [9]`, `"pushers": [-9]`, `/pushers/0: -9 is no id`, false},
		{"id with a fraction", `"pushers": [9]`, `"pushers": [9.5]`, `9.5 is no id`, false},
		{"id with an exponent", `"pushers": [9]`, `"pushers": [9e0]`, `9e0 is no id`, true},
		{"id beyond 64 bits", `"pushers": [9]`, `"pushers": [18446744073709551625]`, `is no id`, false},
		{"negative reviewer", `"account": null`, `"account": -1`, `/reviews/1/account: -1 is no id`, false},
		{"unknown type", `"type": "User"`, `"type": "Human"`, `/accounts/1/type: "Human" is not known; write one of User, Bot`, false},
		{"unknown permission", `"WRITE"`, `"push"`, `/accounts/1/permission: "push" is not known; write one of none, read, triage, write`, false},
		{"unknown state", `"commented"`, `"PENDING"`, `line 12, /reviews/1/state: "PENDING" is not known; write one of approved`, false},
		{"empty login", `"login": "bob"`, `"login": ""`, `/accounts/1/login: "" is no name`, false},
		{"login with a blank", `"login": "bob"`, `"login": "bob carol"`, `is no name`, false},
		{"login with a direction mark", `"login": "bob"`, `"login": "bob\u202e"`, `is no name`, true},
		{"team without organisation", `"acme/infra"`, `"infra"`, `/accounts/1/teams/0: "infra" is not a team, written organisation/team`, false},
		{"no e-mail address", `"Bob@Example.com"`, `"Bob"`, `"Bob" is not an e-mail address`, false},
		{"short commit id", commitA + `", "tree": null`, `abc1234", "tree": null`, `/reviews/1/commit: "abc1234" is no full object id`, false},
		{"commit id in upper case", commitA + `", "tree": null`, strings.ToUpper(commitA) + `", "tree": null`, `is no full object id`, false},
		{"short tree id", treeB, `bbbb`, `/reviews/0/tree: "bbbb" is no full object id`, false},
		{"bare digest", digestC, digestC[7:], `/reviews/0/plan_digests/0`, false},
		{"time without zone", `"2026-03-01T12:30:00Z"`, `"2026-03-01T12:30:00"`, `/reviews/0/submitted_at: "2026-03-01T12:30:00" is no time; write it like`, false},
		{"zero time", `"2026-03-01T12:30:00Z"`, `"0001-01-01T00:00:00Z"`, `is not a time anything was submitted at`, true},
		{"time in year 10000", `"2026-03-01T12:30:00Z"`, `"9999-12-31T23:59:59-23:00"`, `is not a time anything was submitted at`, true},
		{"submitted at null", `"submitted_at": "2026-03-01T12:30:00Z"`, `"submitted_at": null`, `is null, must be a string`, false},
		{"edited before submitted", `"edited_at": null`, `"edited_at": "2026-03-01T12:29:59Z"`, `edited before it was submitted`, true},
		{"dismissed without was", `"was": "CHANGES_REQUESTED", `, ``, `/reviews/2: a dismissed review needs "was"`, false},
		{"dismissed comment", `"was": "CHANGES_REQUESTED"`, `"was": "commented"`, `"commented" is not known`, false},
		{"dismissed_by of an approval", `"body": "fine"`, `"dismissed_by": 2`, `belong to a dismissed review`, false},
		{"a list instead of an object", `{"id": 9, "login": "claw[bot]"}`, `[9]`, `line 3, /author: is a list, must be an object`, false},
		{"the end is missing", `"operators": [5]` + "\n}", `"operators": [5]`, `not valid JSON`, true},
		{"something follows", `"operators": [5]` + "\n}", `"operators": [5]` + "\n}\n{}", `something follows the end`, true},
		{"not UTF-8", `fine`, "\xff", `not valid JSON: invalid UTF-8`, true},
		{"half a surrogate", `fine`, `\ud800`, `not valid JSON`, true},
	}
}

func TestParseReviewsRefuses(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			file := strings.Replace(whole(), f.from, f.to, 1)
			if file == whole() {
				t.Fatal("the fault does not change the file")
			}
			got, err := collect.ParseReviews([]byte(file))
			var re *collect.ReviewsError
			if !errors.As(err, &re) {
				t.Fatalf("accepted, or another error: %v", err)
			}
			if !slices.ContainsFunc(re.Problems, func(p string) bool { return strings.Contains(p, f.want) }) {
				t.Errorf("problems\n%s\nnone of which contains\n%s", strings.Join(re.Problems, "\n"), f.want)
			}
			if d := cmp.Diff(checks.Review{}, got); d != "" {
				t.Errorf("something was taken from a file with an error:\n%s", d)
			}
		})
	}
}

func TestParseReviewsTellsAllAtOnce(t *testing.T) {
	t.Parallel()
	file := whole()
	for _, r := range [][2]string{{`"type": "User"`, `"type": "Human"`}, {`"pushers": [9]`, `"pusher": [9]`}, {`"APPROVED"`, `"LGTM"`}} {
		file = strings.Replace(file, r[0], r[1], 1)
	}
	_, err := collect.ParseReviews([]byte(file))
	var re *collect.ReviewsError
	if !errors.As(err, &re) {
		t.Fatal(err)
	}
	want := []string{
		`line 7, /accounts/1/type: "Human" is not known; write one of User, Bot, Organization, Mannequin`,
		`line 10, /reviews/0/state: "LGTM" is not known; write one of approved, changes_requested, commented, dismissed`,
		`line 16, the document: unknown member "pusher"; known are schema, author, head_seen_at, accounts, reviews, requested, pushers, operators`,
	}
	if d := cmp.Diff(want, re.Problems); d != "" {
		t.Error(d)
	}
}

func TestParseReviewsIsBounded(t *testing.T) {
	t.Parallel()
	refused := func(name, file, want string) {
		if _, err := collect.ParseReviews([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %.300v, want %q", name, err, want)
		}
	}
	head := `{"schema": "https://claw-verified.dev/reviews/v1", "accounts": [], "reviews": []`
	refused("size", head+strings.Repeat(" ", collect.MaxReviewsBytes)+"}", "at most 16777216 are read")
	refused("depth", head+`, "x": `+strings.Repeat("[", 1<<20), "not valid JSON")
	refused("entries", head+`, "pushers": [`+strings.Repeat("1,", 20000)+"1]}", "has 20001 entries, at most 20000")
	refused("problems", head+`, "pushers": [`+strings.Repeat("0,", 5000)+"0]}", "and more; mend these first")
	refused("body", strings.Replace(whole(), `"fine"`, `"`+strings.Repeat("x", 1<<18+1)+`"`, 1), "at most 262144")
	refused("empty", "", "too early")
	refused("null", "null", "is null, must be an object")
}

func reviewsSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile("../../docs/schema/reviews.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("reviews.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("reviews.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestReviewsSchemaAgrees holds the published schema against the parser: both
// accept the whole file, and the schema refuses every fault it can express.
func TestReviewsSchemaAgrees(t *testing.T) {
	t.Parallel()
	s := reviewsSchema(t)
	valid := func(file string) error {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(file))
		if err != nil {
			return err
		}
		return s.Validate(doc)
	}
	minimal := `{"schema": "https://claw-verified.dev/reviews/v1", "accounts": [], "reviews": []}`
	for _, file := range []string{whole(), minimal} {
		if err := valid(file); err != nil {
			t.Errorf("the schema refuses what the parser accepts: %v", err)
		}
		if _, err := collect.ParseReviews([]byte(file)); err != nil {
			t.Errorf("the parser refuses: %v", err)
		}
	}
	for _, f := range faults() {
		if !f.blind && valid(strings.Replace(whole(), f.from, f.to, 1)) == nil {
			t.Errorf("%s: the schema accepts what the parser refuses", f.name)
		}
	}
}

func FuzzParseReviews(f *testing.F) {
	f.Add([]byte(whole()))
	for _, x := range faults() {
		f.Add([]byte(strings.Replace(whole(), x.from, x.to, 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := collect.ParseReviews(data)
		if err != nil {
			var re *collect.ReviewsError
			if !errors.As(err, &re) || len(re.Problems) == 0 {
				t.Fatalf("an error that says nothing: %v", err)
			}
			return
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatalf("accepted and cannot be written down: %v", err)
		}
		for _, u := range r.Reviews {
			if u.SubmittedAt.IsZero() || u.ID <= 0 || u.Account < 0 || len(u.Commit) < 40 || u.State == checks.ReviewDismissed && u.Was == "" {
				t.Fatalf("accepted %+v", u)
			}
		}
		for _, a := range r.Accounts {
			if a.ID <= 0 || a.Login == "" || a.Type == "" || a.Permission == "" {
				t.Fatalf("accepted %+v", a)
			}
		}
	})
}
