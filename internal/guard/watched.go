package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// watched holds every attribute that the table watches in this type against what it
// was. What an attribute means is the table's to say; here is decided whether that
// is news.
func (j *judge) watched() {
	j.places = make(map[string]bool, 8)
	old, now := j.old(), j.c.New()
	for _, w := range j.table.Watches(j.c.Type) {
		if w.Bound() {
			j.places[strings.ReplaceAll(w.Path, "[]", "")] = true
		}
		if !j.present(w) || j.excused(w) {
			continue
		}
		m := w.Compare(old, now)
		if !m.Weak {
			continue
		}
		j.moved(w, m, old.Exists())
	}
}

// old is the object before the plan; a create has none, whatever it says.
func (j *judge) old() tfvalue.Side {
	if j.before.value == nil {
		return tfvalue.Side{}
	}
	return j.c.Old()
}

// present reports whether there is anything to look at: the attribute stands in the
// object on one side, or the type is known to have it.
func (j *judge) present(w *resource.Watch) bool {
	top := w.Top()
	before, after := j.before.member(top), j.after.member(top)
	if before.there() || after.there() {
		if b, ok := scalar(before.value); ok {
			a, also := scalar(after.value)
			return !also || a != b
		}
		return true
	}
	return w.Created && w.Bound() && j.before.value == nil
}

// loud are parts of types for which being public by default is a decision of its own:
// whoever makes one opens a door.
var loud = []string{
	"aws_lb", "aws_alb", "aws_elb", "ibm_is_lb", "load_balancer", "function_url", "eks_cluster", "forwarding_rule",
}

func (j *judge) moved(w *resource.Watch, m resource.Moves, existed bool) {
	p := j.c.Pend(w.Kind, w.Path)
	p.Before, p.After, p.Note = m.Before, m.After, w.Why
	p.Unknown, p.Sensitive = m.Unknown, m.Sensitive
	if j.traits.key != "" && p.Kind == checks.ConsequenceProtectionOff {
		p.Kind = checks.ConsequenceKeyWeakened
	}
	if m.Unknown && m.Computed {
		p.Needs = []string{w.Top()}
	}
	if !existed {
		p.Before = ""
	}
	if !existed && !m.Unknown && w.Kind == checks.ConsequencePublic && w.Default != "" {
		byDefault := m.After == "" && !m.Sensitive || strings.EqualFold(m.After, w.Default)
		switch {
		case !byDefault:
		case permits[w.Path], j.typ.Class != checks.ClassStateful && !anyPart(j.c.Type, loud):
			p.Needs = []string{w.Top()} // somebody must have said so
		case m.After == "":
			p.After, p.Note = w.Default, w.Why+", by default"
		default:
			p.Note = w.Why + "; it is the default"
		}
	}
	j.tell(p)
}

// permits are attributes that make nothing public by themselves: they let others do
// so, and their default does.
var permits = map[string]bool{"allow_nested_items_to_be_public": true, "ingress": true, "ingress_settings": true}

// excused reports whether something else in the object takes the meaning away: a
// public endpoint that lets in only listed networks is a matter of exposure.
func (j *judge) excused(w *resource.Watch) bool {
	if w.Kind != checks.ConsequencePublic {
		return false
	}
	now := j.c.New()
	switch w.Path {
	case "public_network_access_enabled", "public_network_access":
		for _, v := range now.All("network_acls.default_action|network_rules.default_action|network_rule_set.default_action|network_rulesets.default_action") {
			if t, ok := v.Text(); ok && strings.EqualFold(t, "Deny") {
				return true
			}
		}
	case "vpc_config.endpoint_public_access":
		cidrs := now.All("vpc_config.public_access_cidrs[]")
		for _, v := range cidrs {
			t, ok := v.Text()
			if !ok || v.Unknown || strings.HasSuffix(t, "/0") || strings.HasSuffix(t, "/1") {
				return false
			}
		}
		return len(cidrs) > 0
	case "settings.ip_configuration.authorized_networks[].value":
		return true // who may connect is told as exposure
	}
	return false
}
