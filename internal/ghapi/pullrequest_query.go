package ghapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// query is a GraphQL query that is being put together. Foreign text is a variable in
// it, never a part of its text.
type query struct {
	vars      map[string]any
	declared  []string
	body      strings.Builder
	fragments []string
}

func newQuery(repo Repository) *query {
	q := &query{vars: map[string]any{}}
	q.variable("owner", "String!", repo.Owner)
	q.variable("name", "String!", repo.Name)
	return q
}

// variable declares a variable and returns what stands for it in the text.
func (q *query) variable(name, typ string, value any) string {
	q.declared = append(q.declared, "$"+name+":"+typ)
	q.vars[name] = value
	return "$" + name
}

func (q *query) add(format string, args ...any) { fmt.Fprintf(&q.body, format, args...) }

// use adds the fragments that a selection needs, each once: one that is not used is
// an error in GraphQL.
func (q *query) use(names ...string) {
	for _, n := range names {
		if !slices.Contains(q.fragments, n) {
			q.fragments = append(q.fragments, n)
			q.use(fragments[n].needs...)
		}
	}
}

func (q *query) text() string {
	var b strings.Builder
	b.WriteString("query(" + strings.Join(q.declared, ",") + "){rateLimit{cost}" + q.body.String() + "}")
	for _, n := range q.fragments {
		b.WriteString("\nfragment " + n + " " + fragments[n].text)
	}
	return b.String()
}

// repository is the repository of a query. A name that somebody gave up leads to
// another repository, and is not followed.
const repository = "repository(owner:$owner,name:$name,followRenames:false)"

// fragments are the selections by name.
var fragments = map[string]struct {
	text  string
	needs []string
}{
	"account": {text: "on Actor{__typename login ...on User{databaseId} ...on Bot{databaseId} ...on Organization{databaseId}" +
		" ...on Mannequin{databaseId} ...on EnterpriseUserAccount{user{databaseId}}}"},
	"facts": {text: "on Repository{databaseId nameWithOwner owner{__typename} defaultBranchRef{name}}"},
	// raw is what a commit object is made of again.
	"raw": {text: "on Commit{oid tree{oid} parents(first:50){totalCount nodes{oid}} author{name email date}" +
		" committer{name email date} message signature{payload signature}}"},
	"linked": {text: "on Commit{author{user{databaseId login}} committer{user{databaseId login}}" +
		" authors(first:50){totalCount nodes{user{databaseId login}}}}"},
	"entry":  {text: "on TreeEntry{mode type object{...on Blob{oid byteSize isBinary isTruncated text}}}"},
	"review": {text: "on PullRequestReview{fullDatabaseId author{...account} state commit{oid tree{oid}} body submittedAt lastEditedAt}", needs: []string{"account"}},
	"thread": {text: "on PullRequestReviewThread{isResolved isOutdated path line comments(first:1){nodes{createdAt author{...account}}}}", needs: []string{"account"}},
	"event": {text: "on PullRequestTimelineItems{__typename" +
		" ...on ReviewDismissedEvent{createdAt actor{...account} previousReviewState review{fullDatabaseId}}" +
		" ...on HeadRefForcePushedEvent{createdAt actor{...account} afterCommit{oid}}" +
		" ...on BaseRefChangedEvent{createdAt actor{...account}}" +
		" ...on AutomaticBaseChangeSucceededEvent{createdAt actor{...account}}" +
		" ...on AssignedEvent{createdAt actor{...account} assignee{...account}}}", needs: []string{"account"}},
	"reviewer": {text: "on RequestedReviewer{...account ...on Team{__typename combinedSlug}}", needs: []string{"account"}},
	"check": {text: "on StatusCheckRollupContext{__typename" +
		" ...on CheckRun{name status conclusion startedAt completedAt checkSuite{app{databaseId slug}}}" +
		" ...on StatusContext{context state createdAt creator{...account}}}", needs: []string{"account"}},
	"sibling": {text: "on PullRequest{number state headRefOid baseRefName baseRepository{databaseId} author{...account}}", needs: []string{"account"}},
}

const (
	page     = "totalCount pageInfo{hasNextPage endCursor} "
	pageSize = 100 // what GitHub gives at most
)

