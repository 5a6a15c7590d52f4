package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Directory roles of Entra ID, by template id.
//
// Source: Microsoft, "Microsoft Entra built-in roles".
var directoryRoles = map[string]grade{
	"62e90394-69f5-4237-9190-012177145e10": {checks.ConsequenceGrantAdmin, "Global Administrator"},
	"e8611ab8-c189-46e8-94e1-60213ab1f814": {checks.ConsequenceGrantAdmin, "Privileged Role Administrator"},
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13": {checks.ConsequenceGrantAdmin, "Privileged Authentication Administrator"},
	"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": {checks.ConsequenceGrantEscalation, "Application Administrator"},
	"158c047a-c907-4556-b7ef-446551a6b5f7": {checks.ConsequenceGrantEscalation, "Cloud Application Administrator"},
	"c4e39bd9-1100-46d3-8c65-fb160da0071f": {checks.ConsequenceGrantEscalation, "Authentication Administrator"},
	"fe930be7-5e62-47db-91af-98c3a49a38b1": {checks.ConsequenceGrantEscalation, "User Administrator"},
	"fdd7a751-b60b-444a-984c-02652fe8fa1c": {checks.ConsequenceGrantEscalation, "Groups Administrator"},
	"729827e3-9c14-49f7-bb1b-9608f156bbb8": {checks.ConsequenceGrantEscalation, "Helpdesk Administrator"},
	"966707d0-3269-4727-9be2-8c3a10f19b9d": {checks.ConsequenceGrantEscalation, "Password Administrator"},
	"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": {checks.ConsequenceGrantEscalation, "Hybrid Identity Administrator"},
	"194ae4cb-b126-40b2-bd5b-6091b380977d": {checks.ConsequenceGrantEscalation, "Security Administrator"},
	"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": {checks.ConsequenceGrantEscalation, "Conditional Access Administrator"},
	"3a2c62db-5318-420d-8d74-23affee5d9d5": {checks.ConsequenceGrantEscalation, "Intune Administrator"},
	"e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": {checks.ConsequenceGrantEscalation, "Partner Tier2 Support"},
	"25a516ed-2fa0-40ea-a2d0-12923a21473a": {checks.ConsequenceGrantEscalation, "Authentication Policy Administrator"},
	"8329153b-31d0-4727-b945-745eb3bc5f31": {checks.ConsequenceGrantEscalation, "Domain Name Administrator"},
	"be2f45a1-457d-42af-a067-6ec1fa63bc45": {checks.ConsequenceGrantEscalation, "External Identity Provider Administrator"},
}

func directoryGrade(_ *judge, g grant) grade {
	if out, ok := directoryRoles[strings.ToLower(g.role)]; ok {
		return out
	}
	return grade{checks.ConsequenceGrantEscalation, "a role over the directory; which one is not in this resource"}
}

// Application permissions of Microsoft Graph that are as good as an administrator.
//
// Source: Microsoft Graph permissions reference.
var graphRoles = map[string]grade{
	"9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8": {checks.ConsequenceGrantAdmin, "RoleManagement.ReadWrite.Directory"},
	"06b708a9-e830-4db3-a914-8e69da51d44f": {checks.ConsequenceGrantAdmin, "AppRoleAssignment.ReadWrite.All"},
	"1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9": {checks.ConsequenceGrantEscalation, "Application.ReadWrite.All"},
	"19dbc75e-c2e2-444c-a770-ec69d8559fc7": {checks.ConsequenceGrantEscalation, "Directory.ReadWrite.All"},
	"62a82d76-70ea-41e2-9197-370581804d09": {checks.ConsequenceGrantEscalation, "Group.ReadWrite.All"},
	"dbaae8cf-10b5-4b86-a4a1-f871c94c6695": {checks.ConsequenceGrantEscalation, "GroupMember.ReadWrite.All"},
	"741f803b-c850-494e-b5df-cde7c675a1ca": {checks.ConsequenceGrantEscalation, "User.ReadWrite.All"},
}

func graphGrade(_ *judge, g grant) grade {
	if out, ok := graphRoles[strings.ToLower(g.role)]; ok {
		return out
	}
	return grade{checks.ConsequenceGrantWider, "an application may do something by itself"}
}

