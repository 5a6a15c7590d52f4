package policy

import (
	"maps"
	"strings"
)

// sayings holds every key of the language as it is told and judged when it changes; a
// test compares it with the types. A key without a judgement counts as weaker whatever
// happens to it.
//
// So does whatever says who is who, added as well as removed. An account, an address or
// a key that is known proves something; but it also keeps its owner from approving and
// can make an objection that of a machine, and one that is not known does neither.
var sayings = func() map[string]saying {
	all := map[string]saying{
		"version":       {},
		"mode":          {changed: "the mode is {a} instead of {b}", weaker: func(c *delta) bool { return c.after.String() != string(ModeEnforce) }},
		"machine_users": {added: "{v} counts as automation and never approves", removed: "{v} no longer counts as automation, and may approve"},
		"people":        {added: "{v} is listed as a person: what {v} signs is proved, and {v} can be named as who commissioned an agent", removed: "{v} is no longer listed, so nothing says which accounts and keys are one person"},
		"teams":         {added: "there is a team {v}", removed: "there is no team {v} any more", weaker: never},
		"teams.*":       {added: "{v} is in team {o}", removed: "{v} is no longer in team {o}", weaker: grows},
		"gate_files":    {added: "{v} is a gate file", removed: "{v} is no gate file any more", weaker: shrinks},

		"people.id":         {},
		"people.github_ids": {added: "the account {v} counts as {o}", removed: "the account {v} no longer counts as {o}, and could fill a seat of its own"},
		"people.logins":     {added: "the login {v} counts as {o}", removed: "the login {v} no longer counts as {o}, and could fill a seat of its own"},
		"people.emails":     {added: "the address {v} counts as {o}", removed: "the address {v} no longer counts as {o}"},

		"provenance.require":             {changed: "commits must prove {a} instead of {b}", weaker: lowerLevel},
		"provenance.allowed_signers":     {changed: "keys are allowed by {a} instead of {b}"},
		"provenance.signer_is_committer": {changed: "the signer must be the committer|the signer need no longer be the committer", weaker: switchedOff},
		"provenance.trusted_roots":       {added: "the Sigstore instance {v} is believed", removed: "the Sigstore instance {v} is no longer believed"},
		"provenance.directory":           {changed: "attestations lie in {a} instead of {b}: a commit that only adds files there has less to prove"},
		"provenance.attestors":           {added: "statements of attestor {v} are read", removed: "statements of attestor {v} are no longer read"},
		"provenance.attestors.id":        {},
		"provenance.markers":             {added: "there are marks of agents beside or without the built-in ones", removed: "there are only the built-in marks of agents"},
		"provenance.markers.ignore":      {added: "the marks of {v} no longer make a commit count as an agent's", removed: "the marks of {v} make a commit count as an agent's again"},
		"provenance.markers.emails":      {added: "the address {v} marks a commit as an agent's", removed: "the address {v} no longer marks a commit as an agent's"},
		"provenance.markers.logins":      {added: "the login {v} marks a commit as an agent's", removed: "the login {v} no longer marks a commit as an agent's"},
		"provenance.markers.trailers":    {added: "the trailer {v} marks a commit as an agent's", removed: "the trailer {v} no longer marks a commit as an agent's"},

		"waivers":         {added: "there is a waiver of {v}", removed: "there is no waiver of {v} any more", weaker: grows},
		"waivers.rule":    {},
		"waivers.subject": {},
		"waivers.owner":   {changed: "{a} answers for {o} instead of {b}", weaker: never},
		"waivers.reason":  {changed: "{o} gives another reason", weaker: never},
		"waivers.expires": {changed: "{o} ends at {a} instead of {b}", weaker: laterOrNever},

		"deploy":                   {added: "environment {v} asks for something of its own", removed: "environment {v} asks for nothing of its own any more", weaker: environmentChange},
		"deploy.*.require":         {changed: "{o} needs a verdict {a} instead of {b}", weaker: func(c *delta) bool { return c.after.String() != DefaultRequire }},
		"deploy.*.max_age":         {changed: "{o} takes a verdict of {a} instead of {b}", weaker: longer},
		"deploy.*.plan_must_match": {changed: "{o} must apply the plan that was judged|{o} may apply another plan than was judged", weaker: switchedOff},

		"limits.commits":   {changed: "a change may have {a} commits instead of {b}", weaker: larger},
		"limits.files":     {changed: "a change may have {a} files instead of {b}", weaker: larger},
		"limits.plan_size": {changed: "a plan may have {a} instead of {b}", weaker: larger},

		"break_glass":         {added: "there are people who may override a refusal", removed: "nobody may override a refusal any more", weaker: grows},
		"break_glass.people":  {added: "{v} may override a refusal", removed: "{v} may no longer override a refusal", weaker: grows},
		"break_glass.teams":   {added: "team {v} may override a refusal", removed: "team {v} may no longer override a refusal", weaker: grows},
		"break_glass.confirm": {changed: "an override needs {a} to confirm it instead of {b}", weaker: smaller},
		"break_glass.expires": {changed: "an override lasts {a} instead of {b}", weaker: longer},
	}
	maps.Copy(all, agentSayings)
	maps.Copy(all, planSayings)
	maps.Copy(all, reviewSayings)
	for _, owner := range []string{"agents", "people", "provenance.attestors"} {
		for key, s := range keySayings {
			all[owner+"."+key] = s
		}
	}
	for _, owner := range []string{"agents", "provenance.attestors"} {
		for key, s := range identitySayings {
			all[owner+"."+key] = s
		}
	}
	for key, s := range identitySayings {
		if member, ok := strings.CutPrefix(key, "identities."); ok {
			if s.changed != "" {
				s.weaker = lessExact // whose a plan is says nothing of people
			}
			all["plan.producers.signers."+member] = s
		}
	}
	return all
}()

