package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// consequenceRules say which rule judges which kind. Data made public is a rule of
// its own: of what holds data and little else. A public machine or cluster is not its
// disks made public.
var consequenceRules = map[checks.ConsequenceKind]checks.Rule{
	checks.ConsequenceProtectionOff:   ruleProtectionOff,
	checks.ConsequenceGuardrailOff:    ruleGuardrailOff,
	checks.ConsequencePublic:          rulePublic,
	checks.ConsequenceIrreversible:    ruleIrreversible,
	checks.ConsequencePartRemoved:     rulePartRemoved,
	checks.ConsequenceKeyWeakened:     ruleKeyWeakened,
	checks.ConsequenceGrantPublic:     ruleGrantPublic,
	checks.ConsequenceGrantAdmin:      ruleGrantAdmin,
	checks.ConsequenceGrantEscalation: ruleGrantEscalation,
	checks.ConsequenceGrantTrust:      ruleGrantTrust,
	checks.ConsequenceGrantWider:      ruleGrantWider,
	checks.ConsequenceGrantUnknown:    ruleGrantUnknown,
	checks.ConsequenceGrantWithdrawn:  ruleGrantWithdrawn,
	checks.ConsequenceGateWeakened:    ruleGateWeakened,
	checks.ConsequenceRunsCode:        ruleRunsCode,
	checks.ConsequenceRanAtPlan:       ruleRanAtPlan,
	checks.ConsequenceReadAtPlan:      ruleReadAtPlan,
}

// verdicts are how a consequence is told, after the address.
var verdicts = map[checks.ConsequenceKind]string{
	checks.ConsequenceProtectionOff:   "less protected",
	checks.ConsequenceGuardrailOff:    "a control is weakened",
	checks.ConsequencePublic:          "becomes public",
	checks.ConsequenceIrreversible:    "cannot be undone",
	checks.ConsequencePartRemoved:     "loses a part",
	checks.ConsequenceKeyWeakened:     "a key or secret is weakened",
	checks.ConsequenceGrantPublic:     "everybody may",
	checks.ConsequenceGrantAdmin:      "somebody may do everything",
	checks.ConsequenceGrantEscalation: "what is granted can be used to get more",
	checks.ConsequenceGrantTrust:      "somebody else may act",
	checks.ConsequenceGrantWider:      "somebody may do more",
	checks.ConsequenceGrantUnknown:    "what is granted cannot be told",
	checks.ConsequenceGrantWithdrawn:  "somebody may do less",
	checks.ConsequenceGateWeakened:    "the repository is less protected",
	checks.ConsequenceRunsCode:        "a program runs at apply",
	checks.ConsequenceRanAtPlan:       "ran while the plan was made",
	checks.ConsequenceReadAtPlan:      "was read while the plan was made",
}

func (j *judge) consequence(c *checks.Consequence) {
	rule, ok := consequenceRules[c.Kind]
	if !ok { // a snapshot of a later version: what it says must not get lost
		rule = ruleUnknownAction
	}
	change := j.byName[c.Address]
	x := facts{typ: c.Type, address: c.Address, module: moduleOf(c.Address), provider: c.Provider}
	switch {
	case change != nil:
		x = factsOf(change)
	case c.Kind == checks.ConsequenceRanAtPlan || c.Kind == checks.ConsequenceReadAtPlan:
		x.action = string(checks.ActionRead)
	}
	if c.Kind == checks.ConsequencePublic && (change != nil && change.Tier == checks.TierCritical || opensBucket(c.Type)) {
		rule = rulePublicData
	}
	j.add(rule, change, x, tell(c))
}

// tell writes a consequence as a sentence: "aws_db_instance.a: less protected:
// deletion_protection from true to false."
func tell(c *checks.Consequence) string {
	var b strings.Builder
	b.WriteString(c.Address + ": ")
	if v, ok := verdicts[c.Kind]; ok {
		b.WriteString(v)
	} else {
		fmt.Fprintf(&b, "the unknown consequence %q", c.Kind)
	}
	var parts []string
	what := c.What
	if named := len(what) == 1 && saysAttribute(what[0], c.Attribute); named && c.Before+c.After != "" {
		what = nil // it says what the words before and after say
	}
	if c.Attribute != "" && (len(what) != 1 || !saysAttribute(what[0], c.Attribute)) {
		s := c.Attribute
		switch {
		case c.Before != "" && c.After != "":
			s += " from " + c.Before + " to " + c.After
		case c.After != "":
			s += " is " + c.After
		case c.Before != "":
			s += " was " + c.Before
		}
		parts = append(parts, s)
	}
	if len(what) > 0 {
		s := strings.Join(what, ", ")
		if c.More > 0 {
			s += fmt.Sprintf(" and %d more", c.More)
		}
		parts = append(parts, s)
	} else if c.More > 0 {
		parts = append(parts, checks.Plural(c.More, "part", "parts"))
	}
	if len(parts) > 0 {
		b.WriteString(": " + strings.Join(parts, ": "))
	}
	if c.Sensitive {
		b.WriteString(" (sensitive)")
	}
	b.WriteString(".")
	if c.Unknown {
		b.WriteString(" It cannot be told before apply, so it counts as the worst.")
	}
	if c.Note != "" {
		b.WriteString(" " + strings.ToUpper(c.Note[:1]) + strings.TrimSuffix(c.Note[1:], ".") + ".")
	}
	return b.String()
}

// opensBucket reports whether a type says who may read a bucket or its objects: what
// it makes public is the data.
func opensBucket(typ string) bool {
	switch typ {
	case "aws_s3_bucket_acl", "google_storage_bucket_acl", "google_storage_bucket_access_control",
		"google_storage_default_object_acl", "google_storage_default_object_access_control", "google_storage_object_acl",
		"google_storage_object_access_control", "alicloud_oss_bucket_acl", "scaleway_object_bucket_acl", "huaweicloud_obs_bucket_acl":
		return true
	}
	return false
}

// saysAttribute reports whether a part names the attribute itself.
func saysAttribute(part, attribute string) bool {
	return attribute != "" && (part == attribute || strings.HasPrefix(part, attribute+":"))
}

// few names the first of a list.
func few(list []string, n int) string {
	if len(list) > n {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
	}
	return strings.Join(list, ", ")
}
