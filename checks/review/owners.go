package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/codeowners"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

var ruleCodeownersInvalid = checks.Rule{
	ID: "review.codeowners-invalid", Title: "CODEOWNERS with lines that say nothing", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
	Why:    "GitHub skips such a line without a word where anybody would see it. Its paths then belong to an earlier line, or to nobody.",
	Remedy: "Mend the lines. GitHub shows them when CODEOWNERS is opened on its site.",
	Detail: "Looked at when a tier that applies has codeowners: true. A line is invalid when its pattern uses what CODEOWNERS does not have (\"!\", \"[ ]\", \"\\#\"), can match nothing (\"/\"), or is read by GitHub in a way nobody documents (a \"#\" in it), when an owner is no @login, @organisation/team or e-mail address, and when there is no owner and the pattern has an \"@\" in it or a space that is not a plain one: a space is missing there, and GitHub takes the ownership of what it matches away. Which of the changed paths the line was meant for is not guessed.",
}

// owned is a set of owners and the changed paths that are theirs.
type owned struct {
	owners []codeowners.Owner
	paths  []checks.Path
}

// owners asks, in every tier with codeowners: true, for the approval of an owner of each
// changed path that has owners. The seats that are open end in the tables.
//
// Whoever's approval is good in the tier is good here, whichever of the tier's own seats
// they could take: owning a path is another thing than being asked for by the policy.
// What nobody could ever approve stays open. GitHub asks nobody then, which is how an
// empty team, or an owner who lost write access, opens the gate.
func (sc *scene) owners(tables []*table) (findings []checks.Finding, gaps []checks.Gap, checked []string) {
	var asking []string
	for _, tb := range tables {
		if tb.tier.owners {
			asking = append(asking, tb.tier.id)
		}
	}
	if len(asking) == 0 {
		return nil, nil, nil
	}
	file, problems, gap := sc.codeowners(list(asking, "and"))
	if gap != nil {
		for _, tb := range tables {
			tb.unknown = tb.tier.owners
		}
		return nil, []checks.Gap{*gap}, nil
	}
	sets, paths := sc.owned(file)
	for _, tb := range tables {
		if !tb.tier.owners {
			continue
		}
		good := sc.good(tb.tier)
		for i := range sets {
			if !sc.ownerAgreed(tb, good, sets[i].owners) {
				tb.owners = append(tb.owners, sc.ownerSeat(tb, &sets[i]))
			}
		}
	}
	at := sc.s.Codeowners
	checked = []string{fmt.Sprintf("%s at the base (%s): %d of %s owners.", at.Path, short(at.Commit), paths, checks.Plural(len(sc.s.Files), "changed path has", "changed paths have"))}
	return invalidLines(at.Path, problems), nil, checked
}

// codeowners reads the CODEOWNERS of the base. A file that is not there, or that nobody
// could use, is no file in which nobody owns anything.
func (sc *scene) codeowners(tiers string) (*codeowners.File, []codeowners.Problem, *checks.Gap) {
	gap := func(kind checks.GapKind, remedy, format string, args ...any) (*codeowners.File, []codeowners.Problem, *checks.Gap) {
		return nil, nil, &checks.Gap{
			Question: checks.QuestionReview, Kind: kind, Remedy: remedy,
			Message: fmt.Sprintf("Code owners are asked for (tier %s), and %s.", tiers, fmt.Sprintf(format, args...)),
		}
	}
	const smaller = "Make it smaller, with patterns in place of single paths."
	f := sc.s.Codeowners
	switch {
	case f == nil && sc.s.Review.Source == "github":
		return gap(checks.GapConfiguration, "Add .github/CODEOWNERS to the base, or take codeowners: true out of the tier.", "there is no CODEOWNERS at the base")
	case f == nil:
		return gap(checks.GapEvidence, "Judge the change with what GitHub knows of it.", "no CODEOWNERS of the base was given")
	case f.Size > codeowners.MaxBytes:
		return gap(checks.GapConfiguration, smaller, "%s is too large: above 3 MB, where GitHub does not load it either", f.Path)
	case f.Size != int64(len(f.Text)):
		return gap(checks.GapEvidence, "Collect it again, complete.", "of %s only %d of %d bytes were read", f.Path, len(f.Text), f.Size)
	case f.Commit != sc.s.Base.Commit:
		return gap(checks.GapEvidence, "Collect it again, from the base.", "%s was read at commit %s, not at the base (%s)", f.Path, orUnknown(short(f.Commit)), orUnknown(short(sc.s.Base.Commit)))
	}
	file, problems := codeowners.Parse(f.Text)
	if file == nil {
		return gap(checks.GapConfiguration, smaller, "%s cannot be used: %s", f.Path, problems[0].Message)
	}
	return file, problems, nil
}

