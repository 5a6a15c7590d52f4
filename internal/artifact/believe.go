package artifact

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

// Run is one run of a workflow, as the platform tells of it.
type Run struct {
	ID             int64
	Workflow       string // path of its file; foreign text
	Event          string
	Status         string // "completed" when it is
	Conclusion     string
	Repository     int64  // that it ran in
	Head           string // full id
	HeadBranch     string // foreign text
	HeadRepository string // owner/name of the head branch; empty when it was deleted
	CreatedAt      time.Time
	StartedAt      time.Time // of its newest attempt
}

// Upload is an artifact.
type Upload struct {
	ID        int64
	Run       int64
	Name      string // foreign text
	Size      int64  // bytes of the zip
	Digest    string // "sha256:<hex>" of the zip; empty when the platform does not say
	Expired   bool
	CreatedAt time.Time
}

// Pull is a pull request, open or not, from the branch that the change comes from.
type Pull struct {
	Number             int64
	OpenedAt, ClosedAt time.Time // ClosedAt is zero while it is open
}

// Change is what the plan has to be of.
type Change struct {
	Repository     int64
	Number         int64 // of the pull request
	Head           string
	HeadBranch     string
	HeadRepository string        // owner/name
	BaseChangedAt  time.Time     // when it last got another base; zero: never
	Files          []checks.File // that it changes, all of them
}

// Lag is how much later than its event a run may begin. A run that begins this long
// after a pull request was closed, or got another base, may still be of how it was.
const Lag = 10 * time.Minute

// Newest finds the run of a workflow that the plan has to come from: the newest one
// that belongs to the change. Where none does, it is the newest of the workflow that
// does not, and why says what is wrong with it. Without any, ok is false.
func (c *Change) Newest(workflow string, runs []Run) (run Run, why string, ok bool) {
	var mine, others []Run
	for _, r := range runs {
		switch {
		case r.Workflow != workflow:
		case c.foreign(&r) == "":
			mine = append(mine, r)
		default:
			others = append(others, r)
		}
	}
	switch {
	case len(mine) > 0:
		return slices.MaxFunc(mine, order), "", true
	case len(others) > 0:
		r := slices.MaxFunc(others, order)
		return r, c.foreign(&r), true
	}
	return Run{}, "", false
}

// foreign says why a run does not belong to the change; empty when it may.
func (c *Change) foreign(r *Run) string {
	switch {
	case r.Head != c.Head:
		return fmt.Sprintf("it is of commit %.64s, and the head is %s", r.Head, c.Head)
	case r.Repository != c.Repository || c.Repository == 0:
		return "it ran in another repository, where others decide what the workflow is"
	case r.Event != "pull_request":
		return otherEvent(r.Event)
	case c.HeadRepository == "" || r.HeadRepository == "":
		return "the repository of the head branch was deleted, so nobody can tell which pull request it was of"
	case !strings.EqualFold(r.HeadRepository, c.HeadRepository) || r.HeadBranch != c.HeadBranch:
		return fmt.Sprintf("it is of the branch %s of %s, which proposes the same commit but is not the one under review", checks.Path(clip(r.HeadBranch)), checks.Path(clip(r.HeadRepository)))
	}
	return ""
}

func otherEvent(event string) string {
	why := map[string]string{
		"pull_request_target": "it runs with the rights of the base, and is about the base's commit",
		"push":                "it takes the workflow file from the branch that was pushed to, which is the author's",
		"workflow_dispatch":   "whoever starts it chooses the branch that its workflow file is taken from",
		"workflow_run":        "it is started by another run, and is about the default branch",
		"pull_request_review": "it is started by whoever writes a review",
		"issue_comment":       "it is started by whoever writes a comment, and is about the default branch",
	}[event]
	return fmt.Sprintf("it was started by the event %s, and only pull_request counts: %s", checks.Path(clip(event)), cmp.Or(why, "of the others nobody knows which workflow file they ran"))
}

// NewestOther is the newest run of the workflow for this head and from this branch,
// whatever started it, and why it is not believed for itself. It is asked for where
// [Change.Newest] finds none that could be, and a signature may vouch for one.
func (c *Change) NewestOther(workflow string, runs []Run) (run Run, why string, ok bool) {
	var own []Run
	for _, r := range runs {
		if r.Workflow == workflow && r.Event != "" && c.elsewhere(&r) == "" {
			own = append(own, r)
		}
	}
	if len(own) == 0 {
		return Run{}, "", false
	}
	run = slices.MaxFunc(own, order)
	return run, c.foreign(&run), true
}

