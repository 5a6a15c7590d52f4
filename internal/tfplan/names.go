package tfplan

import "strings"

// knownNames are the members that some reader of plans decodes by name, at the
// levels that decide: the plan, a resource change and its change.
const knownNames = `format_version terraform_version variables planned_values resource_drift resource_changes
	deferred_changes deferred_action_invocations output_changes action_invocations prior_state configuration
	relevant_attributes checks timestamp applyable complete errored
	address previous_address module_address mode type name index index_unknown provider_name deposed change
	action_reason actions before after after_unknown before_sensitive after_sensitive replace_paths importing
	generated_config before_identity after_identity`

// stateNames and configNames are decoded in prior_state and configuration.
const (
	stateNames  = `values root_module resources child_modules address mode type deposed_key`
	configNames = `root_module resources module_calls module address mode type expressions provisioners
		provider_config provider_config_key variables`
	toldNames = `value default status to_display address full_name`
)

func nameSet(lists ...string) map[string]bool {
	m := map[string]bool{}
	for _, l := range lists {
		for _, n := range strings.Fields(l) {
			m[n] = true
		}
	}
	return m
}

var (
	planMembers   = nameSet(knownNames)
	stateMembers  = nameSet(stateNames)
	configMembers = nameSet(configNames)
	toldMembers   = nameSet(toldNames)
)

// alias returns the known name that encoding/json would take the given one for,
// although it is not the same: it ignores ASCII case and folds the long s
// (U+017F) and the Kelvin sign (U+212A). A plan with such a name says two things
// at once.
func alias(name string, known map[string]bool) (string, bool) {
	plain := true
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= 0x80 || ('A' <= c && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return "", false
	}
	f := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == 0x212A:
			return 'k'
		case r == 0x017F:
			return 's'
		}
		return r
	}, name)
	return f, f != name && known[f]
}
