// Package guard looks at one resource change of a plan and tells what it weakens,
// opens to the public, makes irreversible or takes away, beyond what is lost with an
// object that is destroyed.
//
// What it decides: which facts a change has, of these kinds.
//
//   - protection-off: an attribute that protects data is weakened, by an update or by
//     a replacement; a block that protects is gone. A new object that is unprotected
//     weakens nothing.
//   - guardrail-off: a control is destroyed, made smaller, put to another use, or an
//     exception from it is made: trails, flow logs, web firewalls, locks, policies,
//     filters without which everything is let in. What defines a control in a
//     language of its own and changes is told as changed.
//   - public: an attribute makes an object public, when it is created or changed; an
//     object that opens something by being there is created: gateways, peerings,
//     shares. A default that is public is told where the object holds data or is made
//     to be reached; elsewhere only if somebody set it.
//   - irreversible: a lock that can never be taken off, a purchase, a name that is
//     used up.
//   - part-removed: an update takes away a block, an element of a list, an entry of a
//     map, or a member of a JSON document. No plan says so by its actions.
//   - runs-code: what a machine runs when it starts is changed, though no machine
//     is made.
//   - grant-trust: a snapshot is shared with another account.
//   - key-weakened: a key or secret is destroyed, can be lost sooner, is switched off
//     or no longer rotated.
//
// What an attribute means is told by the table of package resource, and a policy adds
// to it. Here is added what depends on more than one attribute, on the place of an
// attribute in a block or a document the table does not know, or on the parts of a
// list. Names in documents of other APIs are read as Terraform would write them.
//
// Who may connect is judged by package exposure, who may do what by package
// privilege: parts of their attributes are not counted here.
//
// What it trusts: the values of the plan. What is known only after apply is the
// worst it could be; a fact that holds only if somebody set the attribute says so
// (Needs), and is for the configuration to decide. Elements of lists are paired by
// what identifies them, so that another order is no removal, and a name that is
// gone is one although another came; elements without a name that are as many as
// before are a change. What is too much to compare is told as undecided, and so is a
// JSON document in a text that not all programs read alike: with a member twice, with
// something after its end.
//
// What it never does: show a value. A fact has words of enumerations, numbers, names
// of parts; of anything marked sensitive it has neither, only that it is so. Nothing
// here reads files, the network or a clock, and the same change has the same facts in
// the same order.
//
// Not looked at: YAML in texts (values of a Helm release, yaml_body), a text that is
// set to nothing where the table does not watch it, and parts of an object that is
// replaced, but for the types whose every change is a replacement.
package guard
