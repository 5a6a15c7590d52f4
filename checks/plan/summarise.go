package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// maxLines is how many objects of one plan are listed one by one.
const maxLines = 500

// groupOrder is the order of the groups, the worst first.
var groupOrder = []checks.PlanGroup{
	checks.GroupIrreversible, checks.GroupOpened, checks.GroupPrivilege, checks.GroupWeakened, checks.GroupRuns, checks.GroupOther,
}

// groupOf says to which group an object belongs for a finding of a rule. Rules about
// a plan as a whole and about source have none.
var groupOf = func() map[string]checks.PlanGroup {
	m := map[string]checks.PlanGroup{}
	for group, list := range map[checks.PlanGroup][]checks.Rule{
		checks.GroupIrreversible: {ruleDeleteData, ruleDelete, ruleReplaceData, ruleReplace, ruleUnknownAction, ruleIrreversible},
		checks.GroupOpened:       {ruleAdminPort, ruleWorld, ruleRoute, ruleWider, ruleUnknownSource, rulePublicData, rulePublic},
		checks.GroupPrivilege:    {ruleGrantPublic, ruleGrantAdmin, ruleGrantEscalation, ruleGrantTrust, ruleGrantUnknown, ruleGrantWider, ruleGateWeakened},
		checks.GroupWeakened:     {ruleForget, ruleProtectionOff, ruleKeyWeakened, ruleGuardrailOff, rulePartRemoved},
		checks.GroupRuns:         {ruleRunsCode, ruleRanAtPlan},
		// Told, and no danger: a new group may connect to anywhere, somebody may do less.
		checks.GroupOther: {ruleEgress, ruleGrantWithdrawn, ruleImport, ruleReadAtPlan, rulePolicy},
	} {
		for _, r := range list {
			m[r.ID] = group
		}
	}
	return m
}()

// Plans implements checks.PlanSummariser. The groups follow from the facts of each
// plan, the effects from the findings; an object whose finding was folded into "more
// findings of this rule" has the effect of the strongest of those.
func (Check) Plans(s *checks.Snapshot, fs []checks.Finding) []checks.PlanSummary {
	var out []checks.PlanSummary
	for i := range s.Plans {
		if p := &s.Plans[i]; p.Error == "" {
			out = append(out, summarisePlan(p, fs))
		}
	}
	return out
}

func summarisePlan(p *checks.Plan, fs []checks.Finding) checks.PlanSummary {
	sum := checks.PlanSummary{Source: p.Source, Counts: map[string]int{}, Unchanged: max(0, p.Totals[string(checks.ActionNoOp)]), Lines: []checks.PlanLine{}}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Mode != "managed" {
			continue
		}
		touched := false
		if c.Importing {
			sum.Counts["import"]++
			touched = true
		}
		if c.PreviousAddress != "" {
			sum.Counts["move"]++
			touched = true
		}
		switch {
		case c.Action != checks.ActionNoOp && c.Action != checks.ActionRead:
			sum.Counts[string(c.Action)]++
		case c.Action == checks.ActionNoOp && touched && sum.Unchanged > 0:
			sum.Unchanged--
		}
	}
	lines := objects(p, fs)
	slices.SortStableFunc(lines, func(a, b *object) int {
		return cmp.Or(
			cmp.Compare(slices.Index(groupOrder, a.Group), slices.Index(groupOrder, b.Group)),
			cmp.Compare(strength(a.Effect), strength(b.Effect)),
			cmp.Compare(weight(a.change), weight(b.change)),
			strings.Compare(a.Address, b.Address),
			strings.Compare(a.deposed, b.deposed),
		)
	})
	for i, o := range lines {
		if i == maxLines {
			sum.Hidden = len(lines) - i
			break
		}
		sum.Lines = append(sum.Lines, o.PlanLine)
	}
	return sum
}

// strength orders effects, the strongest lowest. A word that nobody knows denies.
func strength(e checks.Effect) int {
	switch e {
	case "":
		return 3
	case checks.EffectAllow:
		return 2
	case checks.EffectRequireReview:
		return 1
	}
	return 0
}

// weight orders objects by what they are, the worst to lose lowest.
func weight(c *checks.Change) int {
	if c == nil {
		return 9
	}
	switch c.Class {
	case checks.ClassStateful:
		switch c.Tier {
		case checks.TierCritical:
			return 0
		case checks.TierHigh:
			return 1
		}
		return 2
	case checks.ClassGuard:
		return 3
	case checks.ClassRecreatable:
		return 5
	case checks.ClassHarmless:
		return 6
	}
	return 4
}

// object is a line in the making.
type object struct {
	checks.PlanLine
	change  *checks.Change // nil for what is in no resource change, such as a data source read while planning
	deposed string
	reasons []why
}

// why is one reason for an object to be listed.
type why struct {
	rule   string
	group  checks.PlanGroup
	effect checks.Effect // empty when waived
	text   string
}

