package provenance

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// together gives findings of want of attestation one remedy where there are several:
// one command attests all commits of the range.
func together(list []checks.Finding, base string) {
	var many []*checks.Finding
	for i := range list {
		if list[i].Rule == ruleUnattested.ID {
			many = append(many, &list[i])
		}
	}
	if len(many) < 2 || base == "" {
		return
	}
	for _, f := range many {
		f.Remedy = strings.Replace(f.Remedy, "--commit "+short(f.Subject.Name), "--range "+base+"..HEAD", 1)
	}
}
