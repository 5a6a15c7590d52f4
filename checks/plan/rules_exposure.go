package plan

import "github.com/claw-verified/claw-verified/checks"

// Rules about what is opened to the network.
var (
	ruleAdminPort = checks.Rule{
		ID: "plan.exposure-admin-port", Title: "Administration or data port open to the internet", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "Ports like these are tried by everybody on the internet within minutes, and one weak password or one unpatched server is enough.",
		Remedy: "Limit the source to the networks that need it, or reach the machine through a bastion, a VPN or the cloud's session service.",
		Detail: "Looks at ingress that the plan newly allows from everywhere to the ports of remote shells, desktops, databases, caches, file shares, container runtimes and cluster control, or to all ports. Everywhere means that the allowed sources together cover the address family, however they are written: 0.0.0.0/1 with 128.0.0.0/1 counts as 0.0.0.0/0, and so does everything but a few addresses. What is newly allowed is computed for each security group as a whole, over inline rules and rule resources.",
	}
	ruleWorld = checks.Rule{
		ID: "plan.exposure-world", Title: "Open to the internet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Anyone on the internet could connect, which before they could not.",
		Remedy: "Limit the source, or have somebody approve that this is meant to be public.",
		Detail: "Looks at ingress that the plan newly allows from everywhere, to ports other than those of plan.exposure-admin-port; and, whatever the port, at new managed services whose own endpoint is open from the start, and at what lets everybody through without opening anything by itself: access lists of networks, and lists of addresses that no rule of the plan refers to.",
	}
	ruleRoute = checks.Rule{
		ID: "plan.exposure-route", Title: "Route to the internet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "With a route to an internet gateway, what is in the network is as public as its rules allow.",
		Remedy: "Have somebody approve that this network is meant to be public.",
		Detail: "Looks at routes that newly lead the whole internet to a gateway. Routes through address translation let nobody in, and are silent.",
	}
	ruleWider = checks.Rule{
		ID: "plan.exposure-wider", Title: "Open to more sources", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "More networks could connect than before.",
		Remedy: "Limit the source, or have somebody approve it.",
		Detail: "Looks at ingress that the plan newly allows from some addresses. Narrowing a rule, and moving it from one resource to another without widening it, is silent.",
	}
	ruleUnknownSource = checks.Rule{
		ID: "plan.exposure-unknown", Title: "Open to a source that is not known yet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The source is decided only when the plan is applied, so it is judged as the whole internet.",
		Remedy: "Apply what the source depends on first, or write the addresses down. Or have somebody approve it.",
		Detail: "Looks at ingress whose source is set in the configuration but known only after apply, at sources that are no addresses, and at prefix lists and service tags, whose addresses a plan does not show.",
	}
	ruleEgress = checks.Rule{
		ID: "plan.exposure-egress", Title: "May connect to the whole internet", Severity: checks.SeverityInfo, Effect: checks.EffectAllow, Waivable: true,
		Why:    "A machine that may send anywhere can also send data anywhere. Most may, so this is told and not held against the change.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.exposure-egress.",
		Detail: "Looks at egress that the plan newly allows to everywhere, or to a destination that is known only after apply.",
	}
)
