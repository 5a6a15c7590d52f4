package ghtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestEveryFieldOfTheFakeIsGitHubs(t *testing.T) {
	for typ, known := range resolvers() {
		def := graphqlSchema().Types[typ]
		if def == nil {
			t.Fatalf("GitHub has no type %s", typ)
		}
		for name := range known {
			if def.Fields.ForName(name) == nil {
				t.Errorf("GitHub has no %s.%s", typ, name)
			}
		}
	}
}

// leaves are the fields of a type that the fake knows and that have no selection.
func leaves(typ string, known fields) string {
	def := graphqlSchema().Types[typ]
	var out []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		f := def.Fields.ForName(name)
		if f == nil || !graphqlSchema().Types[f.Type.Name()].IsLeafType() {
			continue
		}
		if slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }) {
			continue
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

// TestEveryLeafOfEveryTypeIsAnswered asks for all of them at once; the shape of the
// answer is judged by the validator.
func TestEveryLeafOfEveryTypeIsAnswered(t *testing.T) {
	s, repo, p := story(t)
	w := s.World
	ann := w.User("ann")
	repo.Verified[p.Tip()] = true
	before := p.Tip()
	p.ForcePush(ann, repo.Commit(Commit{Branch: "other", Parents: []string{before}, Files: map[string]string{"z": "z"}}))
	p.Retarget(ann, "other")
	p.Retarget(ann, "main")
	for _, kind := range []string{"ReopenedEvent", "ClosedEvent", "UnassignedEvent", "ReviewRequestRemovedEvent", "ConvertToDraftEvent", "ReadyForReviewEvent", "BaseRefForcePushedEvent", "RenamedTitleEvent", "HeadRefDeletedEvent"} {
		p.Event(Event{Kind: kind, Actor: ann, User: ann, Before: before, After: p.Tip(), OldName: "a", NewName: "b"})
	}
	suite := repo.Suite(w.App("claw"), p.Tip())
	suite.Add(CheckRun{Name: "Claw", Conclusion: "success", Title: "t", Summary: "s"})
	repo.Statuses[p.Tip()] = append(repo.Statuses[p.Tip()], &Status{ID: w.ID(), State: "error", Context: "ci", At: w.Now, Creator: ann})
	repo.Refs["refs/tags/v1"] = repo.Put("tag", []byte("object "+p.Tip()+"\ntype commit\ntag v1\ntagger A <a@example.com> 1 +0000\n\nm\n"))

	l := func(typ string) string { return leaves(typ, resolvers()[typ]) }
	var events strings.Builder
	for _, d := range graphqlSchema().PossibleTypes["PullRequestTimelineItems"] {
		if strings.HasSuffix(d.Name, "Event") {
			// Fields of one name and two types cannot be asked for together.
			list := slices.DeleteFunc(strings.Fields(leaves(d.Name, eventFields())), func(f string) bool {
				return f == "stateReason" || f == "dismissalMessage" || f == "headRefName" || f == "databaseId"
			})
			events.WriteString(" ...on " + d.Name + "{" + strings.Join(list, " ") + "}")
		}
	}
	account := "__typename ...on User{" + l("User") + "}"
	query := `{repository(owner:"acme",name:"infra"){` + l("Repository") + `
		parent{name} refs(first:9,refPrefix:"refs/"){totalCount nodes{` + l("Ref") + ` associatedPullRequests(first:5){totalCount} target{__typename ...on Tag{` + l("Tag") + ` target{oid}}}}}
		object(expression:"agent/net"){...on Commit{` + l("Commit") + ` signature{` + leaves("GitSignature", signatureFields()) + `}
			author{` + l("GitActor") + `} history(first:9){totalCount nodes{oid}} tree{` + l("Tree") + ` entries{` + l("TreeEntry") + ` object{...on Blob{` + l("Blob") + `}}}}
			checkSuites(first:9){totalCount nodes{` + l("CheckSuite") + ` app{` + l("App") + `} commit{oid} branch{name} repository{name}
				checkRuns(first:9,filterBy:{checkType:ALL}){nodes{` + l("CheckRun") + ` checkSuite{id}}}}}
			statusCheckRollup{` + l("StatusCheckRollup") + ` contexts(first:9){totalCount nodes{...on StatusContext{` + l("StatusContext") + ` creator{login}}}}}}}
		pullRequest(number:1){` + l("PullRequest") + ` author{` + account + ` ...on Bot{` + l("Bot") + `}} headRef{name} headRepositoryOwner{login}
			files(first:9){nodes{path additions changeType}} assignees(first:9){nodes{login}} latestReviews(first:9){nodes{id}}
			reviews(first:9,author:"ann"){nodes{` + l("PullRequestReview") + ` author{` + account + `}}}
			reviewThreads(first:9){nodes{` + l("PullRequestReviewThread") + ` comments(first:9){nodes{` + l("PullRequestReviewComment") + `}}}}
			reviewRequests(first:9){nodes{` + l("ReviewRequest") + `}}
			timelineItems(first:100){totalCount pageCount filteredCount updatedAt nodes{__typename ...on PullRequestReview{id} ...on PullRequestCommit{` + l("PullRequestCommit") + `}` + events.String() + `}}
			statusCheckRollup{state}}}
		organization(login:"acme"){` + l("Organization") + ` teams(first:9){nodes{` + l("Team") + ` parentTeam{slug}}} membersWithRole(first:9){totalCount} repository(name:"infra"){name}}
		user(login:"ann"){id} node(id:"` + globalID("User", ann.ID) + `"){id} nodes(ids:["` + globalID("PullRequest", p.ID) + `"]){__typename id}}`
	got := ask(t, s, s.Token(nil), query, nil)
	if got["errors"] != nil {
		t.Fatalf("errors: %v", got["errors"])
	}
	if n := at(t, got, "data", "repository", "pullRequest", "timelineItems", "totalCount").(float64); n < 18 {
		t.Errorf("%v entries in the timeline", n)
	}
	if state := at(t, got, "data", "repository", "pullRequest", "statusCheckRollup", "state"); state != "FAILURE" {
		t.Errorf("rollup %v", state)
	}
}

func TestAnIDAbove32BitsIsNoDatabaseID(t *testing.T) {
	s, _, p := story(t)
	p.AddReview(Review{ID: 3_000_000_000, Author: s.World.User("ann"), State: "COMMENTED"})
	got := ask(t, s, s.Token(nil), `{repository(owner:"acme",name:"infra"){pullRequest(number:1){reviews(last:1){nodes{databaseId fullDatabaseId commit{oid}}}}}}`, nil)
	n := at(t, got, "data", "repository", "pullRequest", "reviews", "nodes", 0)
	if at(t, n, "databaseId") != nil || at(t, n, "fullDatabaseId") != "3000000000" || at(t, n, "commit") != nil || got["errors"] == nil {
		t.Errorf("%v", got)
	}
}
