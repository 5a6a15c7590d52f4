package publish

import (
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// planDeeds say in the headline what a plan would do, by the rules of the findings. An
// object is counted once, by the first that holds, so the worst come first.
var planDeeds = []struct {
	words string
	rules []string
}{
	{"destroyed with its data", []string{"plan.delete-data", "plan.replace-data"}},
	{"changed for good", []string{"plan.irreversible"}},
	{"with data opened to the public", []string{"plan.public-data"}},
	{"opened to the internet", []string{"plan.exposure-admin-port", "plan.exposure-world", "plan.exposure-route"}},
	{"opened to the public", []string{"plan.public"}},
	{"granted to everybody", []string{"plan.grant-public"}},
	{"allowed everything", []string{"plan.grant-admin"}},
	{"allowed to get more", []string{"plan.grant-escalation"}},
	{"destroyed", []string{"plan.delete", "plan.replace"}},
	{"changed in an unknown way", []string{"plan.unknown-action"}},
	{"less protected", []string{"plan.protection-off", "plan.key-weakened", "plan.guardrail-off", "plan.gate-weakened"}},
	{"left without a part", []string{"plan.part-removed"}},
	{"allowed more", []string{"plan.grant-trust", "plan.grant-unknown", "plan.grant-wider"}},
	{"opened wider", []string{"plan.exposure-wider", "plan.exposure-unknown"}},
	{"running a program", []string{"plan.runs-code", "plan.ran-at-plan"}},
	{"left unmanaged", []string{"plan.forget"}},
}

// planFaults say what is wrong with a plan as a whole.
var planFaults = map[string]string{
	"plan.destroy-mode":       "everything is destroyed",
	"plan.mass-destroy":       "many objects are destroyed",
	"plan.partial":            "the plan does not show everything",
	"plan.action-invocations": "actions run",
	"plan.disagrees":          "the JSON and the plan file differ",
	"plan.other-commit":       "the plan is of another commit",
	"plan.encrypted":          "the plan file is encrypted",
	"plan.workspace":          "the plan is of another workspace",
	"plan.stale":              "the plan is old",
	"plan.check-fails":        "checks of the configuration fail",
	"plan.variables":          "variables are overridden",
	"plan.drift":              "objects were changed outside",
	"plan.provider-mismatch":  "a provider is unusual",
}

// planHeadline says what stands in the way, what is denied before what people should
// look at. A single object is named if its address is of harmless characters.
func planHeadline(v *checks.Verdict) string {
	denied := planWords(v, denies, nil)
	asked := planWords(v, asksReview, subjectsOf(v, denies))
	var parts []string
	if len(denied) > 0 {
		parts = append(parts, strings.Join(denied, ", "))
	}
	if text := strings.Join(asked, ", "); text != "" {
		if len(denied) > 0 {
			text = "to look at: " + text
		}
		parts = append(parts, text)
	}
	parts = append(parts, unseen(v)...)
	switch {
	case len(parts) > 0:
		text := strings.Join(parts, "; ")
		return strings.ToUpper(text[:1]) + text[1:]
	case v.Outcome != checks.Verified:
		return "Not everything could be looked at"
	case len(v.Change.Plans) == 1:
		return "Nothing in this plan stands in the way"
	}
	return "Nothing in these plans stands in the way"
}

// planWords counts what findings of one standing are about, without the objects that
// were told already.
func planWords(v *checks.Verdict, st standing, told map[checks.Subject]bool) []string {
	deed := map[checks.Subject]int{} // the worst of each object
	more := map[int]bool{}           // deeds of which some are not told one by one
	faults, others := []string{}, false
	for i := range v.Findings {
		f := &v.Findings[i]
		if standingOf(v, f) != st {
			continue
		}
		n := slices.IndexFunc(planDeeds, func(d struct {
			words string
			rules []string
		},
		) bool {
			return slices.Contains(d.rules, f.Rule)
		})
		if n < 0 {
			n = len(planDeeds)
		}
		switch k := subjectKey(f); {
		case f.Subject.Kind == checks.SubjectResource:
			if old, ok := deed[k]; !told[k] && (!ok || n < old) {
				deed[k] = n
			}
		case n < len(planDeeds):
			more[n] = true
		case planFaults[f.Rule] == "":
			others = true
		case !slices.Contains(faults, planFaults[f.Rule]):
			faults = append(faults, planFaults[f.Rule])
		}
	}
	var out []string
	for n := range len(planDeeds) + 1 {
		count, name := 0, ""
		for k, d := range deed {
			if d == n {
				count, name = count+1, k.Name
			}
		}
		if count == 0 {
			if more[n] {
				out = append(out, "objects "+planDeeds[n].words)
			}
			continue
		}
		text := checks.Plural(count, "object", "objects")
		if n < len(planDeeds) {
			text = strconv.Itoa(count) + " " + planDeeds[n].words
			if count > 1 {
				text = strings.Replace(text, "its data", "their data", 1)
			}
		}
		if more[n] {
			text += " and more"
		} else if count == 1 && harmlessName(name) {
			text += " (" + name + ")"
		}
		out = append(out, text)
	}
	if out = append(out, faults...); others {
		out = append(out, "the plan as a whole")
	}
	return out
}

func subjectsOf(v *checks.Verdict, st standing) map[checks.Subject]bool {
	out := map[checks.Subject]bool{}
	for i := range v.Findings {
		if f := &v.Findings[i]; standingOf(v, f) == st {
			out[subjectKey(f)] = true
		}
	}
	return out
}

func subjectKey(f *checks.Finding) checks.Subject {
	return checks.Subject{Kind: f.Subject.Kind, Name: f.Subject.Name, Note: f.Subject.Note, Plan: f.Subject.Plan}
}

// harmlessName reports whether an address can stand in a headline as it is: no format
// makes anything of it.
func harmlessName(s string) bool {
	if len(s) == 0 || len(s) > 60 || strings.Contains(strings.ToLower(s), "www.") || strings.Contains(s, "__") {
		return false
	}
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		between := i > 0 && i < len(s)-1 && (r == '.' || r == '_' && s[i-1] != '.' && s[i+1] != '.' || r == '-')
		if !letter && !between && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}
