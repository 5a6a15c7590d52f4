package ghapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// MaxEventBytes bounds an event file; GitHub caps webhook payloads at 25 MB.
const MaxEventBytes = 25 << 20

// Event is what a workflow run is about, as far as judging needs it.
type Event struct {
	Kind       checks.Kind
	Repository string // owner/name
	Base       string // full object id of what the change is to be merged into
	BaseRef    string // branch name; foreign text
	Default    string // the repository's default branch
	Head       string // full object id
	HeadRef    string // branch name; foreign text
	Number     int    // of the pull request; 0 otherwise
	Title      string // of the pull request; foreign text
	Body       string // its description; foreign text
	Author     *checks.AccountRef
	NewHead    bool      // the pull request was opened, or has a new head, by this event
	At         time.Time // when the pull request was changed last, by GitHub's clock
}

// MaxTextBytes bounds a title, a description and a branch name. GitHub takes 65,536
// characters of a description, each of at most four bytes. A longer one is no event
// of GitHub's, and is not cut: what is cut off would be hidden.
const MaxTextBytes = 4 * 65_536

// PullRequest is what the event says of the pull request, or nil when it is about
// something else.
func (e *Event) PullRequest() *checks.PullRequest {
	if e.Kind != checks.KindPullRequest {
		return nil
	}
	return &checks.PullRequest{Number: int64(e.Number), HeadBranch: e.HeadRef, Title: e.Title, Body: e.Body}
}

// ErrNoRange says that an event names no range of commits: the base and head
// must then be given.
var ErrNoRange = errors.New("the event names no range of commits")

// ReadEvent reads the event called name, as GITHUB_EVENT_NAME has it, from the
// content of the file that GITHUB_EVENT_PATH names.
func ReadEvent(name string, payload []byte) (Event, error) {
	if len(payload) > MaxEventBytes {
		return Event{}, fmt.Errorf("read event: %d bytes, at most %d are read", len(payload), MaxEventBytes)
	}
	if name == "pull_request_target" {
		name = "pull_request" // the same payload
	}
	if !json.Valid(payload) {
		return Event{}, errors.New("read event: the file is not JSON")
	}
	parsed, err := github.ParseWebHook(name, payload)
	if err != nil {
		return Event{}, fmt.Errorf("read event %.40q: %w", name, ErrNoRange)
	}
	var e Event
	switch p := parsed.(type) {
	case *github.PullRequestEvent:
		e = pullRequest(p.GetPullRequest(), p.GetRepo())
		e.NewHead = p.GetAction() == "opened" || p.GetAction() == "synchronize"
	case *github.PullRequestReviewEvent:
		e = pullRequest(p.GetPullRequest(), p.GetRepo())
	case *github.MergeGroupEvent:
		g := p.GetMergeGroup()
		e = Event{Kind: checks.KindMergeGroup, Repository: p.GetRepo().GetFullName(), Default: p.GetRepo().GetDefaultBranch(), Base: g.GetBaseSHA(), BaseRef: branch(g.GetBaseRef()), Head: g.GetHeadSHA(), HeadRef: branch(g.GetHeadRef())}
	case *github.PushEvent:
		if !strings.HasPrefix(p.GetRef(), "refs/") {
			// Other payloads have a before and an after as well, and no signature of a
			// webhook covers the name of its event.
			return Event{}, errors.New("read event: the push names no ref")
		}
		e = Event{Kind: checks.KindPush, Repository: p.GetRepo().GetFullName(), Default: p.GetRepo().GetDefaultBranch(), Base: p.GetBefore(), BaseRef: branch(p.GetRef()), Head: p.GetAfter(), HeadRef: branch(p.GetRef())}
		if strings.Trim(e.Base, "0") == "" {
			return Event{}, fmt.Errorf("read event: the push made a new branch: %w", ErrNoRange)
		}
		if strings.Trim(e.Head, "0") == "" {
			return Event{}, fmt.Errorf("read event: the push deleted the branch: %w", ErrNoRange)
		}
	default:
		return Event{}, fmt.Errorf("read event %.40q: %w", name, ErrNoRange)
	}
	for what, id := range map[string]string{"base": e.Base, "head": e.Head} {
		if !gitobject.IsFullID(id) {
			return Event{}, fmt.Errorf("read event %.40q: its %s commit %.80q is no full object id", name, what, id)
		}
	}
	for what, text := range map[string]string{"title": e.Title, "description": e.Body, "branch name": e.HeadRef} {
		if len(text) > MaxTextBytes {
			return Event{}, fmt.Errorf("read event %.40q: its %s has %d bytes, at most %d are read", name, what, len(text), MaxTextBytes)
		}
	}
	return e, nil
}

func pullRequest(pr *github.PullRequest, repo *github.Repository) Event {
	e := Event{
		Kind: checks.KindPullRequest, Repository: repo.GetFullName(), Default: repo.GetDefaultBranch(), Number: pr.GetNumber(),
		Base: pr.GetBase().GetSHA(), BaseRef: pr.GetBase().GetRef(), Head: pr.GetHead().GetSHA(), HeadRef: pr.GetHead().GetRef(),
		Title: pr.GetTitle(), Body: pr.GetBody(), Author: account(pr.GetUser()), At: pr.GetUpdatedAt().UTC(),
	}
	return e
}

func account(u *github.User) *checks.AccountRef {
	if u.GetID() == 0 {
		return nil
	}
	return &checks.AccountRef{ID: u.GetID(), Login: u.GetLogin()}
}

func branch(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }
