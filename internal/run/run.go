// Package run is one run of the gate: read everything, judge, publish. The command
// line and the container action share it.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/publish"
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
	if err := overwrites(c, targets); err != nil {
		return nil, err
	}
	s, err := Snapshot(ctx, c, kind, st.In)
	if err != nil {
		s = unreadable(c, kind, err)
	}
	if ctx.Err() != nil {
		return nil, &collect.Problem{Kind: checks.GapEvidence, Message: "Interrupted, nothing was decided.", Remedy: "Run the check again.", Err: context.Cause(ctx)}
	}
	var errs []error
	if c.SnapshotOut != "" {
		errs = append(errs, WriteSnapshot(c.SnapshotOut, s))
	}
	v := registry.Evaluate(s)
	errs = append(errs, Publish(st.Out, v, st.Terminal, targets))
	return v, errors.Join(errs...)
}

// Publish writes the reports. Where none of them goes to standard output, one line
// there says what was decided: a command that prints nothing looks as if all were
// well.
func Publish(out io.Writer, v *checks.Verdict, o publish.Options, targets []publish.Target) error {
	var files []string
	for _, t := range targets {
		if t.File == "" {
			return publish.Publish(out, v, o, targets)
		}
		files = append(files, checks.Path(t.File).String())
	}
	if err := publish.Publish(out, v, o, targets); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s; see %s\n", publish.Word(v, v.Outcome), strings.Join(files, ", "))
	return err
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
	review, err := readReviews(c.Root, c.Reviews, in)
	if err != nil {
		return nil, err
	}
	if err := addAuthor(&review, c.Author); err != nil {
		return nil, err
	}
	attested, err := ReadAttestations(c.Root, c.Attested)
	if err != nil {
		return nil, err
	}
	p, err := openPlans(c, in)
	if err != nil {
		return nil, err
	}
	defer p.close()
	p.progress = c.Progress
	evidence := []collect.EvidenceFile{{Question: checks.QuestionReview, Name: at(c.Root, c.Reviews)}}
	for _, name := range append(p.names(), c.Manifest) {
		evidence = append(evidence, collect.EvidenceFile{Question: checks.QuestionPlan, Name: at(c.Root, name)})
	}
	o := collect.Options{
		Dir: c.Dir, Base: c.Base, Head: c.Head, Kind: kind, Repository: c.Repository, PolicyFile: at(c.Root, c.PolicyFile), Now: judgedAt(c), Review: review,
		Evidence: evidence, PullRequest: c.PullRequest, Attestations: attested,
		Plans: p.read, Fetched: p.add,
	}
	if !c.GitHub.Asks() {
		return collect.Local(ctx, o)
	}
	client, err := gitHubClient(c)
	if err != nil {
		return nil, err
	}
	defer tellStats(c.Stats, client)
	o.GitHub = gitHub(c, client)
	if c.GitHub.Clone {
		return collect.Local(ctx, o)
	}
	return collect.Remote(ctx, o)
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

func readReviews(root, name string, in io.Reader) (checks.Review, error) {
	if name == "" {
		return checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}}, nil
	}
	if name != "-" {
		f, err := open("The reviews file", root, name)
		if err != nil {
			return checks.Review{}, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, collect.MaxReviewsBytes+1))
	if err != nil {
		return checks.Review{}, &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("The reviews file %q cannot be read: %v.", name, err), Remedy: "Mend that and run the check again.", Err: err}
	}
	r, err := collect.ParseReviews(data)
	if err == nil {
		return r, nil
	}
	told := err.Error()
	if e := (*collect.ReviewsError)(nil); errors.As(err, &e) {
		told = few(e.Problems, 5)
	}
	return r, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("The reviews file %q cannot be used: %s.", name, told), Remedy: "The page docs/reviews.md describes the file.", Err: err}
}

// few joins the first problems of a list.
func few(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(list[:n], "; "), len(list)-n)
}

// WriteSnapshot writes a snapshot for replay.
func WriteSnapshot(name string, s *checks.Snapshot) error {
	b, err := s.Encode()
	if err != nil {
		return err
	}
	return publish.WriteFile(name, b)
}
