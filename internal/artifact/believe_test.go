package artifact

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

const (
	head  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	other = "cccccccccccccccccccccccccccccccccccccccc"
	flow  = ".github/workflows/plan.yml"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func change(files ...string) *Change {
	c := &Change{Repository: 9, Number: 7, Head: head, HeadBranch: "agent/net", HeadRepository: "acme/infra"}
	for _, f := range append([]string{"main.tf"}, files...) {
		c.Files = append(c.Files, checks.File{Path: checks.Path(f)})
	}
	return c
}

func ran(edit ...func(*Run)) Run {
	r := Run{
		ID: 100, Workflow: flow, Event: "pull_request", Status: "completed", Conclusion: "success", Repository: 9,
		Head: head, HeadBranch: "agent/net", HeadRepository: "Acme/infra", CreatedAt: noon, StartedAt: noon,
	}
	for _, e := range edit {
		e(&r)
	}
	return r
}

// TestP22RunOfAnother: evidence that the attacker can produce. Each run here differs
// in one thing from the one that counts.
func TestP22RunOfAnother(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*Run){
		"":                              func(*Run) {},
		"it is of commit":               func(r *Run) { r.Head = other },
		"it ran in another repository":  func(r *Run) { r.Repository = 10 },
		"the event pull_request_target": func(r *Run) { r.Event = "pull_request_target" },
		"the event workflow_dispatch, and only pull_request counts: whoever starts it chooses": func(r *Run) { r.Event = "workflow_dispatch" },
		"the event push,":              func(r *Run) { r.Event = "push" },
		"the event workflow_run,":      func(r *Run) { r.Event = "workflow_run" },
		"the event Pull_Request, and":  func(r *Run) { r.Event = "Pull_Request" },
		"it is of the branch x of":     func(r *Run) { r.HeadBranch = "x" },
		"branch agent/net of eve/infr": func(r *Run) { r.HeadRepository = "eve/infra" },
		"was deleted":                  func(r *Run) { r.HeadRepository = "" },
	} {
		r := ran(edit)
		run, why, ok := change().Newest(flow, []Run{r})
		if !ok || run.ID != r.ID || (want == "") != (why == "") || !strings.Contains(why, want) {
			t.Errorf("want %q, got %q, %v", want, why, ok)
		}
	}
	// A path is compared whole, letter by letter.
	for _, path := range []string{".github/workflows/Plan.yml", "plan.yml", flow + "@main", "./" + flow, ""} {
		if _, _, ok := change().Newest(flow, []Run{ran(func(r *Run) { r.Workflow = path })}); ok {
			t.Errorf("%s is taken for %s", path, flow)
		}
	}
}

// TestZeroChangeBelievesNothing: what was not filled in matches no run.
func TestZeroChangeBelievesNothing(t *testing.T) {
	t.Parallel()
	if _, why, _ := new(Change).Newest("", []Run{{Event: "pull_request"}}); why == "" {
		t.Error("the zero run is of the zero change")
	}
	if new(Change).Doubt(new(Run), nil) == "" || change().Doubt(new(Run), nil) == "" {
		t.Error("the zero run is believed")
	}
}

// TestNewestRunCounts: an older run that succeeded is not used beside a newer one that
// failed, whatever order they are listed in; and a run that belongs to the change
// counts although others are newer.
func TestNewestRunCounts(t *testing.T) {
	t.Parallel()
	old := ran()
	failed := ran(func(r *Run) { r.ID, r.CreatedAt, r.Conclusion = 99, noon.Add(time.Hour), "failure" })
	push := ran(func(r *Run) { r.ID, r.CreatedAt, r.Event = 120, noon.Add(2*time.Hour), "push" })
	fork := ran(func(r *Run) { r.ID, r.CreatedAt, r.HeadRepository = 121, noon.Add(3*time.Hour), "eve/infra" })
	for _, list := range [][]Run{{old, failed, push, fork}, {fork, push, failed, old}, {push, old, fork, failed}} {
		run, why, ok := change().Newest(flow, list)
		if run.ID != 99 || why != "" || !ok {
			t.Errorf("%d %q %v", run.ID, why, ok)
		}
		if why := change().Doubt(&run, []Pull{{Number: 7}}); why != "it ended with failure" {
			t.Errorf("%q", why)
		}
	}
	same := ran(func(r *Run) { r.ID = 101 })
	if run, _, _ := change().Newest(flow, []Run{same, old}); run.ID != 101 {
		t.Error("of two that began in one second the larger number is newer")
	}
}

