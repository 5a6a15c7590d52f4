package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// HeadRun is a run of a workflow at a head commit, with what tells which pull request
// it could have been started for. That itself GitHub does not say: the pull requests
// it lists beside a run are those that match now.
type HeadRun struct {
	ID             int64
	Path           string // of the workflow's file: ".github/workflows/plan.yml"
	Event          string
	RepositoryID   int64
	HeadSHA        string
	HeadBranch     string // foreign text
	HeadRepository string // owner/name; empty: it was deleted
	Status         string
	Conclusion     string // empty while it runs
	CreatedAt      time.Time
	StartedAt      time.Time // of the newest attempt
}

// RunArtifact is an artifact of one run. Its name and content are whatever the run
// wrote; the rest is GitHub's word.
type RunArtifact struct {
	ID        int64
	RunID     int64
	Name      string
	Size      int64  // bytes, packed
	Digest    string // "sha256:…" of the zip file as GitHub took it; empty when it does not say
	Expired   bool
	CreatedAt time.Time
}

// BranchPull is a pull request, open or not, from some branch.
type BranchPull struct {
	Number             int64
	OpenedAt, ClosedAt time.Time // ClosedAt is zero while it is open
}

const (
	runPages  = 10 // GitHub lists no more than 1,000 runs
	pullPages = 10
)

// HeadRuns lists all runs of all workflows at a head commit, of every event.
func (c *Client) HeadRuns(ctx context.Context, repo Repository, head string) ([]HeadRun, error) {
	runs, err := c.headRuns(ctx, repo, head)
	if err != nil {
		return nil, fmt.Errorf("list the workflow runs of %s at %.64s: %w", repo, head, err)
	}
	return runs, nil
}

