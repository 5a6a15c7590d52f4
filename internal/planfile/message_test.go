package planfile_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

func readMessage(t *testing.T, m msg) *planfile.File {
	t.Helper()
	return read(t, planZip(t, m, nil))
}

func TestActions(t *testing.T) {
	for number, want := range map[uint64]string{
		0: "no-op", 1: "create", 2: "read", 3: "update", 5: "delete", 6: "delete,create", 7: "create,delete",
		8: "forget", 9: "create,forget", 10: "forget,create", 4: "unknown:4", 11: "unknown:11", 1<<31 - 1: "unknown:2147483647",
	} {
		words, ok := readMessage(t, plan().sub(3, planned("a.b", number))).Action("a.b", "")
		if got := strings.Join(words, ","); !ok || got != want {
			t.Errorf("action %d: got %s, want %s", number, got, want)
		}
	}
	// No action at all is 0 in this format, and Terraform takes it for a no-op.
	words, _ := readMessage(t, plan().sub(3, msg(nil).sub(9, nil).str(13, "a.b"))).Action("a.b", "")
	if !slices.Equal(words, []string{"no-op"}) {
		t.Errorf("got %v", words)
	}
}

func TestDeposed(t *testing.T) {
	f := readMessage(t, plan().sub(3, planned("a.b", 3)).sub(3, planned("a.b", 5).str(7, "0123abcd")))
	for deposed, want := range map[string]string{"": "update", "0123abcd": "delete", "ffffffff": ""} {
		if words, _ := f.Action("a.b", deposed); strings.Join(words, ",") != want {
			t.Errorf("deposed %q: got %v, want %s", deposed, words, want)
		}
	}
	if words, ok := f.Action("a.b\x000123abcd", ""); ok {
		t.Errorf("an address passes for a deposed object: %v", words)
	}
}

// What the message must not be: each of these could be read in two ways, or hides
// something.
func TestRefusedMessages(t *testing.T) {
	group := func(in msg) msg { return protowire.AppendTag(in, 99, protowire.StartGroupType) }
	change := func(f func(msg) msg) msg { return plan().sub(3, f(planned("a.b", 0))) }
	for name, c := range map[string]struct {
		m    msg
		want string
	}{
		"empty":                    {nil, "version 0"},
		"version 4":                {msg(nil).num(1, 4).sub(13, nil), "version 4"},
		"no version":               {plan()[2:], "version 0"},
		"version twice":            {plan().num(1, 3), "occurs twice"},
		"version as text":          {msg(nil).str(1, "\x03"), "wrong wire type"},
		"no backend":               {msg(nil).num(1, 3), "0 backends"},
		"backend and state store":  {plan().sub(29, nil), "2 backends"},
		"backend twice":            {plan().sub(13, nil), "occurs twice"},
		"workspace twice":          {msg(nil).num(1, 3).sub(13, msg(nil).str(3, "a").str(3, "b")), "occurs twice in \"tfplan\" at backend"},
		"mode twice":               {plan().num(17, 1).num(17, 0), "occurs twice"},
		"mode as text":             {plan().str(17, "x"), "wrong wire type"},
		"errored twice":            {plan().num(20, 1).num(20, 0), "occurs twice"},
		"errored 2":                {plan().num(20, 2), "neither true nor false"},
		"time":                     {msg(nil).num(1, 3).sub(13, nil).str(21, "yesterday"), "RFC 3339"},
		"time twice":               {plan().str(21, "2026-01-02T03:04:05Z"), "occurs twice"},
		"tool twice":               {plan().str(14, "1.11.5"), "occurs twice"},
		"change as number":         {plan().num(3, 1), "wrong wire type"},
		"target as number":         {plan().num(5, 1), "wrong wire type"},
		"no address":               {plan().sub(3, msg(nil).sub(9, nil)), "without an address"},
		"before Terraform 1.1":     {plan().sub(3, msg(nil).str(3, "aws_x").str(4, "n").sub(9, nil)), "without an address"},
		"address twice":            {change(func(m msg) msg { return m.str(13, "c.d") }), "resource_changes[0]"},
		"address as number":        {plan().sub(3, msg(nil).num(13, 7)), "wrong wire type"},
		"deposed twice":            {change(func(m msg) msg { return m.str(7, "a").str(7, "b") }), "occurs twice"},
		"change twice":             {change(func(m msg) msg { return m.sub(9, msg(nil).num(1, 5)) }), "occurs twice"},
		"action twice":             {plan().sub(3, msg(nil).sub(9, msg(nil).num(1, 5).num(1, 0)).str(13, "a.b")), "at resource_changes[0].change"},
		"action cut to 32 bits":    {plan().sub(3, planned("a.b", 1<<32)), "out of range"},
		"negative action":          {plan().sub(3, planned("a.b", 1<<64-1)), "out of range"},
		"action as text":           {plan().sub(3, msg(nil).sub(9, msg(nil).str(1, "\x05")).str(13, "a.b")), "wrong wire type"},
		"no change":                {plan().sub(3, msg(nil).str(13, "a.b")), "does not say what changes"},
		"two changes of an object": {plan().sub(3, planned("a.b", 5)).sub(3, planned("a.b", 0)), "two changes of the same object"},
		"two changes of an output": {plan().sub(4, msg(nil).str(1, "o").sub(2, nil)).sub(4, msg(nil).str(1, "o").sub(2, nil)), "two changes of the same output"},
		"output without a change":  {plan().sub(4, msg(nil).str(1, "o")), "output_changes[0]"},
		"drift without address":    {plan().sub(18, msg(nil)), "resource_drift[0]"},
		"address not UTF-8":        {plan().sub(3, planned("a.\xff", 1)), "not valid UTF-8"},
		"address with NUL":         {plan().sub(3, planned("a.b\x0001234567", 1)), "control character"},
		"long address":             {plan().sub(3, planned(strings.Repeat("a", 9000), 1)), "absurdly long"},
		"group":                    {group(plan()), "a group"},
		"group in a change":        {plan().sub(3, group(planned("a.b", 0))), "a group"},
		"field 0":                  {append(plan(), 0x00, 0x00), "field number that cannot be"},
		"length too large":         {append(plan(), 0x1a, 0x05, 'a'), "reaches out"},
		"inner length too large":   {plan().sub(3, msg{0x6a, 0x09, 'a'}), "reaches out"},
		"huge length":              {append(plan(), 0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), "reaches out"},
		"cut in a number":          {append(plan(), 0x80), "damaged or cut off"},
		"number too long":          {append(plan(), 0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01), "damaged"},
		"inner number reaches out": {plan().sub(3, msg{0x80}).str(14, "x"), "damaged or cut off"},
		"execution graph":          {plan().str(500_000_000, "graph"), "execution graph"},
		"destroying 2":             {plan().num(500_000_001, 2), "neither true nor false"},
		"variable name twice":      {plan().sub(2, msg(nil).str(1, "a").str(1, "b")), "variables[0]"},
		"not protobuf":             {msg("this is not protobuf, it may be encrypted"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, planZip(t, c.m, nil), planfile.Limits{}, c.want)
		})
	}
}

