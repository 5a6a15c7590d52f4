package collect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/artifact"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// ArtifactClient is what is asked of GitHub about artifacts.
type ArtifactClient interface {
	HeadRuns(ctx context.Context, repo ghapi.Repository, head string) ([]ghapi.HeadRun, error)
	RunArtifacts(ctx context.Context, repo ghapi.Repository, run int64, name string) ([]ghapi.RunArtifact, error)
	BranchPulls(ctx context.Context, repo ghapi.Repository, owner, branch string, since time.Time) ([]ghapi.BranchPull, error)
	DownloadArtifact(ctx context.Context, repo ghapi.Repository, id, limit int64) ([]byte, error)
	Attestations(ctx context.Context, repo ghapi.Repository, digest string) ([]json.RawMessage, error)
}

// Producers fetches the plans that the workflows of the base's policy made for a pull
// request. Package artifact says when they are believed.
type Producers struct {
	Client ArtifactClient
	Pull   *ghapi.PullRequest
	Files  []checks.File  // that the change edits, all of them
	Policy *policy.Policy // the base's; nil: there are no producers
	Signed Signed         // by what a signature is believed where the run is not
}

// FetchedPlan is a plan out of an artifact.
type FetchedPlan struct {
	Name      string // "artifact terraform-plan of run 123: plan.json"
	JSON      *artifact.Entry
	SavedName string
	Saved     []byte // the saved plan file; nil: the policy names none
	Evidence  *checks.PlanEvidence
}

// maxPacked bounds the zip of an artifact, which is held in memory. Plans are packed to
// a twentieth, or less.
const maxPacked = 512 << 20 // bytes

// maxProducers is how many producers are asked after: each costs calls.
const maxProducers = 50

// fetching is one call of Fetch.
type fetching struct {
	*Producers
	ctx    context.Context //nolint:containedctx // lives for one call of Fetch
	change artifact.Change
	runs   []artifact.Run
	needed bool
	limit  int64 // bytes of one plan

	pulls []artifact.Pull // nil: not asked for yet
	left  map[left][]artifact.Upload
	zips  map[int64]zipped // by artifact
	plans []FetchedPlan
	gaps  []checks.Gap
}

type left struct {
	run  int64
	name string
}

type zipped struct {
	data   []byte
	digest string
}

// Fetch returns the plans that are there and believed. That a producer left none is
// no gap: whether one is missing is for the plan check to say. One that is there and
// is not believed is a gap where the change needs a plan, with the reason; and so,
// always, is what GitHub did not tell.
//
// Where none is needed it is no gap, because the change of a workflow touches nothing
// that a plan is about, and no plan of it could ever be believed.
func (p *Producers) Fetch(ctx context.Context) ([]FetchedPlan, []checks.Gap) {
	if p.Policy == nil || len(p.Policy.Plan.Producers) == 0 {
		return nil, nil
	}
	f := fetching{
		Producers: p, ctx: ctx, change: p.change(), limit: int64(limitsOf(p.Policy).PlanSize),
		left: map[left][]artifact.Upload{}, zips: map[int64]zipped{},
	}
	if n := len(p.Policy.Plan.Producers); n > maxProducers {
		return nil, []checks.Gap{{
			Question: checks.QuestionPlan, Kind: checks.GapConfiguration, Remedy: "Let fewer workflows make the plans, or give them with --plan.",
			Message: fmt.Sprintf("The policy names %d producers of plans, and at most %d are asked after.", n, maxProducers),
		}}
	}
	f.needed = p.Policy.Plan.Require == policy.PlanAlways || slices.ContainsFunc(p.Files, func(file checks.File) bool { return p.Policy.NeedsPlan(string(file.Path)) })
	runs, err := p.Client.HeadRuns(ctx, p.Pull.Repository.Repository, p.Pull.Head)
	if err != nil {
		f.failed("list the workflow runs of the head", err)
		return nil, f.gaps
	}
	for i := range runs {
		f.runs = append(f.runs, runOf(&runs[i]))
	}
	for i := range p.Policy.Plan.Producers {
		f.one(&p.Policy.Plan.Producers[i]) //nolint:contextcheck // to verify a signature nobody is asked
	}
	return f.plans, f.gaps
}

