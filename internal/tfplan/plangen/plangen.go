// Package plangen writes made-up plans of any size, for benchmarks. The same
// options give the same bytes.
//
// A plan has the size and the shape of a plan for AWS with a state: ten resource
// types in turn with all attributes that the provider writes, in modules of forty;
// of a hundred changes ninety are no-ops, five update, two create, two replace and
// one deletes. Everything stands in it that the tools write, and the parts agree
// with each other: planned values, drift, changes, outputs, prior state,
// configuration, relevant attributes and checks. So all parts of a reader have work
// to do, and none has more than it would have with a real plan.
package plangen

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Options say what to write. The zero value of a field other than Changes is what
// the package comment says.
type Options struct {
	Changes int   // resource changes
	Open    int   // security groups that are opened to the world on port 22, in two halves
	Seed    int64 // another seed, other actions
	NoOp    int   // of a hundred changes, how many are no-ops; 0: 90
}

// BytesPerChange is about what one change adds to the plan, in all its parts.
const BytesPerChange = 8370

// ForSize returns options for a plan of about a size such as 50MB: millions of bytes.
func ForSize(size string) (Options, error) {
	unit, n := int64(1), size
	for _, u := range []struct {
		suffix string
		bytes  int64
	}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}} {
		if s, ok := strings.CutSuffix(size, u.suffix); ok {
			n, unit = s, u.bytes
		}
	}
	v, err := strconv.ParseInt(n, 10, 31)
	if err != nil || v < 1 {
		return Options{}, fmt.Errorf("read size %q: a number with KB, MB or GB is wanted", size)
	}
	return Options{Changes: int(max(1, v*unit/BytesPerChange))}, nil
}

const perModule = 40

// Actions of a change.
const (
	noOp        = `"no-op"`
	update      = `"update"`
	create      = `"create"`
	replacement = `"delete","create"`
	destroy     = `"delete"`
)

// object is made from its number alone, so that each part of the plan can make it
// again and nothing is kept.
type object struct {
	*form
	index, module int
	actions       string
	opened        bool
}

func (o *Options) object(i int) object {
	x := object{form: &forms[i%len(forms)], index: i, module: i / perModule, actions: noOp}
	quiet := o.NoOp
	if quiet <= 0 {
		quiet = 90
	}
	seed := mix(uint64(o.Seed))                    //nolint:gosec // any number will do
	n := int(mix(seed+uint64(i)) >> 8 % 1_000_000) //nolint:gosec // small
	// What is no no-op is divided as 5 : 2 : 2 : 1.
	if limit := quiet * 10_000; n >= limit {
		switch k := 10 * (n - limit) / (1_000_000 - limit); {
		case k < 5:
			x.actions = update
		case k < 7:
			x.actions = create
		case k < 9:
			x.actions = replacement
		default:
			x.actions = destroy
		}
	}
	if x.typ == "aws_security_group" && i/len(forms) < o.Open {
		x.actions, x.opened = update, true
	}
	return x
}

// form is a kind, compiled.
type form struct {
	kind
	known, computed, unknown, masked, config template
}

var forms = func() []form {
	out := make([]form, len(kinds))
	for i, k := range kinds {
		out[i] = form{
			kind: k, known: compile(k.known), computed: compile(k.computed), unknown: compile(computedMask(k)),
			masked: compile(k.sensitive), config: compile(k.config),
		}
	}
	return out
}()

// now is the object before the plan, then the object after it.
func (x *object) now() side { return side{} }

func (x *object) then() side {
	return side{revision: x.actions == update || x.actions == replacement, force: x.actions == replacement, open: x.opened}
}

// values writes the attributes. A new object lacks what is computed.
func (x *object) values(b []byte, s side, isNew bool) []byte {
	b = append(b, '{')
	b = x.known.append(b, x, s)
	if !isNew {
		b = append(b, ',')
		b = x.computed.append(b, x, s)
	}
	return append(b, '}')
}

func (x *object) mask(b []byte) []byte {
	b = append(b, '{')
	b = x.masked.append(b, x, side{})
	return append(b, '}')
}

