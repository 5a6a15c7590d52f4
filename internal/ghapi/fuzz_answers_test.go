package ghapi

import (
	"context"
	"encoding/json"
	"net/url"
	"testing"
)

// canned answers everything with the same bytes.
type canned []byte

func (c canned) graphql(_ context.Context, _ string, _ map[string]any, out any) ([]GraphQLError, error) {
	data, errs, err := envelope(c)
	if err != nil || len(data) == 0 {
		return errs, ErrNotFound
	}
	return errs, decode(data, out)
}

func (c canned) get(_ context.Context, _ string, _ url.Values, out any) (response, error) {
	return response{}, decode(c, out)
}

// Whatever GitHub answers: no panic, an end, and nothing without its number, time or
// id that is not missed.
func FuzzAnswers(f *testing.F) {
	s := newScenery(f)
	seed := func(data any) {
		b, err := json.Marshal(map[string]any{"data": data})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	seed(answerOf(f, s))
	seed(put(answerOf(f, s), []string{"repository", "pullRequest", "reviews", "pageInfo", "hasNextPage"}, constant(true)))
	f.Add([]byte(`{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"x"}]}`))
	f.Add([]byte(`{"data":{"repository":{"c0":{"edges":[{"permission":"ADMIN","node":{"databaseId":1,"login":"ann"}}]},"visibility":"PRIVATE"},"u0":{"databaseId":1,"login":"ann"},"t0":{"login":"acme","team":{"slug":"ops","members":{"totalCount":1,"pageInfo":{},"nodes":[{"databaseId":1}]}}}}}`))
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, body []byte) {
		a := canned(body)
		if pr, err := readPullRequest(ctx, a, s.query); err == nil && len(pr.Missed) == 0 {
			for _, r := range pr.Reviews {
				if r.ID == 0 || r.SubmittedAt.IsZero() || len(r.Commit) < 40 || r.State == "" || (r.Author != Actor{} && r.Author.ID == 0) {
					t.Errorf("review %+v", r)
				}
			}
			for _, c := range pr.Commits {
				if len(c.ID) < 40 || len(c.Tree) < 40 {
					t.Errorf("commit %+v", c)
				}
			}
			if len(pr.Commits) != pr.DeclaredCommits || pr.Number != s.query.Number || len(pr.Head) < 40 {
				t.Errorf("%d of %d commits, number %d, head %q", len(pr.Commits), pr.DeclaredCommits, pr.Number, pr.Head)
			}
			for p, file := range pr.Files {
				if !file.Cut && int64(len(file.Text)) != file.Size {
					t.Errorf("%s: %+v", p, file)
				}
			}
		}
		q := PeopleQuery{Repository: s.query.Repository, Number: 5, Logins: []string{"ann"}, Teams: []string{"acme/ops"}, Suggest: true}
		if p, err := readPeople(ctx, a, q); err == nil {
			for id, word := range p.Permission {
				if id == 0 || word != "none" && !permissionWords[word] {
					t.Errorf("permission %d %q", id, word)
				}
			}
		}
		_, _ = readRange(ctx, a, RangeQuery{Repository: s.query.Repository, Base: gitID("base"), Head: gitID("c2")})
	})
}
