// Package policy is the language in which a repository says what it lets pass.
//
// A policy is one YAML file, read from the base branch, never from the change it
// judges. [Parse] turns its text into a [Policy] with every default filled in, or
// into the list of everything that is wrong with it, each with line and column.
// There is nothing in between: a policy with one error is not used at all, because
// half a policy is a weaker policy.
//
// What it guarantees:
//
//   - It is pure: no file, no clock, no network, no state. What depends on the
//     time of day is told by [Lint], which is given the time.
//   - Nothing empty means "everything" or "nobody". An empty list, an empty
//     mapping, a key without a value, a count of 0 and a condition set to false
//     are errors; only leaving the key out gives the default.
//   - One key, in whatever form, one keyless identity, e-mail address, login or
//     account id belongs to one agent, one person or one attestor. Two owners would
//     let one pass for the other.
//   - What the policy refers to by a path is a gate file, see [Policy.TrustFiles],
//     and never lies where anybody may put attestations.
//   - What the reader of the file sees is what the parser reads: no aliases,
//     anchors, merge keys, tags or directives, no second document, no invisible or
//     direction-changing characters, no line breaks that editors do not show.
//   - Every position is exact, every foreign word in a message is quoted.
//
// The policy of an organisation is read by [ParseFloor] and joined with that of a
// repository by [Policy.WithFloor]: what the organisation asks for cannot be lowered.
// [Compare] tells what another policy decides differently, the weaker parts first; it
// goes by the types of the language, so that nothing is left out.
//
// What it never does: read the file or one that it refers to, decide which commit
// they are read from, look up GitHub teams ("org/team" is checked for its form only),
// or judge a change.
//
// The JSON Schema in schema.json is for editors. It is generated from the types
// of this package and tested to agree with Parse as far as a schema can say it;
// Parse itself does not use it.
package policy