// elsewhere is foreign but for the event, which a signature makes no matter.
func (c *Change) elsewhere(r *Run) string {
	same := *r
	same.Event = "pull_request"
	return c.foreign(&same)
}

// Beyond says why no signature can vouch for what a run left: it is of something else,
// or it did not end well. Empty: one can. It heals what makes it uncertain which
// workflow file was run, and nothing else.
func (c *Change) Beyond(r *Run) string {
	if why := c.elsewhere(r); why != "" {
		return why
	}
	return unsuccessful(r)
}

// Doubt says why a run that belongs to the change is not believed; empty when it is.
// pulls are all pull requests from the head branch that may have been open when it
// began, the one under review among them.
func (c *Change) Doubt(r *Run, pulls []Pull) string {
	if why := unsuccessful(r); why != "" {
		return why
	}
	if why := c.edited(r.Workflow); why != "" {
		return why
	}
	if at := c.BaseChangedAt; !at.IsZero() && r.CreatedAt.Before(at.Add(Lag)) {
		return "the pull request got another base after it began, or less than ten minutes before, so it may have run another base's workflow file"
	}
	listed := false
	for _, p := range pulls {
		if p.Number == c.Number {
			listed = true
		} else if !r.CreatedAt.Before(p.OpenedAt) && (p.ClosedAt.IsZero() || r.CreatedAt.Before(p.ClosedAt.Add(Lag))) {
			return fmt.Sprintf("pull request #%d from the same branch was open when it began, or closed just before, so nobody can tell which base's workflow file it ran", p.Number)
		}
	}
	if !listed {
		return fmt.Sprintf("pull request #%d is not listed among those from its own branch, so nobody can tell which base's workflow file it ran", c.Number)
	}
	return ""
}

func unsuccessful(r *Run) string {
	switch {
	case r.Status != "completed":
		return "it is still going on"
	case r.Conclusion != "success":
		return fmt.Sprintf("it ended with %s", checks.Path(cmp.Or(clip(r.Conclusion), "nothing")))
	}
	return ""
}

// order is by age, the oldest first.
func order(a, b Run) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// edited says what in the change the workflow could be, or call.
func (c *Change) edited(workflow string) string {
	if dir, file := path.Split(workflow); dir != ".github/workflows/" || file == "" {
		return "the workflow is none of .github/workflows"
	}
	const dot = ".github"
	for i := range c.Files {
		p := string(c.Files[i].Path)
		first, _, _ := strings.Cut(p, "/")
		// A file system without letter case takes .GitHub for .github.
		switch {
		case p == workflow:
			return "the change edits its workflow file, and a change cannot bring its own judge"
		case strings.EqualFold(first, dot):
			return fmt.Sprintf("the change edits %s, which its workflow may use", checks.Path(p))
		case strings.EqualFold(path.Base(p), "action.yml"), strings.EqualFold(path.Base(p), "action.yaml"):
			return fmt.Sprintf("the change edits %s, an action that its workflow may use", checks.Path(p))
		}
	}
	return ""
}

// Quiet reports that a run which left no artifact had nothing to plan. One that is
// going on, or failed, may still owe one.
func Quiet(r *Run) bool {
	return r.Status == "completed" && (r.Conclusion == "success" || r.Conclusion == "skipped")
}

// Pick finds the artifact of a name among those of a run; found is false when there
// is none. An attempt that was repeated leaves a second one of the same name: that of
// the newest attempt counts.
func Pick(name string, run *Run, uploads []Upload) (u Upload, why string, found bool) {
	var all, newest []Upload
	for _, u := range uploads {
		if u.Run != run.ID || u.Name != name {
			continue
		}
		all = append(all, u)
		if !run.StartedAt.IsZero() && !u.CreatedAt.Before(run.StartedAt) {
			newest = append(newest, u)
		}
	}
	switch {
	case len(all) == 0:
		return Upload{}, "", false
	case len(all) == 1:
		u = all[0]
	case len(newest) == 1:
		u = newest[0]
	default:
		return Upload{}, fmt.Sprintf("it left %d artifacts of this name, and nobody can tell which one is meant", len(all)), true
	}
	if u.Expired {
		return u, "the artifact has expired", true
	}
	return u, "", true
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
