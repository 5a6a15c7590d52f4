package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxPerRule is how many findings of one rule are told one by one.
const maxPerRule = 200

// judge makes the findings of one plan.
type judge struct {
	plan  *checks.Plan
	rules []policy.PlanRule
	out   []checks.Finding
}

func (j *judge) findings() []checks.Finding {
	for i := range j.plan.Changes {
		j.change(&j.plan.Changes[i])
	}
	byAddress := map[string]*checks.Change{}
	for i := range j.plan.Changes {
		if c := &j.plan.Changes[i]; c.Deposed == "" {
			byAddress[c.Address] = c
		}
	}
	for i := range j.plan.Exposures {
		e := &j.plan.Exposures[i]
		j.exposure(e, byAddress[e.Address])
	}
	j.partial()
	if n := j.plan.ActionInvocations; n > 0 {
		j.whole(ruleActions, fmt.Sprintf("%s would run %s.", j.plan.Source, checks.Plural(n, "action", "actions")))
	}
	return j.cut()
}

func (j *judge) add(r checks.Rule, c *checks.Change, x facts, message string) {
	f := r.New(checks.Subject{Kind: checks.SubjectResource, Name: x.address, Note: j.plan.Source}, message)
	if c != nil && c.Deposed != "" {
		f.Subject.Note += ", deposed object " + c.Deposed
	}
	setEffect(&f, x, j.rules)
	j.out = append(j.out, f)
}

// whole adds a finding about the plan itself.
func (j *judge) whole(r checks.Rule, message string) {
	f := r.New(checks.Subject{Kind: checks.SubjectPlan, Name: j.plan.Source}, message)
	setEffect(&f, facts{}, j.rules)
	j.out = append(j.out, f)
}

func (j *judge) change(c *checks.Change) {
	x := facts{action: string(c.Action), typ: c.Type, address: c.Address, class: string(c.Class)}
	name := c.Address
	if c.Deposed != "" {
		name = fmt.Sprintf("%s (deposed object %s)", c.Address, c.Deposed)
	}
	if c.PreviousAddress != "" {
		name = fmt.Sprintf("%s (until now %s)", c.Address, c.PreviousAddress)
	}
	known := c.Class == checks.ClassStateful
	switch c.Action {
	case checks.ActionNoOp, checks.ActionCreate, checks.ActionRead, checks.ActionUpdate:
	case checks.ActionDelete:
		switch {
		case known:
			j.add(ruleDeleteData, c, x, name+" would be destroyed: its data is lost."+because(c))
		case c.Class != checks.ClassHarmless:
			j.add(ruleDelete, c, x, name+" would be destroyed."+because(c))
		}
	case checks.ActionReplace:
		how := " would be destroyed and created again"
		if c.CreateFirst {
			how = " would be created again and the old one destroyed"
		}
		switch {
		case known:
			j.add(ruleReplaceData, c, x, name+how+": its data is lost."+because(c))
		case c.Class != checks.ClassHarmless:
			j.add(ruleReplace, c, x, name+how+"."+because(c))
		}
	case checks.ActionForget:
		j.add(ruleForget, c, x, name+" would leave the state and live on, unmanaged.")
	case checks.ActionReplaceForget:
		j.add(ruleForget, c, x, name+" would be created again; the old one would live on, unmanaged.")
	default:
		j.add(ruleUnknownAction, c, x, fmt.Sprintf("%s has the actions %q, which are not known.", name, c.Verbs))
	}
}

// because says why an object goes, as far as the plan tells.
func because(c *checks.Change) string {
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
	x := facts{typ: e.Type, address: e.Address}
	if c != nil {
		x.action, x.class = string(c.Action), string(c.Class)
	}
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
	case e.World && len(services(e.Protocol, e.FromPort, e.ToPort)) > 0:
		j.add(ruleAdminPort, c, x, message)
	case e.World:
		j.add(ruleWorld, c, x, message)
	default:
		j.add(ruleWider, c, x, message)
	}
}

// source says who could connect.
func source(e *checks.Exposure) string {
	family := map[string]string{"ipv4": "IPv4", "ipv6": "IPv6"}[e.Family]
	switch {
	case e.Unknown:
		return "a source known only after apply"
	case e.World && e.Source != "" && e.Source != "0.0.0.0/0" && e.Source != "::/0":
		return fmt.Sprintf("nearly anyone on the internet (%s, %s with others)", family, e.Source)
	case e.World && e.Direction != "ingress":
		return fmt.Sprintf("the whole internet (%s)", family)
	case e.World:
		return fmt.Sprintf("anyone on the internet (%s)", family)
	case e.Sensitive || e.Source == "":
		return fmt.Sprintf("a sensitive source (%s)", family)
	}
	return e.Source
}

// partial tells in what ways the plan is not the whole. A plan that failed is a
// gap and no finding: it cannot but be incomplete.
func (j *judge) partial() {
	p := j.plan
	if p.Errored {
		return
	}
	var missing []string
	if p.Coverage == checks.CoveragePartial {
		shown := p.Uncovered
		if len(shown) > 3 {
			shown = shown[:3]
		}
		s := checks.Plural(p.UncoveredTotal, "object of the prior state has", "objects of the prior state have") + " no change in it"
		if len(shown) > 0 {
			s += " (" + strings.Join(shown, ", ")
			if p.UncoveredTotal > len(shown) {
				s += fmt.Sprintf(" and %d more", p.UncoveredTotal-len(shown))
			}
			s += ")"
		}
		missing = append(missing, s)
	}
	if p.Coverage == checks.CoverageUnknown || p.Coverage == "" {
		missing = append(missing, "this version of Terraform does not write enough to tell whether it is complete")
	}
	if p.Complete != nil && !*p.Complete {
		missing = append(missing, "it says of itself that it is not complete")
	}
	if p.Deferred > 0 {
		missing = append(missing, checks.Plural(p.Deferred, "change is", "changes are")+" deferred to a later plan")
	}
	if p.Applyable != nil && !*p.Applyable && effective(p) {
		missing = append(missing, "it says of itself that it cannot be applied, although it has changes")
	}
	if len(missing) > 0 {
		j.whole(rulePartial, fmt.Sprintf("The plan %s does not show everything: %s.", p.Source, strings.Join(missing, "; ")))
	}
}

// effective reports whether a plan changes any object.
func effective(p *checks.Plan) bool {
	return slices.ContainsFunc(p.Changes, func(c checks.Change) bool {
		return c.Action != checks.ActionNoOp && c.Action != checks.ActionRead
	})
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
				fs = append(fs, j.out[i])
			}
		}
		slices.SortStableFunc(fs, func(a, b checks.Finding) int { return strength[a.Effect] - strength[b.Effect] })
		if len(fs) > maxPerRule+1 {
			rest := fs[maxPerRule:]
			more := rest[0] // the strongest of them decides
			more.Subject = checks.Subject{Kind: checks.SubjectPlan, Name: j.plan.Source}
			more.Message = fmt.Sprintf("%d more findings of this rule in %s are not told one by one.", len(rest), j.plan.Source)
			fs = append(fs[:maxPerRule:maxPerRule], more)
		}
		out = append(out, fs...)
	}
	return out
}