// connections are the lists of a pull request that may have more than a page.
var connections = map[string]struct {
	field, args, filtered, fields string
	needs                         []string
}{
	"reviews": {field: "reviews", args: ",states:[APPROVED,CHANGES_REQUESTED,COMMENTED,DISMISSED]", fields: "...review", needs: []string{"review"}},
	"threads": {field: "reviewThreads", fields: "...thread", needs: []string{"thread"}},
	"events": {field: "timelineItems", args: ",itemTypes:[REVIEW_DISMISSED_EVENT," +
		"HEAD_REF_FORCE_PUSHED_EVENT,BASE_REF_CHANGED_EVENT,AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT,ASSIGNED_EVENT]", filtered: "filteredCount ", fields: "...event", needs: []string{"event"}},
	"requests": {field: "reviewRequests", fields: "requestedReviewer{...reviewer}", needs: []string{"reviewer"}},
	"labels":   {field: "labels", fields: "name"},
	"commits":  {field: "commits", fields: "commit{...raw ...linked}", needs: []string{"raw", "linked"}},
}

// list adds a page of a connection, the first one or that after a cursor.
func (q *query) list(name, after string) {
	l := connections[name]
	q.use(l.needs...)
	q.add(" %s(first:%d%s%s){%s%snodes{%s}}", l.field, pageSize, q.after(name, after), l.args, page, l.filtered, l.fields)
}

func (q *query) after(name, cursor string) string {
	if cursor == "" {
		return ""
	}
	return ",after:" + q.variable(name, "String!", cursor)
}

// tip adds the head commit's check suites, and the pull requests it belongs to.
func (q *query) tip(after string) {
	q.add(" tip:commits(last:1){nodes{commit{oid checkSuites(first:%d%s){%snodes{createdAt}}", pageSize, q.after("suites", after), page)
	if after == "" {
		q.use("sibling")
		q.add(" associatedPullRequests(first:50){totalCount pageInfo{hasNextPage} nodes{...sibling}}")
	}
	q.add("}}}")
}

// checked adds what others said of the head commit.
func (q *query) checked(after string) {
	q.use("check")
	q.add(" checked:commits(last:1){nodes{commit{oid statusCheckRollup{contexts(first:%d%s){%snodes{...check}}}}}}", pageSize, q.after("checks", after), page)
}

// open adds a page of the repository's open pull requests.
func (q *query) open(after string) {
	q.use("sibling")
	q.add(" pullRequests(states:OPEN,first:%d%s){%snodes{...sibling}}", pageSize, q.after("open", after), page)
}

// files adds files of a commit, and notes refs of the repository, under aliases.
func (q *query) files(paths []string) {
	for i, p := range paths {
		q.use("entry")
		q.add(" f%d:file(path:%s){...entry}", i, q.variable("f"+strconv.Itoa(i), "String!", p))
	}
}

func (q *query) notes(refs []string) {
	for i, ref := range refs {
		q.add(" n%d:ref(qualifiedName:%s){target{oid}}", i, q.variable("n"+strconv.Itoa(i), "String!", ref))
	}
}

// orgRepository holds what goes for all repositories of an owner.
const orgRepository = ".github"

func (q *query) org(path string) {
	if path == "" {
		return
	}
	q.use("entry")
	q.add(" org:repository(owner:$owner,name:%s,followRenames:false){nameWithOwner defaultBranchRef{target{oid ...on Commit{f0:file(path:%s){...entry}}}}}",
		q.variable("orgName", "String!", orgRepository), q.variable("orgFile", "String!", path))
}

// pullRequestQuery is the one query of [Client.PullRequest].
func pullRequestQuery(pq PullRequestQuery) *query {
	q := newQuery(pq.Repository)
	q.use("facts", "account", "raw")
	q.add("%s{...facts", repository)
	q.notes(pq.NoteRefs)
	q.add(" pullRequest(number:%s){number title body state isDraft author{...account} baseRefName headRefName headRefOid"+
		" headRepository{nameWithOwner} updatedAt additions deletions", q.variable("number", "Int!", pq.Number))
	q.add(" baseRef{target{__typename oid ...on Commit{...raw")
	q.files(pq.BaseFiles)
	q.add("}}}")
	for _, l := range []string{"commits", "reviews", "threads", "events", "requests", "labels"} {
		q.list(l, "")
	}
	// The parents of the first commit: as a rule the merge base is one.
	q.add(" first:commits(first:1){nodes{commit{parents(first:2){nodes{...raw}}}}}")
	q.tip("")
	q.checked("")
	q.add("}")
	q.open("")
	q.add("}")
	q.org(pq.OrgFile)
	return q
}
