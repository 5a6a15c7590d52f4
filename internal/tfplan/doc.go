// Package tfplan reads the JSON of a Terraform or OpenTofu plan, as written by
// `terraform show -json tfplan`, and keeps facts about it: what would happen to
// which resource, and what would be opened to the network.
//
// What it decides: nothing. It turns bytes into a [checks.Plan]; package
// checks/plan judges that.
//
// What it trusts: nothing in the file. The plan is made by a job that the
// author of a change may influence. Two attacks matter most: two programs that
// read two different plans out of the same bytes, and a deciding entry that
// nobody looks at. So a plan is refused as a whole, and never repaired, when
//
//   - it is not strict JSON: duplicate member names, text that is not Unicode,
//     deep nesting, anything after the end;
//   - a member name is an alias of a known one for readers that ignore case
//     ("Actions", "reſource_changes");
//   - an entry lacks what decides about it, or contradicts itself: a no-op whose
//     object changes, a delete that leaves something, a type that is not the one
//     in the address, two entries for one object;
//   - it is larger than the [Limits] in any direction.
//
// What it never does: keep values. A plan holds passwords in clear text, and the
// facts travel: into reports, snapshots and proofs. Facts hold addresses, types,
// attribute names, ports and address ranges that are not marked sensitive.
// Errors hold pointers, offsets and names that belong to the format, never a
// value and never a name below one, because a map key can be a secret too.
//
// Memory is bounded by the limits, not by the file: the file is a stream, and
// only one resource change is held at a time.
package tfplan
