package scenario

import (
	"cmp"

	"github.com/claw-verified/claw-verified/checks"
)

// otherCheck is a check run of an App, or a commit status of an account.
type otherCheck struct {
	Name       string `yaml:"name"`
	App        int64  `yaml:"app"` // 15368 is GitHub Actions
	Account    int64  `yaml:"account"`
	Status     string `yaml:"status"` // completed where there is a conclusion, else in_progress, unless said
	Conclusion string `yaml:"conclusion"`
	At         string `yaml:"at"` // when it ended, as a duration: ten minutes ago unless said; or "unknown"
}

func (c *otherCheck) build(b *builder) (checks.CheckState, error) {
	out := checks.CheckState{Name: c.Name, AppID: c.App, App: map[int64]string{15368: "github-actions"}[c.App], Account: c.Account, Status: c.Status, Conclusion: c.Conclusion}
	status := "in_progress"
	if c.Conclusion != "" {
		status = "completed"
	}
	out.Status = cmp.Or(c.Status, status)
	if c.At == "unknown" {
		return out, nil
	}
	var err error
	out.At, err = b.ago(c.At)
	return out, err
}
