package tfplan

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// actionOf matches the whole list of verbs, in order, with the closed set of
// ten. "Contains delete" or "the first verb" would be fooled by the pairs, and a
// list outside the set must never look like nothing.
//
// Source: internal/command/jsonplan of Terraform (up to 1.17) and OpenTofu (up
// to 1.13).
func actionOf(verbs []string) (a checks.Action, createFirst bool) {
	for _, v := range verbs {
		if strings.Contains(v, ",") { // one verb must not pass for a pair
			return checks.ActionUnknown, false
		}
	}
	switch strings.Join(verbs, ",") {
	case "no-op":
		return checks.ActionNoOp, false
	case "create":
		return checks.ActionCreate, false
	case "read":
		return checks.ActionRead, false
	case "update":
		return checks.ActionUpdate, false
	case "delete":
		return checks.ActionDelete, false
	case "delete,create":
		return checks.ActionReplace, false
	case "create,delete":
		return checks.ActionReplace, true
	case "forget":
		return checks.ActionForget, false
	case "create,forget": // Terraform 1.16
		return checks.ActionReplaceForget, true
	case "forget,create": // OpenTofu 1.12
		return checks.ActionReplaceForget, false
	}
	return checks.ActionUnknown, false
}

// contradiction says in what way an entry disagrees with its own action; empty
// when it does not. Such an entry shows different things to readers that look at
// different members.
func contradiction(a checks.Action, mode string, before, after []byte) string {
	hasBefore, hasAfter := !jsonstream.IsNull(before), !jsonstream.IsNull(after)
	switch a {
	case checks.ActionNoOp:
		if !sameJSON(before, after) {
			return "the action is no-op, but the object changes"
		}
	case checks.ActionCreate:
		if hasBefore || !hasAfter {
			return "the action is create, but the object exists before or not after"
		}
	case checks.ActionUpdate, checks.ActionReplace:
		if !hasBefore || !hasAfter {
			return "the action changes an object that does not exist before or after"
		}
	case checks.ActionDelete, checks.ActionForget:
		if !hasBefore || hasAfter {
			return "the action is delete or forget, but the object does not exist before or still exists after"
		}
	case checks.ActionReplaceForget:
		if !hasBefore || !hasAfter {
			return "the action changes an object that does not exist before or after"
		}
	}
	switch {
	case mode == modeData && a != checks.ActionRead && a != checks.ActionNoOp && a != checks.ActionUnknown:
		return "a data source can only be read"
	case mode == modeManaged && a == checks.ActionRead:
		return "only a data source is read"
	}
	return ""
}
