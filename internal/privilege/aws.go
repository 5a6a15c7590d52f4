package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// awsRole judges a role, a user or a group with what stands inside it. What a role
// may do and whom it trusts are two things; its boundary limits the first.
func awsRole(trust string, inline ...string) func(*judge) {
	return func(j *judge) {
		if j.deleted() {
			return
		}
		if trust != "" {
			j.policy(trustPolicy, trust)
		}
		for _, p := range inline {
			j.policy(identityPolicy, p)
		}
		j.managed("managed_policy_arns[]")
		j.boundary("permissions_boundary")
	}
}

// managed judges policies that are attached by a list of ARNs.
func (j *judge) managed(path string) {
	b := binding{role: path, grade: func(_ *judge, g grant) grade { return managedGrade(g.role) }}
	b.judge(j)
}

// boundary judges the limit of what an identity may be allowed at most.
func (j *judge) boundary(path string) {
	was, is := j.items(j.old, path), j.items(j.new, path)
	switch {
	case len(was.texts) == 0 && !was.unknown || !j.new.Exists():
	case is.unknown:
		j.say(checks.ConsequenceGrantWider, path, said{note: "another permissions boundary, or none", unknown: true, needs: tops(path)})
	case len(is.texts) == 0:
		j.say(checks.ConsequenceGrantEscalation, path, said{note: "the permissions boundary is taken away", what: was.texts})
	case was.texts[0] != is.texts[0] && managedGrade(is.texts[0]).kind == checks.ConsequenceGrantAdmin:
		j.say(checks.ConsequenceGrantEscalation, path, said{note: "the permissions boundary limits nothing any more", what: is.texts})
	case was.texts[0] != is.texts[0]:
		j.say(checks.ConsequenceGrantWider, path, said{note: "another permissions boundary", what: is.texts})
	}
}

func gradeManaged(_ *judge, g grant) grade { return managedGrade(g.role) }

// lambdaPermission judges a statement that is written as attributes.
func lambdaPermission(j *judge) {
	read := func(old bool) (*document, bool) {
		s := j.new
		if old {
			s = j.old
		}
		d := &document{}
		if !s.Exists() {
			return d, true
		}
		who, ok := j.only(s, "principal")
		if !ok {
			return d, false
		}
		kind := "aws"
		if strings.HasSuffix(who, ".com") || strings.HasSuffix(who, ".com.cn") {
			kind = "service"
		}
		st := statement{dims: [dimensions]set{dimName: everything, dimResource: everything, dimPrincipal: {list: []pattern{principal(kind, who)}}}}
		actions := j.items(s, "action")
		if j.c.Type == "aws_cloudwatch_event_permission" && len(actions.texts) == 0 {
			actions.texts = []string{"events:PutEvents"}
		}
		if actions.unknown {
			actions.texts = append(actions.texts, "*")
		}
		for _, a := range actions.texts {
			p := glob(strings.ToLower(a), nil)
			p.text = a
			st.dims[dimAction].list = append(st.dims[dimAction].list, p)
		}
		for _, c := range [][3]string{
			{"source_account", "stringequals", "aws:sourceaccount"},
			{"source_arn", "arnlike", "aws:sourcearn"},
			{"principal_org_id|organization_id", "stringequals", "aws:principalorgid"},
			{"condition[].value", "stringequals", "aws:principalorgid"},
		} {
			it := j.items(s, c[0])
			cl := clause{operator: c[1], key: c[2]}
			for _, t := range it.texts {
				if c[1] == "arnlike" {
					cl.values = append(cl.values, arnGlob(t, nil))
				} else {
					cl.values = append(cl.values, literal(t))
				}
			}
			if it.unknown && who != "*" {
				// Made in the same plan: for a service it limits as one object does. For
				// everybody it counts as no limit.
				cl.values = append(cl.values, pattern{text: "arn:aws:unknown::000000000000:known-after-apply", runes: []rune("\x00")})
			}
			if len(cl.values) > 0 {
				st.when = append(st.when, cl)
			}
		}
		d.statements = append(d.statements, st)
		return d, true
	}
	before, _ := read(true)
	if j.moved("function_name", "layer_name", "version_number", "event_bus_name", "qualifier") {
		before = &document{}
	}
	after, ok := read(false)
	if !ok {
		j.say(checks.ConsequenceGrantUnknown, "principal", said{note: "it says who may", unknown: true, needs: []string{"principal"}})
		return
	}
	v, _ := j.new.At("source_arn")
	who, _ := j.only(j.new, "principal")
	j.judgeDocuments(resourcePolicy, "principal", before, after, said{from: []string{"action"}, unknown: v.Unknown && who == "*"})
}