// Fields nobody knows are passed over, as both tools do: new versions add some.
func TestUnknownFields(t *testing.T) {
	m := plan().num(1000, 7).str(1001, "x")
	m = protowire.AppendFixed64(protowire.AppendTag(m, 1002, protowire.Fixed64Type), 1)
	m = protowire.AppendFixed32(protowire.AppendTag(m, 1003, protowire.Fixed32Type), 1)
	if n := readMessage(t, m.sub(3, planned("a.b", 1).str(200, "x"))).NumActions(); n != 1 {
		t.Errorf("got %d actions", n)
	}
}

// OpenTofu writes the same message with some fields of its own.
func TestOpenTofu(t *testing.T) {
	tofu := func(address string, action uint64) msg {
		return msg(nil).str(8, `module.m.provider["registry.opentofu.org/hashicorp/aws"].west`).sub(9, msg(nil).num(1, action)).str(13, address)
	}
	m := plan().str(6, "module.keep").str(6, "aws_db_instance.d").sub(3, tofu("a.b", 10)).sub(3, tofu("a.c", 8)).
		str(22, "ephemeral_variable").num(17, 0)
	f := readMessage(t, m)
	got := f.Facts()
	if f.Tool != planfile.ToolOpenTofu || !slices.Equal(got.Excludes, []string{"module.keep", "aws_db_instance.d"}) || got.Mode != "normal" {
		t.Errorf("got %s %+v", f.Tool, got)
	}
	c := f.Compare()
	c.Change("a.b", "", []string{"forget", "create"})
	c.Change("a.c", "", []string{"forget"})
	if d := c.Done(); d != nil {
		t.Errorf("got %v", d)
	}
	if got := readMessage(t, plan().num(500_000_001, 1)).Facts().Mode; got != "destroy" {
		t.Errorf("destroying, and the mode is %s", got)
	}
	if got := read(t, planZip(t, plan(), map[string]string{"tfschemas": "x"})).Tool; got != planfile.ToolOpenTofu {
		t.Errorf("got %q", got)
	}
}

func TestTool(t *testing.T) {
	for name, c := range map[string]struct {
		m    msg
		want string
	}{
		"neither":   {plan(), ""},
		"terraform": {plan().num(26, 1), planfile.ToolTerraform},
		"both":      {plan().num(26, 1).str(6, "a.b"), ""},
		"forget":    {plan().sub(3, planned("a.b", 9)), planfile.ToolTerraform},
	} {
		if got := readMessage(t, c.m).Tool; got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestModes(t *testing.T) {
	for number, want := range map[uint64]string{0: "normal", 1: "destroy", 2: "refresh-only", 3: "unknown", 99: "unknown"} {
		if got := readMessage(t, plan().num(17, number)).Facts().Mode; got != want {
			t.Errorf("mode %d: got %s, want %s", number, got, want)
		}
	}
}

// -invoke limits a plan to actions; a state store stands where a backend does.
func TestNewTerraform(t *testing.T) {
	m := msg(nil).num(1, 3).sub(29, msg(nil).str(1, "s3_store").str(3, "w").sub(4, msg(nil).str(1, "registry.terraform.io/x/y"))).
		str(14, "1.17.0").str(32, "action.notify.x").sub(30, msg(nil).str(1, "action.notify.x")).str(28, "v")
	f := readMessage(t, m)
	got := f.Facts()
	if got.Backend != "s3_store" || got.Workspace != "w" || !slices.Equal(got.Targets, []string{"action.notify.x"}) || f.Tool != planfile.ToolTerraform {
		t.Errorf("got %+v", got)
	}
	c, one, none, no := f.Compare(), 1, 0, false
	c.Facts(planfile.Stated{ToolVersion: "1.17.0", Errored: &no, Complete: &no, Applyable: &no, Invocations: &one, Deferred: &none, Drift: &none})
	if d := c.Done(); d != nil {
		t.Errorf("got %v", d)
	}
}

// A secret in a value is nowhere in what is kept or in an error.
func TestNoValues(t *testing.T) {
	b := planZip(t, plan().sub(3, planned("a.b", 1).str(13, "c.d")), nil)
	refused(t, b, planfile.Limits{}, "occurs twice")
	_, err := planfile.Read(strings.NewReader(string(b)), int64(len(b)), planfile.Limits{})
	if strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
