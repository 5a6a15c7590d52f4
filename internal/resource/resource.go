package resource

import "github.com/claw-verified/claw-verified/checks"

// Type is what is known of one resource type. It is shared: nobody may change what
// it points to.
type Type struct {
	Name  string
	Class checks.Class // stateful before guard before recreatable before harmless, where several fit

	// Of a stateful type.
	Tier     checks.Tier
	Loses    string   // what a destroy loses; of a recreatable type or a guard, what is gone until it is made again
	Guards   []string // attributes that protect the data, as paths; each is watched
	Recovery string   // how it can be had back, if at all; empty when unknown

	Network *Network // who may connect; nil: it is no network type
	Grants  *Grants  // who may do what; nil: it grants nothing

	Guard        bool   // a control: destroying or reducing it weakens what it guards
	Recreatable  bool   // destroying it is an outage or a new address
	Secret       bool   // it holds or makes a secret
	Irreversible string // why creating or updating it cannot be undone; empty: it can. What depends on an attribute is a [Watch]
	Runs         string // what it runs, and where, as "runs a pod"; empty: nothing

	Provider   string // prefix of the file it stands in
	Legacy     string // since when the provider no longer has it; a state may still
	Unverified bool   // not found in the provider's documentation when the data was taken
	Note       string
}

// Network is how a type says who may connect.
type Network struct {
	// Kind is one of endpoint, rule, rule_set_inline, guardrail, rule_list_inline,
	// acl, waf, peering, address_list, attachment, gateway, group, route, sharing,
	// route_set_inline, policy, default, appliance, principal, policy_json, opaque.
	Kind          string
	Rule          map[string]string // role -> attribute path: cidr4, cidr6, protocol, from_port, ...; under IngressPath or EgressPath where there is one
	IngressPath   string
	EgressPath    string
	Direction     string // "ingress" or "egress", where the type is only for one; else the role direction says
	Parent        string // attribute that refers to the rule set it belongs to
	DefaultAction string // "allow" or "deny": what no rule matches
	// Values are, of some roles, the words that matter: of action those that allow, of
	// direction those that mean ingress, of any other those that open it.
	Values map[string][]string
	// Absent is, of some roles, what is meant when the attribute is not there.
	Absent map[string]string
	Note   string
}

// Grants is how a type says who may do what.
type Grants struct {
	Policies  []string // attributes that hold policy documents
	Language  string   // of the documents: aws, alicloud, tencentcloud, huaweicloud, scaleway, google, azure, oci, vault
	Gives     []string // attributes that say what is granted, or to whom, where there is no document
	Attaches  bool     // it binds an existing role or policy to somebody
	Principal bool     // it is somebody: a user, a key, a service account
	Authority bool     // authoritative: what it does not list is taken away
	Limits    bool     // it takes rights away: destroying or widening it gives them back
	Gate      bool     // it protects a code repository or what its workflows may do
}

// Use is what a data source, an ephemeral resource or an action does when it is
// read or invoked.
type Use struct {
	Name string
	Runs string // what it runs, and where, as "runs a program on the machine that plans"; empty: it runs nothing
	Does string // what it does that runs nothing: "reads a secret, which is then in the state"
}
