package privilege

import (
	"slices"
	"strings"
)

// A ladder lists the words of an attribute, what holds back most first. Words of one
// rung are separated by "|"; an empty one stands for an attribute that is not set.
type ladder []string

// The weakenings of words. A word that its ladder does not have may mean anything.
const (
	switched weakening = 100 + iota // of GitHub's security settings
	memberMay
	workflowsOf
	runnersOf
	levelMay
	visible
	alerts
	securityAlerts
	roleStage
	secondFactor
	enrollment
	makersOf
	sentinelLevel
	anyOf // of several demands
)

// Sources: the documentation of the providers github 6, gitlab 18, google 7, ibm 1,
// snowflake 2 and vault 5, for the words and for what counts when none is given.
var ladders = map[weakening]ladder{
	switched:       {"enabled", "disabled|"},
	memberMay:      {"none", "read|", "triage", "write", "admin"},
	workflowsOf:    {"none|", "user", "organization", "enterprise"},
	runnersOf:      {"selected", "private", "all|"},
	levelMay:       {"no one|no_one|noone", "admin|administrator", "owner", "maintainer|", "developer", "reporter", "guest"},
	visible:        {"private|", "internal", "public"},
	alerts:         {"all", "errors_and_warnings", "errors", "none|"},
	securityAlerts: {"all", "medium_or_higher", "high_or_higher", "critical", "none|"},
	roleStage:      {"disabled", "eap|alpha|beta|ga|deprecated|"},
	secondFactor:   {"level3", "level2", "level1", "totp4all", "totp", "none_no_ropc", "none|"},
	enrollment:     {"required", "required_password_only", "required_snowflake_ui_password_only", "optional|"},
	makersOf:       {"restricted", "not_restricted|not_set|"},
	anyOf:          {"and|", "or"},
	sentinelLevel:  {"hard-mandatory", "soft-mandatory", "advisory|"},
}

// weakens reports whether the words hold back less than before. Of several the one
// that holds back least counts.
func (l ladder) weakens(was, is state) bool {
	if slices.Equal(sorted(was.texts), sorted(is.texts)) {
		return false
	}
	before, okBefore := l.rung(was.texts)
	after, okAfter := l.rung(is.texts)
	return !okBefore || !okAfter || after > before
}

func (l ladder) rung(words []string) (lowest int, ok bool) {
	if len(words) == 0 {
		words = []string{""}
	}
	for _, w := range words {
		at := slices.IndexFunc(l, func(rung string) bool { return slices.Contains(strings.Split(rung, "|"), strings.ToLower(w)) })
		if at < 0 {
			return 0, false
		}
		lowest = max(lowest, at)
	}
	return lowest, true
}
