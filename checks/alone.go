package checks

import "time"

// PlanOutcome is an outcome in a word for a plan that was looked at alone: "clear",
// "needs_review", "denied" or "undecided". None of them is a word for a change, so
// that no program takes a plan that nobody agreed to for one that may be applied.
func (o Outcome) PlanOutcome() string {
	switch o {
	case Verified:
		return "clear"
	case Waiting:
		return "needs_review"
	case Refused:
		return "denied"
	case Undecided, Overridden: // there is no break-glass of a plan alone
	}
	return "undecided"
}

// planReport is the report about plans alone. Of a change it has nothing: there is no
// repository and no commit, and empty ones would look as if there were.
type planReport struct {
	Schema    string       `json:"schema"`
	Outcome   string       `json:"outcome"`
	Mode      string       `json:"mode,omitempty"`
	At        time.Time    `json:"at"`
	Change    planChange   `json:"change"`
	Policy    PolicyUsed   `json:"policy"`
	Snapshot  string       `json:"snapshot"`
	Questions []planAnswer `json:"questions"`
	*Verdict               // everything else
}

type planChange struct {
	Kind  Kind       `json:"kind"`
	Plans []PlanUsed `json:"plans"`
}

type planAnswer struct {
	ID      Question `json:"id"`
	Title   string   `json:"title"`
	Outcome string   `json:"outcome"`
	Summary string   `json:"summary"`
	Checked []string `json:"checked"`
}

func (v *Verdict) alone() *planReport {
	r := &planReport{
		Schema: v.Schema, Outcome: v.Outcome.PlanOutcome(), Mode: v.Mode, At: v.At, Policy: v.Policy, Snapshot: v.Snapshot,
		Change: planChange{v.Change.Kind, v.Change.Plans}, Questions: []planAnswer{}, Verdict: v,
	}
	for _, a := range v.Questions {
		r.Questions = append(r.Questions, planAnswer{a.ID, a.Title, a.Outcome.PlanOutcome(), a.Summary, a.Checked})
	}
	return r
}