// federatedCredential judges whose tokens count as an application or an identity.
func federatedCredential(issuer, subject, audience string) func(*judge) {
	return func(j *judge) {
		if !j.new.Exists() || j.old.Exists() && !j.moved(issuer, subject, audience) {
			return
		}
		iss, sub := j.items(j.new, issuer), j.items(j.new, subject)
		s := said{note: "tokens of another issuer count as this identity", from: []string{issuer}, what: sub.texts}
		if sub.unknown || iss.unknown {
			s.unknown, s.needs = true, []string{top(subject), top(issuer), "claims_matching_expression"}
		}
		host := ""
		if len(iss.texts) == 1 {
			host = strings.TrimPrefix(iss.texts[0], "https://")
			host, _, _ = strings.Cut(host, "/")
		}
		for _, t := range sub.texts {
			switch subjectOf(host, glob(t, nil)) {
			case subjectAny, subjectOwner:
				s.note = join(s.note, "the subject is too wide")
			case subjectProject:
				s.note = join(s.note, "code of any pull request, or any branch")
			}
		}
		if len(sub.texts) == 0 && !sub.unknown {
			s.note = join(s.note, "the subject is an expression")
		}
		j.say(checks.ConsequenceGrantTrust, subject, s)
	}
}

func ownerGrade(_ *judge, _ grant) grade {
	return grade{checks.ConsequenceGrantEscalation, "an owner may let others in, and make secrets"}
}

func ownerOfGroup(j *judge, g grant) grade {
	if g.role == "owner" {
		return ownerGrade(j, g)
	}
	return grade{checks.ConsequenceGrantWider, "what the group may is not in this resource"}
}

func claimGrade(_ *judge, g grant) grade {
	if strings.HasSuffix(g.role, "ReadWrite.All") || strings.HasSuffix(g.role, ".ReadWrite.Directory") || g.role == "Directory.AccessAsUser.All" {
		return grade{checks.ConsequenceGrantEscalation, "may change the directory on behalf of people"}
	}
	return grade{checks.ConsequenceGrantWider, "may act on behalf of people"}
}

// roleManagement judges what it takes to use a role for which somebody is eligible.
func roleManagement(j *judge) {
	j.gates([]gate{
		{"activation_rules[].require_approval", off, "nobody has to approve"},
		{"activation_rules[].require_multifactor_authentication", off, "a second factor is not needed"},
		{"activation_rules[].require_justification", off, "no reason has to be given"},
		{"activation_rules[].approval_stage[].primary_approver[].object_id", more, "others may approve"},
		{"activation_rules[].required_conditional_access_authentication_context", gone, "conditional access no longer counts"},
		{"active_assignment_rules[].require_multifactor_authentication", off, "a second factor is not needed"},
		{"active_assignment_rules[].expiration_required", off, "assignments never end"},
		{"eligible_assignment_rules[].expiration_required", off, "assignments never end"},
	}, checks.ConsequenceGrantWider, "")
}

// conditionalAccess judges of whom a condition for signing in is asked, and where.
// That it is gone, switched off or has fewer parts is told as a control that is
// weaker.
func conditionalAccess(j *judge) {
	if was, is := j.value(j.old, "state"), j.value(j.new, "state"); j.new.Exists() && was.word == "enabled" && is.word != "enabled" && is.word != "disabled" {
		j.say(checks.ConsequenceGrantWider, "state", said{note: "a condition for signing in is switched off", before: was.word, after: is.word, unknown: is.unknown})
	}
	j.gates([]gate{
		{"grant_controls[].operator", anyOf, "one of several is enough"},
		{"conditions[].users[].included_users[]", fewer, "not everybody is asked any more"},
		{"conditions[].users[].included_groups[]", fewer, "not everybody is asked any more"},
		{"conditions[].users[].included_roles[]", fewer, "not everybody is asked any more"},
		{"conditions[].applications[].included_applications[]", fewer, "not every application asks any more"},
		{"conditions[].client_app_types[]", fewer, "some programs are not asked"},
	}, checks.ConsequenceGrantWider, "")
}

func accessPackage(j *judge) {
	j.gates([]gate{
		{"approval_settings[].approval_required", off, "nobody has to approve"},
		{"requestor_settings[].scope_type", changed, "others may ask"},
		{"assignment_review_settings[].enabled", off, "nobody looks at it again"},
	}, checks.ConsequenceGrantWider, "")
}