func TestRunThatIsNotBelieved(t *testing.T) {
	t.Parallel()
	mine := Pull{Number: 7, OpenedAt: noon.Add(-time.Minute)}
	for _, c := range []struct {
		name  string
		files []string
		edit  func(*Run)
		since time.Time
		pulls []Pull
		want  string
	}{
		{name: "all is well"},
		{name: "going on", edit: func(r *Run) { r.Status, r.Conclusion = "in_progress", "" }, want: "still going on"},
		{name: "cancelled", edit: func(r *Run) { r.Conclusion = "cancelled" }, want: "it ended with cancelled"},
		{name: "skipped", edit: func(r *Run) { r.Conclusion = "skipped" }, want: "it ended with skipped"},
		{name: "neutral", edit: func(r *Run) { r.Conclusion = "neutral" }, want: "it ended with neutral"},
		{name: "no conclusion", edit: func(r *Run) { r.Conclusion = "" }, want: "it ended with nothing"},
		{name: "the workflow itself", files: []string{flow}, want: "the change edits its workflow file"},
		{name: "another workflow", files: []string{".github/workflows/x.yml"}, want: "edits .github/workflows/x.yml"},
		{name: "a local action", files: []string{".github/actions/tf/action.yml"}, want: "edits .github/actions/tf/action.yml"},
		{name: "a script", files: []string{".github/plan.sh"}, want: "edits .github/plan.sh"},
		{name: "the folder as a link", files: []string{".github"}, want: "edits .github,"},
		{name: "another spelling", files: []string{".GitHub/actions/tf/index.js"}, want: "edits .GitHub/actions"},
		{name: "an action elsewhere", files: []string{"ci/tf/action.yaml"}, want: "ci/tf/action.yaml, an action"},
		{name: "an action at the top", files: []string{"Action.yml"}, want: "Action.yml, an action"},
		{name: "not below .github", files: []string{"docs/.github/x", ".githubx/y", "action.yml.md"}},
		{name: "no workflow", edit: func(r *Run) { r.Workflow = "plan.yml" }, want: "none of .github/workflows"},
		{name: "a workflow that climbs", edit: func(r *Run) { r.Workflow = ".github/workflows/../x.yml" }, want: "none of .github/workflows"},
		{name: "retargeted later", since: noon.Add(time.Second), want: "got another base"},
		{name: "retargeted just before", since: noon.Add(-9 * time.Minute), want: "got another base"},
		{name: "retargeted long before", since: noon.Add(-11 * time.Minute)},
		{name: "not listed", pulls: []Pull{{Number: 8, OpenedAt: noon.Add(time.Hour)}}, want: "#7 is not listed"},
		{name: "another that is open", pulls: []Pull{mine, {Number: 8, OpenedAt: noon.Add(-time.Hour)}}, want: "#8 from the same branch"},
		{name: "another opened that second", pulls: []Pull{mine, {Number: 8, OpenedAt: noon}}, want: "#8 from the same branch"},
		{name: "another opened later", pulls: []Pull{mine, {Number: 8, OpenedAt: noon.Add(time.Second)}}},
		{name: "another closed just before", pulls: []Pull{{Number: 6, OpenedAt: noon.Add(-time.Hour), ClosedAt: noon.Add(-time.Minute)}, mine}, want: "#6 from the same branch"},
		{name: "another closed meanwhile", pulls: []Pull{{Number: 6, OpenedAt: noon.Add(-time.Hour), ClosedAt: noon.Add(time.Minute)}, mine}, want: "#6 from the same branch"},
		{name: "another closed long before", pulls: []Pull{{Number: 6, OpenedAt: noon.Add(-time.Hour), ClosedAt: noon.Add(-20 * time.Minute)}, mine}},
	} {
		x := change(c.files...)
		x.BaseChangedAt = c.since
		r := ran()
		if c.edit != nil {
			c.edit(&r)
		}
		if c.pulls == nil {
			c.pulls = []Pull{mine}
		}
		if got := x.Doubt(&r, c.pulls); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestP21SiblingWithItsOwnBase: the author makes a branch whose workflow writes the
// plan they want, proposes the very same head to it from the very same branch, lets it
// run, and closes that pull request. The run is the newest of the workflow's path for
// the head, of the right event, in the right repository, and the change edits nothing
// below .github.
func TestP21SiblingWithItsOwnBase(t *testing.T) {
	t.Parallel()
	genuine := ran()
	forged := ran(func(r *Run) { r.ID, r.CreatedAt = 200, noon.Add(time.Hour) })
	run, why, _ := change().Newest(flow, []Run{genuine, forged})
	if run.ID != 200 || why != "" {
		t.Fatal("the situation is not the one meant")
	}
	pulls := []Pull{{Number: 7, OpenedAt: noon}, {Number: 8, OpenedAt: noon.Add(59 * time.Minute), ClosedAt: noon.Add(61 * time.Minute)}}
	if why := change().Doubt(&run, pulls); !strings.Contains(why, "#8") {
		t.Errorf("believed: %q", why)
	}
	x := change() // the same by changing the base there and back
	x.BaseChangedAt = noon.Add(62 * time.Minute)
	if why := x.Doubt(&run, pulls[:1]); !strings.Contains(why, "another base") {
		t.Errorf("believed: %q", why)
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	r := ran(func(r *Run) { r.StartedAt = noon.Add(time.Hour) })
	up := func(id int64, at time.Duration) Upload {
		return Upload{ID: id, Run: 100, Name: "plan", CreatedAt: noon.Add(at)}
	}
	foreign := Upload{ID: 50, Run: 101, Name: "plan", CreatedAt: noon.Add(90 * time.Minute)}
	renamed := Upload{ID: 51, Run: 100, Name: "Plan", CreatedAt: noon.Add(90 * time.Minute)}
	expired := up(6, 0)
	expired.Expired = true
	for _, c := range []struct {
		name  string
		list  []Upload
		id    int64
		why   string
		found bool
	}{
		{"none", nil, 0, "", false},
		{"of another run, or another name", []Upload{foreign, renamed}, 0, "", false},
		{"one", []Upload{foreign, up(1, 5*time.Minute), renamed}, 1, "", true},
		{"one of each attempt", []Upload{up(1, 5*time.Minute), up(2, 65*time.Minute)}, 2, "", true},
		{"two of the newest", []Upload{up(1, 61*time.Minute), up(2, 65*time.Minute)}, 0, "it left 2 artifacts", true},
		{"two of older ones", []Upload{up(1, 1*time.Minute), up(2, 5*time.Minute)}, 0, "it left 2 artifacts", true},
		{"expired", []Upload{expired}, 6, "has expired", true},
	} {
		u, why, found := Pick("plan", &r, c.list)
		if u.ID != c.id || found != c.found || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %d %q %v", c.name, u.ID, why, found)
		}
	}
	r.StartedAt = time.Time{}
	if _, why, _ := Pick("plan", &r, []Upload{up(1, 0), up(2, time.Hour)}); why == "" {
		t.Error("without the start of the attempt nobody can tell")
	}
}

// TestSignableRuns: a signature heals that nobody knows which workflow file was run, and
// nothing else.
func TestSignableRuns(t *testing.T) {
	t.Parallel()
	push := func(r *Run) { r.Event = "push" }
	for want, edit := range map[string]func(*Run){
		"":                     push,
		"it is of commit":      func(r *Run) { r.Head = other },
		"another repository":   func(r *Run) { r.Repository = 10 },
		"of the branch x":      func(r *Run) { r.HeadBranch = "x" },
		"was deleted":          func(r *Run) { r.HeadRepository = "" },
		"still going on":       func(r *Run) { r.Status = "queued" },
		"ended with failure":   func(r *Run) { r.Conclusion = "failure" },
		"ended with nothing":   func(r *Run) { r.Conclusion = "" },
		"ended with cancelled": func(r *Run) { r.Conclusion = "cancelled" },
	} {
		r := ran(push, edit)
		if got := change().Beyond(&r); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	old, young := ran(push), ran(push, func(r *Run) { r.ID, r.CreatedAt = 101, noon.Add(time.Hour) })
	aside := ran(push, func(r *Run) { r.ID, r.CreatedAt, r.HeadBranch = 102, noon.Add(2*time.Hour), "x" })
	elsewhere := ran(push, func(r *Run) { r.ID, r.CreatedAt, r.Workflow = 103, noon.Add(3*time.Hour), "x" })
	for _, list := range [][]Run{{old, young, aside, elsewhere}, {elsewhere, aside, young, old}} {
		r, why, ok := change().NewestOther(flow, list)
		if r.ID != 101 || !strings.Contains(why, "the event push") || !ok {
			t.Errorf("%+v %q %v", r, why, ok)
		}
	}
	if r, why, ok := change().NewestOther(flow, []Run{aside, elsewhere}); ok || why != "" || r.ID != 0 {
		t.Errorf("%+v %q", r, why)
	}
	if new(Change).Beyond(new(Run)) == "" {
		t.Error("a signature heals the zero run")
	}
	if _, _, ok := new(Change).NewestOther("", []Run{{}}); ok {
		t.Error("the zero run is found")
	}
}
