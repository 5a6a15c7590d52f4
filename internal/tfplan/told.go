package tfplan

import (
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

// What a plan tells beside its resource changes.

// outputChanges reads the outputs. An output is an effect: other configurations
// read it.
func (r *reader) outputChanges() error {
	return r.object(nil, func(name string) error {
		if r.s.Kind() != '{' {
			return r.misfit("an output: a change that is not an object")
		}
		return syntax(r.s.Hold(func() error {
			var e values
			if err := r.change(&e); err != nil {
				return err
			}
			return r.output(name, &e)
		}))
	})
}

func (r *reader) output(name string, e *values) error {
	verbs, problem := e.verbs()
	if problem != "" {
		return r.at("an output: " + problem)
	}
	a, _ := actionOf(verbs)
	if r.outputs++; r.held != nil {
		r.held.Output(name, verbs)
	}
	if a == checks.ActionNoOp {
		return nil
	}
	if len(r.plan.Outputs) >= r.lim.MaxKept {
		return r.at("more outputs than the limit")
	}
	o := checks.Output{Name: cut(name, maxText), Action: a}
	var before, after, unknown, mb, ma any
	room := r.lim.MaxTokens
	for _, p := range []struct {
		raw []byte
		to  *any
	}{{e.before, &before}, {e.after, &after}, {e.afterUnknown, &unknown}, {e.beforeSensitive, &mb}, {e.afterSensitive, &ma}} {
		if !r.walker.decode(p.raw, p.to, &room) {
			return r.at("an output with too many elements")
		}
	}
	o.Sensitive = !isFalse(mb) || !isFalse(ma)
	r.plan.Outputs = append(r.plan.Outputs, o)
	w := newWriter()
	w.text("output")
	w.text(name)
	w.text(strings.Join(verbs, ","))
	w.value(after)
	w.value(prune(unknown))
	r.effects = append(r.effects, w.sum())
	return nil
}

func isFalse(mask any) bool { return prune(mask) == nil }

// drift counts what changed outside, and keeps a few addresses.
func (r *reader) drift() error {
	return r.list(func() error {
		r.plan.Drift++
		return r.object(planMembers, func(name string) error {
			if name != "address" || len(r.plan.Drifted) >= maxSample {
				return r.skip()
			}
			s, err := r.str()
			if err == nil && s != "" {
				r.plan.Drifted = append(r.plan.Drifted, cut(s, maxText))
			}
			return err
		})
	})
}

// effectsOf counts entries that are effects by themselves: deferred changes, action
// invocations.
func (r *reader) effectsOf(what string, n *int, address func(string)) error {
	return r.list(func() error {
		if *n++; *n > r.lim.MaxKept {
			return r.at("more entries than the limit")
		}
		v, err := r.value()
		if err != nil {
			return err
		}
		var x any
		room := r.lim.MaxTokens
		if !r.walker.decode(v, &x, &room) {
			return r.at("an entry with too many elements")
		}
		if m, ok := x.(map[string]any); ok && address != nil {
			s, _ := m["address"].(string)
			address(s)
		}
		w := newWriter()
		w.text(what)
		w.value(x)
		r.effects = append(r.effects, w.sum())
		return nil
	})
}

// failedChecks keeps the addresses of checks and conditions that fail.
func (r *reader) failedChecks() error {
	return r.list(func() error {
		var status, display string
		err := r.object(toldMembers, func(name string) (err error) {
			switch name {
			case "status":
				status, err = r.text()
			case "address":
				err = r.object(toldMembers, func(name string) (err error) {
					if name != "to_display" {
						return r.skip()
					}
					display, err = r.text()
					return err
				})
			default:
				err = r.skip()
			}
			return err
		})
		if err == nil && (status == "fail" || status == "error") && len(r.plan.Failed) < maxSample {
			r.plan.Failed = append(r.plan.Failed, cut(display, maxText))
		}
		return err
	})
}

// variables keeps a digest of each value, to compare it with the default when the
// configuration is known. The values may be secrets.
func (r *reader) variables() error {
	return r.object(nil, func(name string) error {
		if len(r.given) >= r.lim.MaxKept {
			return r.at("more variables than the limit")
		}
		return r.object(toldMembers, func(member string) error {
			if member != "value" {
				return r.skip()
			}
			d, err := r.digest()
			r.given[cut(name, maxText)] = d
			return err
		})
	})
}

// overridden are the variables whose value is not the default.
func (r *reader) overridden() {
	for name, d := range r.config.defaults {
		if g, ok := r.given[name]; ok && g != d && len(r.plan.Variables) < r.lim.MaxKept {
			r.plan.Variables = append(r.plan.Variables, name)
		}
	}
	slices.Sort(r.plan.Variables)
}

// digest reads one value and keeps its digest only.
func (r *reader) digest() (d digest, err error) {
	v, err := r.value()
	if err != nil {
		return d, err
	}
	var x any
	room := r.lim.MaxTokens
	if !r.walker.decode(v, &x, &room) {
		return d, r.at("a value with too many elements")
	}
	w := newWriter()
	w.value(x)
	return w.sum(), nil
}

// timestamp reads the time the plan says it was made at. One that is no time is as
// good as none: nothing good rests on it.
func (r *reader) timestamp() error {
	s, err := r.text()
	if err != nil {
		return err
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		r.plan.Timestamp = t.UTC().Truncate(time.Second)
	}
	return nil
}
