package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

func (sc *scene) gateFiles(tiers []*tier) []checks.Finding {
	if len(sc.gate) == 0 {
		return nil
	}
	f := ruleGateFiles.New(checks.Subject{Kind: checks.SubjectPath, Name: sc.gate[0].String(), Path: sc.gate[0]},
		fmt.Sprintf("%s: %s. Who must agree: %s.", checks.Plural(len(sc.gate), "gate file changes", "gate files change"), fewPaths(sc.gate), askedOf(tiers)))
	return []checks.Finding{f}
}

func (sc *scene) unattributedFinding() []checks.Finding {
	if len(sc.unattributed) == 0 {
		return nil
	}
	why := sc.unattributed
	const show = 3
	more := ""
	if len(why) > show {
		more = fmt.Sprintf("; and %d more", len(why)-show)
		why = why[:show]
	}
	return []checks.Finding{ruleUnattributed.New(checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit},
		"Nobody can be named who commissioned the change: "+strings.Join(why, "; ")+more+".")}
}

func uncovered(tiers []*tier) []checks.Finding {
	var out []checks.Finding
	for _, t := range tiers {
		if t.made {
			out = append(out, ruleNoTier.New(checks.Subject{Kind: checks.SubjectPolicy, Name: t.id},
				"No tier that applies names what is asked for: "+strings.Join(t.why, "; ")+". One approval is asked for."))
		}
	}
	return out
}

// approvals tells of every account that gave a verdict whether it counts. One
// that counts in some tiers only says in which it does not, and why.
func (sc *scene) approvals(tables []*table) []checks.Approval {
	out := make([]checks.Approval, 0, len(sc.newest))
	for i := range sc.newest {
		u := &sc.newest[i]
		a := checks.Approval{Account: u.Account, Login: sc.login(u.Account), State: u.State}
		if len(tables) == 0 { // nobody asked: tell it as the plainest tier would
			a.Reason = sc.drop(u, &tier{})
			a.Counts = a.Reason == ""
		}
		var not, reasons []string
		for _, tb := range tables {
			why := tb.counts[u.Account]
			a.Counts = a.Counts || why == ""
			if why != "" {
				not = append(not, "tier "+tb.tier.id+": "+why)
				if !slices.Contains(reasons, why) {
					reasons = append(reasons, why)
				}
			}
		}
		switch {
		case len(tables) == 0:
		case a.Counts && len(not) > 0:
			a.Reason = "not everywhere: " + strings.Join(not, "; ")
		case a.Counts:
			a.Reason = ""
		case len(reasons) == 1:
			a.Reason = reasons[0]
		default:
			a.Reason = strings.Join(not, "; ")
		}
		if a.Counts {
			a.Carried = sc.carried(u)
		}
		out = append(out, a)
	}
	return out
}

// summary is the answer in a sentence or two.
func (sc *scene) summary(tables []*table, vetoes []checks.Finding) string {
	var parts []string
	var against []string
	for i := range vetoes {
		if vetoes[i].Rule == ruleVeto.ID {
			against = append(against, vetoes[i].Subject.Name)
		}
	}
	if len(against) > 0 {
		parts = append(parts, fmt.Sprintf("Objections stand: %s.", list(against, "and")))
	}
	parts = append(parts, sc.inTheWay()...)
	open := 0
	for _, tb := range tables {
		if tb.open() {
			open++
		}
	}
	switch {
	case len(tables) == 0:
		parts = append(parts, "No tier of the policy applies, so nobody's approval is asked for.")
	case open == 0 && slices.ContainsFunc(tables, (*table).ownersUnknown):
		parts = append(parts, "Who owns the files that change is not known.")
	case open == 0:
		var names []string
		for i := range sc.newest {
			for _, tb := range tables {
				if tb.counts[sc.newest[i].Account] == "" {
					names = append(names, sc.login(sc.newest[i].Account))
					break
				}
			}
		}
		parts = append(parts, fmt.Sprintf("Everybody needed has agreed: %s.", list(names, "and")))
	}
	for _, tb := range tables {
		if !tb.open() {
			continue
		}
		prefix := ""
		if len(tables) > 1 {
			prefix = "Tier " + tb.tier.id + ": "
		}
		parts = append(parts, prefix+sc.waitingWords(tb))
	}
	return strings.Join(parts, " ")
}

// inTheWay tells of what no approval settles.
func (sc *scene) inTheWay() (parts []string) {
	talks, _ := sc.conversations()
	if n := len(talks); n > maxConversations {
		parts = append(parts, fmt.Sprintf("%d conversations are not resolved.", len(sc.s.Review.Conversations.Open)))
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("%s not resolved.", checks.Plural(n, "conversation is", "conversations are")))
	}
	others, _ := sc.otherChecks()
	parts = append(parts, othersInTheWay(others)...)
	var same []string
	for _, f := range sc.siblings() {
		if f.Rule == ruleSibling.ID {
			same = append(same, strings.TrimPrefix(f.Subject.Note, "pull request "))
		}
	}
	if len(same) > 0 {
		parts = append(parts, fmt.Sprintf("The same head is offered again in %s.", list(same, "and")))
	}
	return parts
}

func (sc *scene) waitingWords(tb *table) string {
	var wait []string
	for _, seat := range tb.waiting(sc) {
		count := "one more"
		if seat.Missing > 1 {
			count = fmt.Sprintf("%d more", seat.Missing)
		}
		wait = append(wait, fmt.Sprintf("%s from %s (%s)", count, seat.From, few(seat.Could)))
	}
	words := fmt.Sprintf("%d of %s; waiting for %s.", tb.have(), checks.Plural(tb.want(), "approval", "approvals"), strings.Join(wait, ", and "))
	if line := sc.askedLine(tb.tier); line != "" && len(wait) > 0 {
		words += fmt.Sprintf(" An approval has to begin with the line %q.", line)
	}
	return words
}

func few(logins []string) string {
	const show = 5
	switch {
	case len(logins) == 0:
		return "nobody known could give it"
	case len(logins) > show:
		return either(append(slices.Clone(logins[:show]), fmt.Sprintf("%d others", len(logins)-show)))
	}
	return either(logins)
}

// checked lists what was looked at.
func (sc *scene) checked(tiers []*tier) []string {
	rv := &sc.s.Review
	out := []string{"No reviews were given: --reviews FILE gives them, or --pull-request asks GitHub."}
	if why := sc.notAsked(); why != "" {
		out[0] = why
	} else if rv.Source != "none" {
		out[0] = fmt.Sprintf("%s and %s; of each account the newest verdict counts.",
			checks.Plural(len(rv.Reviews), "review", "reviews"), checks.Plural(len(rv.Accounts), "account", "accounts"))
	}
	if n := len(sc.p.Review.Checks); n > 0 {
		out = append(out, checks.Plural(n, "check", "checks")+" of others that the policy names, each by its name, by who gives it and at this head.")
	}
	for _, t := range tiers {
		out = append(out, fmt.Sprintf("Tier %s applies: %s.", t.id, strings.Join(t.why, "; ")))
	}
	var ids []int64
	for id := range sc.accounts {
		ids = append(ids, id)
	}
	for _, id := range sortedIDs(ids) {
		if why := sc.humans.excluded(id); why != "" && sc.isHuman(id) {
			out = append(out, fmt.Sprintf("%s cannot approve: %s.", sc.login(id), why))
		}
	}
	return out
}
