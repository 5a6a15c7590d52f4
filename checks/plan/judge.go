package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxPerRule is how many findings of one rule are told one by one.
const maxPerRule = 200

// judge makes the findings of one plan.
type judge struct {
	plan   *checks.Plan
	policy *policy.Plan
	at     time.Time // when the change is judged
	waived func(*checks.Finding) bool
	same   map[string]int
	byName map[string]*checks.Change
	alike  map[string]bool // network rules that are replaced by the same
	moved  map[string]bool // network rules that go or change and open nothing
	out    []pending
}

func (j *judge) findings() []checks.Finding {
	j.byName, j.alike = map[string]*checks.Change{}, map[string]bool{}
	j.moved = map[string]bool{}
	for _, r := range j.plan.Rearranged {
		j.moved[r.Address] = true
		j.alike[r.Address] = j.alike[r.Address] || r.How == checks.RearrangedSame
	}
	j.same = map[string]int{}
	for i := range j.plan.Changes {
		c := &j.plan.Changes[i]
		if c.Deposed == "" {
			j.byName[c.Address] = c
		}
		if k := cause(c); k != "" {
			j.same[k]++
		}
	}
	for i := range j.plan.Changes {
		j.change(&j.plan.Changes[i])
	}
	j.mass()
	for i := range j.plan.Consequences {
		j.consequence(&j.plan.Consequences[i])
	}
	for i := range j.plan.Exposures {
		e := &j.plan.Exposures[i]
		j.exposure(e, j.byName[e.Address])
	}
	j.trust()
	found := len(j.out)
	j.unfound()
	decide(j.out, j.policy.Rules)
	// Of what no rule looks at, only what the policy decided is a finding.
	kept := j.out[:found]
	for _, f := range j.out[found:] {
		if f.DecidedBy != "" && f.Effect != checks.EffectAllow {
			kept = append(kept, f)
		}
	}
	j.out = kept
	return j.cut()
}

// unfound offers the policy every change that nothing was found about: a rule for
// creates of a type reaches them too.
func (j *judge) unfound() {
	if len(j.policy.Rules) == 0 {
		return
	}
	about := map[string]bool{}
	for i := range j.out {
		about[j.out[i].Subject.Name] = true
	}
	for i := range j.plan.Changes {
		c := &j.plan.Changes[i]
		if c.Action == checks.ActionNoOp || about[c.Address] {
			continue
		}
		j.add(rulePolicy, c, factsOf(c), fmt.Sprintf("%s: the policy has a rule for this (%s).", c.Address, c.Action))
	}
}

func (j *judge) add(r checks.Rule, c *checks.Change, x facts, message string) {
	f := r.New(checks.Subject{Kind: checks.SubjectResource, Name: x.address, Note: j.plan.Source, Plan: j.plan.Source}, message)
	if c != nil {
		f.Subject.Path, f.Subject.Line, f.Subject.Was = c.Path, c.Line, c.PreviousAddress
		if c.Deposed != "" {
			f.Subject.Note += ", deposed object " + c.Deposed
		}
	}
	j.out = append(j.out, pending{f, x})
}

// whole adds a finding about the plan itself.
func (j *judge) whole(r checks.Rule, message string) {
	f := r.New(checks.Subject{Kind: checks.SubjectPlan, Name: j.plan.Source}, message)
	j.out = append(j.out, pending{f, facts{}})
}

func (j *judge) change(c *checks.Change) {
	x := factsOf(c)
	name := c.Address
	if c.Kind != "" {
		name = fmt.Sprintf("%s (%s)", c.Address, c.Kind)
	}
	if c.Deposed != "" {
		name = fmt.Sprintf("%s (deposed object %s)", c.Address, c.Deposed)
	}
	if c.PreviousAddress != "" {
		name = fmt.Sprintf("%s (until now %s)", c.Address, c.PreviousAddress)
	}
	known := precious(c)
	switch c.Action {
	case checks.ActionNoOp, checks.ActionCreate, checks.ActionRead, checks.ActionUpdate:
	case checks.ActionDelete:
		switch {
		case known:
			j.add(remedied(ruleDeleteData, c), c, x, name+" would be destroyed"+lost(c)+j.because(c))
		case c.Class != checks.ClassHarmless:
			j.add(remedied(ruleDelete, c), c, x, name+" would be destroyed."+outage(c)+j.because(c))
		}
	case checks.ActionReplace:
		how := " would be destroyed and created again"
		if c.CreateFirst {
			how = " would be created again and the old one destroyed"
		}
		switch {
		case known:
			j.add(remedied(ruleReplaceData, c), c, x, name+how+lost(c)+j.because(c))
		case j.alike[c.Address]:
			j.add(ruleReplace, c, x, name+how+". It allows the same before and after."+j.because(c))
		case j.moved[c.Address]:
			j.add(ruleReplace, c, x, name+how+". Nobody may connect who could not before."+j.because(c))
		case c.Class != checks.ClassHarmless:
			j.add(remedied(ruleReplace, c), c, x, name+how+"."+outage(c)+j.because(c))
		}
	case checks.ActionForget:
		j.add(ruleForget, c, x, name+" would leave the state and live on, unmanaged.")
	case checks.ActionReplaceForget:
		j.add(ruleForget, c, x, name+" would be created again; the old one would live on, unmanaged.")
	default:
		j.add(ruleUnknownAction, c, x, fmt.Sprintf("%s has the actions %q, which are not known.", name, c.Verbs))
	}
	if c.Importing {
		j.add(ruleImport, c, x, name+" would be taken under management.")
	}
}