// owned puts the changed paths together that have the same owners, ordered by their first
// path. A rename counts under both names, because the files list both.
func (sc *scene) owned(file *codeowners.File) (sets []owned, paths int) {
	index := map[string]int{}
	add := func(path checks.Path, owners []codeowners.Owner) {
		owners = slices.Clone(owners)
		slices.SortFunc(owners, func(a, b codeowners.Owner) int { return strings.Compare(fold(a), fold(b)) })
		owners = slices.CompactFunc(owners, func(a, b codeowners.Owner) bool { return fold(a) == fold(b) })
		var key strings.Builder
		for _, o := range owners {
			key.WriteString(fold(o) + " ")
		}
		i, ok := index[key.String()]
		if !ok {
			i = len(sets)
			index[key.String()] = i
			sets = append(sets, owned{owners: owners})
		}
		if !slices.Contains(sets[i].paths[max(0, len(sets[i].paths)-1):], path) {
			sets[i].paths = append(sets[i].paths, path)
		}
	}
	files := slices.Clone(sc.s.Files)
	slices.SortFunc(files, func(a, b checks.File) int { return strings.Compare(string(a.Path), string(b.Path)) })
	for i := range files {
		f := &files[i]
		owners, line := file.Owners(string(f.Path))
		has := len(owners) > 0
		if has {
			add(f.Path, owners)
		}
		// A link or a submodule stands for a whole folder, so a pattern that only a
		// folder fits is meant too. It can only add owners.
		if leadsElsewhere(f) {
			if within, later := file.Owners(string(f.Path) + "/."); later > line && len(within) > 0 {
				add(f.Path, within)
				has = true
			}
		}
		if has {
			paths++
		}
	}
	return sets, paths
}

// fold is the form in which owners are compared: GitHub knows no case in any of them.
func fold(o codeowners.Owner) string { return strings.ToLower(o.String()) }

// good lists the accounts whose approval is good in the tier, whichever seat is theirs.
func (sc *scene) good(t *tier) (ids []int64) {
	for i := range sc.newest {
		if sc.drop(&sc.newest[i], t) == "" {
			ids = append(ids, sc.newest[i].Account)
		}
	}
	return ids
}

// ownerAgreed reports whether an owner is among those who gave a good approval, and lets it
// count in the tier, though no seat there may be theirs. A second account of a person who
// counts already stays told as that, and as the owner's.
func (sc *scene) ownerAgreed(tb *table, good []int64, owners []codeowners.Owner) bool {
	agreed := false
	for _, id := range good {
		if !sc.ownsAny(sc.accounts[id], owners) {
			continue
		}
		agreed = true
		who := sc.humans.root(id)
		first, counts := tb.voice[who]
		if !counts {
			if first, counts = tb.owner[who]; !counts {
				first, tb.owner[who] = id, id
			}
		}
		if first == id {
			tb.counts[id] = ""
		} else {
			tb.counts[id] = fmt.Sprintf("the same person as %s, who counts once; it does count as the owner's", sc.login(first))
		}
	}
	return agreed
}

func (sc *scene) ownsAny(a checks.Account, owners []codeowners.Owner) bool {
	return slices.ContainsFunc(owners, func(o codeowners.Owner) bool { return sc.owns(a, o) })
}

