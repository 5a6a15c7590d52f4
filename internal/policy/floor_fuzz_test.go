package policy

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// FuzzWithFloor: of any two policies that can be read, either a policy comes out that
// asks for no less, or a problem that says why not.
func FuzzWithFloor(f *testing.F) {
	var list []string
	for _, path := range fixtureFiles(f, "ok") {
		list = append(list, fileText(f, path))
	}
	for i, text := range list {
		f.Add(text, list[(i+7)%len(list)])
		f.Add(text, Starter())
	}
	f.Fuzz(func(t *testing.T, repoText, orgText string) {
		repo, _ := Parse(repoText, known)
		org, _ := ParseFloor(orgText, known)
		full, _ := Parse(orgText, known)
		if repo == nil || org == nil {
			return
		}
		got, problems := repo.WithFloor(org)
		if (got == nil) != (len(problems) > 0) {
			t.Fatalf("%v with problems %v", got != nil, problems)
		}
		for _, pr := range problems {
			if pr.Message == "" || pr.Hint == "" || pr.Line != 0 || pr.Warning {
				t.Errorf("no proper problem: %+v", pr)
			}
		}
		list, again := Compare(repo, full), Compare(repo, full)
		Locate(list, orgText)
		Locate(again, orgText)
		if d := gocmp.Diff(list, again); d != "" {
			t.Errorf("two comparisons differ:\n%s", d)
		}
		if len(list) == 0 && !same(*repo, *full) {
			t.Error("silent")
		}
		if got == nil {
			return
		}
		for _, side := range []*Policy{repo, org} {
			for _, fault := range weakerThan(got, side, side == org) {
				t.Errorf("weaker: %s", fault)
			}
		}
		for _, fault := range liftedByRepository(got, repo, org) {
			t.Error(fault)
		}
	})
}
