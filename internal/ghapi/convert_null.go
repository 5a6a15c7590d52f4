package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// asker is what the readings need of a [Client].
type asker interface {
	graphql(ctx context.Context, query string, variables map[string]any, out any) ([]GraphQLError, error)
	get(ctx context.Context, path string, query url.Values, out any) (response, error)
}

// query runs one query and returns its data. Every null that the answer holds, and
// every error beside it, is a shortfall, but for those which have a meaning of their
// own. It is done here, over the answer as it came, and not member by member: what a
// member forgot would be silent.
func (r *reading) query(ctx context.Context, q *query) (map[string]json.RawMessage, error) {
	var raw json.RawMessage
	errs, err := r.ask.graphql(ctx, q.text(), q.vars, &raw)
	if err != nil {
		return nil, err
	}
	r.errs = errs
	refused := map[string]bool{}
	for _, e := range errs {
		r.refusal(e, refused)
	}
	if len(errs) >= maxErrors {
		r.miss(area(nil), "there are %d errors beside it, or more", len(errs))
	}
	if err := nulls(raw, func(path []string) { r.null(path, refused) }); err != nil {
		return nil, fmt.Errorf("decode the answer: %w", err)
	}
	data, err := parts(raw)
	if err == nil && data == nil {
		err = errors.New("the answer holds no data")
	}
	return data, err
}

// said is what GitHub says of an error, on one line.
func said(e GraphQLError) string {
	if e.Type == "" {
		return fmt.Sprintf("%.160q", e.Message)
	}
	return fmt.Sprintf("%.40s: %.160q", plain(e.Type), e.Message)
}

// plain is a word of GitHub's own, and nothing else.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, s)
}

// refusal turns an error into a shortfall, or remembers it for those who can do
// without.
func (r *reading) refusal(e GraphQLError, refused map[string]bool) {
	path := make([]string, 0, len(e.Path))
	for _, p := range e.Path {
		path = append(path, fmt.Sprint(p))
	}
	p := normal(path)
	refused[strings.Join(p, ".")] = true
	if kept(p, e.Type) {
		return
	}
	r.miss(area(p), "GitHub answers %s", said(e))
}

// kept reports whether somebody else looks after an error at this place.
func kept(path []string, typ string) bool {
	gone := typ == "NOT_FOUND"
	hidden := gone || typ == "FORBIDDEN" || typ == "INSUFFICIENT_SCOPES"
	for i, p := range path {
		switch p {
		case "associatedPullRequests", "suggest":
			return i == len(path)-1 // they are looked for in another way, or no evidence
		case "requestedReviewer":
			// A team that this credential may not see. Users are never hidden. Who is asked is
			// then read in another way.
			return hidden && i > 0 && path[i-1] == "reviewRequests"
		case "org", "u#":
			return gone && i == len(path)-1 // there is none
		case "c#":
			return i > 0 && path[i-1] == "repository" && i == len(path)-1 && hidden // asked in another way
		case "t#":
			return hidden // who asked names the team
		case "rateLimit":
			return true
		}
	}
	return false
}

// refusedAt reports whether the newest answer has an error for a member of its own.
func (r *reading) refusedAt(name string) bool {
	return slices.ContainsFunc(r.errs, func(e GraphQLError) bool { return len(e.Path) > 0 && e.Path[0] == name })
}

// nulls calls f with the place of every null in a document.
func nulls(raw []byte, f func(path []string)) error {
	// Foreign text may hold what is no UTF-8 when it is decoded; that is no reason to
	// read nothing.
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowInvalidUTF8(true))
	for {
		t, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.Kind() != 'n' {
			continue
		}
		var path []string
		for p := range dec.StackPointer().Tokens() {
			path = append(path, p)
		}
		f(path)
	}
}

// null judges a null that came in an answer.
func (r *reading) null(path []string, refused map[string]bool) {
	p := normal(path)
	if len(p) == 0 || nullable(p) || refused[strings.Join(p, ".")] {
		return // where the whole answer is null, query says so
	}
	what := area(p)
	if r.areas == nil {
		r.areas = map[string]bool{}
	}
	if r.areas[what] { // the first of an area is enough: there may be thousands
		return
	}
	r.areas[what] = true
	r.miss(what, "%s is null in GitHub's answer", last(p))
}

func last(p []string) string { return p[len(p)-1] }

// normal leaves the indexes out of a path, and the names that only hold lists
// together. An alias with a number becomes its letter and "#".
func normal(path []string) []string {
	var out []string
	for i, p := range path {
		if _, err := strconv.Atoi(p); err == nil {
			if i == len(path)-1 {
				out = append(out, "entry")
			}
			continue
		}
		if (p == "nodes" || p == "edges" || p == "node") && i != len(path)-1 {
			continue
		}
		if n := strings.TrimRight(p, "0123456789"); len(n) == 1 && n != p {
			p = n + "#"
		}
		out = append(out, p)
	}
	return out
}

// What may be null, by the last part of its place, or the last two.
var (
	nullableLast = words(
		"actor user signature line lastEditedAt headRepository endCursor rateLimit " +
			// A commit that a force push left behind is forgotten one day.
			"afterCommit " +
			// Of a binary, and of what is no file; the text is proved by its hash.
			"isBinary text " +
			// Deleted accounts; and teams that this credential may not see.
			"assignee requestedReviewer " +
			// There is no such file, ref, team, account, repository. Who needs one says so.
			"f# n# g# t# u# c# org suggest team members " +
			// Nobody said anything of the commit.
			"statusCheckRollup " +
			// They are looked for in another way, or seen to be missing.
			"associatedPullRequests")
	nullableTwo = words(
		"reviews.commit pullRequest.author reviews.author comments.author associatedPullRequests.author pullRequests.author " +
			// A run that has not begun, or not ended.
			"contexts.conclusion contexts.startedAt contexts.completedAt contexts.creator " +
			// What git has for an empty name is for the hash of the commit to show.
			"author.name author.email committer.name committer.email " +
			"associatedPullRequests.entry associatedPullRequests.nodes associatedPullRequests.baseRepository repository.pullRequest org.defaultBranchRef")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

func nullable(p []string) bool {
	return nullableLast[last(p)] || len(p) > 1 && nullableTwo[p[len(p)-2]+"."+last(p)]
}

// areas names what a place belongs to, for people.
var areas = map[string]string{
	"repository": "the repository", "pullRequest": "the pull request", "baseRef": "the base branch",
	"reviews": "the reviews", "reviewThreads": "the review threads", "reviewRequests": "the review requests",
	"timelineItems": "the timeline", "labels": "the labels", "commits": "the commits", "first": "the commits",
	"tip": "the head commit", "checkSuites": "the check suites", "checked": MissedChecks,
	"associatedPullRequests": "the other pull requests of the head", "pullRequests": "the other pull requests of the head",
	"org": "the organisation's file", "f#": "a file at the base", "n#": "a ref of notes", "g#": "the commits",
	"base": "the base commit", "head": "the head commit", "t#": "the members of a team",
	"c#": "the permission of an account", "u#": "an account", "suggest": "the collaborators",
}

func area(path []string) string {
	what := "GitHub's answer"
	for _, p := range path {
		if w, ok := areas[p]; ok {
			what = w
		}
	}
	return what
}
