// Package run is one run of the gate: read everything, judge, publish. The command
// line and the container action share it.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/publish"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// Streams are where a run reads and writes besides files.
type Streams struct {
	In       io.Reader
	Out      io.Writer
	Terminal publish.Options // how the terminal report looks
}

// Check reads, judges and publishes. The verdict is returned also when publishing
// failed, together with the error: a report that was not written must not look
// like one that was.
func Check(ctx context.Context, c config.Check, kind checks.Kind, st Streams) (*checks.Verdict, error) {
	targets, err := Targets(c.Formats)
	if err != nil {
		return nil, err
	}
	s, err := Snapshot(ctx, c, kind, st.In)
	if err != nil {
		s = unreadable(c, kind, err)
	}
	var errs []error
	if c.SnapshotOut != "" {
		errs = append(errs, WriteSnapshot(c.SnapshotOut, s))
	}
	v := registry.Evaluate(s)
	errs = append(errs, publish.Publish(st.Out, v, st.Terminal, targets))
	return v, errors.Join(errs...)
}

// Targets reads --format values; without any, the report goes to the terminal.
func Targets(formats []string) ([]publish.Target, error) {
	if len(formats) == 0 {
		formats = []string{"terminal"}
	}
	targets := make([]publish.Target, 0, len(formats))
	stdout := 0
	for _, f := range formats {
		t, err := publish.ParseTarget(f)
		if err != nil {
			return nil, fmt.Errorf("%w: --format: %w", config.ErrUsage, err)
		}
		if t.File == "" {
			stdout++
		}
		targets = append(targets, t)
	}
	if stdout > 1 {
		return nil, fmt.Errorf("%w: --format: %d reports for standard output, which holds one; write the others to files, for example --format json=report.json", config.ErrUsage, stdout)
	}
	return targets, nil
}

// Snapshot reads everything a verdict depends on.
func Snapshot(ctx context.Context, c config.Check, kind checks.Kind, in io.Reader) (*checks.Snapshot, error) {
	review, err := readReviews(c.Reviews, in)
	if err != nil {
		return nil, err
	}
	if err := addAuthor(&review, c.Author); err != nil {
		return nil, err
	}
	evidence := []collect.EvidenceFile{{Question: checks.QuestionReview, Name: c.Reviews}}
	for _, p := range c.Plans {
		evidence = append(evidence, collect.EvidenceFile{Question: checks.QuestionPlan, Name: p})
	}
	return collect.Local(ctx, collect.Options{
		Dir: c.Dir, Base: c.Base, Head: c.Head, Kind: kind, Repository: c.Repository, PolicyFile: c.PolicyFile, Now: judgedAt(c), Review: review,
		Evidence: evidence,
		Plans:    func(maxBytes int64) []checks.Plan { return readPlans(c.Plans, in, maxBytes) },
	})
}

// addAuthor takes the opener of the pull request from the event, which GitHub
// writes, where the reviews do not name one. Reviews that name another are about
// something else.
func addAuthor(r *checks.Review, event *checks.AccountRef) error {
	switch {
	case event == nil:
	case r.Author == nil:
		r.Author = event
	case r.Author.ID != event.ID:
		return &collect.Problem{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The reviews are of a pull request that account %d opened, and account %d opened this one.", r.Author.ID, event.ID),
			Remedy:  "Give the reviews of this pull request.",
		}
	}
	return nil
}

// unreadable is the snapshot of a change of which nothing could be read: it says
// why, and cannot pass.
func unreadable(c config.Check, kind checks.Kind, err error) *checks.Snapshot {
	gap := checks.Gap{Kind: checks.GapEvidence, Message: err.Error(), Remedy: "Mend that and run the check again."}
	if p := (*collect.Problem)(nil); errors.As(err, &p) {
		gap = checks.Gap{Kind: p.Kind, Message: p.Message, Remedy: p.Remedy}
	}
	return &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: judgedAt(c), Kind: kind,
		Repository: checks.Repository{Name: c.Repository}, Base: checks.Ref{Name: c.Base}, Head: checks.Ref{Name: c.Head},
		Commits: []checks.Commit{}, Files: []checks.File{}, Plans: []checks.Plan{},
		Review: checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}},
		Gaps:   []checks.Gap{gap},
	}
}

// judgedAt is the time a change is judged at: whole seconds, UTC.
func judgedAt(c config.Check) time.Time {
	if c.At.IsZero() {
		return time.Now().UTC().Truncate(time.Second)
	}
	return c.At
}

// readPlans reads every plan. One that cannot be read stays in the list with its
// error: it was said to exist, so leaving it out would hide it.
func readPlans(names []string, in io.Reader, maxBytes int64) []checks.Plan {
	limits := tfplan.Limits{MaxFile: maxBytes}
	plans := make([]checks.Plan, 0, len(names))
	for _, name := range names {
		plans = append(plans, readPlan(name, in, limits))
	}
	return plans
}

func readPlan(name string, in io.Reader, limits tfplan.Limits) checks.Plan {
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the caller names the file
		if err != nil {
			return tfplan.Unreadable(name, fmt.Errorf("open plan: %w", err))
		}
		defer f.Close()
		in = f
	}
	p, _ := tfplan.Read(in, name, limits) // an error is in the plan, too
	return p
}

func readReviews(name string, in io.Reader) (checks.Review, error) {
	if name == "" {
		return checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}}, nil
	}
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the caller names the file
		if err != nil {
			return checks.Review{}, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("The reviews cannot be read: %v.", err), Remedy: "Give --reviews a file that exists, or leave it out: then nobody has agreed."}
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, collect.MaxReviewsBytes+1))
	if err != nil {
		return checks.Review{}, &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("The reviews cannot be read: %v.", err), Remedy: "Try again."}
	}
	r, err := collect.ParseReviews(data)
	if err != nil {
		return r, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("The reviews in %s cannot be used: %v", filepath.Base(name), err), Remedy: "docs/reviews.md describes the file."}
	}
	return r, nil
}

// WriteSnapshot writes a snapshot for replay.
func WriteSnapshot(name string, s *checks.Snapshot) error {
	b, err := s.Encode()
	if err != nil {
		return err
	}
	return publish.WriteFile(name, b)
}
