//go:build e2e

package emulate

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// prefix is that of a GitHub Enterprise Server. The emulator knows none; the
// validator takes it off.
const prefix = "/api/v3"

// front puts the validator before the emulator, and holds the exchange to it when the
// test ends. It returns the base of the API.
func front(t *testing.T, upstream string) string {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	v := ghtest.Validate(u)
	s := httptest.NewServer(v)
	t.Cleanup(func() {
		s.Close()
		judge(t, append(v.Violations(), v.Missing()...))
	})
	return s.URL + prefix
}

// judge allows for the defects that are known of the emulator. One that is not seen
// any more is told, so that the list does not come to hide something.
func judge(t *testing.T, found []string) {
	t.Helper()
	seen := map[*regexp.Regexp]bool{}
	for _, f := range found {
		i := slices.IndexFunc(defects, func(d *regexp.Regexp) bool { return d.MatchString(f) })
		if i < 0 {
			t.Errorf("GitHub would not: %s", f)
			continue
		}
		seen[defects[i]] = true
	}
	for _, d := range defects {
		if !seen[d] {
			t.Errorf("the emulator has no such defect any more: %s", d)
		}
	}
}

// defects of the emulator: what its answers get wrong. None of it is read by our
// client.
var defects = []*regexp.Regexp{
	regexp.MustCompile(`^apps/get-repo-installation: /target_id: .* is missing$`),
	regexp.MustCompile(`^apps/get-repo-installation: answer 200: /account: doesn't match any schema`), // it has a few members only
	regexp.MustCompile(`^apps/create-installation-access-token: /repositories/0/\w+: .* is missing$`),
	regexp.MustCompile(`^apps/create-installation-access-token: /documentation_url: .* is missing$`), // of a refusal
	regexp.MustCompile(`^checks/create: /output/annotations_url: .* is missing$`),
	regexp.MustCompile(`^checks/update: /output/annotations_url: .* is missing$`),
	regexp.MustCompile(`^checks/list-for-ref: /check_runs/0/output/annotations_url: .* is missing$`),
	regexp.MustCompile(`^pulls/list: /0/(base|head)/(user|repo/owner)/\w+: .* is missing$`),
}