// precious reports whether the data of an object cannot be had again. Disks of
// machines, queues, logs and images are lost too, but can be made anew as a rule: of
// those people are asked. A stateful type without a tier is taken for the worst.
func precious(c *checks.Change) bool {
	return c.Class == checks.ClassStateful && c.Tier != checks.TierHigh && c.Tier != checks.TierMedium
}

// remedied is a rule with the remedy that fits why the object goes.
func remedied(r checks.Rule, c *checks.Change) checks.Rule {
	switch c.Reason {
	case "replace_because_tainted":
		return r.With("If the object is fine, run `terraform untaint` for its address and plan again. " + r.Remedy)
	case "delete_because_wrong_repetition", "delete_because_count_index", "delete_because_each_key":
		return r.With("If the object only gets another key, say so with a `moved` block: `from` its address until now, `to` the new one. " + r.Remedy)
	}
	return r
}

// lost says what goes with an object, and what stands before it.
func lost(c *checks.Change) string {
	s := ": its data is lost."
	if c.Loses != "" {
		s = ". Lost: " + strings.TrimSuffix(c.Loses, ".") + "."
	}
	var on, off []string
	for _, g := range c.Guards {
		word := g.Attribute
		if g.Value != "" {
			word += " is " + g.Value
		}
		if g.Holds {
			on = append(on, word)
		} else {
			off = append(off, word)
		}
	}
	if len(on) > 0 {
		s += " Until now " + strings.Join(on, ", ") + "."
	}
	if len(off) > 0 {
		s += " No protection: " + strings.Join(off, ", ") + "."
	}
	return s
}

// outage says what a destroy means where no data is lost.
func outage(c *checks.Change) string {
	switch c.Class {
	case checks.ClassStateful:
		if c.Loses != "" {
			return " Lost: " + strings.TrimSuffix(c.Loses, ".") + "."
		}
	case checks.ClassRecreatable:
		return " No data is lost with this type, but what uses it is interrupted."
	case checks.ClassGuard:
		return " It is a control, and what it guards is without it."
	}
	return ""
}

// because says why an object goes, as far as the plan tells, and how many others go
// for the same reason.
func (j *judge) because(c *checks.Change) string {
	s := reason(c)
	if n := j.same[cause(c)] - 1; n > 0 {
		s += " The same cause takes " + checks.Plural(n, "other object", "other objects") + "."
	}
	return s
}

// cause is a text that objects have in common when they go for the same reason:
// the same replaced object, the same module or block. Empty when the plan does not
// tell.
func cause(c *checks.Change) string {
	if c.Action != checks.ActionDelete && c.Action != checks.ActionReplace {
		return ""
	}
	switch {
	case len(c.Causes) > 0:
		return "because of " + strings.Join(c.Causes, " ")
	case c.Reason == "delete_because_no_module" || c.Reason == "delete_because_no_resource_config" && c.Module != "":
		return "module " + c.Module
	case c.Reason == "delete_because_count_index" || c.Reason == "delete_because_each_key" || c.Reason == "delete_because_wrong_repetition":
		return "block " + c.Block()
	}
	return ""
}

func reason(c *checks.Change) string {
	if len(c.Causes) > 0 {
		return " It refers to " + few(c.Causes, 3) + ", which goes too."
	}
	switch {
	case len(c.ReplacePaths) == 1:
		return " " + c.ReplacePaths[0] + " forces it."
	case len(c.ReplacePaths) > 1:
		shown := c.ReplacePaths
		if len(shown) > 5 {
			shown = append(slices.Clone(shown[:4]), checks.Plural(len(shown)-4, "other attribute", "other attributes"))
		}
		return " " + strings.Join(shown[:len(shown)-1], ", ") + " and " + shown[len(shown)-1] + " force it."
	}
	switch c.Reason {
	case "replace_because_tainted":
		return " It is marked as tainted."
	case "replace_by_request":
		return " The plan was made with -replace."
	case "replace_by_triggers":
		return " replace_triggered_by forces it."
	case "delete_because_no_resource_config", "delete_because_no_module":
		return " It is no longer in the configuration."
	case "delete_because_wrong_repetition", "delete_because_count_index", "delete_because_each_key", "delete_because_enabled_false":
		return " Its count or for_each no longer has it."
	case "delete_because_no_move_target":
		return " It was moved to an address that is not in the configuration."
	}
	return ""
}