// objects makes a line of everything that something happens to or that has a finding.
func objects(p *checks.Plan, fs []checks.Finding) []*object {
	told, folded := effects(p, fs)
	// The same judge as for the findings, without the policy: it says which rule is
	// about which fact.
	j := judge{plan: p, byName: map[string]*checks.Change{}, same: map[string]int{}}
	byName := map[string]*object{}
	var out []*object
	note := func(o *object, text string) {
		for i := range j.out {
			f := &j.out[i].Finding
			w := why{rule: f.Rule, group: cmp.Or(groupOf[f.Rule], checks.GroupOther), text: text}
			e, ok := told[subjectKey{f.Rule, f.Subject.Name, f.Subject.Note}]
			if !ok {
				e = folded[f.Rule]
			}
			w.effect = e
			switch {
			case f.Rule == ruleEgress.ID && strength(e) < strength(checks.EffectAllow):
				w.group = checks.GroupOpened // the policy holds it against the change
			case f.Rule == ruleRoute.ID:
				w.text = "a route to the internet"
			case f.Rule == ruleImport.ID:
				w.text = "taken under management"
			}
			o.reasons = append(o.reasons, w)
		}
		j.out = j.out[:0]
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Deposed == "" {
			j.byName[c.Address] = c
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		o := &object{change: c, deposed: c.Deposed, PlanLine: checks.PlanLine{Address: c.Address, Action: c.Action, CreateFirst: c.CreateFirst, Path: c.Path, Line: c.Line}}
		j.change(c)
		note(o, changeWords(c))
		out = append(out, o)
		if byName[c.Address] == nil && c.Deposed == "" {
			byName[c.Address] = o
		}
	}
	at := func(address string, a checks.Action) *object {
		o := byName[address]
		if o == nil {
			o = &object{PlanLine: checks.PlanLine{Address: address, Action: a}}
			byName[address] = o
			out = append(out, o)
		}
		return o
	}
	for i := range p.Consequences {
		c := &p.Consequences[i]
		a := checks.ActionNoOp
		if c.Kind == checks.ConsequenceRanAtPlan || c.Kind == checks.ConsequenceReadAtPlan {
			a = checks.ActionRead
		}
		j.consequence(c)
		note(at(c.Address, a), consequenceWords(c))
	}
	for i := range p.Exposures {
		e := &p.Exposures[i]
		j.exposure(e, j.byName[e.Address])
		if len(j.out) > 0 {
			note(at(e.Address, checks.ActionNoOp), exposureWords(e))
		}
	}
	return slices.DeleteFunc(out, func(o *object) bool { return !o.finish() })
}

type subjectKey struct{ rule, name, note string }

// effects are the strongest effects of the findings about each object of a plan, and
// of the findings that were folded into one, by rule.
func effects(p *checks.Plan, fs []checks.Finding) (told map[subjectKey]checks.Effect, folded map[string]checks.Effect) {
	told, folded = map[subjectKey]checks.Effect{}, map[string]checks.Effect{}
	for i := range fs {
		f := &fs[i]
		e := f.Effect
		if f.Waiver != nil {
			e = ""
		}
		switch f.Subject.Kind {
		case checks.SubjectResource:
			k := subjectKey{f.Rule, f.Subject.Name, f.Subject.Note}
			if old, ok := told[k]; !ok || strength(e) < strength(old) {
				told[k] = e
			}
		case checks.SubjectPlan:
			if f.Subject.Name == p.Source {
				if old, ok := folded[f.Rule]; !ok || strength(e) < strength(old) {
					folded[f.Rule] = e
				}
			}
		}
	}
	return told, folded
}

// finish weighs the reasons; false when there is nothing to tell of the object.
func (o *object) finish() bool {
	o.Group = checks.GroupOther
	if len(o.reasons) == 0 {
		c := o.change
		if c == nil || c.Mode != "managed" || c.Action == checks.ActionNoOp && c.PreviousAddress == "" {
			return false
		}
	}
	slices.SortStableFunc(o.reasons, func(a, b why) int {
		return cmp.Or(cmp.Compare(slices.Index(groupOrder, a.group), slices.Index(groupOrder, b.group)), cmp.Compare(strength(a.effect), strength(b.effect)))
	})
	var texts []string
	for i, w := range o.reasons {
		if i == 0 {
			o.Group = w.group
		}
		if strength(w.effect) < strength(o.Effect) {
			o.Effect = w.effect
		}
		if !slices.Contains(o.Rules, w.rule) {
			o.Rules = append(o.Rules, w.rule)
		}
		if w.text != "" && !slices.Contains(texts, w.text) && len(texts) <= maxTexts {
			texts = append(texts, w.text)
		}
	}
	if c := o.change; c != nil {
		// Why an object goes is told also of those that nobody minds to lose.
		if text := changeWords(c); text != "" && !slices.Contains(texts, text) && len(texts) < maxTexts {
			texts = append(texts, text)
		}
		if c.Deposed != "" {
			texts = append([]string{"deposed object " + cut(c.Deposed)}, texts...)
		}
		if c.PreviousAddress != "" {
			texts = append(texts, "until now "+cut(c.PreviousAddress))
		}
	}
	if len(texts) > maxTexts {
		texts = append(texts[:maxTexts:maxTexts], "and more")
	}
	o.Deciding = strings.Join(texts, "; ")
	return true
}