func (p *Producers) change() artifact.Change {
	pr := p.Pull
	c := artifact.Change{
		Repository: pr.Repository.ID, Number: pr.Number, Head: pr.Head, HeadBranch: pr.HeadBranch, HeadRepository: pr.HeadRepo, Files: p.Files,
	}
	for i := range pr.Events {
		if e := &pr.Events[i]; e.Kind == ghapi.TimelineBaseChanged && e.At.After(c.BaseChangedAt) {
			c.BaseChangedAt = e.At
		}
	}
	return c
}

func runOf(r *ghapi.HeadRun) artifact.Run {
	return artifact.Run{
		ID: r.ID, Workflow: r.Path, Event: r.Event, Status: r.Status, Conclusion: r.Conclusion, Repository: r.RepositoryID,
		Head: r.HeadSHA, HeadBranch: r.HeadBranch, HeadRepository: r.HeadRepository, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt,
	}
}

// one fetches the plan of one producer.
func (f *fetching) one(p *policy.Producer) {
	run, why, ok := f.change.Newest(p.Workflow, f.runs)
	if !ok {
		return
	}
	if why != "" && len(p.Signers) > 0 {
		if other, doubt, found := f.change.NewestOther(p.Workflow, f.runs); found {
			run, why = other, doubt
		}
	}
	uploads, err := f.uploads(&run, p.Artifact)
	if err != nil {
		f.failed(fmt.Sprintf("list what run %d of %s left", run.ID, checks.Path(p.Workflow)), err)
		return
	}
	upload, trouble, found := artifact.Pick(p.Artifact, &run, uploads)
	if !found && (why != "" || artifact.Quiet(&run)) {
		return // there was nothing to plan, or it is no run of ours
	}
	if why == "" {
		pulls, err := f.pullsOfBranch()
		if err != nil {
			f.failed("find out which pull request a workflow run was started for", err)
			return
		}
		why = f.change.Doubt(&run, pulls)
	}
	healable := false
	if why != "" && len(p.Signers) > 0 {
		beyond := f.change.Beyond(&run)
		healable, why = beyond == "", cmp.Or(beyond, why)
	}
	limit := min(f.limit, maxPacked-artifact.Overhead) + artifact.Overhead
	switch {
	case trouble != "":
	case !found || why != "" && !healable:
		trouble = why
	case upload.Size > limit:
		trouble = fmt.Sprintf("it has %d bytes, and at most %d are read", upload.Size, limit)
	}
	if trouble != "" {
		f.refused(p, &run, trouble)
		return
	}
	zip, err := f.download(&upload, limit)
	if err != nil {
		f.failed(fmt.Sprintf("download the artifact %s of run %d", checks.Path(p.Artifact), run.ID), err)
		return
	}
	if upload.Digest != "" && upload.Digest != zip.digest {
		f.refused(p, &run, "its bytes are not those that the platform took it for: the digest differs")
		return
	}
	plan, err := f.open(p, &run, zip.data)
	if err != nil {
		f.refused(p, &run, err.Error())
		return
	}
	plan.Evidence = &checks.PlanEvidence{
		Producer: checks.Path(p.Workflow), Run: run.ID, Artifact: p.Artifact, ArtifactDigest: zip.digest, Believed: checks.BelievedForWorkflow,
	}
	if why != "" {
		signer, unsigned, err := f.vouched(p, &run, plan)
		switch {
		case err != nil:
			f.failed(fmt.Sprintf("find out who attests the plan of run %d", run.ID), err)
			return
		case signer == "":
			f.refused(p, &run, why+"; and no signer vouches for it: "+unsigned)
			return
		}
		plan.Evidence.Believed, plan.Evidence.Signer = checks.BelievedForSignature, signer
	}
	f.plans = append(f.plans, *plan)
}

