package tfplan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/exposure"
	"github.com/claw-verified/claw-verified/internal/guard"
	"github.com/claw-verified/claw-verified/internal/privilege"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// kept is a change with the place where the configuration has its resource, and
// with the digest of what it would do.
type kept struct {
	checks.Change
	config string
	module string   // of the configuration
	forced []string // attributes at the top of the resource that force a replacement
	effect digest
}

// looksCloser reports whether an entry has to be looked at: every one that is more
// than a no-op, and of the rest those with network rules, because the rules of one set
// may stand in several resources.
func looksCloser(c *checks.Change) bool {
	return !plain(c) || c.Mode == modeManaged && exposure.Exposes(c.Type)
}

// keep looks closer at an entry. It runs beside the scanning of the file, so it must
// not touch the scanner.
func (r *reader) keep(e *entry, c *checks.Change, a address, here place) error {
	quiet := plain(c)
	v, err := r.decode(e, c, a, here)
	if err != nil {
		return err
	}
	if c.Mode == modeManaged {
		if err := r.network.Add(v); err != nil {
			return here.at(fmt.Sprintf("more than %d lines of network rules", r.lim.MaxRules))
		}
	}
	if quiet {
		return nil
	}
	if len(r.changes) >= r.lim.MaxKept {
		return here.at(fmt.Sprintf("more than %d changes", r.lim.MaxKept))
	}
	var importing any
	if room := r.lim.MaxTokens; !r.walker.decode(e.importing, &importing, &room) {
		return here.at("an import with too many elements: " + quote(c.Address))
	}
	k := kept{Change: *c, config: a.config, module: a.configModule(), effect: effectOf(v, e, importing)}
	if a.config != c.Address {
		k.Config = a.config
	}
	k.Class, k.ReplacePaths, k.forced = checks.ClassUnclassified, e.paths(), e.forced()
	if c.Mode == modeManaged {
		r.classify(&k, v)
		r.pending = append(r.pending, guard.Consequences(v, r.table)...)
		if privilege.Grants(c.Type) {
			r.pending = append(r.pending, privilege.Consequences(v)...)
		}
		if len(r.pending) > r.lim.MaxKept {
			return here.at(fmt.Sprintf("changes with more than %d consequences", r.lim.MaxKept))
		}
	}
	if c.Mode == modeData && c.Action == checks.ActionRead {
		r.dataRead(c)
	}
	r.changes = append(r.changes, k)
	r.config.wanted[a.config] = struct{}{}
	return nil
}

func (r *reader) classify(k *kept, v *tfvalue.Change) {
	t, known := r.table.Lookup(k.Type)
	k.Kind = resource.Kind(v)
	k.Class = checks.ClassUnclassified
	if known {
		k.Class = t.Class
	}
	// Where the type only carries another, that one decides, also when its kind is
	// sensitive and not shown.
	if carried, ok := r.table.Carried(v); ok {
		t, k.Class = carried, carried.Class
	}
	r.runs(k, t.Runs)
	k.Tags, k.TagsHidden = guard.Tags(v)
	if s := k.Type + " by " + k.Provider; len(r.plan.Mismatched) < maxSample && resource.ProviderMismatch(k.Type, k.Provider) && !slices.Contains(r.plan.Mismatched, s) {
		r.plan.Mismatched = append(r.plan.Mismatched, s)
	}
	if k.Class != checks.ClassStateful {
		return
	}
	k.Tier, k.Loses = t.Tier, t.Loses
	switch k.Action {
	case checks.ActionDelete, checks.ActionReplace:
		k.Guards = guard.Protection(v, t, r.table)
	}
}

