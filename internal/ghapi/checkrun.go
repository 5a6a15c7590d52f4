package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/go-github/v62/github"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// GitHub's bounds of a check run. It says characters and counts bytes.
const (
	maxOutput         = 65_535 // bytes of a summary, a text and an annotation's message
	maxTitle          = 255
	maxAnnotations    = 50  // of one request
	maxAnnotationsAll = 500 // of ours: writes are limited to 80 a minute, and nobody reads more
	maxActions        = 3
	maxLabel          = 20
	maxDescription    = 40
	maxIdentifier     = 20
	checkRunPages     = 10 // GitHub keeps 1,000 of a name in one suite
)

// CheckRunUpdate is a check run as it is to be. Its texts are cut to what GitHub
// takes, and say so; what decides is never cut or changed.
type CheckRunUpdate struct {
	Name       string
	Head       string // full commit id
	ExternalID string
	Status     string // in_progress or completed
	// Conclusion of a completed one: success, failure or action_required. Others are
	// refused: a required check that is neutral or skipped lets the change be merged.
	Conclusion  string
	Title       string
	Summary     string // Markdown, made safe by the caller
	Text        string // Markdown, made safe by the caller
	DetailsURL  string
	Annotations []Annotation
	Actions     []CheckAction
}

// Annotation is a remark at lines of a file. They cannot be taken back: a second
// write of the same run adds to them.
type Annotation struct {
	Path               string
	StartLine, EndLine int    // from 1
	Level              string // notice, warning, failure
	Title, Message     string
}

// CheckAction is a button of a check run.
type CheckAction struct{ Label, Description, Identifier string }

// validate refuses what must not be written. It changes nothing.
func (u CheckRunUpdate) validate() error {
	switch {
	case strings.TrimSpace(u.Name) == "" || len(u.Name) > 200:
		return errors.New("it has no name, or a long one")
	case !gitobject.IsFullID(u.Head):
		return fmt.Errorf("its head %.80q is no full commit id", u.Head)
	case len(u.ExternalID) > 255:
		return errors.New("its external id is too long")
	case u.Status == "in_progress" && u.Conclusion != "":
		return fmt.Errorf("it is in progress and has the conclusion %.40q", u.Conclusion)
	case u.Status != "in_progress" && u.Status != "completed":
		return fmt.Errorf("its status is %.40q, not in_progress or completed", u.Status)
	case u.Status == "completed" && u.Conclusion != "success" && u.Conclusion != "failure" && u.Conclusion != "action_required":
		return fmt.Errorf("its conclusion is %.40q, not success, failure or action_required", u.Conclusion)
	case strings.TrimSpace(u.Title) == "" || strings.TrimSpace(u.Summary) == "":
		return errors.New("it has no title or no summary")
	case len(u.Actions) > maxActions:
		return fmt.Errorf("it has %d actions, at most %d are taken", len(u.Actions), maxActions)
	}
	for _, a := range u.Actions {
		if a.Label == "" || a.Description == "" || a.Identifier == "" || utf8.RuneCountInString(a.Identifier) > maxIdentifier {
			return fmt.Errorf("its action %.40q is empty or has a long identifier", a.Label)
		}
	}
	for _, a := range u.Annotations {
		if a.Path == "" || a.Level != "notice" && a.Level != "warning" && a.Level != "failure" {
			return fmt.Errorf("its annotation of %.80q has no path or the level %.40q", a.Path, a.Level)
		}
	}
	return nil
}

// WriteCheckRun creates a check run, or changes the one with this id. It may take
// several requests, for annotations; the conclusion goes with the first. An error
// after that leaves it standing, and comes with the check run that it is.
func (c *Client) WriteCheckRun(ctx context.Context, repo Repository, id int64, u CheckRunUpdate) (CheckRun, error) {
	run, err := c.writeCheckRun(ctx, repo, id, u)
	if err != nil {
		return run, fmt.Errorf("write check run %.80q of %s: %w", u.Name, repo, err)
	}
	return run, nil
}

func (c *Client) writeCheckRun(ctx context.Context, repo Repository, id int64, u CheckRunUpdate) (CheckRun, error) {
	if err := u.validate(); err != nil {
		return CheckRun{}, err
	}
	path, err := repoPath(repo, "/check-runs")
	if err != nil {
		return CheckRun{}, err
	}
	pages := annotations(u.Annotations)
	if left := len(u.Annotations) - maxAnnotationsAll; left > 0 {
		u.Summary = noticed(u.Summary, fmt.Sprintf("%d more annotations are left out: at most %d are written.", left, maxAnnotationsAll))
	}
	var first []*github.CheckRunAnnotation
	if len(pages) > 0 {
		first = pages[0]
	}
	opts := github.UpdateCheckRunOptions{
		Name: u.Name, DetailsURL: optional(u.DetailsURL), ExternalID: optional(u.ExternalID), Status: &u.Status,
		Conclusion: optional(u.Conclusion), Output: u.output(first), Actions: u.actions(),
	}
	if u.Status == "completed" {
		opts.CompletedAt = &github.Timestamp{Time: time.Now().UTC().Truncate(time.Second)}
	}
	var got github.CheckRun
	if id == 0 {
		err = c.send(ctx, http.MethodPost, path, github.CreateCheckRunOptions{
			Name: u.Name, HeadSHA: u.Head, DetailsURL: opts.DetailsURL, ExternalID: opts.ExternalID, Status: opts.Status,
			Conclusion: opts.Conclusion, CompletedAt: opts.CompletedAt, Output: opts.Output, Actions: opts.Actions,
		}, &got)
	} else {
		err = c.send(ctx, http.MethodPatch, path+"/"+strconv.FormatInt(id, 10), opts, &got)
	}
	if err != nil {
		return CheckRun{}, err
	}
	run := checkRun(&got)
	if run.ID <= 0 || id != 0 && run.ID != id || got.GetHeadSHA() != u.Head || run.Status != u.Status || run.Conclusion != u.Conclusion {
		return run, fmt.Errorf("GitHub has it as run %d of %.64q, %.40q %.40q, which is not what was written", run.ID, got.GetHeadSHA(), run.Status, run.Conclusion)
	}
	for i, page := range pages[min(1, len(pages)):] {
		more := github.UpdateCheckRunOptions{Name: u.Name, Output: u.output(page)}
		if err := c.send(ctx, http.MethodPatch, path+"/"+strconv.FormatInt(run.ID, 10), more, nil); err != nil {
			return run, fmt.Errorf("add page %d of its annotations: %w", i+2, err)
		}
	}
	return run, nil
}