// open takes the plan out of its zip, with its plan file where the policy names one.
func (f *fetching) open(p *policy.Producer, run *artifact.Run, data []byte) (*FetchedPlan, error) {
	zip, err := artifact.Open(data)
	if err != nil {
		return nil, err
	}
	of := fmt.Sprintf("artifact %s of run %d: ", p.Artifact, run.ID)
	path := cmp.Or(p.Plan, policy.DefaultPlanJSON)
	plan := FetchedPlan{Name: of + path}
	if plan.JSON, err = zip.File(path, f.limit); err != nil {
		return nil, err
	}
	if p.PlanFile != "" {
		saved, err := zip.File(p.PlanFile, artifact.MaxSaved)
		if err != nil {
			return nil, err
		}
		if plan.Saved, err = saved.Bytes(); err != nil {
			return nil, err
		}
		plan.SavedName = of + p.PlanFile
	}
	return &plan, nil
}

func (f *fetching) uploads(run *artifact.Run, name string) ([]artifact.Upload, error) {
	key := left{run.ID, name}
	if list, ok := f.left[key]; ok {
		return list, nil
	}
	found, err := f.Client.RunArtifacts(f.ctx, f.Pull.Repository.Repository, run.ID, name)
	if err != nil {
		return nil, err
	}
	list := make([]artifact.Upload, 0, len(found))
	for i := range found {
		a := &found[i]
		list = append(list, artifact.Upload{ID: a.ID, Run: a.RunID, Name: a.Name, Size: a.Size, Digest: a.Digest, Expired: a.Expired, CreatedAt: a.CreatedAt})
	}
	f.left[key] = list
	return list, nil
}

// pullsOfBranch asks once, from the oldest run on.
func (f *fetching) pullsOfBranch() ([]artifact.Pull, error) {
	if f.pulls != nil {
		return f.pulls, nil
	}
	oldest := slices.MinFunc(f.runs, func(a, b artifact.Run) int { return a.CreatedAt.Compare(b.CreatedAt) })
	owner, _, _ := strings.Cut(f.Pull.HeadRepo, "/")
	list, err := f.Client.BranchPulls(f.ctx, f.Pull.Repository.Repository, owner, f.Pull.HeadBranch, oldest.CreatedAt.Add(-artifact.Lag))
	if err != nil {
		return nil, err
	}
	f.pulls = make([]artifact.Pull, 0, len(list))
	for _, p := range list {
		f.pulls = append(f.pulls, artifact.Pull(p))
	}
	return f.pulls, nil
}

func (f *fetching) download(u *artifact.Upload, limit int64) (zipped, error) {
	if z, ok := f.zips[u.ID]; ok {
		return z, nil
	}
	data, err := f.Client.DownloadArtifact(f.ctx, f.Pull.Repository.Repository, u.ID, limit)
	if err != nil {
		return zipped{}, err
	}
	sum := sha256.Sum256(data)
	z := zipped{data, "sha256:" + hex.EncodeToString(sum[:])}
	f.zips[u.ID] = z
	return z, nil
}

func (f *fetching) failed(doing string, err error) {
	p := platformProblem(doing, err)
	f.gaps = append(f.gaps, checks.Gap{Question: checks.QuestionPlan, Kind: p.Kind, Message: p.Message, Remedy: p.Remedy})
}

func (f *fetching) refused(p *policy.Producer, run *artifact.Run, why string) {
	if !f.needed {
		return
	}
	g := checks.Gap{
		Question: checks.QuestionPlan, Kind: checks.GapEvidence,
		Message: sentence("The artifact %s of run %d of %s brings no plan: %s", checks.Path(p.Artifact), run.ID, checks.Path(p.Workflow), why),
		Remedy:  "Have the plan made by a new run of that workflow, as the base has it, for this pull request alone. Or have it attested by a workflow that plan.producers lists among its signers: docs/github.md says how.",
	}
	if !slices.Contains(f.gaps, g) {
		f.gaps = append(f.gaps, g)
	}
}
