// Package collect reads everything a verdict depends on and makes one
// [checks.Snapshot] of it. All input and output of a judgement is here and in the
// packages it calls; nothing is decided here.
//
// The policy comes from the base commit, or from a file that whoever runs the
// command names and that the change does not bring along. It is never taken from
// the head: a change cannot bring its own judge.
//
// The files that the policy refers to and that say whom to trust come from where
// the policy comes from. What is said about commits, their attestations, is taken
// from wherever it lies, the change included: notes, files of the tree, files that
// are named, the pull request's description. The place proves nothing, so it is not
// asked about; who signed is, later.
//
// What goes wrong ends in one of two ways. When there is nothing to judge at all
// (no repository, no such base) the error is a [Problem] and there is no
// snapshot. When something is left to tell, it becomes a [checks.Gap] of the
// snapshot, which makes the verdict undecided. Nothing is ever cut off silently:
// a list in a snapshot is whole, or empty with a gap that says so.
//
// Base and head are resolved to full ids once, at the start. A branch that moves
// while we read changes nothing that we read.
package collect
