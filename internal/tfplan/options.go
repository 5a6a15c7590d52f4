package tfplan

import (
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/resource"
)

// Options are how a plan is read. The zero value has the built-in limits and
// resource classes.
type Options struct {
	Limits Limits
	// Table is what is known of resource types; nil: what is built in.
	Table *resource.Table
	// Comparison is told what the JSON says, to hold it against the saved plan file;
	// nil when there is none.
	Comparison *planfile.Comparison
}