// organizationPolicy judges a policy of an organisation. Those of service and
// resource control limit; the other kinds are about backups and tags.
func organizationPolicy(j *judge) {
	s := j.new
	if !s.Exists() {
		s = j.old
	}
	kind, _ := j.only(s, "type")
	switch kind {
	case "", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY":
		j.policy(limitPolicy, "content")
	}
}

// passwordPolicy judges how old a password may get, where none is for ever. That the
// rules are gone or weaker in any other way is told of them as a control.
func passwordPolicy(j *judge) {
	j.gates([]gate{{"max_password_age", olderPassword, "weaker passwords will do"}}, checks.ConsequenceGrantWider, "")
}

// identityPool judges a pool whose guests need not say who they are.
func identityPool(j *judge) {
	if j.turnedOn("allow_unauthenticated_identities") {
		j.say(checks.ConsequenceGrantPublic, "allow_unauthenticated_identities", said{note: "everybody gets the credentials of the pool's guests", before: "false", after: "true"})
	}
}

// turnedOn reports whether an attribute is true and was not.
func (j *judge) turnedOn(path string) bool {
	is, ok := j.new.At(path)
	if !ok {
		return false
	}
	if v, ok := is.Bool(); !ok || !v {
		return false
	}
	if was, ok := j.old.At(path); ok {
		if v, ok := was.Bool(); ok && v {
			return false
		}
	}
	return true
}

func gradeEKS(_ *judge, g grant) grade {
	switch {
	case strings.HasSuffix(g.role, "AmazonEKSClusterAdminPolicy"), g.role == "system:masters":
		return grade{checks.ConsequenceGrantAdmin, "everything in the cluster"}
	case strings.HasSuffix(g.role, "AmazonEKSAdminPolicy"), strings.HasSuffix(g.role, "AmazonEKSAdminViewPolicy"):
		return grade{checks.ConsequenceGrantEscalation, "the cluster's secrets"}
	}
	return grade{checks.ConsequenceGrantWider, "a principal of the account gets into the cluster"}
}

