package ghapi

import (
	"context"
	"crypto/sha1" //nolint:gosec // git's ids
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gitID is an object id that is easy to tell.
func gitID(s string) string {
	h := sha1.Sum([]byte(s)) //nolint:gosec // git's ids
	return hex.EncodeToString(h[:])
}

func blobID(text string) string {
	h := sha1.Sum([]byte("blob " + strconv.Itoa(len(text)) + "\x00" + text)) //nolint:gosec // git's ids
	return hex.EncodeToString(h[:])
}

func userThing(n int, login string) thing {
	return thing{"__typename": "User", "databaseId": n, "login": login}
}

var (
	ann, bob, cat = userThing(1, "ann"), userThing(2, "bob"), userThing(3, "cat")
	bot           = thing{"__typename": "Bot", "databaseId": 90, "login": "claude"}
	ops           = thing{"__typename": "Team", "combinedSlug": "acme/ops"}
)

func gitPerson(u thing) thing {
	p := thing{"name": "N " + u["login"].(string), "email": u["login"].(string) + "@example.com", "date": "2025-10-09T12:00:00+02:00", "user": u}
	if u["__typename"] != "User" {
		p["user"] = nil
	}
	return p
}

func commitOf(name string, by thing, parents ...thing) thing {
	ps := many{}
	for _, p := range parents {
		ps = append(ps, p)
	}
	return thing{
		"__typename": "Commit", "oid": gitID(name), "tree": thing{"oid": gitID("tree of " + name)}, "parents": ps,
		"author": gitPerson(by), "committer": gitPerson(by), "authors": many{gitPerson(by)}, "message": name + "\n", "signature": nil,
	}
}

func entryThing(text string) thing {
	return thing{"mode": 0o100644, "type": "blob", "object": thing{
		"__typename": "Blob", "oid": blobID(text), "byteSize": len(text), "isBinary": false, "isTruncated": false, "text": text,
	}}
}

// byName is a field that is asked for by one of its arguments.
func byName(argument string, m map[string]thing) func(map[string]any) any {
	return func(args map[string]any) any {
		if v, ok := m[fmt.Sprint(args[argument])]; ok {
			return v
		}
		return nil
	}
}

func clock(minute int) string {
	return time.Date(2025, 10, 9, 12, minute, 0, 0, time.UTC).Format(time.RFC3339)
}

func instantAt(minute int) time.Time { return time.Date(2025, 10, 9, 12, minute, 0, 0, time.UTC) }

// scenery is a small world, whose parts a test changes before it reads.
type scenery struct {
	*graph
	repo, pr, base, tip, org thing
	commits                  many
	query                    PullRequestQuery
}

func reviewThing(n int, by thing, state, commit string, minute int) thing {
	return thing{
		"fullDatabaseId": strconv.Itoa(n), "author": by, "state": state, "commit": thing{"oid": gitID(commit), "tree": thing{"oid": gitID("tree of " + commit)}},
		"body": "", "submittedAt": clock(minute), "lastEditedAt": nil,
	}
}

func requestThing(who thing) thing { return thing{"requestedReviewer": who} }

func eventThing(typ string, minute int, more thing) thing {
	e := thing{"__typename": typ, "createdAt": clock(minute), "actor": bob}
	for k, v := range more {
		e[k] = v
	}
	return e
}

func runThing(name string, app int, status string, conclusion any, minute int) thing {
	run := thing{
		"__typename": "CheckRun", "name": name, "status": status, "conclusion": conclusion, "startedAt": clock(minute), "completedAt": nil,
		"checkSuite": thing{"app": thing{"databaseId": app, "slug": fmt.Sprint("app-", app)}},
	}
	if conclusion != nil {
		run["completedAt"] = clock(minute + 10)
	}
	return run
}

func statusThing(name, state string, by thing, minute int) thing {
	return thing{"__typename": "StatusContext", "context": name, "state": state, "createdAt": clock(minute), "creator": by}
}

func threadThing(path string, line, minute int, by thing) thing {
	return thing{"isResolved": false, "isOutdated": false, "path": path, "line": line, "comments": many{thing{"createdAt": clock(minute), "author": by}}}
}

func newScenery(tb testing.TB) *scenery {
	s := &scenery{}
	root := commitOf("root", bob)
	s.base = commitOf("base", bob, root)
	s.base["file"] = byName("path", map[string]thing{".claw-verified.yml": entryThing("version: 1\n"), "CODEOWNERS": entryThing("* @acme/ops\n")})
	c1 := commitOf("c1", bot, s.base)
	c1["authors"] = many{gitPerson(bot), gitPerson(cat)}
	c1["signature"] = thing{"__typename": "SshSignature", "payload": "signed", "signature": "-----BEGIN SSH SIGNATURE-----"}
	s.tip = commitOf("c2", bob, c1)
	s.tip["checkSuites"] = many{thing{"createdAt": clock(3)}, thing{"createdAt": clock(2)}}
	s.tip["statusCheckRollup"] = thing{"contexts": many{
		runThing("scan", 7, "COMPLETED", "SUCCESS", 5), runThing("lint", 15368, "IN_PROGRESS", nil, 4),
		statusThing("lint", "FAILURE", cat, 6), statusThing("deploy", "EXPECTED", nil, 7),
	}}
	s.commits = many{thing{"commit": c1}, thing{"commit": s.tip}}
	s.pr = thing{
		"number": 5, "title": "Open the net", "body": "text", "state": "OPEN", "isDraft": false, "author": bot,
		"baseRefName": "main", "headRefName": "agent/net", "headRefOid": gitID("c2"), "headRepository": thing{"nameWithOwner": "acme/infra"},
		"updatedAt": clock(30), "additions": 10, "deletions": 3,
		"baseRef": thing{"target": s.base}, "commits": s.commits,
		"reviews":        many{reviewThing(12, ann, "APPROVED", "c2", 20), reviewThing(11, cat, "CHANGES_REQUESTED", "c1", 10), reviewThing(13, nil, "COMMENTED", "c2", 21)},
		"reviewThreads":  many{threadThing("b.tf", 2, 12, cat), threadThing("a.tf", 1, 11, nil)},
		"reviewRequests": many{requestThing(ann), requestThing(ops), requestThing(bot)},
		"timelineItems": many{
			eventThing("ReviewDismissedEvent", 15, thing{"previousReviewState": "CHANGES_REQUESTED", "review": thing{"fullDatabaseId": "11"}}),
			eventThing("HeadRefForcePushedEvent", 8, thing{"afterCommit": thing{"oid": gitID("c1")}}),
			eventThing("BaseRefChangedEvent", 7, nil),
			eventThing("AssignedEvent", 6, thing{"assignee": cat, "actor": nil}),
		},
		"labels": many{thing{"name": "risk"}, thing{"name": "net"}},
	}
	s.repo = thing{
		"databaseId": 1000, "nameWithOwner": "acme/infra", "owner": thing{"__typename": "Organization"},
		"defaultBranchRef": thing{"name": "main"},
		"pullRequest":      func(args map[string]any) any { return s.pr },
		"ref":              byName("qualifiedName", map[string]thing{"refs/notes/ai": {"target": thing{"__typename": "Commit", "oid": gitID("notes")}}}),
		"object":           byName("oid", map[string]thing{gitID("base"): s.base, gitID("c1"): c1, gitID("c2"): s.tip, gitID("root"): root}),
	}
	this := s.sibling(5, "OPEN", "c2", "main", bot)
	s.tip["associatedPullRequests"] = many{this, s.sibling(6, "OPEN", "c2", "release", cat), s.sibling(7, "OPEN", "c3", "main", cat)}
	s.repo["pullRequests"] = many{this, s.sibling(6, "OPEN", "c2", "release", cat), s.sibling(7, "OPEN", "c3", "main", cat)}
	s.org = thing{"nameWithOwner": "acme/.github", "defaultBranchRef": thing{"target": thing{
		"__typename": "Commit", "oid": gitID("org"), "file": byName("path", map[string]thing{"claw-verified.yml": entryThing("version: 1\n")}),
	}}}
	s.graph = &graph{tb: tb, root: thing{"rateLimit": thing{"cost": 1}, "repository": func(args map[string]any) any {
		if args["followRenames"] != false {
			tb.Error("a repository is asked for by a name that may lead elsewhere")
		}
		switch fmt.Sprint(args["owner"], "/", args["name"]) {
		case "acme/infra":
			return s.repo
		case "acme/.github":
			if s.org == nil {
				return nil
			}
			return s.org
		}
		return nil
	}}}
	s.query = PullRequestQuery{
		Repository: Repository{"acme", "infra"}, Number: 5, BaseFiles: []string{".claw-verified.yml", ".github/CODEOWNERS", "CODEOWNERS"},
		OrgFile: "claw-verified.yml", NoteRefs: []string{"refs/notes/ai", "refs/notes/commits"},
	}
	return s
}

func (s *scenery) sibling(n int, state, head, base string, by thing) thing {
	return thing{"number": n, "state": state, "headRefOid": gitID(head), "baseRefName": base, "baseRepository": thing{"databaseId": 1000}, "author": by}
}

func (s *scenery) read() *PullRequest {
	s.tb.Helper()
	pr, err := readPullRequest(context.Background(), s.graph, s.query)
	if err != nil {
		s.tb.Fatal(err)
	}
	return pr
}

// wantMissed insists on shortfalls of these things, and no others.
func wantMissed(tb testing.TB, got []Shortfall, what ...string) {
	tb.Helper()
	var have []string
	for _, m := range got {
		have = append(have, m.What)
		if m.What == "" || m.Why == "" || strings.ContainsAny(m.Why+m.What, "\n\x1b") {
			tb.Errorf("shortfall %+v", m)
		}
	}
	if d := cmp.Diff(what, have); d != "" {
		tb.Errorf("shortfalls (-want +got):\n%s%+v", d, got)
	}
}

func TestPullRequest(t *testing.T) {
	s := newScenery(t)
	pr := s.read()
	signature := func(login string) Signature {
		return Signature{"N " + login, login + "@example.com", "2025-10-09T12:00:00+02:00"}
	}
	annA, bobA, catA, botA := Actor{1, "ann", "User"}, Actor{2, "bob", "User"}, Actor{3, "cat", "User"}, Actor{90, "claude[bot]", "Bot"}
	base := Commit{ID: gitID("base"), Tree: gitID("tree of base"), Parents: []string{gitID("root")}, Author: signature("bob"), Committer: signature("bob"), Message: "base\n"}
	want := &PullRequest{
		Repository: RepositoryFacts{Repository: Repository{"acme", "infra"}, ID: 1000, OwnerType: "Organization", DefaultBranch: "main"},
		Number:     5, Title: "Open the net", Body: "text", State: "open", Author: botA, BaseBranch: "main", Base: base,
		HeadBranch: "agent/net", HeadRepo: "acme/infra", Head: gitID("c2"), UpdatedAt: instantAt(30),
		DeclaredCommits: 2, Additions: 10, Deletions: 3, Labels: []string{"net", "risk"},
		Commits: []Commit{
			{ID: gitID("c1"), Tree: gitID("tree of c1"), Parents: []string{gitID("base")}, Author: signature("claude"), Committer: signature("claude"), Message: "c1\n", Payload: "signed", Signature: "-----BEGIN SSH SIGNATURE-----", People: []Actor{catA}},
			{ID: gitID("c2"), Tree: gitID("tree of c2"), Parents: []string{gitID("c1")}, Author: signature("bob"), Committer: signature("bob"), Message: "c2\n", People: []Actor{bobA}},
		},
		Parents: []Commit{base},
		Reviews: []Review{
			{ID: 11, Author: catA, State: "CHANGES_REQUESTED", Commit: gitID("c1"), Tree: gitID("tree of c1"), SubmittedAt: instantAt(10)},
			{ID: 12, Author: annA, State: "APPROVED", Commit: gitID("c2"), Tree: gitID("tree of c2"), SubmittedAt: instantAt(20)},
			{ID: 13, State: "COMMENTED", Commit: gitID("c2"), Tree: gitID("tree of c2"), SubmittedAt: instantAt(21)},
		},
		Threads:  []Thread{{Path: "a.tf", Line: 1}, {Author: catA, Path: "b.tf", Line: 2}},
		Requests: []Actor{annA, botA},
		Events: []TimelineEvent{
			{Kind: TimelineAssigned, At: instantAt(6), Who: catA},
			{Kind: TimelineBaseChanged, Actor: bobA, At: instantAt(7)},
			{Kind: TimelineForcePushed, Actor: bobA, At: instantAt(8), After: gitID("c1")},
			{Kind: TimelineDismissed, Actor: bobA, At: instantAt(15), Review: 11, Previous: "CHANGES_REQUESTED"},
		},
		Siblings: []Sibling{{Number: 6, Base: "release", Author: catA}},
		Suites:   []time.Time{instantAt(2), instantAt(3)},
		Checks: []Check{
			{Name: "deploy", Status: "pending", At: instantAt(7)},
			{Name: "lint", Creator: catA, Status: "completed", Conclusion: "failure", At: instantAt(6)},
			{Name: "lint", AppID: 15368, App: "app-15368", Status: "in_progress", At: instantAt(4)},
			{Name: "scan", AppID: 7, App: "app-7", Status: "completed", Conclusion: "success", At: instantAt(15)},
		},
		Files: map[string]TextFile{".claw-verified.yml": {Blob: blobID("version: 1\n"), Size: 11, Text: "version: 1\n"}, "CODEOWNERS": {Blob: blobID("* @acme/ops\n"), Size: 12, Text: "* @acme/ops\n"}},
		Notes: map[string]string{"refs/notes/ai": gitID("notes")},
		Org:   &OrgFile{Repository: "acme/.github", Commit: gitID("org"), Path: "claw-verified.yml", File: TextFile{Blob: blobID("version: 1\n"), Size: 11, Text: "version: 1\n"}},
	}
	if d := cmp.Diff(want, pr); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(s.queries) != 1 || len(s.gets) != 0 {
		t.Errorf("%d queries and %d other calls, want one query", len(s.queries), len(s.gets))
	}
	t.Logf("the query has %d bytes and may ask for %d nodes", len(s.queries[0]), s.nodes)
}

func TestPullRequestThatIsNotThere(t *testing.T) {
	s := newScenery(t)
	s.pr = nil
	if _, err := readPullRequest(context.Background(), s.graph, s.query); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	for name, q := range map[string]PullRequestQuery{
		"no number":      {Repository: s.query.Repository},
		"a huge number":  {Repository: s.query.Repository, Number: 1 << 31},
		"no repository":  {Number: 1},
		"a path":         {Repository: Repository{"..", "infra"}, Number: 1},
		"too many files": {Repository: s.query.Repository, Number: 1, BaseFiles: make([]string, maxQueryFiles+1)},
	} {
		if _, err := readPullRequest(context.Background(), s.graph, q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
