package checks

import "strings"

// Question is one of the four things a reader wants to know.
type Question string

// The questions, in the order they are answered.
const (
	QuestionProvenance Question = "provenance"
	QuestionPlan       Question = "plan"
	QuestionReview     Question = "review"
)

// Title is the question in words.
func (q Question) Title() string {
	switch q {
	case QuestionProvenance:
		return "Who made this change?"
	case QuestionPlan:
		return "What would it do?"
	case QuestionReview:
		return "Who agreed?"
	}
	return string(q)
}

// Effect is what a finding does to the outcome.
type Effect string

// The effects, as the policy language spells them.
const (
	EffectAllow         Effect = "allow"          // seen and accepted
	EffectRequireReview Effect = "require_review" // people must agree to exactly this
	EffectDeny          Effect = "deny"           // refused, whoever agrees
)

// Severity says how bad a finding is, for sorting and for tools that know
// nothing of effects.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
	SeverityInfo     Severity = "info"
)

// Rank orders severities, the worst lowest.
func (s Severity) Rank() int {
	switch s {
	case SeverityCritical:
		return 0
	case SeverityHigh:
		return 1
	case SeverityMedium:
		return 2
	case SeverityLow:
		return 3
	}
	return 4
}

// Rule is one thing a check looks for. Its id is stable and never reused.
type Rule struct {
	ID       string   // "plan.replace"; the part before the dot is the question
	Title    string   // a short noun phrase
	Severity Severity //
	Effect   Effect   // unless the policy says otherwise
	Why      string   // why it matters: one or two sentences for a tired person
	Remedy   string   // how to satisfy it: one or two sentences
	Detail   string   // for explain and the rule's page: what is looked at, what is not, the source of the rule
	Waivable bool     // whether a waiver may accept it
}

// Question is the question the rule belongs to.
func (r Rule) Question() Question {
	q, _, _ := strings.Cut(r.ID, ".")
	return Question(q)
}

// SubjectKind says what a finding is about.
type SubjectKind string

// Kinds of Subject.
const (
	SubjectCommit   SubjectKind = "commit"
	SubjectResource SubjectKind = "resource"
	SubjectPerson   SubjectKind = "person"
	SubjectPath     SubjectKind = "path"
	SubjectPlan     SubjectKind = "plan"
	SubjectPolicy   SubjectKind = "policy"
	SubjectChange   SubjectKind = "change" // the change as a whole
)

// Subject is what a finding is about, and where a person finds it.
type Subject struct {
	Kind SubjectKind `json:"kind"`
	Name string      `json:"name"`             // full commit id, resource address, person, path, plan source
	Note string      `json:"note,omitempty"`   // a commit's subject line, a plan's name; foreign text
	Was  string      `json:"was,omitempty"`    // the address of a resource that moves, until now; foreign text
	Plan string      `json:"plan,omitempty"`   // the source of the plan that a resource is of; foreign text
	Path Path        `json:"path,omitempty"`   // file, when there is one
	Line int         `json:"line,omitempty"`   // 1-based
	Col  int         `json:"column,omitempty"` // 1-based
}

// Finding is something that was looked at and found wanting, or found worth
// telling.
type Finding struct {
	Rule     string   `json:"rule"`
	Question Question `json:"question"`
	Severity Severity `json:"severity"`
	Effect   Effect   `json:"effect"`
	Subject  Subject  `json:"subject"`
	Message  string   `json:"message"` // what: one sentence
	Why      string   `json:"why"`
	Remedy   string   `json:"remedy"`
	// DecidedBy is the id of the policy rule that set the effect; empty when the
	// built-in effect stands.
	DecidedBy string  `json:"decided_by,omitempty"`
	Reason    string  `json:"reason,omitempty"` // the reason that policy rule gives
	Waiver    *Waived `json:"waiver,omitempty"` // set when a waiver accepted the finding
}

// Deciding reports whether the finding stands in the way.
func (f *Finding) Deciding() bool { return f.Waiver == nil && f.Effect != EffectAllow }

// Waived tells by whom, why and until when a finding was accepted.
type Waived struct {
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"` // RFC 3339
}

// With is the rule with another remedy, where one rule has several.
func (r Rule) With(remedy string) Rule {
	r.Remedy = remedy
	return r
}

// New makes a finding of the rule with its own severity, effect, why and remedy.
func (r Rule) New(s Subject, message string) Finding {
	return Finding{
		Rule: r.ID, Question: r.Question(), Severity: r.Severity, Effect: r.Effect,
		Subject: s, Message: message, Why: r.Why, Remedy: r.Remedy,
	}
}
