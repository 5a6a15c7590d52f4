// Package privilege tells who may do what after a plan and might not before.
//
// It looks at one resource change at a time and returns facts. It decides nothing:
// which fact asks for a review is said by the rules of package checks/plan.
//
// # What it tells
//
//   - grant-public: everybody may do something.
//   - grant-admin: somebody may do everything.
//   - grant-escalation: what is granted can be used to get more, or what holds a
//     principal back is taken away.
//   - grant-trust: another account, a federation or a workflow may act.
//   - grant-wider: somebody may do more, in no way that the others name; or a program
//     that is there already acts as another identity, whose rights are not seen here.
//   - grant-unknown: what is granted is known only after apply, cannot be read, or is
//     too much to compare. Only the first is marked unknown; the others say why.
//   - grant-withdrawn: somebody may do less because a binding is deleted, or because a
//     resource that lists all there are no longer lists him.
//   - gate-weakened: what stands before a change of code or a deployment is weaker:
//     protections of branches, sets of rules, environments, which actions may run.
//   - guardrail-off: another check is required in the place of one, and no fewer.
//   - irreversible: nobody may change the policy of a key any more.
//
// A fact is about one attribute and says each thing once: the attribute, its value
// before and after where that is a word, and as parts who, what, which.
//
// Before is compared with after. What only gets narrower, another order, a list
// written as a string, a statement cut in two, and a no-op are silent. A new resource
// is compared with nothing.
//
// # How policies are compared
//
// A policy document is read by a strict reader of its own: a member that is there
// twice, also in other letters, an element that the grammar does not have, or text
// after the end make it unreadable, and what is unreadable may grant anything. A
// statement is a set in four dimensions (action, resource, principal, and a name that
// only Kubernetes and Azure use) under conditions. Patterns are compared by what they
// match. An allow that no single statement covered before is new; a denial that is
// gone or smaller is wider by itself, because it holds against every other policy.
// Where it cannot be sure it says wider: an allow that only several statements
// together covered is told, a widening is never missed.
//
// The work for one change is bounded. When it runs out, that is told as grant-unknown,
// and the worst of each statement is told as if it were new, each with a share of work
// of its own, so that filling a policy up hides nothing in it. Of several policies in
// one resource those that can be read are told beside one that cannot.
//
// # What it trusts
//
// The values of the plan, and its masks. An ARN in the state before the plan says which
// account is an object's own. What a policy says of accounts is not believed, but for
// a statement about objects of the very account it allows, and for a key policy with
// one account in it. A condition limits everybody only if it names who asks in a way
// that the asker cannot choose: no IfExists, no ForAllValues, no wildcard for the
// account, no variable, no header.
//
// # What it does not see
//
// It sees one resource. A policy and its attachment are two: each is told by itself,
// and a policy that nobody has is told too. What a customer's own policy says is told
// where it is written, not where it is attached. Conditions are compared clause by
// clause; two clauses over different keys are never the same thing. What moves from one
// resource to another is told of both.
//
// That a control is gone or weaker is told by package guard, of constraints and
// policies of an organisation, conditions for signing in and rules for passwords too.
//
// # What it never does
//
// It never shows a value that the plan marks sensitive, before or after, nor a part of
// an attribute of which another part is marked; it judges it, and says so. It names at
// most twelve parts of at most 120 bytes, without control characters. It does no I/O,
// knows no clock, and does not panic.
package privilege
