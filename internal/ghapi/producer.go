package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// HeadRun is a run of a workflow at a head commit, with what tells which pull request
// it could have been started for. That itself GitHub does not say: the pull requests
// it lists beside a run are those that match now.
type HeadRun struct {
	WorkflowRun
	HeadBranch     string    // foreign text
	HeadRepository string    // owner/name; empty: it was deleted
	StartedAt      time.Time // of the newest attempt
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
	var out []HeadRun
	seen := map[int64]bool{}
	q := url.Values{"head_sha": {head}, "exclude_pull_requests": {"true"}, "per_page": {strconv.Itoa(listPage)}}
	for range runPages {
		var list struct {
			Total *int `json:"total_count"`
			Runs  []struct {
				github.WorkflowRun
				Path *string `json:"path"` // go-github does not know it yet
			} `json:"workflow_runs"`
		}
		r, err := c.get(ctx, path, q, &list)
		if err != nil {
			return nil, err
		}
		if list.Total == nil || list.Runs == nil {
			return nil, errors.New("the answer holds no list")
		}
		for i := range list.Runs {
			run := &list.Runs[i]
			switch {
			case run.GetID() <= 0 || run.GetHeadSHA() != head || run.Path == nil:
				return nil, errors.New("the list holds a run of another commit, or of no workflow")
			case seen[run.GetID()]:
				continue // it moved to a later page while they were read
			}
			seen[run.GetID()] = true
			out = append(out, HeadRun{
				WorkflowRun: WorkflowRun{
					ID: run.GetID(), Path: workflowPath(*run.Path), HeadSHA: run.GetHeadSHA(), Event: run.GetEvent(),
					RepositoryID: run.GetRepository().GetID(), HeadRepositoryID: run.GetHeadRepository().GetID(),
					Status: run.GetStatus(), Conclusion: run.GetConclusion(), RunAttempt: run.GetRunAttempt(), CreatedAt: run.GetCreatedAt().Time,
				},
				HeadBranch: run.GetHeadBranch(), HeadRepository: run.GetHeadRepository().GetFullName(), StartedAt: run.GetRunStartedAt().Time,
			})
		}
		if r.Next == "" {
			if len(out) != *list.Total {
				return nil, fmt.Errorf("GitHub counts %d and lists %d", *list.Total, len(out))
			}
			return out, nil
		}
		q.Set("page", r.Next)
	}
	return nil, ErrMore
}

// RunArtifact is an artifact of one run, which may have expired.
type RunArtifact struct {
	Artifact
	Expired bool
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
	var list struct {
		Total     *int `json:"total_count"`
		Artifacts []struct {
			github.Artifact
			Digest *string `json:"digest"` // go-github does not know it yet
		} `json:"artifacts"`
	}
	q := url.Values{"name": {name}, "per_page": {strconv.Itoa(listPage)}}
	r, err := c.get(ctx, path, q, &list)
	switch {
	case err != nil:
		return nil, err
	case list.Total == nil || list.Artifacts == nil:
		return nil, errors.New("the answer holds no list")
	case r.Next != "":
		return nil, ErrMore
	case len(list.Artifacts) != *list.Total:
		return nil, fmt.Errorf("GitHub counts %d and lists %d", *list.Total, len(list.Artifacts))
	}
	out := make([]RunArtifact, 0, len(list.Artifacts))
	for i := range list.Artifacts {
		a := &list.Artifacts[i]
		of := a.GetWorkflowRun()
		if a.GetID() <= 0 || of.GetID() != run {
			return nil, errors.New("the list holds an artifact of another run")
		}
		if a.GetName() != name {
			continue // a server that does not know how to ask by name
		}
		found := RunArtifact{Expired: a.GetExpired(), Artifact: Artifact{
			ID: a.GetID(), Name: a.GetName(), Size: a.GetSizeInBytes(), RunID: of.GetID(), RepositoryID: of.GetRepositoryID(),
			HeadRepositoryID: of.GetHeadRepositoryID(), HeadBranch: of.GetHeadBranch(), HeadSHA: of.GetHeadSHA(),
			CreatedAt: a.GetCreatedAt().Time, ExpiresAt: a.GetExpiresAt().Time,
		}}
		if a.Digest != nil {
			found.Digest = *a.Digest
		}
		out = append(out, found)
	}
	return out, nil
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
	for range pullPages {
		list := []*github.PullRequest{}
		r, err := c.get(ctx, path, q, &list)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.GetNumber() <= 0 || p.GetCreatedAt().IsZero() || p.GetUpdatedAt().IsZero() || p.GetHead().GetRef() != branch {
				return nil, errors.New("the list holds something else")
			}
			// It was not touched since, so it was closed before or is open still.
			if p.GetUpdatedAt().Before(since) && p.GetState() == "closed" {
				continue
			}
			out = append(out, BranchPull{Number: int64(p.GetNumber()), OpenedAt: p.GetCreatedAt().Time, ClosedAt: p.GetClosedAt().Time})
		}
		if r.Next == "" {
			return out, nil
		}
		q.Set("page", r.Next)
	}
	return nil, ErrMore
}
