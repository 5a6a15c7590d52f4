package exposure

import "github.com/claw-verified/claw-verified/internal/tfvalue"

// Line is one line of a rule set: who may connect, or may not, to which ports.
// A line with several sources or port ranges is several lines of the same order.
type Line struct {
	// Of the resource that has it; those of the change may be left out.
	Address, Type, Config string

	Owner Owner // the rule set it belongs to
	// Direction is "ingress" or "egress", or "list" of an entry of an address list:
	// a source of kind SourceNamed whose name is the ID of the list's owner is then
	// read as the entries. Empty: this is no rule, it only says that the resource is a
	// rule set, or part of one, that may have no rules of its own (a group whose rules
	// are resources of their own); only Owner counts then.
	Direction string
	Deny      bool
	// Ordered lines are tried by Order, the lowest first, and the first that matches
	// decides; lines of the same order have the same answer or the deny wins. What no
	// line matches is denied. Lines that are not ordered only allow.
	Ordered bool
	Order   int

	Protocol string // "tcp", "udp", "icmp", "icmpv6", a number as text, or "all"
	From, To int    // ports, both included; 0-65535 for all. For icmp type × 256 + code
	Source   Source

	// Unclear: protocol or ports could not be read, or are known only after apply, and
	// are given here as the widest they could be. Such a line opens as much as it
	// says, but proves neither that something was open before nor that something is
	// denied after.
	Unclear bool
	// Through is what the line goes through that opens nothing by itself, in the words
	// of checks.Exposure; empty: as the type of the resource says.
	Through   string
	wasted    int      // lines that were made and not kept
	Sensitive bool     // the plan marks the source, or the line, sensitive
	Needs     []string // the line counts only if the configuration sets one of these attributes
	// Unless: without Needs, the line counts only if the configuration sets none of
	// these attributes: what a provider does when nobody says anything.
	Unless []string
}

// Source is who may connect (of egress: who may be reached).
type Source struct {
	Kind SourceKind
	Span Span   // of SourceIPv4 and SourceIPv6
	Name string // of SourceNamed, with what it is: "prefix list pl-1", "group sg-2", "service tag Storage"
}

// SourceKind says how a source is given.
type SourceKind string

// Kinds of sources.
const (
	SourceIPv4 SourceKind = "ipv4"
	SourceIPv6 SourceKind = "ipv6"
	// SourceNamed are addresses that a plan does not show, known by a name. The same
	// name before and after is the same source; a new one could be anybody.
	// Text that is no address and no name that is known is one too.
	SourceNamed SourceKind = "named"
	// SourceInside are machines of the same owner, known by a name: another security
	// group, the group itself, a tag. A new one is not the internet.
	SourceInside SourceKind = "inside"
	// SourceUnknown is known only after apply; never the same as before.
	SourceUnknown SourceKind = "unknown"
)

// Owner names the rule set that a line belongs to, so that lines of the same set in
// several resources are united before they are compared.
type Owner struct {
	// ID is the same text for every resource of a set, with the kind of set in front:
	// "sg sg-0123", "nsg group/name", "network default". Empty when it is not known
	// yet, or the set has only this resource.
	ID string
	// Attribute is the attribute at the top of the resource that refers to the set,
	// asked when ID is empty. Empty: the resource is the set.
	Attribute string
}

// extract reads the lines of one side of a change; nil for a side that does not
// exist. Address, type and place are those of the change. The two sides of a change
// are read alike, so that what is the same on both gives the same lines.
type extract func(c *tfvalue.Change, s tfvalue.Side) []Line