func (x *object) local(b []byte) []byte {
	b = append(b, x.typ...)
	b = append(b, '.')
	return x.label(b)
}

func (x *object) label(b []byte) []byte {
	b = append(b, x.name...)
	b = append(b, '_')
	return strconv.AppendInt(b, int64(x.index), 10)
}

func (x *object) head(b []byte, moduleToo bool) []byte {
	b = append(b, `"address":"module.part`...)
	b = strconv.AppendInt(b, int64(x.module), 10)
	b = append(b, '.')
	b = x.local(b)
	if x.counted {
		b = append(b, "[0]"...)
	}
	if moduleToo {
		b = append(b, `","module_address":"module.part`...)
		b = strconv.AppendInt(b, int64(x.module), 10)
	}
	b = append(b, `","mode":"managed","type":"`...)
	b = append(b, x.typ...)
	b = append(b, `","name":"`...)
	b = x.label(b)
	b = append(b, '"')
	if x.counted {
		b = append(b, `,"index":0`...)
	}
	return append(b, `,"provider_name":"registry.terraform.io/hashicorp/aws"`...)
}

// inState writes a resource of the prior state or of the planned values.
func (x *object) inState(b []byte, s side, isNew bool) []byte {
	b = append(b, '{')
	b = x.head(b, false)
	b = append(b, `,"schema_version":1,"values":`...)
	b = x.values(b, s, isNew)
	b = append(b, `,"sensitive_values":`...)
	return append(x.mask(b), '}')
}

func (x *object) change(b []byte) []byte {
	isNew := x.actions == create || x.actions == replacement
	b = append(b, '{')
	b = x.head(b, true)
	b = append(b, `,"change":{"actions":[`...)
	b = append(b, x.actions...)
	b = append(b, `],"before":`...)
	if x.actions == create {
		b = append(b, `null,"after":`...)
	} else {
		b = x.values(b, x.now(), false)
		b = append(b, `,"after":`...)
	}
	if x.actions == destroy {
		b = append(b, `null,"after_unknown":{}`...)
	} else {
		b = x.values(b, x.then(), isNew)
		b = append(b, `,"after_unknown":{`...)
		if isNew {
			b = x.unknown.append(b, x, side{})
		}
		b = append(b, '}')
	}
	b = append(b, `,"before_sensitive":`...)
	if x.actions == create {
		b = append(b, "false"...)
	} else {
		b = x.mask(b)
	}
	b = append(b, `,"after_sensitive":`...)
	if x.actions == destroy {
		b = append(b, "false"...)
	} else {
		b = x.mask(b)
	}
	if x.actions == replacement {
		b = append(b, `,"replace_paths":[`...)
		b = append(b, x.forces...)
		b = append(b, ']')
	}
	b = append(b, '}')
	if x.actions == replacement {
		b = append(b, `,"action_reason":"replace_because_cannot_update"`...)
	}
	return append(b, '}')
}

// configured writes a resource of the configuration.
func (x *object) configured(b []byte) []byte {
	b = append(b, `{"address":"`...)
	b = x.local(b)
	b = append(b, `","mode":"managed","type":"`...)
	b = append(b, x.typ...)
	b = append(b, `","name":"`...)
	b = x.label(b)
	b = append(b, `","provider_config_key":"aws","expressions":{`...)
	b = x.config.append(b, x, side{})
	b = append(b, `},"schema_version":1`...)
	if x.counted {
		b = append(b, `,"count_expression":{"constant_value":1}`...)
	}
	return append(b, '}')
}

// writer writes parts of a plan. The first error stays in the bufio.Writer.
type writer struct {
	*bufio.Writer
	Options
	b []byte
}

// each writes a list, without brackets, of the objects from one number to another.
// What f leaves out is not in it.
func (w *writer) each(from, to int, f func(x *object, b []byte) []byte) {
	first := true
	for i := from; i < to; i++ {
		x := w.object(i)
		w.b = f(&x, w.b[:0])
		if len(w.b) == 0 {
			continue
		}
		if !first {
			_ = w.WriteByte(',')
		}
		first = false
		_, _ = w.Write(w.b)
	}
}

