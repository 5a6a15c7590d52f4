package planfile

import (
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of ResourceInstanceChange. The numbers 1 to 6 are those of plans
// from before Terraform 1.1, which had no addr.
const (
	changeDeposed  protowire.Number = 7
	changeProvider protowire.Number = 8
	changeChange   protowire.Number = 9
	changePrivate  protowire.Number = 10
	changeReason   protowire.Number = 12
	changeAddress  protowire.Number = 13
	changePrevious protowire.Number = 14
)

// changed reads a resource change. Of drift and of deferred changes only the
// number is kept, counted as the JSON counts.
func (r *reader) changed(m *message, f field) error {
	if err := m.bytes(f); err != nil {
		return err
	}
	switch f.num {
	case planDeferred:
		r.deferred++
		return nil
	case planDrift:
		c, _, err := r.resource(f)
		if err != nil {
			return inField(err, "resource_drift", r.drift.all)
		}
		r.drift.count(c)
		return nil
	}
	c, reason, err := r.resource(f)
	if err == nil && len(r.changes) == r.lim.MaxChanges {
		err = r.wire.fail("too many resource changes")
	}
	if err == nil {
		err = r.keep(c.address)
	}
	if err == nil && !r.add(c) {
		err = r.wire.fail("two changes of the same object")
	}
	if err == nil && reason == reasonByRequest {
		r.forced = append(r.forced, c.address)
	}
	return inField(err, "resource_changes", len(r.changes))
}

// resource reads one ResourceInstanceChange.
func (r *reader) resource(f field) (c change, reason int32, err error) {
	var provider string
	in := message{w: r.wire}
	err = r.wire.fields(f.end, func(f field) error {
		switch f.num {
		case changeAddress:
			return in.text(f, maxAddress, &c.address)
		case changeDeposed:
			return in.text(f, maxWord, &c.deposed)
		case changeProvider:
			return in.text(f, maxAddress, &provider)
		case changeChange:
			return r.action(&in, f, &c.action)
		case changeReason:
			return in.enum(f, &reason)
		case changePrivate, changePrevious:
			return in.single(f, protowire.BytesType)
		}
		return nil
	})
	switch {
	case err != nil:
		return c, 0, err
	case c.address == "":
		return c, 0, r.wire.fail("a change without an address, as plans from before Terraform 1.1 have it")
	case in.once&(1<<changeChange) == 0:
		return c, 0, r.wire.fail("a change that does not say what changes")
	}
	// The module prefix of a provider is not looked for: the registry is.
	r.tofu = r.tofu || strings.Contains(provider, `provider["registry.opentofu.org/`) || c.action == actionForgetCreate || reason >= firstTofuReason
	r.tf = r.tf || c.action == actionCreateForget
	return c, reason, nil
}

// action reads the action of a Change. Without the field it is 0: a no-op, as
// Terraform reads it. Values, paths, import ids and generated configuration are
// passed over.
func (r *reader) action(m *message, f field, into *int32) error {
	if err := m.single(f, protowire.BytesType); err != nil {
		return err
	}
	in := message{w: r.wire}
	err := r.wire.fields(f.end, func(f field) error {
		switch f.num {
		case 1:
			return in.enum(f, into)
		case 2, 3, 4:
			return in.bytes(f)
		case 5, 6, 7, 8:
			return in.single(f, protowire.BytesType)
		}
		return nil
	})
	return inField(err, "change", -1)
}

// driftCount counts drift as the JSON shows it: without deletes of data sources,
// and without no-ops, which are moves, unless the plan is refresh-only.
type driftCount struct{ all, noop, hidden int }

func (d *driftCount) count(c change) {
	d.all++
	switch {
	case c.action == actionDelete && isData(c.address):
		d.hidden++
	case c.action == actionNoOp:
		d.noop++
	}
}

func (d driftCount) shown(mode int32) int {
	n := d.all - d.hidden
	if mode != modeRefreshOnly {
		n -= d.noop
	}
	return n
}

// isData reports whether an address is that of a data source. Instance keys may
// hold dots, brackets and escaped quotes.
func isData(address string) bool {
	for {
		rest, ok := strings.CutPrefix(address, "module.")
		if !ok {
			return strings.HasPrefix(address, "data.")
		}
		i := strings.IndexAny(rest, ".[")
		if i < 0 {
			return false
		}
		if rest[i] == '[' {
			n := keyEnd(rest[i:])
			if n < 0 || i+n >= len(rest) || rest[i+n] != '.' {
				return false
			}
			i += n
		}
		address = rest[i+1:]
	}
}

// keyEnd returns the length of the instance key that s begins with, or -1.
func keyEnd(s string) int {
	if !strings.HasPrefix(s, `["`) {
		if n := strings.IndexByte(s, ']'); n >= 0 {
			return n + 1
		}
		return -1
	}
	for i := 2; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if i+1 < len(s) && s[i+1] == ']' {
				return i + 2
			}
			return -1
		}
	}
	return -1
}
