package planfile

import (
	"errors"
	"io"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of planfile.proto, version 3 of the format, as Terraform (up to
// 1.17) and OpenTofu (up to 1.13) have it. What is not here is passed over. 6 and
// the two large ones are OpenTofu's; 25 to 32 are Terraform's. 22 is something else
// in each, and not read.
const (
	planVersion        protowire.Number = 1
	planVariables      protowire.Number = 2
	planChanges        protowire.Number = 3
	planOutputs        protowire.Number = 4
	planTargets        protowire.Number = 5
	planExcludes       protowire.Number = 6
	planBackend        protowire.Number = 13
	planToolVersion    protowire.Number = 14
	planReplaced       protowire.Number = 16
	planMode           protowire.Number = 17
	planDrift          protowire.Number = 18
	planErrored        protowire.Number = 20
	planTimestamp      protowire.Number = 21
	planApplyable      protowire.Number = 25
	planComplete       protowire.Number = 26
	planDeferred       protowire.Number = 27
	planStateStore     protowire.Number = 29
	planInvocations    protowire.Number = 30
	planInvoked        protowire.Number = 32
	planExecutionGraph protowire.Number = 500_000_000
	planDestroying     protowire.Number = 500_000_001
)

// Numbers of its enumerations, and the one version of the format.
const (
	formatVersion = 3

	actionNoOp         = 0
	actionDelete       = 5
	actionCreateForget = 9  // Terraform's
	actionForgetCreate = 10 // OpenTofu's

	modeNormal      = 0
	modeDestroy     = 1
	modeRefreshOnly = 2

	reasonByRequest = 2
	firstTofuReason = 14 // this and higher ones are OpenTofu's
)

// verbsOf are the actions in the words of the JSON. "forget,create" is OpenTofu's,
// "create,forget" Terraform's.
var verbsOf = map[int32][]string{
	actionNoOp: {"no-op"}, 1: {"create"}, 2: {"read"}, 3: {"update"}, actionDelete: {"delete"},
	6: {"delete", "create"}, 7: {"create", "delete"}, 8: {"forget"},
	actionCreateForget: {"create", "forget"}, actionForgetCreate: {"forget", "create"},
}

// verbs are the words of an action; a number that is not among the ten is unknown,
// never nothing. The list is not to be changed.
func verbs(action int32) []string {
	if v, ok := verbsOf[action]; ok {
		return v
	}
	return []string{"unknown:" + strconv.Itoa(int(action))}
}

// change is one planned change of a resource instance.
type change struct {
	address, deposed string
	action           int32
}

// reader reads the message into a file.
type reader struct {
	*File
	wire *wire
	lim  Limits
	text int64 // bytes of text kept so far
	// forced are the objects whose action is said to be a replacement by request.
	// Neither tool fills force_replace_addrs, though both have it.
	forced []string
	tofu   bool // something only OpenTofu writes
	tf     bool // something only Terraform writes
}

// readMessage walks the plan message, which is size bytes long.
func (r *reader) readMessage(in io.Reader, size int64) error {
	r.wire = newWire(in, namePlan)
	m := message{w: r.wire}
	version := uint64(0)
	var backends int
	err := r.wire.fields(size, func(f field) error {
		r.tf = r.tf || (f.num >= planApplyable && f.num <= planInvoked)
		switch f.num {
		case planVersion:
			version = f.value
			return m.single(f, protowire.VarintType)
		case planVariables:
			return r.variable(&m, f)
		case planChanges, planDrift, planDeferred:
			return r.changed(&m, f)
		case planOutputs:
			return r.output(&m, f)
		case planTargets, planInvoked:
			return r.list(&m, f, &r.targets)
		case planExcludes:
			r.tofu = true
			return r.list(&m, f, &r.excludes)
		case planReplaced:
			return r.list(&m, f, &r.replaced)
		case planBackend, planStateStore:
			backends++
			return r.backend(&m, f)
		case planToolVersion:
			return m.text(f, maxWord, &r.toolVersion)
		case planMode:
			return m.enum(f, &r.mode)
		case planErrored:
			return m.truth(f, &r.errored)
		case planTimestamp:
			return r.time(&m, f)
		case planApplyable:
			return m.truth(f, &r.applyable)
		case planComplete:
			return m.truth(f, &r.complete)
		case planInvocations:
			r.invocations++
			return m.bytes(f)
		case planExecutionGraph:
			if f.end > r.wire.at {
				return r.wire.fail("an execution graph of OpenTofu's experimental runtime: what it would do cannot be read")
			}
			return m.bytes(f)
		case planDestroying:
			r.tofu = true
			d := message{w: r.wire} // its number is too large for the set of fields seen
			var destroying bool
			f.num = 0
			err := d.truth(f, &destroying)
			r.destroying = r.destroying || destroying
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case version != formatVersion:
		return inEntry(namePlan, "version %d of the plan format, and only %d is known", version, formatVersion)
	case backends != 1:
		return inEntry(namePlan, "the plan names %d backends, and must name one", backends)
	}
	return r.wire.finish()
}

// finish makes sure that the entry ends where the message does, which is also when
// its checksum is looked at.
func (w *wire) finish() error {
	_, err := w.r.Peek(1)
	if err == nil {
		return w.fail("something stands behind the message")
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keep counts text that stays in memory.
func (r *reader) keep(s string) error {
	r.text += int64(len(s))
	if r.text > r.lim.MaxText {
		return r.wire.fail("the addresses and names are longer than all that may be kept")
	}
	return nil
}

// list reads one text of a list.
func (r *reader) list(m *message, f field, into *[]string) error {
	if err := m.bytes(f); err != nil {
		return err
	}
	s, err := r.wire.text(f, maxAddress)
	if err != nil {
		return err
	}
	if len(*into) == maxTargets {
		return r.wire.fail("an absurdly long list of addresses")
	}
	*into = append(*into, s)
	return r.keep(s)
}

// variable reads the name of an entry of the map of variables, and passes over the
// value.
func (r *reader) variable(m *message, f field) error {
	if err := m.bytes(f); err != nil {
		return err
	}
	var name string
	in := message{w: r.wire}
	err := r.wire.fields(f.end, func(f field) error {
		switch f.num {
		case 1:
			return in.text(f, maxWord, &name)
		case 2:
			return in.single(f, protowire.BytesType)
		}
		return nil
	})
	if err != nil {
		return inField(err, "variables", len(r.Variables))
	}
	if len(r.Variables) == maxTargets {
		return r.wire.fail("an absurd number of variables")
	}
	r.Variables = append(r.Variables, name)
	return r.keep(name)
}

// output reads name and action of an output change.
func (r *reader) output(m *message, f field) error {
	if err := m.bytes(f); err != nil {
		return err
	}
	var c change
	in := message{w: r.wire}
	err := r.wire.fields(f.end, func(f field) error {
		switch f.num {
		case 1:
			return in.text(f, maxWord, &c.address)
		case 2:
			return r.action(&in, f, &c.action)
		case 3:
			return in.single(f, protowire.VarintType)
		}
		return nil
	})
	if err == nil && in.once&(1<<2) == 0 {
		err = r.wire.fail("an output change without a change")
	}
	if err == nil && len(r.outputs) == r.lim.MaxChanges {
		err = r.wire.fail("too many output changes")
	}
	if _, twice := r.outputIndex[c.address]; err == nil && twice {
		err = r.wire.fail("two changes of the same output")
	}
	if err != nil {
		return inField(err, "output_changes", len(r.outputs))
	}
	r.outputIndex[c.address] = int32(len(r.outputs)) //nolint:gosec // bounded by Limits.MaxChanges, and the file
	r.outputs = append(r.outputs, c)
	return r.keep(c.address)
}

// backend reads type and workspace of a backend or a state store; both messages
// have them at the same numbers.
func (r *reader) backend(m *message, f field) error {
	if err := m.single(f, protowire.BytesType); err != nil {
		return err
	}
	in := message{w: r.wire}
	err := r.wire.fields(f.end, func(f field) error {
		switch f.num {
		case 1:
			return in.text(f, maxWord, &r.backendType)
		case 2, 4:
			return in.single(f, protowire.BytesType)
		case 3:
			return in.text(f, maxWord, &r.workspace)
		}
		return nil
	})
	return inField(err, "backend", -1)
}

// time reads the time the plan was made.
func (r *reader) time(m *message, f field) error {
	var s string
	if err := m.text(f, maxWord, &s); err != nil || s == "" {
		return err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return r.wire.fail("a time that is not RFC 3339")
	}
	r.timestamp = t.UTC()
	return nil
}

// inField names the field an error lies in.
func inField(err error, name string, index int) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if index >= 0 {
		name += "[" + strconv.Itoa(index) + "]"
	}
	if e.Field != "" {
		name += "." + e.Field
	}
	e.Field = name
	return err
}