var agentSayings = map[string]saying{
	"agents":           {added: "agent {v} is listed", removed: "agent {v} is no longer listed: nothing but built-in marks tells its work and its accounts"},
	"agents.id":        {},
	"agents.logins":    {added: "the login {v} counts as {o}", removed: "the login {v} no longer counts as {o}, and may approve"},
	"agents.emails":    {added: "the address {v} marks a commit as the work of {o}", removed: "the address {v} no longer marks a commit as the work of {o}"},
	"agents.trailers":  {added: "the trailer {v} marks a commit as the work of {o}", removed: "the trailer {v} no longer marks a commit as the work of {o}"},
	"agents.app_ids":   {added: "the GitHub App {v} counts as {o}", removed: "the GitHub App {v} no longer counts as {o}"},
	"agents.operators": {added: "{v} may commission {o}, and cannot approve its changes", removed: "{v} does not commission {o} any more, and may approve its changes"},

	"agents.dids":            {added: "what {v} signs counts as the work of {o}", removed: "what {v} signs no longer counts as the work of {o}"},
	"agents.dids.did":        {},
	"agents.dids.not_before": keySayings["keys.not_before"],
	"agents.dids.not_after":  keySayings["keys.not_after"],
	"agents.dids.revoked_at": keySayings["keys.revoked_at"],
	"agents.dids.reason":     keySayings["keys.reason"],
}

var keySayings = map[string]saying{
	"keys":                {added: "{v} proves what {o} signs", removed: "{v} no longer proves what {o} signs"},
	"keys.key":            {changed: "{k} of {o} is written with another comment", weaker: never},
	"keys.file":           {},
	"keys.not_before":     {changed: "{k} of {o} counts from {a} instead of {b}"},
	"keys.not_after":      {changed: "{k} of {o} counts until {a} instead of {b}"},
	"keys.revoked_at":     {changed: "{k} of {o} is revoked from {a} instead of {b}", weaker: laterOrNever},
	"keys.reason":         {changed: "there is another reason why {k} of {o} was revoked", weaker: never},
	"keys.cert_authority": {changed: "{k} of {o} is a certificate authority|{k} of {o} is no certificate authority any more"},
	"keys.principals":     {added: "certificates of {k} for {v} count for {o}", removed: "certificates of {k} for {v} no longer count for {o}"},
}

