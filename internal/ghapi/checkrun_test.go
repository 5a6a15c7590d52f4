package ghapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func testUpdate() CheckRunUpdate {
	return CheckRunUpdate{Name: "claw-verified / review", Head: a40, ExternalID: "sha256:x", Status: "completed", Conclusion: "failure", Title: "Waiting", Summary: "For two people."}
}

// checkHub takes check runs as GitHub does, and refuses what is over its bounds.
func checkHub(t *testing.T) *hub {
	return newHub(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in struct {
			Name       string `json:"name"`
			HeadSHA    string `json:"head_sha"`
			Status     string `json:"status"`
			Conclusion string `json:"conclusion"`
			Output     struct {
				Title, Summary, Text string
				Annotations          []struct{ Path string }
			}
			Actions []struct{ Label, Description, Identifier string }
		}
		if err := json.Unmarshal(body, &in); err != nil {
			t.Error(err)
		}
		bad := len(in.Output.Summary) > 65_535 || len(in.Output.Text) > 65_535 || len(in.Output.Annotations) > 50 || len(in.Actions) > 3 || in.Output.Title == "" || in.Output.Summary == ""
		for _, a := range in.Actions {
			bad = bad || utf8.RuneCountInString(a.Label) > 20 || utf8.RuneCountInString(a.Description) > 40 || utf8.RuneCountInString(a.Identifier) > 20
		}
		if bad {
			http.Error(w, `{"message":"Invalid request."}`, http.StatusUnprocessableEntity)
			return
		}
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		} else {
			in.HeadSHA = a40
		}
		fmt.Fprintf(w, `{"id":9,"name":%q,"head_sha":%q,"status":%q,"conclusion":%q,"external_id":"sha256:x","app":{"id":12345},"started_at":"2026-01-02T03:04:05Z"}`, in.Name, in.HeadSHA, in.Status, in.Conclusion)
	})
}

