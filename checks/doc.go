// Package checks is the vocabulary of Claw Verified and its pure core.
//
// A [Snapshot] is everything that was read about one change: the commits as raw
// objects, the changed files, the Terraform plans reduced to facts, the people
// and their reviews, the policy text, and a list of what could not be read.
// [Evaluate] turns it into a [Verdict]. Nothing else goes in: no network, no
// clock, no file, no environment. The time is a field of the snapshot. So the
// same snapshot gives the same verdict, byte for byte, on any machine, years
// later; that is what makes a decision checkable by somebody who does not trust
// the machine that made it.
//
// What it guarantees:
//
//   - The zero value of everything is the safe one. The zero [Outcome] is
//     Undecided, the zero [Verdict] does not pass, an empty list never means
//     "everything".
//   - A [Finding] says that something was looked at and found wanting. A [Gap]
//     says that something could not be looked at. They are never mixed, and a
//     gap never passes.
//   - Order is deterministic everywhere.
//   - Text in a snapshot is foreign and possibly hostile. It is carried through
//     unchanged; package publish makes it safe for each place it is shown in.
package checks