// lakeGrade grades permissions of Lake Formation.
func lakeGrade(_ *judge, g grant) grade {
	if g.role == "SUPER" || g.role == "ALL" {
		return grade{checks.ConsequenceGrantWider, "all there is to do with it"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func lakePublic(who string) string {
	if who == "IAM_ALLOWED_PRINCIPALS" {
		return "everybody in the account whom IAM allows"
	}
	return ""
}

// endpointPolicy judges what may pass an endpoint. Without a policy, everything may.
func endpointPolicy(j *judge) {
	if j.created() || j.deleted() && j.c.Type == "aws_vpc_endpoint" {
		return
	}
	read := func(it items) (*document, error) {
		d := &document{}
		if len(it.texts) == 0 {
			it.texts = []string{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`}
		}
		return d, d.readPolicy(it.texts[0], j.vars)
	}
	is := j.items(j.new, "policy")
	before, _ := read(j.items(j.old, "policy"))
	after, err := read(is)
	switch {
	case is.unknown:
		j.say(checks.ConsequenceGrantUnknown, "policy", said{unknown: true, needs: []string{"policy"}})
	case err == nil:
		j.judgeDocuments(limitPolicy, "policy", before, after, said{})
	case !sameTexts(j.old.All("policy"), j.new.All("policy")):
		j.say(checks.ConsequenceGrantUnknown, "policy", said{note: unreadable("the policy", err)})
	}
}

// exclusiveNames judges the inline policies that an identity may keep.
func exclusiveNames(j *judge) {
	if !j.old.Exists() || !j.new.Exists() {
		return
	}
	b := binding{who: "role_name|user_name|group_name", role: "policy_names[]", lifts: "an inline policy is taken away: if it denied something, that is allowed now"}
	b.judge(j)
}

// takesAway tells that a new exclusive resource takes what others have given.
func takesAway(attribute, note string) func(*judge) {
	return func(j *judge) {
		if j.created() {
			j.say(checks.ConsequenceGrantWithdrawn, attribute, said{note: note})
		}
	}
}

// trusted judges an identity provider: a new one, or one whose settings change.
func trusted(note string, attributes ...string) func(*judge) {
	return func(j *judge) {
		if !j.new.Exists() {
			return
		}
		if j.created() {
			s := said{note: note}
			if it := j.items(j.new, attributes[0]); attributes[0] == "url" {
				s.what = it.texts
			}
			j.say(checks.ConsequenceGrantTrust, attributes[0], s)
			return
		}
		for _, a := range attributes {
			if j.differs(a) {
				j.say(checks.ConsequenceGrantTrust, a, said{note: note})
			} else if v, ok := j.new.At(a); ok && v.Partly() {
				j.say(checks.ConsequenceGrantTrust, a, said{note: note, unknown: true, needs: tops(a)})
			}
		}
	}
}

// differs reports whether the values of an attribute, both known, are not the same.
func (j *judge) differs(path string) bool {
	was, _ := j.old.At(path)
	is, _ := j.new.At(path)
	if is.Partly() {
		return false
	}
	x, _ := writeJSON(was.Value)
	y, _ := writeJSON(is.Value)
	return x != y
}

func kmsGrade(_ *judge, g grant) grade {
	if g.role == "CreateGrant" {
		return grade{checks.ConsequenceGrantEscalation, "may hand the key on"}
	}
	if account, _, ok := awsPrincipal(g.who); ok && strings.ContainsAny(account, "*?") {
		return grade{checks.ConsequenceGrantPublic, "everybody"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func delegated(_ *judge, _ grant) grade {
	return grade{checks.ConsequenceGrantTrust, "the account governs a service for the whole organisation"}
}

func sharedWith(_ *judge, g grant) grade {
	return grade{checks.ConsequenceGrantTrust, "a resource is shared with others"}
}

func ramShare(j *judge) {
	if j.turnedOn("allow_external_principals") {
		j.say(checks.ConsequenceGrantTrust, "allow_external_principals", said{note: "accounts outside the organisation may be let in", before: "false", after: "true"})
	}
}

func awsccRole(trust string) func(*judge) {
	return awsRole(trust, "policies[].policy_document")
}

// serverlessPolicy judges the data access policy of a search collection.
func serverlessPolicy(j *judge) {
	read := func(it items) (grants, error) {
		var out grants
		for _, t := range it.texts {
			v, err := readJSON(t)
			if err != nil {
				return out, err
			}
			list, ok := v.([]any)
			if !ok {
				return out, errShape
			}
			for _, e := range list {
				m, _ := e.(map[string]any)
				who, err := texts(m["Principal"])
				rules, ok := m["Rules"].([]any)
				if err != nil || !ok {
					return out, errShape
				}
				for _, r := range rules {
					rule, _ := r.(map[string]any)
					may, errMay := texts(rule["Permission"])
					on, errOn := texts(rule["Resource"])
					if errMay != nil || errOn != nil {
						return out, errShape
					}
					for _, w := range who {
						for _, p := range may {
							for _, o := range on {
								if len(out.list) >= maxGrants {
									return out, errTooLarge
								}
								out.list = append(out.list, grant{who: w, role: p, on: o})
							}
						}
					}
				}
			}
		}
		return out, nil
	}
	it := j.items(j.new, "policy")
	was, _ := read(j.items(j.old, "policy"))
	is, err := read(it)
	switch {
	case it.unknown:
		j.say(checks.ConsequenceGrantUnknown, "policy", said{unknown: true, needs: []string{"policy"}})
		return
	case err != nil:
		j.say(checks.ConsequenceGrantUnknown, "policy", said{note: unreadable("the policy", err)})
		return
	}
	b := binding{who: "policy", role: "policy", public: func(who string) string {
		if who == "*" {
			return "everybody"
		}
		return ""
	}}
	b.compare(j, was, is)
}
