// Package tfvalue holds one resource change of a plan with its values while the
// reader looks at it, and finds attributes in it.
//
// What it decides: nothing. What it never does: leave the reader. Values of a plan
// are secrets until shown otherwise, so nothing here is serialised, logged or put
// into an error; what is kept of a change are the facts of package checks.
//
// An attribute has a value before and after, and two masks say of the value after
// that it is known only after apply, and of both that they are sensitive. A mask
// that marks a part marks everything below it; the mask of a set marks the set as
// a whole, because its order says nothing.
package tfvalue

import "github.com/claw-verified/claw-verified/checks"

// Change is one resource change. Values are as encoding/json makes them with
// UseNumber: map[string]any, []any, string, json.Number, bool, nil.
type Change struct {
	Address      string // aws_db_instance.main[0], with module
	Config       string // the same without any instance key: where the configuration has it
	Module       string // "module.a[0]"; empty for the root
	ConfigModule string // the same without instance keys
	Type, Name   string
	Mode         string // "managed", "data", "ephemeral"
	Provider     string // registry.terraform.io/hashicorp/aws
	Deposed      string
	Previous     string // the address it was moved from
	Action       checks.Action
	CreateFirst  bool

	Before, After                   map[string]any // nil: the object does not exist then
	Unknown                         any            // mask of After
	BeforeSensitive, AfterSensitive any            // masks
}

// Old returns the object before the plan. There are no unknown values in it.
func (c *Change) Old() Side { return Side{c.Before, nil, c.BeforeSensitive} }

// New returns the object after the plan, as far as it is known. A forgotten object
// lives on as it is; a no-op leaves it as it is.
func (c *Change) New() Side {
	switch c.Action {
	case checks.ActionNoOp, checks.ActionForget:
		return c.Old()
	}
	return Side{c.After, c.Unknown, c.AfterSensitive}
}

// Pending is a consequence that counts only if the configuration sets one of the
// attributes Needs of the resource. An unknown value that nobody sets is the
// provider's computed default, and counts for nothing. Empty Needs: it counts.
type Pending struct {
	checks.Consequence
	Config string // the resource's place in the configuration
	Needs  []string
}

// Pend makes a consequence of a change.
func (c *Change) Pend(kind checks.ConsequenceKind, attribute string) Pending {
	return Pending{Consequence: checks.Consequence{Kind: kind, Address: c.Address, Type: c.Type, Attribute: attribute}, Config: c.Config}
}

// Configuration is what the plan's configuration tells about a resource. It stands
// after the changes in the file, so it is asked at the end.
type Configuration interface {
	// Sets reports whether somebody set one of the attributes, by the name of the
	// attribute at the top of the resource. A resource that the configuration does not
	// have is taken as set: that is the worse case.
	Sets(config string, attributes ...string) bool
	// References are the configuration addresses of the resources that an attribute at
	// the top of a resource refers to, in its module; none where it is not known.
	References(config, attribute string) []string
}