func (c *Client) headRuns(ctx context.Context, repo Repository, head string) ([]HeadRun, error) {
	if !gitobject.IsFullID(head) {
		return nil, errors.New("a full commit id is needed")
	}
	path, err := repoPath(repo, "/actions/runs")
	if err != nil {
		return nil, err
	}
	type page struct {
		Total *int `json:"total_count"`
		Runs  []struct {
			github.WorkflowRun
			Path *string `json:"path"` // go-github does not know it yet
		} `json:"workflow_runs"`
	}
	var out []HeadRun
	total := 0
	seen := map[int64]bool{}
	q := url.Values{"head_sha": {head}, "exclude_pull_requests": {"true"}, "per_page": {strconv.Itoa(listPage)}}
	err = listPages(ctx, c, path, q, runPages, func(p *page) error {
		if p.Total == nil || p.Runs == nil {
			return errNoList
		}
		total = *p.Total
		for i := range p.Runs {
			run := &p.Runs[i]
			switch {
			case run.GetID() <= 0 || run.GetHeadSHA() != head || run.Path == nil:
				return errors.New("the list holds a run of another commit, or of no workflow")
			case seen[run.GetID()]:
				continue // it moved to a later page while they were read
			}
			seen[run.GetID()] = true
			out = append(out, HeadRun{
				ID: run.GetID(), Path: workflowPath(*run.Path), Event: run.GetEvent(), RepositoryID: run.GetRepository().GetID(),
				HeadSHA: run.GetHeadSHA(), HeadBranch: run.GetHeadBranch(), HeadRepository: run.GetHeadRepository().GetFullName(),
				Status: run.GetStatus(), Conclusion: run.GetConclusion(),
				CreatedAt: run.GetCreatedAt().Time, StartedAt: run.GetRunStartedAt().Time,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, counted(total, len(out))
}

// workflowPath takes the ref off a workflow's path, ".github/workflows/plan.yml@main".
// A file can be called "plan.yml@x.yml", and who made it would have it taken for
// plan.yml. So nothing is taken off where it could be part of a name; what is left
// then is no path that anybody trusts.
func workflowPath(s string) string {
	path, ref, ok := strings.Cut(s, "@")
	lower := strings.ToLower(ref)
	if !ok || strings.Contains(ref, "@") || strings.HasSuffix(lower, ".yml") || strings.HasSuffix(lower, ".yaml") {
		return s
	}
	return path
}

// RunArtifacts lists the artifacts of this name that one run made, of all its attempts.
func (c *Client) RunArtifacts(ctx context.Context, repo Repository, run int64, name string) ([]RunArtifact, error) {
	list, err := c.runArtifacts(ctx, repo, run, name)
	if err != nil {
		return nil, fmt.Errorf("list the artifacts %.80q of run %d of %s: %w", name, run, repo, err)
	}
	return list, nil
}

func (c *Client) runArtifacts(ctx context.Context, repo Repository, run int64, name string) ([]RunArtifact, error) {
	path, err := repoPath(repo, "/actions/runs/"+strconv.FormatInt(run, 10)+"/artifacts")
	if err != nil {
		return nil, err
	}
	type page struct {
		Total     *int `json:"total_count"`
		Artifacts []struct {
			github.Artifact
			Digest *string `json:"digest"` // go-github does not know it yet
		} `json:"artifacts"`
	}
	var out []RunArtifact
	q := url.Values{"name": {name}, "per_page": {strconv.Itoa(listPage)}}
	err = listPages(ctx, c, path, q, 1, func(p *page) error {
		if p.Total == nil || p.Artifacts == nil {
			return errNoList
		}
		for i := range p.Artifacts {
			a := &p.Artifacts[i]
			of := a.GetWorkflowRun()
			if a.GetID() <= 0 || of.GetID() != run {
				return errors.New("the list holds an artifact of another run")
			}
			if a.GetName() != name {
				continue // a server that does not know how to ask by name
			}
			found := RunArtifact{
				ID: a.GetID(), RunID: of.GetID(), Name: a.GetName(), Size: a.GetSizeInBytes(),
				Expired: a.GetExpired(), CreatedAt: a.GetCreatedAt().Time,
			}
			if a.Digest != nil {
				found.Digest = *a.Digest
			}
			out = append(out, found)
		}
		return counted(*p.Total, len(p.Artifacts))
	})
	return out, err
}

// BranchPulls lists the pull requests into repo from a branch of owner's, open or not,
// that may have been open at since or later. owner has the head repository, which can
// be a fork.
func (c *Client) BranchPulls(ctx context.Context, repo Repository, owner, branch string, since time.Time) ([]BranchPull, error) {
	list, err := c.branchPulls(ctx, repo, owner, branch, since)
	if err != nil {
		return nil, fmt.Errorf("list the pull requests of %s from the branch %.80q: %w", repo, owner+":"+branch, err)
	}
	return list, nil
}

func (c *Client) branchPulls(ctx context.Context, repo Repository, owner, branch string, since time.Time) ([]BranchPull, error) {
	if !plainName(owner) || branch == "" {
		// With half a filter GitHub lists other pull requests, or all of them.
		return nil, errors.New("an owner and a branch are needed")
	}
	path, err := repoPath(repo, "/pulls")
	if err != nil {
		return nil, err
	}
	var out []BranchPull
	q := url.Values{
		"state": {"all"}, "head": {owner + ":" + branch}, "sort": {"updated"}, "direction": {"desc"}, "per_page": {strconv.Itoa(listPage)},
	}
	err = listPages(ctx, c, path, q, pullPages, func(list *[]*github.PullRequest) error {
		for _, p := range *list {
			if p.GetNumber() <= 0 || p.GetCreatedAt().IsZero() || p.GetUpdatedAt().IsZero() || p.GetHead().GetRef() != branch {
				return errors.New("the list holds something else")
			}
			// It was not touched since, so it was closed before or is open still.
			if p.GetUpdatedAt().Before(since) && p.GetState() == "closed" {
				continue
			}
			out = append(out, BranchPull{Number: int64(p.GetNumber()), OpenedAt: p.GetCreatedAt().Time, ClosedAt: p.GetClosedAt().Time})
		}
		return nil
	})
	return out, err
}
