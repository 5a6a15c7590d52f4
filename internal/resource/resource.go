package resource

import "github.com/claw-verified/claw-verified/checks"

// Type is what is known of one resource type. It is shared: nobody may change what
// it points to.
type Type struct {
	Name  string
	Class checks.Class // stateful before guard before recreatable before harmless, where several fit

	// Of a stateful type.
	Tier   checks.Tier
	Loses  string   // what a destroy loses; of a recreatable type or a guard, what is gone until it is made again
	Guards []string // attributes that protect the data, as paths; each is watched

	Network *Network // who may connect; nil: it is no network type
	Grants  *Grants  // who may do what; nil: it grants nothing

	Guard        bool   // a control: destroying or reducing it weakens what it guards
	Recreatable  bool   // destroying it is an outage or a new address
	Irreversible string // why creating or updating it cannot be undone; empty: it can. What depends on an attribute is a [Watch]
	// Runs is what runs when one is created, updated or replaced, which its author
	// chose; it completes "a program runs at apply: ". Empty: nothing. A machine that
	// is started is not meant, which runs what its attributes say: those are watched.
	Runs string

	Provider string // prefix of the file it stands in
}

// Network is how a type says who may connect. What its rules mean is for package
// exposure; this is for knowing which attributes are judged there.
type Network struct {
	// Kind is one of endpoint, rule, rule_set_inline, guardrail, rule_list_inline,
	// acl, waf, peering, address_list, attachment, gateway, group, route, sharing,
	// route_set_inline, policy, default, appliance, principal, policy_json, opaque.
	Kind        string
	Rule        map[string]string // role -> attribute path: cidr4, cidr6, protocol, from_port, ...; under IngressPath or EgressPath where there is one
	IngressPath string
	EgressPath  string
}

// Grants is how a type says who may do what. What is granted is for package
// privilege; this is for knowing which attributes are judged there.
type Grants struct {
	Policies []string // attributes that hold policy documents
	Gives    []string // attributes that say what is granted, or to whom, where there is no document
	Gate     bool     // it protects a code repository or what its workflows may do
}

// Use is what a data source does when it is read.
type Use struct {
	Name string
	Runs string // what runs, as "a program that the configuration names"; when it runs is not said. Empty: nothing
	Does string // what it does that runs nothing: "reads a secret, which is then in the state"
}