// decode gives the values to the classifiers. The values end with this call.
func (r *reader) decode(e *entry, c *checks.Change, a address, here place) (*tfvalue.Change, error) {
	v := &tfvalue.Change{
		Address: c.Address, Config: a.config, Module: a.module, ConfigModule: a.configModule(), Type: c.Type, Name: a.name, Mode: c.Mode,
		Provider: c.Provider, Deposed: c.Deposed, Previous: c.PreviousAddress, Action: c.Action, CreateFirst: c.CreateFirst,
	}
	room := r.lim.MaxTokens
	object := func(raw []byte, to *map[string]any) bool {
		var x any
		ok := r.walker.decode(raw, &x, &room)
		*to, _ = x.(map[string]any)
		return ok && (x == nil || *to != nil)
	}
	ok := object(e.before, &v.Before) && r.walker.decode(e.beforeSensitive, &v.BeforeSensitive, &room)
	if c.Action != checks.ActionNoOp { // else both sides are the same
		ok = ok && object(e.after, &v.After) && r.walker.decode(e.afterUnknown, &v.Unknown, &room) && r.walker.decode(e.afterSensitive, &v.AfterSensitive, &room)
	}
	if !ok {
		return nil, here.at("a resource change with too many elements, or with values that are no object: " + quote(c.Address))
	}
	return v, nil
}

// settle makes the facts of the kept changes, now that the configuration is known.
func (r *reader) settle() error {
	gone := map[string]bool{} // what is destroyed or replaced, by its place in the configuration
	for i := range r.changes {
		if a := r.changes[i].Action; a == checks.ActionDelete || a == checks.ActionReplace {
			gone[r.changes[i].config] = true
		}
	}
	for i := range r.changes {
		k := &r.changes[i]
		conf := r.config.resources[k.config]
		k.ProviderConfig = conf.provider
		if k.Class == checks.ClassHarmless && len(conf.provisioners) > 0 {
			k.Class = checks.ClassUnclassified
		}
		if k.Action == checks.ActionReplace {
			k.Causes = r.causes(k, gone)
		}
		r.provisioners(k, conf)
	}
	for i := range r.pending {
		p := &r.pending[i]
		if len(p.Needs) == 0 || r.config.Sets(p.Config, p.Needs...) {
			r.plan.Consequences = append(r.plan.Consequences, p.Consequence)
		}
	}
	slices.SortStableFunc(r.plan.Consequences, func(a, b checks.Consequence) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Attribute, b.Attribute))
	})
	slices.SortFunc(r.changes, func(a, b kept) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Deposed, b.Deposed))
	})
	r.plan.Changes = slices.Grow(r.plan.Changes, len(r.changes))
	for i := range r.changes {
		r.plan.Changes = append(r.plan.Changes, r.changes[i].Change)
	}
	r.plan.Changeset = r.changeset()
	r.changes, r.pending, r.effects = nil, nil, nil
	ex, re, err := r.network.Result(&r.config)
	if err != nil {
		return whole("the network rules are too many to compare")
	}
	slices.Sort(r.plan.Mismatched)
	r.plan.Exposures, r.plan.Rearranged = append(r.plan.Exposures, ex...), re
	return nil
}

// causes are the resources of the same plan that go, and that the attribute which
// forces a replacement refers to.
func (r *reader) causes(k *kept, gone map[string]bool) []string {
	prefix := ""
	if k.module != "" {
		prefix = k.module + "."
	}
	var out []string
	for _, name := range k.forced {
		for _, ref := range r.config.References(k.config, name) {
			if c := prefix + ref; c != k.config && gone[c] && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	slices.Sort(out)
	if len(out) > maxPaths {
		out = out[:maxPaths]
	}
	return out
}

// provisioners tells which programs run because of a change. A provisioner runs
// when its object is created or destroyed; when of the two the plan does not say,
// so both count.
func (r *reader) provisioners(k *kept, conf configured) {
	switch k.Action {
	case checks.ActionCreate, checks.ActionDelete, checks.ActionReplace, checks.ActionReplaceForget:
	default:
		return
	}
	for _, p := range conf.provisioners {
		r.plan.Consequences = append(r.plan.Consequences, checks.Consequence{
			Kind: checks.ConsequenceRunsCode, Address: k.Address, Type: k.Type, Attribute: "provisioner", What: []string{p},
		})
	}
}