var identitySayings = map[string]saying{
	"identities":                   {added: "whoever holds a certificate of {v} signs as {o}", removed: "a certificate of {v} no longer signs as {o}"},
	"identities.issuer":            {},
	"identities.subject":           {},
	"identities.build_signer":      {changed: "{k} of {o} asks for the build signer {a} instead of {b}"},
	"identities.source_repository": {changed: "{k} of {o} asks for the repository {a} instead of {b}"},
	"identities.source_ref":        {changed: "{k} of {o} asks for the ref {a} instead of {b}"},
	"identities.source_digest":     {changed: "{k} of {o} asks for the commit {a} instead of {b}"},
	"identities.runner":            {changed: "{k} of {o} asks for the runner {a} instead of {b}"},
}

var planSayings = map[string]saying{
	"plan.require":            {changed: "a plan is needed {a} instead of {b}", weaker: func(c *delta) bool { return c.after.String() != string(PlanAlways) }},
	"plan.paths":              {added: "a change of {v} needs a plan", removed: "a change of {v} no longer needs a plan", weaker: shrinks},
	"plan.saved":              {changed: "the saved plan file is {a} instead of {b}", weaker: notRequired},
	"plan.max_age":            {changed: "a plan may have an age of {a} instead of {b}", weaker: largerOrNone},
	"plan.workspaces":         {added: "a plan may be of the workspace {v}", removed: "a plan may no longer be of the workspace {v}", weaker: workspaceChange},
	"plan.mass_destroy":       {added: "a plan may destroy less than {v} before that is a finding", removed: "a plan may destroy as much as is built in before that is a finding, and not {v}", weaker: massChange},
	"plan.mass_destroy.count": {changed: "a plan may destroy less than {a} objects instead of {b} before that is a finding", weaker: massChange},
	"plan.mass_destroy.share": {changed: "a plan may destroy less than {a} percent of the objects instead of {b} before that is a finding", weaker: massChange},

	"plan.resources":        {added: "something of its own is said of the types {v}", removed: "nothing of its own is said of the types {v}", weaker: resourceChange},
	"plan.resources.type":   {},
	"plan.resources.class":  {changed: "{o} is {a} instead of {b}", weaker: milder},
	"plan.resources.tier":   {changed: "the loss of {o} is {a} instead of {b}", weaker: milder},
	"plan.resources.loses":  {changed: "it is told otherwise what is lost with {o}", weaker: never},
	"plan.resources.guards": {added: "{v} protects {o}", removed: "{v} no longer protects {o}", weaker: guardChange},

	"plan.producers":           {added: "plans of {v} are believed", removed: "plans of {v} are no longer believed"},
	"plan.producers.workflow":  {},
	"plan.producers.artifact":  {},
	"plan.producers.plan":      {changed: "the plan of {o} is {a} instead of {b}"},
	"plan.producers.plan_file": {changed: "the plan file of {o} is {a} instead of {b}"},
	"plan.producers.signers":   {added: "plans of {o} are believed that {v} signed, whatever run they are of", removed: "plans of {o} are no longer believed for the signature of {v}", weaker: grows},

	"plan.rules":        {added: "there is a rule {v} on findings of the plan", removed: "there is no rule {v} any more on findings of the plan", weaker: ruleChange},
	"plan.rules.id":     {},
	"plan.rules.effect": {changed: "{o} says {a} instead of {b}", weaker: func(c *delta) bool { return strength(Effect(c.after.String())) < strength(Effect(c.before.String())) }},
	"plan.rules.reason": {changed: "{o} gives another reason", weaker: never},

	"plan.rules.when.rule":     {added: "{o} matches the findings {v}", removed: "{o} no longer asks for the findings {v}", weaker: matchChange},
	"plan.rules.when.action":   {added: "{o} matches the action {v}", removed: "{o} no longer asks for the action {v}", weaker: matchChange},
	"plan.rules.when.type":     {added: "{o} matches the types {v}", removed: "{o} no longer asks for the types {v}", weaker: matchChange},
	"plan.rules.when.address":  {added: "{o} matches the addresses {v}", removed: "{o} no longer asks for the addresses {v}", weaker: matchChange},
	"plan.rules.when.class":    {added: "{o} matches the class {v}", removed: "{o} no longer asks for the class {v}", weaker: matchChange},
	"plan.rules.when.module":   {added: "{o} matches the modules {v}", removed: "{o} no longer asks for the modules {v}", weaker: matchChange},
	"plan.rules.when.provider": {added: "{o} matches the providers {v}", removed: "{o} no longer asks for the providers {v}", weaker: matchChange},
	"plan.rules.when.tag":      {added: "{o} matches the tags {v}", removed: "{o} no longer asks for the tags {v}", weaker: matchChange},

	"plan.rules.when.exposure":          {added: "{o} asks for an exposure", removed: "{o} no longer asks for an exposure"},
	"plan.rules.when.exposure.from":     {added: "{o} matches what comes from {v}", removed: "{o} no longer asks for what comes from {v}"},
	"plan.rules.when.exposure.port":     {added: "{o} matches the port {v}", removed: "{o} no longer asks for the port {v}"},
	"plan.rules.when.exposure.protocol": {added: "{o} matches the protocol {v}", removed: "{o} no longer asks for the protocol {v}"},
	"plan.rules.when.count":             {changed: "{o} asks for {a} findings at once instead of {b}"},
}

