package identity

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// claims reads what the commit says of itself.
func (st *student) claims(r *Contribution, g *gitobject.Commit) {
	st.named(r, "author", g.Author.Name, g.Author.Email)
	st.named(r, "committer", g.Committer.Name, g.Committer.Email)
	for _, t := range g.Trailers() {
		if isCoAuthorKey(t.Key) {
			if name, email, ok := gitobject.CoAuthor(t.Value); ok {
				st.named(r, "co-author", name, email)
			}
		}
		for i := range st.p.Agents {
			if matchesTrailer(st.p.Agents[i].Trailers, t) {
				r.Agents = append(r.Agents, st.p.Agents[i].ID)
				r.Markers = append(r.Markers, fmt.Sprintf("trailer %s names agent %s", t.Key, st.p.Agents[i].ID))
			}
		}
		if m := st.marks.byTrailer(t); m != "" {
			r.Markers = append(r.Markers, fmt.Sprintf("trailer %s is a mark of %s", t.Key, m))
		}
	}
	for _, m := range st.marks.byText(g.Message) {
		r.Markers = append(r.Markers, "a line of its message is a mark of "+m)
	}
	r.Markers = append(r.Markers, st.change...)
	r.Agents = append(r.Agents, st.changeAgents...)
	r.Markers = sorted(r.Markers)
}

// named takes in one person or program that the commit names.
func (st *student) named(r *Contribution, role, name, email string) {
	email = gitobject.FoldEmail(email)
	if id := agentByEmail(st.p, email); id != "" {
		r.Agents = append(r.Agents, id)
		r.Markers = append(r.Markers, fmt.Sprintf("its %s is agent %s", role, id))
		return
	}
	tool := st.marks.byEmail(email)
	if tool != "" {
		r.Markers = append(r.Markers, fmt.Sprintf("its %s has the address of %s", role, tool))
	}
	if m := st.marks.byName(name); m != "" {
		r.Markers = append(r.Markers, fmt.Sprintf("its %s's name carries the mark of %s", role, m))
	}
	if m := st.marks.automationByEmail(email); m != "" {
		r.Automation = sorted(append(r.Automation, m))
	}
	if people := peopleByEmail(st.p, email); len(people) > 0 {
		r.People = append(r.People, people...)
	} else if tool == "" && st.marks.off.byEmail(email) == "" {
		// An agent's service address is nobody who could come back as a reviewer.
		r.Unknown = append(r.Unknown, email)
	}
}

// ofChange lists what marks the pull request as a whole: who opened it, what its
// description says, how its branch is called. Each commit in it counts as
// agent-made then. agents are those of the policy among them.
func (m *marks) ofChange(s *checks.Snapshot, p *policy.Policy) (out, agents []string) {
	if a := s.Review.Author; a != nil {
		account := checks.Account{ID: a.ID, Login: a.Login}
		for _, known := range s.Review.Accounts {
			if known.ID == a.ID {
				account.AppID = max(account.AppID, known.AppID)
			}
		}
		for i := range p.Agents {
			if HasAccount(&p.Agents[i], account) {
				agents = append(agents, p.Agents[i].ID)
				out = append(out, "the pull request was opened by agent "+p.Agents[i].ID)
			}
		}
		if tool := m.byLogin(a.Login); tool != "" {
			out = append(out, "the pull request was opened by the account of "+tool)
		}
	}
	if pr := s.PullRequest; pr != nil {
		for _, tool := range m.byText(pr.Title + "\n" + pr.Body) {
			out = append(out, "a line of the pull request's description is a mark of "+tool)
		}
		if tool := m.byBranch(pr.HeadBranch); tool != "" {
			out = append(out, "the pull request's branch is called as those of "+tool+" are")
		}
	}
	return sorted(out), agents
}

func isCoAuthorKey(k string) bool {
	return strings.EqualFold(k, "Co-authored-by") || strings.EqualFold(k, "On-behalf-of")
}

// matchesTrailer compares a trailer with the policy's patterns: "Key" alone, or
// "Key: glob" over the value. Case never matters: a marker only adds demands.
func matchesTrailer(patterns []string, t gitobject.Trailer) bool {
	for _, pat := range patterns {
		key, glob, hasValue := strings.Cut(pat, ":")
		if !strings.EqualFold(strings.TrimSpace(key), t.Key) {
			continue
		}
		if !hasValue {
			return true
		}
		// "/" is no separator in a trailer value.
		flat := strings.NewReplacer("/", "\x01")
		ok, err := doublestar.Match(flat.Replace(strings.ToLower(strings.TrimSpace(glob))), flat.Replace(strings.ToLower(t.Value)))
		if ok || err != nil {
			return true
		}
	}
	return false
}
