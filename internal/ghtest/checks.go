package ghtest

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"time"
)

// Suite is what one app has to say of one commit.
type Suite struct {
	ID        int64
	App       *App
	Commit    string
	Branch    string
	CreatedAt time.Time
	Runs      []*CheckRun

	repo *Repo
}

// CheckRun is a check run.
type CheckRun struct {
	ID          int64
	Name        string
	Status      string // queued, in_progress, completed
	Conclusion  string // empty until it is completed
	ExternalID  string
	DetailsURL  string
	StartedAt   time.Time
	CompletedAt time.Time
	Title       string
	Summary     string
	Text        string
	Annotations []map[string]any
	Actions     []map[string]any

	suite *Suite
}

// Suite finds or makes the check suite of an app for a commit. GitHub makes one for
// every app that may write checks when a commit is pushed.
func (r *Repo) Suite(app *App, commit string) *Suite {
	for _, s := range r.Suites {
		if s.App == app && s.Commit == commit {
			return s
		}
	}
	s := &Suite{ID: r.world.ID(), App: app, Commit: commit, CreatedAt: r.world.Now, repo: r}
	for name, id := range r.Refs {
		if b, ok := branchOf(name); ok && id == commit && (s.Branch == "" || b < s.Branch) {
			s.Branch = b
		}
	}
	r.Suites = append(r.Suites, s)
	return s
}

// Add adds a check run; one with a conclusion is completed.
func (s *Suite) Add(c CheckRun) *CheckRun {
	c.ID, c.suite = s.repo.world.ID(), s
	c.settle()
	run := &c
	s.Runs = append(s.Runs, run)
	return run
}

func (c *CheckRun) settle() {
	now := c.suite.repo.world.Now
	if c.StartedAt.IsZero() {
		c.StartedAt = now
	}
	if c.Conclusion != "" {
		c.Status = "completed"
		if c.CompletedAt.IsZero() {
			c.CompletedAt = now
		}
	}
	if c.Status == "" {
		c.Status = "queued"
	}
}

func (r *Repo) checkRun(id int64) *CheckRun {
	for _, s := range r.Suites {
		for _, c := range s.Runs {
			if c.ID == id {
				return c
			}
		}
	}
	return nil
}

// latest are the newest run of each name, which is what GitHub shows.
func (s *Suite) latest() []*CheckRun {
	newest := map[string]*CheckRun{}
	for _, c := range s.Runs {
		newest[c.Name] = c
	}
	return slices.SortedFunc(maps.Values(newest), func(a, b *CheckRun) int { return int(a.ID - b.ID) })
}

// CheckRuns are all check runs of a commit.
func (r *Repo) CheckRuns(commit string) []*CheckRun {
	var out []*CheckRun
	for _, s := range r.Suites {
		if s.Commit == commit {
			out = append(out, s.Runs...)
		}
	}
	return out
}

// Status is a commit status.
type Status struct {
	ID          int64
	State       string // error, failure, pending, success
	Context     string
	Description string
	TargetURL   string
	Creator     *User
	At          time.Time
}

// WorkflowRun is a run of a workflow of GitHub Actions.
type WorkflowRun struct {
	ID         int64
	Name       string
	Path       string // .github/workflows/plan.yml
	WorkflowID int64
	Number     int
	Attempt    int
	Event      string // pull_request, push, …
	Status     string
	Conclusion string
	HeadBranch string
	HeadSHA    string
	HeadRepo   *Repo
	Actor      *User
	CreatedAt  time.Time
	Artifacts  []*Artifact

	repo *Repo
}

// Artifact is what a run has left.
type Artifact struct {
	ID        int64
	Name      string
	Zip       []byte
	Expired   bool
	CreatedAt time.Time
	ExpiresAt time.Time

	run *WorkflowRun
}

// Run adds a run of a workflow; what it leaves out is made up.
func (r *Repo) Run(run WorkflowRun) *WorkflowRun {
	w := r.world
	run.ID, run.repo, run.CreatedAt = w.ID(), r, w.Now
	if run.WorkflowID == 0 {
		run.WorkflowID = w.ID()
	}
	if run.HeadRepo == nil {
		run.HeadRepo = r
	}
	run.Number, run.Attempt = max(run.Number, 1), max(run.Attempt, 1)
	for field, otherwise := range map[*string]string{
		&run.Name: "plan", &run.Path: ".github/workflows/plan.yml", &run.Event: "pull_request",
		&run.Status: "completed", &run.HeadBranch: r.DefaultBranch,
	} {
		if *field == "" {
			*field = otherwise
		}
	}
	if run.Status == "completed" && run.Conclusion == "" {
		run.Conclusion = "success"
	}
	added := &run
	r.Runs = append(r.Runs, added)
	return added
}

// Artifact adds an artifact of these files.
func (run *WorkflowRun) Artifact(name string, files map[string]string) *Artifact {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f, err := z.Create(path)
		if err == nil {
			_, err = f.Write([]byte(files[path]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	w := run.repo.world
	a := &Artifact{
		ID: w.ID(), Name: name, Zip: buf.Bytes(), run: run,
		CreatedAt: w.Now, ExpiresAt: w.Now.AddDate(0, 0, 90),
	}
	run.Artifacts = append(run.Artifacts, a)
	return a
}

func (r *Repo) workflowRun(id int64) *WorkflowRun {
	for _, run := range r.Runs {
		if run.ID == id {
			return run
		}
	}
	return nil
}

// artifacts are those of all runs, the newest first.
func (r *Repo) artifacts() []*Artifact {
	var out []*Artifact
	for _, run := range r.Runs {
		out = append(out, run.Artifacts...)
	}
	slices.SortFunc(out, func(a, b *Artifact) int { return int(b.ID - a.ID) })
	return out
}
