// Package exposure tells what a plan opens to the network: who may connect after it and
// might not before.
//
// Lines of rules are gathered from every resource that has some, also from those that
// nothing happens to, and united by the rule set they belong to (a security group, a
// network ACL, an address list). A rule set is a set of boxes: direction × family ×
// protocol × ports × sources. Ordered sets are evaluated as the cloud does, the first
// line that matches decides, and what no line matches is denied. What the set allows
// after the plan, less what it allowed before, is opened; so it does not matter how a
// rule is written, in which resource it stands, or what is replaced by what:
//
//   - 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0, host bits do not count, ::ffff:10.0.0.1 is
//     10.0.0.1, protocol 6 is tcp, -1 is every protocol;
//   - a rule that moves from a group into a resource of its own opens nothing;
//   - a deny that is destroyed, made smaller or put behind an allow does;
//   - an address list that grows opens wherever it is referred to: it is told of the rules
//     of this plan that refer to it, with their ports, though nothing happens to them. What
//     it opens by none of them is told under its own name, for all protocols and ports,
//     because rules of other plans may refer to it;
//   - routes, lists, and access lists that stand before other rules open nothing by
//     themselves, and say so.
//
// What changes and opens nothing is told as rearranged: narrower, moved, or the same. A
// rule set that is destroyed as a whole takes its denies with it; whether that opens
// something depends on what stands behind, so it is told neither way here.
//
// Sources that are not addresses have names. The same name is the same source; a new name
// may be anybody, so it is the world, and said to be unknown. Addresses that a name
// stands for are not known, so nothing that is said of addresses proves anything about a
// name, but for all of both families. Machines of the same owner (another group, the group
// itself, a tag) are no opening, and never make an address in the same rule less open.
//
// Sources known only after apply count as the whole world if somebody set them. Nobody
// did if the configuration has no expression for the attribute of a new resource: then it
// is the provider's computed default, and silent. One thing cannot be told from it: a
// dynamic block whose for_each is not known leaves no expression either. Reading the source
// of the configuration is the only remedy. What cannot be read proves nothing: an
// allowing line before the plan does not count as having been open, a denying line after
// it does not count as a protection.
//
// What is trusted: the values of the plan, as far as the reader let them through, and the
// ids in it, which are taken to be different for different rule sets. An id that is known
// only after apply is looked up in the configuration; it counts only where exactly one
// resource is referred to, and this plan makes or replaces it. An expression that refers to
// a replaced group and yet yields the id of another cannot be told from a plain reference.
//
// What is never done: show a source that the plan marks sensitive, or one that could be
// worked out from what is left of another; show text that is neither an address nor an
// identifier; guess what lies behind an interface, a peering or a load balancer. Each
// rule set is judged alone, for nothing in a plan says what it is attached to; but what
// several sets newly allow is added up before it is called less than the world.
//
// Comparing is bounded by the number of lines and by steps, so rules made to be slow end
// in ErrTooMany, which leaves the plan undecided.
package exposure
