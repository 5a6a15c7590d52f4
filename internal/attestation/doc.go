// Package attestation reads what is said about commits in signed statements, and
// in unsigned ones, and finds out what of it is proved.
//
// Evidence arrives as foreign text, in whatever carrier ([Read] splits it into
// items). A [Verifier] says of an item who signed it and what it says; who may sign
// is the policy's to say, and nothing in the item grades the item. [Bind] says
// whether a verified item is about a commit: every subject of the one entry that
// names it must be the commit's own, and the statement must name this repository.
//
// Who may say what is fixed: that an agent made a commit, a key, an identity or a DID
// of that agent; what a platform says, an attestor's. What is signed by a certificate
// is verified by cosign's library under each trusted root, with its certificate
// timestamp, its log entry and a signed time; what is signed by a key, here, by the
// dates that the policy gives the key and our own time. A text that two readers could
// understand differently is refused before anybody reads it ([Strict]).
//
// It never uses the network and never the clock: trusted roots are given, and the
// time is the caller's. It never panics, whatever it is given.
package attestation
