package checks

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxCheckStates bounds how many checks and statuses of a head are looked at. Whoever
// reads a change says so where there are more.
const MaxCheckStates = 1000

// CheckState is what somebody else said of the head commit: a check run, by a GitHub
// App, or a commit status, by an account. The name is whatever they called it, and
// anybody can call theirs the same; who said it is what counts.
type CheckState struct {
	Name string `json:"name"`
	// AppID is the GitHub App of a check run; 0 for a commit status.
	AppID int64  `json:"app_id,omitempty"`
	App   string `json:"app,omitempty"` // its slug, for people
	// Account is who gave a commit status; 0 for a check run, and for an account that
	// was deleted.
	Account    int64  `json:"account,omitempty"`
	Status     string `json:"status"`               // "completed"; else it has not ended: "queued", "in_progress", "pending", …
	Conclusion string `json:"conclusion,omitempty"` // "success", "failure", "error", "skipped", "neutral", "cancelled", …
	// At is when it ended or, where it has not, began; of a status, when it was given.
	At time.Time `json:"at,omitzero"`
}

// SortCheckStates puts checks in the order in which a snapshot has them.
func SortCheckStates(list []CheckState) {
	slices.SortFunc(list, func(a, b CheckState) int {
		return cmp.Or(
			strings.Compare(a.Name, b.Name), cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.Account, b.Account), a.At.Compare(b.At),
			strings.Compare(a.Status, b.Status), strings.Compare(a.Conclusion, b.Conclusion), strings.Compare(a.App, b.App),
		)
	})
}