func TestWriteCheckRun(t *testing.T) {
	t.Parallel()
	h := checkHub(t)
	c := h.client(t)
	got, err := c.WriteCheckRun(t.Context(), testRepo, 0, testUpdate())
	if err != nil {
		t.Fatal(err)
	}
	want := CheckRun{ID: 9, Name: "claw-verified / review", AppID: 12345, ExternalID: "sha256:x", Status: "completed", Conclusion: "failure", StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	u := testUpdate()
	u.Status, u.Conclusion = "in_progress", ""
	if _, err := c.WriteCheckRun(t.Context(), testRepo, 9, u); err != nil {
		t.Fatal(err)
	}
	var sent []map[string]any
	for i, line := range []string{"POST /repos/acme/infra/check-runs", "PATCH /repos/acme/infra/check-runs/9"} {
		if got := h.seen[i].Method + " " + h.seen[i].URL.Path; got != line {
			t.Errorf("got %s", got)
		}
		var m map[string]any
		json.Unmarshal([]byte(h.read[i]), &m)
		sent = append(sent, m)
	}
	if sent[0]["completed_at"] == nil || sent[0]["conclusion"] != "failure" || sent[0]["head_sha"] != a40 {
		t.Errorf("sent %v", sent[0])
	}
	for _, name := range []string{"completed_at", "conclusion", "head_sha"} {
		if v, ok := sent[1][name]; ok {
			t.Errorf("in progress has %s %v", name, v)
		}
	}
}

// P11: a check that is neutral or skipped counts as passed where it is required.
func TestP11OnlyThreeConclusionsAreWritten(t *testing.T) {
	t.Parallel()
	c := carried(t, func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return reply(201, `{}`), nil
	})
	for name, f := range map[string]func(*CheckRunUpdate){
		"neutral":            func(u *CheckRunUpdate) { u.Conclusion = "neutral" },
		"skipped":            func(u *CheckRunUpdate) { u.Conclusion = "skipped" },
		"cancelled":          func(u *CheckRunUpdate) { u.Conclusion = "cancelled" },
		"stale":              func(u *CheckRunUpdate) { u.Conclusion = "stale" },
		"none":               func(u *CheckRunUpdate) { u.Conclusion = "" },
		"SUCCESS":            func(u *CheckRunUpdate) { u.Conclusion = "SUCCESS" },
		"queued":             func(u *CheckRunUpdate) { u.Status = "queued" },
		"no status":          func(u *CheckRunUpdate) { u.Status = "" },
		"early":              func(u *CheckRunUpdate) { u.Status = "in_progress" },
		"short head":         func(u *CheckRunUpdate) { u.Head = "aaaaaaa" },
		"no name":            func(u *CheckRunUpdate) { u.Name = " " },
		"no title":           func(u *CheckRunUpdate) { u.Title = "" },
		"no summary":         func(u *CheckRunUpdate) { u.Summary = "\n" },
		"long external id":   func(u *CheckRunUpdate) { u.ExternalID = strings.Repeat("x", 300) },
		"four actions":       func(u *CheckRunUpdate) { u.Actions = make([]CheckAction, 4) },
		"an empty action":    func(u *CheckRunUpdate) { u.Actions = []CheckAction{{"a", "", "c"}} },
		"a long identifier":  func(u *CheckRunUpdate) { u.Actions = []CheckAction{{"a", "b", strings.Repeat("c", 21)}} },
		"a level of its own": func(u *CheckRunUpdate) { u.Annotations = []Annotation{{Path: "a", Level: "error", Message: "m"}} },
		"no path":            func(u *CheckRunUpdate) { u.Annotations = []Annotation{{Level: "notice", Message: "m"}} },
	} {
		u := testUpdate()
		f(&u)
		if _, err := c.WriteCheckRun(t.Context(), testRepo, 0, u); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

func TestCheckRunTextsAreCutAndSaySo(t *testing.T) {
	t.Parallel()
	h := checkHub(t)
	c := h.client(t)
	u := testUpdate()
	u.Title = strings.Repeat("t", 1000)
	u.Summary = strings.Repeat("äöü 🦞\n", 20_000)
	u.Text = strings.Repeat("a\xff", 40_000)
	u.Actions = []CheckAction{{strings.Repeat("ä", 30), strings.Repeat("ö", 50), strings.Repeat("ü", 20)}}
	u.Annotations = []Annotation{{Path: "a\xff", StartLine: -4, EndLine: -9, Level: "warning", Title: strings.Repeat("ä", 300), Message: strings.Repeat("ä", 70_000)}, {Path: "b", StartLine: 7, EndLine: 3, Level: "notice"}}
	if _, err := c.WriteCheckRun(t.Context(), testRepo, 0, u); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Conclusion string
		Output     struct {
			Title, Summary, Text string
			Annotations          []struct {
				Path, Title, Message string
				StartLine            int `json:"start_line"`
				EndLine              int `json:"end_line"`
			}
		}
		Actions []CheckAction
	}
	if err := json.Unmarshal([]byte(h.read[0]), &sent); err != nil {
		t.Fatal(err)
	}
	if sent.Conclusion != "failure" {
		t.Errorf("the conclusion is %q", sent.Conclusion)
	}
	for name, s := range map[string]string{"summary": sent.Output.Summary, "text": sent.Output.Text} {
		if len(s) > maxOutput || len(s) < maxOutput-5000 || !strings.Contains(s[len(s)-120:], "Cut here") {
			t.Errorf("%s: %d bytes, ends %q", name, len(s), s[len(s)-120:])
		}
	}
	if strings.Count(sent.Output.Summary, "\uFFFD") != 0 {
		t.Error("the summary is cut within a character")
	}
	a := sent.Output.Annotations
	if a[0].StartLine != 1 || a[0].EndLine != 1 || a[0].Path != "a\uFFFD" || len(a[0].Title) > maxTitle || len(a[0].Message) > maxOutput || a[1].StartLine != 7 || a[1].EndLine != 7 || a[1].Message == "" {
		t.Errorf("annotations %.400v", a)
	}
	if got := sent.Actions[0]; utf8.RuneCountInString(got.Label) != 20 || !strings.HasSuffix(got.Label, "ä…") || utf8.RuneCountInString(got.Description) != 40 || got.Identifier != strings.Repeat("ü", 20) {
		t.Errorf("action %v", got)
	}
}

func TestCheckRunAnnotationsArePaged(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 50, 51, 120, 500, 1234} {
		h := checkHub(t)
		c := h.client(t)
		u := testUpdate()
		for i := range n {
			u.Annotations = append(u.Annotations, Annotation{Path: "f" + strconv.Itoa(i), StartLine: 1, EndLine: 1, Level: "failure", Message: "m"})
		}
		if _, err := c.WriteCheckRun(t.Context(), testRepo, 0, u); err != nil {
			t.Fatal(err)
		}
		got := 0
		for i, body := range h.read {
			var in struct {
				Status *string
				Output struct {
					Summary     string
					Annotations []struct{ Path string }
				}
			}
			json.Unmarshal([]byte(body), &in)
			for _, a := range in.Output.Annotations {
				if a.Path != "f"+strconv.Itoa(got) {
					t.Errorf("%d: annotation %d is %s", n, got, a.Path)
				}
				got++
			}
			if (i == 0) != (in.Status != nil) {
				t.Errorf("%d: request %d has status %v", n, i, in.Status)
			}
			if left := n - maxAnnotationsAll; left > 0 != strings.Contains(in.Output.Summary, "734 more annotations") {
				t.Errorf("%d: summary %q", n, in.Output.Summary)
			}
		}
		if want := min(n, maxAnnotationsAll); got != want || len(h.read) != max(1, (want+49)/50) {
			t.Errorf("%d: %d annotations in %d requests", n, got, len(h.read))
		}
	}
}

func TestCheckRunThatIsNotWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"id":9,"head_sha":"` + b40 + `","status":"completed","conclusion":"failure"}`,
		`{"id":9,"head_sha":"` + a40 + `","status":"completed","conclusion":"success"}`,
		`{"id":9,"head_sha":"` + a40 + `","status":"queued","conclusion":"failure"}`,
		`{"id":8,"head_sha":"` + a40 + `","status":"completed","conclusion":"failure"}`,
		`{}`, `null`, `[]`, `{"id":9`,
	} {
		c := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
		if _, err := c.WriteCheckRun(t.Context(), testRepo, 9, testUpdate()); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

func TestCheckRunPageThatFailsLeavesTheConclusion(t *testing.T) {
	t.Parallel()
	n := 0
	c := carried(t, func(*http.Request) (*http.Response, error) {
		if n++; n == 2 {
			return reply(502, ``), nil
		}
		return reply(201, `{"id":9,"head_sha":"`+a40+`","status":"completed","conclusion":"failure"}`), nil
	})
	u := testUpdate()
	u.Annotations = make([]Annotation, 120)
	for i := range u.Annotations {
		u.Annotations[i] = Annotation{Path: "a", Level: "notice", Message: "m"}
	}
	run, err := c.WriteCheckRun(t.Context(), testRepo, 0, u)
	if !errors.Is(err, ErrLost) || run.ID != 9 || n != 2 {
		t.Errorf("%d requests: %+v, %v", n, run, err)
	}
}

func checkRunJSON(id int, name, sha string) string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"head_sha":%q,"status":"completed","conclusion":"success","app":{"id":5},"started_at":"2026-01-02T03:04:05Z"}`, id, name, sha)
}

func TestCheckRuns(t *testing.T) {
	t.Parallel()
	pages := map[string][2]string{
		"":  {`{"total_count":3,"check_runs":[` + checkRunJSON(1, "n", a40) + `,` + checkRunJSON(2, "n", a40) + `]}`, "2"},
		"2": {`{"total_count":3,"check_runs":[` + checkRunJSON(2, "n", a40) + `,` + checkRunJSON(3, "n", a40) + `]}`, ""},
	}
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("filter") != "all" || q.Get("check_name") != "n" || q.Get("per_page") != "100" || r.URL.Path != "/repos/acme/infra/commits/"+a40+"/check-runs" {
			t.Errorf("asked for %s", r.URL)
		}
		p := pages[q.Get("page")]
		if p[1] != "" {
			w.Header().Set("Link", `<`+r.URL.Path+`?page=`+p[1]+`>; rel="next"`)
		}
		io.WriteString(w, p[0])
	})
	got, err := h.client(t).CheckRuns(t.Context(), testRepo, a40, "n")
	if err != nil || len(got) != 3 || got[2].ID != 3 || got[0].AppID != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, body := range map[string]string{
		"fewer than counted":  `{"total_count":2,"check_runs":[` + checkRunJSON(1, "n", a40) + `]}`,
		"another commit":      `{"total_count":1,"check_runs":[` + checkRunJSON(1, "n", b40) + `]}`,
		"another name counts": `{"total_count":1,"check_runs":[` + checkRunJSON(1, "N", a40) + `]}`,
		"no count":            `{"check_runs":[]}`,
		"a null in it":        `{"total_count":1,"check_runs":[null]}`,
		"null":                `null`,
	} {
		c := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
		if got, err := c.CheckRuns(t.Context(), testRepo, a40, "n"); err == nil || got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	endless := 0
	c := carried(t, func(*http.Request) (*http.Response, error) {
		endless++
		return reply(200, `{"total_count":9,"check_runs":[`+checkRunJSON(endless, "n", a40)+`]}`, "Link", fmt.Sprintf(`<x?page=%d>; rel="next"`, endless+1)), nil
	})
	if _, err := c.CheckRuns(t.Context(), testRepo, a40, "n"); !errors.Is(err, errMore) || endless != checkRunPages {
		t.Errorf("%d pages, %v", endless, err)
	}
}