// owns reports whether an account is an owner. A login or an address that the policy lists
// under a person is that person, by account id where ids are listed: whoever took over a
// login that was given up does not own what its old holder owned. Of others GitHub's word
// is taken, which goes by login and address.
func (sc *scene) owns(a checks.Account, o codeowners.Owner) bool {
	var listed func(*policy.Person) bool
	var known bool
	switch o.Kind {
	case codeowners.KindTeam:
		return slices.ContainsFunc(a.Teams, func(t string) bool { return strings.EqualFold(t, o.Name) })
	case codeowners.KindUser:
		listed = func(p *policy.Person) bool {
			return slices.ContainsFunc(p.Logins, func(l string) bool { return strings.EqualFold(l, o.Name) })
		}
		known = strings.EqualFold(a.Login, o.Name)
	case codeowners.KindEmail:
		same := func(e string) bool { return gitobject.FoldEmail(e) == gitobject.FoldEmail(o.Name) }
		listed = func(p *policy.Person) bool { return slices.ContainsFunc(p.Emails, same) }
		known = slices.ContainsFunc(a.Emails, same)
	default:
		return false
	}
	who, isPerson := identity.PersonOf(sc.p, a)
	found := false
	for i := range sc.p.People {
		if p := &sc.p.People[i]; listed(p) {
			if isPerson && p.ID == who {
				return true
			}
			found = true
		}
	}
	return !found && known
}

// ownerSeat is the seat of an owner who has not agreed yet.
func (sc *scene) ownerSeat(tb *table, set *owned) checks.Seat {
	seat := checks.Seat{Tier: tb.tier.id, Missing: 1, Could: []string{}, Line: sc.askedLine(tb.tier)}
	var names, cannot []string
	for _, o := range set.owners {
		names = append(names, o.String())
	}
	for _, id := range sortedIDs(accountIDs(sc.s.Review.Accounts)) {
		// Of an account that is listed twice nobody knows which listing is true.
		if sc.twice[id] || !sc.ownsAny(sc.accounts[id], set.owners) {
			continue
		}
		if why := sc.unfit(id); why != "" {
			cannot = append(cannot, fmt.Sprintf("%s (%s)", sc.login(id), why))
		} else {
			seat.Could = append(seat.Could, sc.login(id))
		}
	}
	slices.Sort(seat.Could)
	seat.Could = slices.Compact(seat.Could)
	seat.From = fmt.Sprintf("an owner of %s (%s)", fewPaths(set.paths), few(names))
	switch {
	case len(seat.Could) > 0:
	case len(cannot) == 0:
		seat.From += ", of whom nobody is known"
	default:
		seat.From += ", of whom none can approve: " + fewWords(cannot)
	}
	return seat
}

func accountIDs(accounts []checks.Account) []int64 {
	ids := make([]int64, len(accounts))
	for i := range accounts {
		ids[i] = accounts[i].ID
	}
	return ids
}

// ownersUnknown reports whether owners are asked for and nobody knows who they are.
func (tb *table) ownersUnknown() bool { return tb.unknown }

// open reports whether anybody is still waited for in the tier.
func (tb *table) open() bool { return tb.have() < tb.want() || len(tb.owners) > 0 }

func invalidLines(path checks.Path, problems []codeowners.Problem) []checks.Finding {
	if len(problems) == 0 {
		return nil
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("line %d, %s", p.Line, p.Message))
	}
	return []checks.Finding{ruleCodeownersInvalid.New(
		checks.Subject{Kind: checks.SubjectPath, Name: path.String(), Path: path, Line: problems[0].Line},
		fmt.Sprintf("%s: %s. GitHub skips them as well, or lets them take ownership away. Which of the changed paths they were meant for cannot be known.",
			checks.Plural(len(problems), "line says nothing", "lines say nothing"), fewWords(lines)))}
}

func fewWords(words []string) string {
	const show = 5
	if len(words) > show {
		words = append(slices.Clone(words[:show]), fmt.Sprintf("and %d more", len(words)-show))
	}
	return strings.Join(words, "; ")
}