var reviewSayings = map[string]saying{
	"review.conversations":    {changed: "that conversations are resolved is {a} instead of {b}", weaker: notRequired},
	"review.checks":           {added: "the check {v} must pass", removed: "the check {v} need not pass any more", weaker: shrinks},
	"review.checks.name":      {},
	"review.checks.app_id":    {},
	"review.checks.account":   {},
	"review.tiers":            {added: "there is a tier {v}", removed: "there is no tier {v} any more", weaker: tierChange},
	"review.tiers.id":         {},
	"review.tiers.quote":      {changed: "{o} asks for quoted approvals|{o} no longer asks for quoted approvals", weaker: switchedOff},
	"review.tiers.codeowners": {changed: "{o} asks for code owners|{o} no longer asks for code owners", weaker: switchedOff},
	"review.tiers.bind":       {added: "approvals of {o} are bound to {v}", removed: "approvals of {o} are no longer bound to {v}", weaker: bindChange},

	"review.tiers.need":            {added: "{o} asks for {v} more", removed: "{o} no longer asks for {v} beside the others", weaker: shrinks},
	"review.tiers.need.count":      {changed: "{o} asks for {a} instead of {b} approvals", weaker: smaller},
	"review.tiers.need.permission": {changed: "{o} asks for people with {a} instead of {b}", weaker: lowerPermission},
	"review.tiers.need.teams":      {added: "team {v} may approve for {o}", removed: "{o} no longer names team {v}", weaker: voterChange},
	"review.tiers.need.people":     {added: "{v} may approve for {o}", removed: "{o} no longer names {v}", weaker: voterChange},

	"review.tiers.when.always":           {changed: "{o} always applies|{o} no longer applies always", weaker: conditionChange},
	"review.tiers.when.agent":            {changed: "{o} applies to the work of agents|{o} no longer applies to the work of agents", weaker: conditionChange},
	"review.tiers.when.unattributed":     {changed: "{o} applies when nobody can be named who commissioned the change|{o} no longer applies when nobody can be named who commissioned the change", weaker: conditionChange},
	"review.tiers.when.gate_files":       {changed: "{o} applies to gate files|{o} no longer applies to gate files", weaker: conditionChange},
	"review.tiers.when.paths":            {added: "{o} applies to {v}", removed: "{o} no longer applies to {v}", weaker: conditionChange},
	"review.tiers.when.findings":         {added: "{o} applies to the findings {v}", removed: "{o} no longer applies to the findings {v}", weaker: conditionChange},
	"review.tiers.when.labels":           {added: "{o} applies to the label {v}", removed: "{o} no longer applies to the label {v}", weaker: conditionChange},
	"review.tiers.when.provenance_below": {changed: "{o} applies below the level {a} instead of {b}", weaker: lowerLevel},

	"review.tiers.when.size":         {added: "{o} applies from {v} on", removed: "{o} no longer applies from {v} on", weaker: shrinks},
	"review.tiers.when.size.commits": {changed: "{o} applies from {a} commits on instead of {b}", weaker: largerOrNone},
	"review.tiers.when.size.files":   {changed: "{o} applies from {a} files on instead of {b}", weaker: largerOrNone},
	"review.tiers.when.size.lines":   {changed: "{o} applies from {a} lines on instead of {b}", weaker: largerOrNone},
}
