package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// permissionsREST asks for permissions one by one.
func (p *peopleReading) permissionsREST(ctx context.Context) error {
	for i, login := range p.later {
		what := fmt.Sprintf("the permission of %.80q", login)
		if i >= maxRESTAsks {
			p.miss(areas["c#"], "this credential may not list collaborators, and %d accounts are more than the %d that are asked for one by one", len(p.later), maxRESTAsks)
			return nil
		}
		if !plainName(login) {
			p.miss(what, "it is no login")
			continue
		}
		path, err := repoPath(p.q.Repository, "/collaborators/"+login+"/permission")
		if err != nil {
			return err
		}
		var n struct {
			Permission string `json:"permission"`
			Role       string `json:"role_name"`
			User       *struct {
				ID int64 `json:"id"`
			} `json:"user"`
		}
		_, err = p.ask.get(ctx, path, url.Values{}, &n)
		var refused *StatusError
		switch account := p.who[login]; {
		case errors.Is(err, ErrNotFound):
			p.may[account.ID] = "none"
		case errors.As(err, &refused) && refused.Status == http.StatusForbidden:
			p.miss(what, "GitHub answers with status %d: the credential needs the permission to read the repository's metadata", refused.Status)
		case err != nil:
			return fmt.Errorf("%s: %w", what, err)
		case n.User == nil || n.User.ID != account.ID:
			p.miss(what, "GitHub answered with another account")
		default:
			word := p.word(n.Permission, n.Role)
			if word == "" {
				p.miss(what, "GitHub calls it %.40q", n.Permission)
				continue
			}
			p.may[account.ID] = word
		}
	}
	return nil
}

// word is the permission of an answer. GitHub folds "maintain" into "write" and
// "triage" into "read", and tells the difference in the role. The role can also be one
// that an organisation made up; then the permission counts, and it counts where the
// two contradict each other.
func (p *peopleReading) word(permission, role string) string {
	word := permission
	switch {
	case permission == "write" && role == "maintain", permission == "read" && role == "triage":
		word = role
	case permission == "maintain" || permission == "triage":
	case permission == "none" || permission == "read" || permission == "write" || permission == "admin":
	default:
		return ""
	}
	if word == "read" && !p.private {
		return "none" // everybody's
	}
	return word
}
