package ghtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// listAttestations gives the newest first, in pages that have cursors.
func listAttestations(c *call) (any, int) {
	all := slices.Clone(c.repo.Attestations[c.ex.params["subject_digest"]])
	if len(all) == 0 {
		return notFound()
	}
	slices.Reverse(all)
	from, per := 0, 30
	if after := c.query("after"); after != "" {
		n, err := cursorAt(after)
		if err != nil {
			return invalid(err.Error())
		}
		from = min(n, len(all))
	}
	if n, err := strconv.Atoi(c.query("per_page")); err == nil && n > 0 {
		per = min(n, 100)
	}
	to := min(from+per, len(all))
	if to < len(all) {
		q := c.ex.request.URL.Query()
		q.Set("after", cursor(to-1))
		c.link(map[string]url.Values{"next": q})
	}
	return map[string]any{"attestations": list(all[from:to], func(bundle string) map[string]any {
		return map[string]any{"bundle": json.RawMessage(bundle), "repository_id": c.repo.ID, "bundle_url": "https://attestations.invalid/bundle.json"}
	})}, http.StatusOK
}