// modules writes the objects of each module, between two texts in which # is its
// number.
func (w *writer) modules(open, closed string, f func(x *object, b []byte) []byte) {
	for m := 0; m*perModule < w.Changes; m++ {
		if m > 0 {
			_ = w.WriteByte(',')
		}
		n := strconv.Itoa(m)
		_, _ = w.WriteString(strings.ReplaceAll(open, "#", n))
		w.each(m*perModule, min((m+1)*perModule, w.Changes), f)
		_, _ = w.WriteString(strings.ReplaceAll(closed, "#", n))
	}
}

// Write writes a plan.
func Write(out io.Writer, o Options) error {
	w := &writer{Writer: bufio.NewWriterSize(out, 256<<10), Options: o}
	say := func(s string) { _, _ = w.WriteString(s) }

	say(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"environment":{"value":"production"},"release":{"value":"r1"}}`)
	say(`,"planned_values":{"outputs":{"release":{"sensitive":false,"type":"string","value":"r1"}},"root_module":{"child_modules":[`)
	w.modules(`{"resources":[`, `],"address":"module.part#"}`, func(x *object, b []byte) []byte {
		if x.actions == destroy {
			return b
		}
		return x.inState(b, x.then(), x.actions == create || x.actions == replacement)
	})
	say(`]}},"resource_drift":[`)
	w.each(0, o.Changes, func(x *object, b []byte) []byte {
		if x.index%500 != 7 || x.actions != noOp {
			return b
		}
		b = append(b, '{')
		b = x.head(b, true)
		b = append(b, `,"change":{"actions":["update"],"before":`...)
		b = x.values(b, side{revision: true}, false)
		b = append(b, `,"after":`...)
		b = x.values(b, x.now(), false)
		b = append(b, `,"after_unknown":{},"before_sensitive":`...)
		b = x.mask(b)
		b = append(b, `,"after_sensitive":`...)
		return append(x.mask(b), "}}"...)
	})
	say(`],"resource_changes":[`)
	w.each(0, o.Changes, func(x *object, b []byte) []byte { return x.change(b) })
	say(`],"output_changes":{"release":{"actions":["update"],"before":"r0","after":"r1","after_unknown":false,"before_sensitive":false,"after_sensitive":false}}`)
	say(`,"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"outputs":{"release":{"sensitive":false,"type":"string","value":"r0"}},"root_module":{"child_modules":[`)
	w.modules(`{"resources":[`, `],"address":"module.part#"}`, func(x *object, b []byte) []byte {
		if x.actions == create {
			return b
		}
		return x.inState(b, x.now(), false)
	})
	say(`]}}},"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws","version_constraint":"~> 5.0","expressions":{"region":{"constant_value":"eu-central-1"}}}},"root_module":{"outputs":{"release":{"expression":{"references":["var.release"]}}},"module_calls":{`)
	w.modules(`"part#":{"source":"./modules/part","module":{"resources":[`, `],"variables":{"name":{},"vpc_id":{},"subnet_ids":{},"kms_key_arn":{}}},"expressions":{"name":{"constant_value":"part-#"}}}`,
		func(x *object, b []byte) []byte { return x.configured(b) })
	say(`},"variables":{"environment":{"default":"production"},"release":{}}}},"relevant_attributes":[`)
	w.each(0, o.Changes, func(x *object, b []byte) []byte {
		if x.actions == noOp {
			return b
		}
		b = append(b, `{"resource":"module.part`...)
		b = strconv.AppendInt(b, int64(x.module), 10)
		b = append(b, '.')
		return append(x.local(b), `","attribute":["id"]}`...)
	})
	say(`],"checks":[{"address":{"kind":"check","name":"health","to_display":"check.health"},"status":"pass","instances":[{"address":{"to_display":"check.health"},"status":"pass"}]}]`)
	say(`,"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}` + "\n")
	return w.Flush()
}

// computedMask writes the mask of a new object: what is computed is unknown.
func computedMask(k kind) string {
	var b strings.Builder
	for i, m := range members(k.computed) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(m + ":true")
	}
	if k.unknown != "" {
		b.WriteString("," + k.unknown)
	}
	return b.String()
}
