package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// ErrMore says that a list goes on after what was read of it.
var ErrMore = errors.New("the list goes on after what is read of it")

const (
	listPage      = 100
	artifactPages = 10 // the newest come first
)

// Artifact is what a workflow run left behind. Its name and content are whatever the
// run wrote; the ids and the head are GitHub's word about the run.
type Artifact struct {
	ID               int64
	Name             string
	Size             int64  // bytes, packed
	Digest           string // "sha256:…" of the zip file as GitHub took it; empty when it does not say
	RunID            int64
	RepositoryID     int64
	HeadRepositoryID int64
	HeadBranch       string
	HeadSHA          string
	CreatedAt        time.Time
	ExpiresAt        time.Time
}

// WorkflowRun is a run of a workflow.
type WorkflowRun struct {
	ID               int64
	Path             string // of the workflow's file: ".github/workflows/plan.yml"
	HeadSHA          string
	Event            string
	RepositoryID     int64
	HeadRepositoryID int64 // 0: it was deleted
	Status           string
	Conclusion       string // empty while it runs
	RunAttempt       int
	CreatedAt        time.Time
}

// Artifacts lists the artifacts of this name that runs for this head made and that
// have not expired, the newest first. Who may run a workflow chooses the name, so
// several runs can have made one. GitHub cannot list by head: at most 1,000 of this
// name are looked at, and when there are more, [ErrMore] comes beside what was found.
func (c *Client) Artifacts(ctx context.Context, repo Repository, head, name string) ([]Artifact, error) {
	var out []Artifact
	err := c.artifacts(ctx, repo, head, name, &out)
	slices.SortFunc(out, func(a, b Artifact) int {
		if d := b.CreatedAt.Compare(a.CreatedAt); d != 0 {
			return d
		}
		return int(b.ID - a.ID)
	})
	out = slices.CompactFunc(out, func(a, b Artifact) bool { return a.ID == b.ID }) // pages shift while they are read
	if err != nil {
		return out, fmt.Errorf("list the artifacts %.80q of %s: %w", name, repo, err)
	}
	return out, nil
}

func (c *Client) artifacts(ctx context.Context, repo Repository, head, name string, out *[]Artifact) error {
	if !gitobject.IsFullID(head) || name == "" {
		return errors.New("a full commit id and a name are needed")
	}
	path, err := repoPath(repo, "/actions/artifacts")
	if err != nil {
		return err
	}
	q := url.Values{"name": {name}, "per_page": {strconv.Itoa(listPage)}}
	for range artifactPages {
		var list struct {
			TotalCount *int64 `json:"total_count"`
			Artifacts  []struct {
				github.Artifact
				Digest *string `json:"digest"` // go-github does not know it yet
			} `json:"artifacts"`
		}
		r, err := c.get(ctx, path, q, &list)
		if err != nil {
			return err
		}
		if list.TotalCount == nil || list.Artifacts == nil {
			return errors.New("the answer holds no list")
		}
		for _, a := range list.Artifacts {
			run := a.GetWorkflowRun()
			if a.GetID() == 0 || a.GetName() != name || a.GetExpired() || run.GetHeadSHA() != head {
				continue
			}
			found := Artifact{
				ID: a.GetID(), Name: a.GetName(), Size: a.GetSizeInBytes(), RunID: run.GetID(), RepositoryID: run.GetRepositoryID(),
				HeadRepositoryID: run.GetHeadRepositoryID(), HeadBranch: run.GetHeadBranch(), HeadSHA: run.GetHeadSHA(),
				CreatedAt: a.GetCreatedAt().Time, ExpiresAt: a.GetExpiresAt().Time,
			}
			if a.Digest != nil {
				found.Digest = *a.Digest
			}
			*out = append(*out, found)
		}
		if r.Next == "" {
			return nil
		}
		q.Set("page", r.Next)
	}
	return ErrMore
}

// WorkflowRun reads one run.
func (c *Client) WorkflowRun(ctx context.Context, repo Repository, id int64) (WorkflowRun, error) {
	path, err := repoPath(repo, "/actions/runs/"+strconv.FormatInt(id, 10))
	if err != nil {
		return WorkflowRun{}, err
	}
	var run struct {
		github.WorkflowRun
		Path *string `json:"path"` // go-github does not know it yet
	}
	if _, err := c.get(ctx, path, nil, &run); err != nil {
		return WorkflowRun{}, fmt.Errorf("read workflow run %d of %s: %w", id, repo, err)
	}
	if run.GetID() != id || run.Path == nil || !gitobject.IsFullID(run.GetHeadSHA()) {
		return WorkflowRun{}, fmt.Errorf("read workflow run %d of %s: the answer is about no such run", id, repo)
	}
	return WorkflowRun{
		ID: id, Path: workflowPath(*run.Path), HeadSHA: run.GetHeadSHA(), Event: run.GetEvent(),
		RepositoryID: run.GetRepository().GetID(), HeadRepositoryID: run.GetHeadRepository().GetID(),
		Status: run.GetStatus(), Conclusion: run.GetConclusion(), RunAttempt: run.GetRunAttempt(), CreatedAt: run.GetCreatedAt().Time,
	}, nil
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

// DownloadArtifact reads the zip file of an artifact, of at most limit bytes. What is
// in it is for the caller to bound again.
func (c *Client) DownloadArtifact(ctx context.Context, repo Repository, id, limit int64) ([]byte, error) {
	path, err := repoPath(repo, "/actions/artifacts/"+strconv.FormatInt(id, 10)+"/zip")
	if err != nil {
		return nil, err
	}
	zip, err := c.download(ctx, path, limit)
	if err != nil {
		return nil, fmt.Errorf("download artifact %d of %s: %w", id, repo, err)
	}
	return zip, nil
}
