package tfplan

import (
	"slices"

	"github.com/hashicorp/go-version"

	"github.com/claw-verified/claw-verified/checks"
)

// In a plan of everything, each managed object of the prior state has a resource
// change, or is the previous address of one. An object without one means that
// the plan was made with -target or -exclude, only refreshed, invoked an action,
// or was cut short. In OpenTofu it is the only sign.

func (r *reader) priorState() error {
	return r.object(stateMembers, func(name string) error {
		if name != "values" {
			return r.skip()
		}
		return r.object(stateMembers, func(name string) error {
			if name != "root_module" {
				return r.skip()
			}
			return r.stateModule()
		})
	})
}

func (r *reader) stateModule() error {
	return r.object(stateMembers, func(name string) error {
		switch name {
		case "resources":
			return r.list(r.stateResource)
		case "child_modules":
			return r.list(r.stateModule)
		}
		return r.skip()
	})
}

func (r *reader) stateResource() error {
	var addr, mode, typ, deposed string
	err := r.hot(func(name []byte) (err error) {
		switch string(name) {
		case "address":
			addr, err = r.str()
		case "mode":
			mode, err = r.word()
		case "type":
			typ, err = r.word()
		case "deposed_key":
			deposed, err = r.str()
		default:
			err = r.other(name, stateMembers)
		}
		return err
	})
	if err != nil {
		return err
	}
	if mode == modeData {
		return r.dataRan(addr, typ)
	}
	if mode != modeManaged || deposed != "" {
		return nil
	}
	if addr == "" || len(addr) > maxAddress {
		return r.at("a resource of the prior state without a usable address")
	}
	if len(r.prior) >= r.lim.MaxChanges {
		return r.at("more resources in the prior state than the limit")
	}
	h := r.hash(addr)
	r.prior = append(r.prior, h)
	if r.objects[h]&covered == 0 && len(r.sample) < maxPending {
		r.sample[h] = addr
	}
	return nil
}

// coverage compares at the end, so that the order of the file does not matter.
func (r *reader) coverage() {
	p := &r.plan
	p.Managed = len(r.prior)
	switch {
	case tooOld(p.ToolVersion), p.Redacted:
		p.Coverage = checks.CoverageUnknown
		return
	case len(r.prior) == 0:
		p.Coverage = checks.CoverageNone
		r.nameless()
		return
	}
	p.Coverage = checks.CoverageFull
	missing := map[uint64]struct{}{}
	for _, h := range r.prior {
		if r.objects[h]&covered != 0 {
			continue
		}
		if _, again := missing[h]; again {
			continue
		}
		missing[h] = struct{}{}
		if a, ok := r.sample[h]; ok {
			p.Uncovered = append(p.Uncovered, a)
		}
	}
	if len(missing) == 0 {
		r.nameless()
		return
	}
	p.Coverage, p.UncoveredTotal = checks.CoveragePartial, len(missing)
	slices.Sort(p.Uncovered)
	if len(p.Uncovered) > maxSample {
		p.Uncovered = slices.Clip(p.Uncovered[:maxSample])
	}
}

// nameless looks for objects that exist, as their changes say, and that the prior
// state does not name: whoever cuts the state out would switch the comparison off.
func (r *reader) nameless() {
	for _, h := range r.prior {
		r.objects[h] &^= exists
	}
	for _, o := range r.objects {
		if o&exists != 0 {
			r.plan.Coverage = checks.CoverageMissing
			return
		}
	}
}

// terraform013 is the first version whose prior_state addresses have the module
// and the index.
var terraform013 = version.Must(version.NewVersion("0.13.0-alpha"))

// tooOld reports whether the plan says that it comes from Terraform below 0.13.
func tooOld(toolVersion string) bool {
	v, err := version.NewVersion(toolVersion)
	return err == nil && v.LessThan(terraform013)
}