func (u CheckRunUpdate) output(page []*github.CheckRunAnnotation) *github.CheckRunOutput {
	title, summary := bounded(u.Title, maxTitle), noticed(u.Summary, "")
	o := &github.CheckRunOutput{Title: &title, Summary: &summary, Annotations: page}
	if u.Text != "" {
		text := noticed(u.Text, "")
		o.Text = &text
	}
	return o
}

func (u CheckRunUpdate) actions() []*github.CheckRunAction {
	var out []*github.CheckRunAction
	for _, a := range u.Actions {
		out = append(out, &github.CheckRunAction{Label: runes(a.Label, maxLabel), Description: runes(a.Description, maxDescription), Identifier: a.Identifier})
	}
	return out
}

// annotations makes pages of what GitHub takes in one request.
func annotations(list []Annotation) [][]*github.CheckRunAnnotation {
	var pages [][]*github.CheckRunAnnotation
	for i, a := range list[:min(len(list), maxAnnotationsAll)] {
		if i%maxAnnotations == 0 {
			pages = append(pages, nil)
		}
		start := max(a.StartLine, 1)
		end := max(a.EndLine, start)
		path, message := strings.ToValidUTF8(a.Path, "\uFFFD"), bounded(a.Message, maxOutput)
		if strings.TrimSpace(message) == "" {
			message = "(no text)" // an empty one has the whole write refused
		}
		p := &github.CheckRunAnnotation{Path: &path, StartLine: &start, EndLine: &end, AnnotationLevel: &a.Level, Message: &message}
		if a.Title != "" {
			title := bounded(a.Title, maxTitle)
			p.Title = &title
		}
		pages[len(pages)-1] = append(pages[len(pages)-1], p)
	}
	return pages
}

// noticed cuts a text to what GitHub takes, at the end of a line if one is near,
// and says that it is cut and whatever else is to be said.
func noticed(s, notice string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	tail := ""
	if notice != "" {
		tail = "\n\n" + notice + "\n"
	}
	if len(s)+len(tail) <= maxOutput {
		return s + tail
	}
	tail = fmt.Sprintf("\n\n**Cut here**: the whole text has %d bytes, and GitHub shows %d.\n", len(s), maxOutput) + tail
	n := maxOutput - len(tail)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	if i := strings.LastIndexByte(s[:n], '\n'); i > n-4096 && i > 0 {
		n = i
	}
	return s[:n] + tail
}

// runes cuts a label to n characters.
func runes(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// CheckRuns lists all check runs of this name on a commit, those that were run again
// included: GitHub's own choice of the latest goes by a time that any of them sets.
// Several Apps can use one name, so a caller looks at AppID.
func (c *Client) CheckRuns(ctx context.Context, repo Repository, sha, name string) ([]CheckRun, error) {
	runs, err := c.checkRuns(ctx, repo, sha, name)
	if err != nil {
		return nil, fmt.Errorf("list the check runs %.80q of %s at %.64s: %w", name, repo, sha, err)
	}
	return runs, nil
}

func (c *Client) checkRuns(ctx context.Context, repo Repository, sha, name string) ([]CheckRun, error) {
	if !gitobject.IsFullID(sha) || name == "" {
		return nil, errors.New("a full commit id and a name are needed")
	}
	path, err := repoPath(repo, "/commits/"+sha+"/check-runs")
	if err != nil {
		return nil, err
	}
	var out []CheckRun
	total := 0
	seen := map[int64]bool{}
	q := url.Values{"check_name": {name}, "filter": {"all"}, "per_page": {strconv.Itoa(listPage)}}
	err = listPages(ctx, c, path, q, checkRunPages, func(list *github.ListCheckRunsResults) error {
		if list.Total == nil {
			return errNoList
		}
		total = *list.Total
		for _, run := range list.CheckRuns {
			switch {
			case run.GetID() <= 0 || run.GetHeadSHA() != sha:
				return errors.New("the list holds a check run of another commit")
			case run.GetName() != name || seen[run.GetID()]:
				continue // not asked for, or moved to a later page while they were read
			}
			seen[run.GetID()] = true
			out = append(out, checkRun(run))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, counted(total, len(out))
}

func checkRun(r *github.CheckRun) CheckRun {
	return CheckRun{
		ID: r.GetID(), Name: r.GetName(), AppID: r.GetApp().GetID(), ExternalID: r.GetExternalID(),
		Status: r.GetStatus(), Conclusion: r.GetConclusion(), StartedAt: r.GetStartedAt().Time,
	}
}
