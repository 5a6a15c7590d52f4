package checks

import (
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Check answers one question. Implementations are values without state; they
// import nothing that does I/O.
type Check interface {
	Question() Question
	// Rules lists every rule the check can report, in the order of its page.
	Rules() []Rule
	// Evaluate looks at the snapshot under the policy. It must not modify either,
	// and must not panic, whatever the snapshot holds.
	Evaluate(Input) Result
}

// PlanSummariser is a [Check] that tells what plans would do, once waivers and the
// policy have set the effects of all findings.
type PlanSummariser interface {
	Plans(*Snapshot, []Finding) []PlanSummary
}

// Input is what a check sees.
type Input struct {
	Snapshot *Snapshot
	Policy   *policy.Policy
	// Findings of the checks that ran before, with their final effects. The review
	// check prices its demands by them.
	Findings []Finding
	// Gaps of the snapshot and of the checks that ran before.
	Gaps []Gap
	// Shared holds what several checks would otherwise find out each for itself. It
	// lives as long as one evaluation; nil shares nothing.
	Shared map[any]any
	// Known is what the base's policy was parsed with, for a check that examines
	// another policy text.
	Known policy.Known
}

// Result is what a check found. Its outcome is not in it: that follows from the
// findings, gaps and seats alone, in one place.
type Result struct {
	Findings  []Finding
	Gaps      []Gap
	Waiting   []Seat     // approvals still wanted
	Approvals []Approval // reviews that were weighed
	Override  *Override  // break-glass
	Origins   []Origin   // of every commit, in their order
	Summary   string     // one sentence
	Checked   []string
	NotProved []string
}

// Override is a break-glass that was asked for properly and confirmed.
type Override struct {
	By        string   `json:"by"`
	Confirmed []string `json:"confirmed"`
	Reason    string   `json:"reason"`
}
