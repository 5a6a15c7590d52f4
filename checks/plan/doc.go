// Package plan answers "What would it do?" from the facts of Terraform and
// OpenTofu plans.
//
// What it decides: which objects would be destroyed, replaced or left
// unmanaged, what would be opened to the network, and whether the plan shows
// everything. Each of these is a finding with a built-in effect; rules of the
// policy may set another effect.
//
// What it trusts: that the plan is the one of this change. Nothing in the JSON
// names a commit; only the saved plan file shows it (plan.other-commit), and without
// it that is among the things a pass does not prove. Whoever
// makes the plan can leave things out; what can be noticed of that is a finding
// (plan.partial) or makes the plan undecided.
//
// What it never does: pass because nothing was given. A plan that is needed and
// missing, and a plan that cannot be read, are gaps. A plan that was given is
// judged even when none is needed. A list that is cut short still carries the
// strongest effect of what was cut.
package plan
