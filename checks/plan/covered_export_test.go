package plan

// NotCovered and CoverageUnproved are for the tests.
var (
	NotCovered       = notCovered
	CoverageUnproved = coverageUnproved
)
