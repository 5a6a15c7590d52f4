package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// labelled says why a tier applies by the labels it names. Anybody with triage access
// sets them, so a label can ask for people and never free from them; and labels that
// nobody read may be there. GitHub ignores case in them.
func (sc *scene) labelled(globs []string) []string {
	if len(globs) == 0 {
		return nil
	}
	if sc.s.Review.Source != "github" || sc.s.PullRequest == nil {
		return []string{"it names labels, and nobody read which ones there are"}
	}
	var hit []string
	for _, l := range sc.s.PullRequest.Labels {
		if slices.ContainsFunc(globs, func(g string) bool { return policy.MatchName(strings.ToLower(g), strings.ToLower(l)) }) {
			hit = append(hit, fmt.Sprintf("%q", l))
		}
	}
	if len(hit) == 0 {
		return nil
	}
	slices.Sort(hit)
	hit = slices.Compact(hit)
	const show = 5
	if len(hit) > show {
		hit = append(hit[:show], fmt.Sprintf("and %d more", len(hit)-show))
	}
	return []string{"labels that it names: " + strings.Join(hit, ", ")}
}

// large says why a tier applies by the size of the change. What nobody counted is as
// large as can be. Lines of binary files are counted by nobody: files are.
func (sc *scene) large(size *policy.ChangeSize) (why []string) {
	if size == nil {
		return nil
	}
	if size.Commits > 0 && (len(sc.s.Commits) >= size.Commits || len(sc.s.Commits) == 0) {
		why = append(why, "it has "+checks.Plural(len(sc.s.Commits), "commit", "commits"))
	}
	if size.Files > 0 && len(sc.s.Files) >= size.Files {
		why = append(why, "it changes "+checks.Plural(len(sc.s.Files), "file", "files"))
	}
	if size.Lines > 0 {
		switch pr := sc.s.PullRequest; {
		case pr == nil || pr.Lines == nil:
			why = append(why, "nobody counted its changed lines")
		case *pr.Lines >= size.Lines || *pr.Lines < 0:
			why = append(why, "it changes "+checks.Plural(*pr.Lines, "line", "lines"))
		}
	}
	if size.Commits <= 0 && size.Files <= 0 && size.Lines <= 0 {
		why = append(why, "it asks for a size without saying which")
	}
	return why
}
