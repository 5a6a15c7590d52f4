package ghapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// checkNode is a check run or a commit status.
type checkNode struct {
	Type string `json:"__typename"`

	Name       string     `json:"name"`
	Status     string     `json:"status"`
	Conclusion string     `json:"conclusion"`
	Started    *time.Time `json:"startedAt"`
	Completed  *time.Time `json:"completedAt"`
	Suite      struct {
		App struct {
			ID   bigID  `json:"databaseId"`
			Slug string `json:"slug"`
		} `json:"app"`
	} `json:"checkSuite"`

	Context string     `json:"context"`
	State   string     `json:"state"`
	Created *time.Time `json:"createdAt"`
	Creator *actorNode `json:"creator"`
}

// checkPages is the list of checks, which lies deeper than the others, and is not
// there at all where nobody said anything.
type checkPages struct {
	pages[checkNode]
	head string
}

func (s *checkPages) take(raw json.RawMessage) error {
	s.after = ""
	var tip connection[struct {
		Commit *struct {
			ID     string `json:"oid"`
			Rollup *struct {
				Contexts json.RawMessage `json:"contexts"`
			} `json:"statusCheckRollup"`
		} `json:"commit"`
	}]
	if err := unpack(raw, &tip); err != nil {
		return fmt.Errorf("%s: %w", s.what, err)
	}
	if len(tip.Nodes) != 1 || tip.Nodes[0] == nil || tip.Nodes[0].Commit == nil {
		s.r.miss(s.what, "GitHub did not give it")
		return nil
	}
	c := tip.Nodes[0].Commit
	if c.ID != s.head {
		s.r.miss(s.what, "GitHub gave those of the commit %.40q", c.ID)
		return nil
	}
	if c.Rollup == nil {
		return nil // on a further page, finish finds that there are too few
	}
	return s.pages.take(c.Rollup.Contexts)
}

// checks takes what others said of the head. A run of which GitHub does not tell the
// App could be anybody's, and newer than one that it tells of: it is kept, and missed.
func (r *reading) checks(nodes []*checkNode) []Check {
	what := areas["checked"]
	var out []Check
	for _, n := range nodes {
		var c Check
		switch n.Type {
		case "CheckRun":
			c = Check{Name: n.Name, AppID: int64(n.Suite.App.ID), App: n.Suite.App.Slug, Status: strings.ToLower(n.Status), Conclusion: strings.ToLower(n.Conclusion), At: instant(n.Started)}
			if c.Status == "completed" && n.Completed != nil {
				c.At = instant(n.Completed)
			}
			if c.AppID == 0 {
				r.miss(what, "GitHub does not tell which app the check run %.80q is by", c.Name)
			}
		case "StatusContext":
			c = Check{Name: n.Context, Creator: r.actor(what, n.Creator), Status: "completed", Conclusion: strings.ToLower(n.State), At: instant(n.Created)}
			if c.Conclusion == "pending" || c.Conclusion == "expected" {
				c.Status, c.Conclusion = "pending", ""
			}
		default:
			r.miss(what, "one of them is a %.40q", n.Type)
			continue
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Check) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.Creator.ID, b.Creator.ID), a.At.Compare(b.At), strings.Compare(a.Status, b.Status), strings.Compare(a.Conclusion, b.Conclusion))
	})
	return out
}
