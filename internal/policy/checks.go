package policy

import (
	"math"

	"go.yaml.in/yaml/v4"
)

// ActionsAppID is GitHub Actions at github.com: one App, as which every workflow of a
// repository writes its checks.
const ActionsAppID = 15368

// requiredCheck reads a check of somebody else. The name is exact: a glob would take
// one that somebody adds later for the one that was meant.
func (r *reader) requiredCheck(n *yaml.Node, c *RequiredCheck) {
	app, account := false, false
	whole := r.mapping(
		n, "a check",
		need("name", r.check(&c.Name, func(*yaml.Node, string) bool { return true })),
		opt("app_id", func(n *yaml.Node) { app = true; number(r, &c.AppID, 1, math.MaxInt64)(n) }),
		opt("account", func(n *yaml.Node) { account = true; number(r, &c.Account, 1, math.MaxInt64)(n) }),
	)
	switch {
	case !whole:
	case app && account:
		r.bad(n, "keep app_id of a check run, account of a commit status", "a check is by an App or by an account, not both")
	case !app && !account:
		r.bad(n, "add app_id, the GitHub App that writes the check run, or account, the id of who gives the commit status", "a check by its name alone, which anybody can take")
	}
}

// uniqueChecks refuses one that stands twice.
func (r *reader) uniqueChecks() {
	first := map[RequiredCheck]*yaml.Node{}
	for i, n := range r.checksAt {
		c := r.policy.Review.Checks[i]
		if c.Name == "" || c.AppID == 0 && c.Account == 0 {
			continue // told already
		}
		if f, dup := first[c]; dup {
			r.bad(n, "keep one of them", "this check stands here already%s", r.onLine(", on line", f))
			continue
		}
		first[c] = n
	}
}