func (j *judge) exposure(e *checks.Exposure, c *checks.Change) {
	x := facts{typ: e.Type, address: e.Address, module: moduleOf(e.Address)}
	if c != nil {
		x = factsOf(c)
	}
	x.exposure = e
	who, what := source(e), reach(e)
	if e.Direction != "ingress" {
		if e.World || e.Unknown {
			j.add(ruleEgress, c, x, fmt.Sprintf("%s: could connect to %s on %s.", e.Address, who, what))
		}
		return
	}
	message := fmt.Sprintf("%s: %s could reach %s.", e.Address, who, what)
	switch {
	case e.Unknown:
		j.add(ruleUnknownSource, c, x, message)
	case e.World && e.Through == checks.ThroughRoute:
		j.add(ruleRoute, c, x, fmt.Sprintf("%s: what is in its networks could be reached from the internet, where a rule allows it (%s).", e.Address, family(e)))
	case e.World && e.Through == checks.ThroughList:
		j.add(ruleWorld, c, x, fmt.Sprintf("%s: the list would have %s in it, for every rule that refers to it.", e.Address, who))
	case e.World && e.Through == checks.ThroughACL:
		j.add(ruleWorld, c, x, fmt.Sprintf("%s: the network would let %s through to %s, where a rule allows it.", e.Address, who, what))
	case e.World && e.Through == checks.ThroughEndpoint:
		j.add(ruleWorld, c, x, fmt.Sprintf("%s: is new, and %s could reach %s; it still asks for credentials.", e.Address, who, what))
	case e.World && administers(e):
		j.add(ruleAdminPort, c, x, message)
	case e.World:
		j.add(ruleWorld, c, x, message)
	default:
		j.add(ruleWider, c, x, message)
	}
}

func family(e *checks.Exposure) string {
	if s := map[string]string{"ipv4": "IPv4", "ipv6": "IPv6"}[e.Family]; s != "" {
		return s
	}
	return "any address"
}

// source says who could connect.
func source(e *checks.Exposure) string {
	family := family(e)
	switch {
	case e.Unknown && e.Source != "":
		return e.Source + ", whose addresses the plan does not show,"
	case e.Unknown:
		return "a source known only after apply"
	case e.World && e.Source != "" && e.Source != "0.0.0.0/0" && e.Source != "::/0":
		if len(e.Sources) > 1 {
			return fmt.Sprintf("nearly anyone on the internet (%s: %s)", family, few(e.Sources, 3))
		}
		return fmt.Sprintf("nearly anyone on the internet (%s, %s with others)", family, e.Source)
	case e.World && e.Direction != "ingress":
		return fmt.Sprintf("the whole internet (%s)", family)
	case e.World && e.Family == "any":
		return "anyone on the internet"
	case e.World:
		return fmt.Sprintf("anyone on the internet (%s)", family)
	case e.Sensitive || e.Source == "":
		return fmt.Sprintf("a sensitive source (%s)", family)
	}
	if len(e.Sources) > 1 {
		return few(e.Sources, 3)
	}
	return e.Source
}

// waiver is 1 for a finding that a waiver accepts.
func (j *judge) waiver(f *checks.Finding) int {
	if j.waived != nil && j.waived(f) {
		return 1
	}
	return 0
}

// cut keeps the first findings of each rule, the strongest effects first, and
// says of the rest how many they are, with the strongest effect among them.
func (j *judge) cut() []checks.Finding {
	strength := map[checks.Effect]int{checks.EffectDeny: 0, checks.EffectRequireReview: 1, checks.EffectAllow: 2}
	var out []checks.Finding
	for _, r := range rules {
		var fs []checks.Finding
		for i := range j.out {
			if j.out[i].Rule == r.ID {
				fs = append(fs, j.out[i].Finding)
			}
		}
		slices.SortStableFunc(fs, func(a, b checks.Finding) int { return strength[a.Effect] - strength[b.Effect] })
		if len(fs) > maxPerRule+1 {
			// What a waiver accepts comes last, so that it is not folded with what none does.
			slices.SortStableFunc(fs, func(a, b checks.Finding) int { return j.waiver(&a) - j.waiver(&b) })
			rest := fs[maxPerRule:]
			more := rest[0] // the strongest of them decides
			if j.waiver(&more) > 0 {
				more.Effect = checks.EffectAllow
			}
			more.Subject = checks.Subject{Kind: checks.SubjectPlan, Name: j.plan.Source}
			more.Message = fmt.Sprintf("%d more findings of this rule in %s are not told one by one.", len(rest), j.plan.Source)
			fs = append(fs[:maxPerRule:maxPerRule], more)
		}
		out = append(out, fs...)
	}
	return out
}
