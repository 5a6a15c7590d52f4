package policy

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// The schema is generated here and not in the program: the generator costs time
// at every start and is needed at none.

// entry is what a type does not say about one of its keys.
type entry struct {
	text     string
	required bool
	fallback any // the default
	change   func(*jsonschema.Schema)
}

const (
	idPattern       = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`
	teamPattern     = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$|^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`
	durationPattern = `^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$`
	datePattern     = `^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$`
	keyPattern      = `^(ssh-|ecdsa-|sk-)[^\n]*$|^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----\n|^\s*-----BEGIN PUBLIC KEY-----\s`
	pemPattern      = `^\s*-----BEGIN PUBLIC KEY-----\s`
	filePattern     = `^[^/*?{}\[\]\\]([^*?{}\[\]\\]*[^/*?{}\[\]\\])?$`
	didPattern      = `^did:key:z[1-9A-HJ-NP-Za-km-z]+$`
	addressPattern  = `^https://[^*]+$`
	refPattern      = `^refs/[^\s~^:?*\[\\]*[^\s~^:?*\[\\/]$`
	digestPattern   = `^(commit|[0-9a-f]{40}|[0-9a-f]{64})$`
	pathPattern     = `^[^!/].*[^/]$|^[^!/]$`
	loginPattern    = `^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$`
	emailPattern    = `^[^@\s<>*]+@[^@\s<>*]+$`
	workflowPattern = `^\.github/workflows/[^/*?{}\[\]\\]+\.(yml|yaml)$`
	artifactPattern = `^[^":<>|*?\\/]{1,256}$`
	trailerPattern  = `^[A-Za-z0-9-]+\s*(:.*[^\s].*)?$`
)

// itself finds the schema of one text where a list may stand instead.
func itself(s *jsonschema.Schema) []*jsonschema.Schema {
	if len(s.AnyOf) == 2 && s.AnyOf[1].Type == "array" {
		return []*jsonschema.Schema{s.AnyOf[0], s.AnyOf[1].Items}
	}
	return []*jsonschema.Schema{s}
}

func pattern(p string) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) {
		for _, one := range itself(s) {
			one.Pattern = strings.ReplaceAll(p, "(?=.)", "")
			if p == durationPattern {
				one.MinLength = ptr(uint64(2))
			}
		}
	}
}

func enum[T ~string](words ...T) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) {
		for _, one := range itself(s) {
			for _, w := range words {
				one.Enum = append(one.Enum, string(w))
			}
		}
	}
}

func between(low, high string) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.Minimum, s.Maximum = json.Number(low), json.Number(high) }
}

// orNumber lets a port be written as a number.
func orNumber(s *jsonschema.Schema) {
	one := func() []*jsonschema.Schema {
		return []*jsonschema.Schema{{Type: "string", Pattern: `^[0-9]{1,5}(-[0-9]{1,5})?$`}, {Type: "integer", Minimum: "0", Maximum: "65535"}}
	}
	list := &jsonschema.Schema{Type: "array", MinItems: ptr(uint64(1)), MaxItems: ptr(uint64(maxEntries)), Items: &jsonschema.Schema{AnyOf: one()}}
	*s = jsonschema.Schema{Description: s.Description, AnyOf: append(one(), list)}
}

func onlyTrue(s *jsonschema.Schema) { s.Const = true }

func ptr[T any](v T) *T { return &v }

// table holds every key of the language, "Type.key".
var table = map[string]entry{
	"Policy.version":       {"Version of the policy language: 1.", true, nil, func(s *jsonschema.Schema) { s.Const = 1 }},
	"Policy.mode":          {"enforce: a refusal is a refusal. observe: it is only told, and nothing is stopped.", false, "enforce", enum(ModeEnforce, ModeObserve)},
	"Policy.agents":        {"The coding agents and every identity they go by.", false, nil, nil},
	"Policy.machine_users": {"Logins of automation that runs under a user account. They never approve.", false, nil, pattern(loginPattern)},
	"Policy.people":        {"The people, each with all accounts, addresses and keys, so that nobody counts twice.", false, nil, nil},
	"Policy.teams":         {"Teams of this policy: a name and the ids of people.", false, nil, func(s *jsonschema.Schema) { patternNames(s, idPattern) }},
	"Policy.gate_files":    {"Globs of files that decide how changes are judged, added to the built-in ones (the policy, workflows, CODEOWNERS and a few more).", false, nil, pattern(pathPattern)},
	"Policy.provenance":    {"What a commit must prove about its origin.", false, nil, nil},
	"Policy.plan":          {"When a Terraform plan is needed, and what its findings do.", false, nil, nil},
	"Policy.review":        {"Who must agree.", false, nil, nil},
	"Policy.waivers":       {"Findings that are accepted for a while.", false, nil, nil},
	"Policy.deploy":        {"What a deployment needs, by environment. Enforced by the deployment gate alone.", false, nil, func(s *jsonschema.Schema) { s.MinProperties = ptr(uint64(1)) }},
	"Policy.limits":        {"How much is read. More than that is undecided, never cut off.", false, nil, nil},
	"Policy.break_glass":   {"Who may override a refusal in an emergency. Nobody when it is left out.", false, nil, func(s *jsonschema.Schema) {}},

	"Agent.id":         {"Name of the agent in this file and in reports.", true, nil, pattern(idPattern)},
	"Agent.logins":     {"GitHub logins it goes by, for bots with [bot].", false, nil, pattern(loginPattern)},
	"Agent.emails":     {"E-mail addresses that mark a commit as its work.", false, nil, pattern(emailPattern)},
	"Agent.trailers":   {"Commit trailers that mark a commit as its work: a key, or key and glob.", false, nil, pattern(trailerPattern)},
	"Agent.keys":       {"Public keys it signs with: SSH and OpenPGP for commits, PEM for attestations.", false, nil, nil},
	"Agent.operators":  {"Ids of the people who set it to work. They cannot approve its changes.", false, nil, pattern(idPattern)},
	"Agent.identities": {"Keyless (Sigstore) identities it signs with.", false, nil, nil},
	"Agent.app_ids":    {"Ids of the GitHub Apps it works through.", false, nil, nil},
	"Agent.dids":       {"did:key identifiers it signs Claw's proofs with.", false, nil, nil},

	"Identity.issuer":            {"https address of the issuer, exactly.", true, nil, pattern(addressPattern)},
	"Identity.subject":           {"The certificate's name, exactly: a workflow's address with its ref, or an e-mail address.", true, nil, pattern(`^[^*]+$`)},
	"Identity.build_signer":      {"Address of the workflow that signs, with its ref, exactly.", false, nil, pattern(addressPattern)},
	"Identity.source_repository": {"Address of the repository whose workflow runs, exactly: https://github.com/acme/infra.", false, nil, pattern(addressPattern)},
	"Identity.source_ref":        {"The ref it runs for, exactly: refs/heads/main.", false, nil, pattern(refPattern)},
	"Identity.source_digest":     {"The commit it runs for: commit for the one that is attested, or a whole id.", false, nil, pattern(digestPattern)},
	"Identity.runner":            {"github-hosted or self-hosted.", false, nil, enum("github-hosted", "self-hosted")},

	"DID.did":        {"The did:key identifier of an Ed25519 key.", true, nil, pattern(didPattern)},
	"DID.not_before": {"Valid from then on.", false, nil, pattern(datePattern)},
	"DID.not_after":  {"Valid until then.", false, nil, pattern(datePattern)},
	"DID.revoked_at": {"Not valid from then on. Needs a reason.", false, nil, pattern(datePattern)},
	"DID.reason":     {"Why it was revoked.", false, nil, nil},

	"Key.key":            {"The line of the .pub file, an armoured OpenPGP key, or for attestations a PEM public key.", false, nil, pattern(keyPattern)},
	"Key.file":           {"In place of key: path of a PEM public key in the repository.", false, nil, pattern(filePattern)},
	"Key.cert_authority": {"The key is an SSH certificate authority: its certificates for one of principals count.", false, nil, onlyTrue},
	"Key.principals":     {"The names in certificates that mean this owner; exact.", false, nil, nil},
	"Key.not_before":     {"Valid from then on.", false, nil, pattern(datePattern)},
	"Key.not_after":      {"Valid until then.", false, nil, pattern(datePattern)},
	"Key.revoked_at":     {"Not valid from then on. Needs a reason.", false, nil, pattern(datePattern)},
	"Key.reason":         {"Why the key was revoked.", false, nil, nil},

	"Person.id":         {"Name of the person in this file and in reports.", true, nil, pattern(idPattern)},
	"Person.github_ids": {"Ids of the GitHub accounts. When given, a login alone never identifies the person.", false, nil, nil},
	"Person.logins":     {"GitHub logins.", false, nil, pattern(loginPattern)},
	"Person.emails":     {"E-mail addresses.", false, nil, pattern(emailPattern)},
	"Person.keys":       {"SSH and OpenPGP public keys.", false, nil, nil},

	"Provenance.require":             {"The least a commit must prove: attributed, signed, attested or attested-keyless.", false, "signed", enum(levels...)},
	"Provenance.allowed_signers":     {"Path of an OpenSSH allowed_signers file.", false, nil, pattern(filePattern)},
	"Provenance.signer_is_committer": {"The owner of the signing key must be the committer.", false, false, nil},
	"Provenance.trusted_roots":       {"public-good, or paths of trusted_root.json files, in place of the public one.", false, []string{PublicGood}, pattern(filePattern)},
	"Provenance.directory":           {"Folder of attestations in the repository.", false, DefaultDirectory, pattern(filePattern)},
	"Provenance.attestors":           {"Platforms and programs, no agents, whose statements are read.", false, nil, nil},
	"Provenance.markers":             {"By which marks commits count as agent-made, beside or without built-in ones.", false, nil, func(*jsonschema.Schema) {}},
	"Attestor.id":                    {"Its name in this file and in reports.", true, nil, pattern(idPattern)},
	"Attestor.keys":                  {"PEM public keys it signs with.", false, nil, nil},
	"Attestor.identities":            {"Keyless (Sigstore) identities it signs with.", false, nil, nil},
	"Markers.ignore":                 {"Built-in marks to switch off, by the name of the agent.", false, nil, nil},
	"Markers.emails":                 {"Addresses of further agents.", false, nil, pattern(emailPattern)},
	"Markers.logins":                 {"Logins of further agents.", false, nil, pattern(loginPattern)},
	"Markers.trailers":               {"Trailers of further agents: a key, or key and glob.", false, nil, pattern(trailerPattern)},

	"Plan.require":          {"When a plan is needed: when_changed or always.", false, "when_changed", enum(PlanWhenChanged, PlanAlways)},
	"Plan.paths":            {"Globs of the files whose change needs a plan, instead of the built-in Terraform ones.", false, nil, pattern(pathPattern)},
	"Plan.saved":            {"Whether the saved plan file must be given beside the JSON: optional or required.", false, "optional", enum(SavedOptional, SavedRequired)},
	"Plan.max_age":          {"How old a plan may be when it is judged. Without it the report only says when it was made.", false, nil, pattern(durationPattern)},
	"Plan.workspaces":       {"Workspaces that a plan may be of, globs. The saved plan file names it. Any when it is left out.", false, nil, nil},
	"Plan.mass_destroy":     {"How many objects a plan may destroy or replace before that is a finding by itself.", false, nil, nil},
	"Plan.resources":        {"Resource types that are not known, or known better here.", false, nil, nil},
	"Plan.producers":        {"Workflows whose artifacts bring plans, where GitHub is asked for them.", false, nil, nil},
	"Producer.workflow":     {"Path of the workflow file: .github/workflows/plan.yml.", true, nil, pattern(workflowPattern)},
	"Producer.artifact":     {"Name of the artifact, exactly.", true, nil, pattern(artifactPattern)},
	"Producer.plan":         {"Path of the plan JSON in the artifact.", false, DefaultPlanJSON, pattern(filePattern)},
	"Producer.plan_file":    {"Path of the saved plan file in the artifact.", false, nil, pattern(filePattern)},
	"Producer.signers":      {"Keyless identities whose signed provenance of the plan is believed in place of the run.", false, nil, nil},
	"Plan.rules":            {"Rules that set the effect of plan findings. The strongest matching rule wins.", false, nil, nil},
	"PlanRule.id":           {"Name of the rule in reports.", true, nil, pattern(idPattern)},
	"PlanRule.when":         {"What it matches: every key that is given must match.", true, nil, nil},
	"PlanRule.effect":       {"allow, require_review or deny. Reviewers cannot lift a deny.", true, nil, enum(EffectAllow, EffectRequireReview, EffectDeny)},
	"PlanRule.reason":       {"Why, for whoever is stopped by it.", true, nil, nil},
	"PlanWhen.rule":         {"Rule ids or globs: plan.replace, plan.*", false, nil, nil},
	"PlanWhen.action":       {"What happens to the resource.", false, nil, enum(planActions...)},
	"PlanWhen.type":         {"Resource types, globs: aws_db_*", false, nil, nil},
	"PlanWhen.address":      {"Resource addresses, globs: module.prod.*", false, nil, nil},
	"PlanWhen.module":       {"Module addresses, globs; root is the root module.", false, nil, nil},
	"PlanWhen.provider":     {"Provider source addresses or configurations, globs: registry.terraform.io/hashicorp/aws, aws.west.", false, nil, nil},
	"PlanWhen.tag":          {"Tags or labels of the resource, globs over key=value.", false, nil, pattern(`=`)},
	"PlanWhen.exposure":     {"What is opened to the network.", false, nil, nil},
	"PlanWhen.count":        {"At least so many findings of the plan must match the other keys.", false, nil, between("2", "1000000")},
	"ExposureWhen.from":     {"Ranges of addresses, world or unknown.", false, nil, nil},
	"ExposureWhen.port":     {"Ports and ranges of ports: 443, 8000-8999.", false, nil, orNumber},
	"ExposureWhen.protocol": {"Protocols.", false, nil, enum(protocols...)},
	"MassDestroy.count":     {"Objects that are destroyed or replaced.", false, 20, between("1", "1000000")},
	"MassDestroy.share":     {"Percent of the managed objects, once five are destroyed or replaced.", false, 50, between("1", "100")},
	"PlanResource.type":     {"Resource types, a glob.", true, nil, nil},
	"PlanResource.class":    {"What is known of them.", true, nil, enum(planClasses[:4]...)},
	"PlanResource.tier":     {"How bad the loss is.", false, nil, enum(planTiers...)},
	"PlanResource.loses":    {"What a destroy loses.", false, nil, nil},
	"PlanResource.guards":   {"Attributes that protect the data.", false, nil, nil},
	"PlanWhen.class":        {"What is known of the resource type.", false, nil, enum(planClasses...)},

	"Review.tiers":              {"Demands for approvals. Every tier that applies must be met.", false, nil, nil},
	"Review.conversations":      {"Whether every review thread must be resolved: optional or required.", false, "optional", enum(ConversationsOptional, ConversationsRequired)},
	"Review.checks":             {"Checks of others that must have passed for this head, each by who gives it.", false, nil, nil},
	"RequiredCheck.name":        {"Its name, exactly.", true, nil, nil},
	"RequiredCheck.app_id":      {"Of a check run: the id of the GitHub App that writes it.", false, nil, between("1", "9223372036854775807")},
	"RequiredCheck.account":     {"Of a commit status: the id of the account that gives it.", false, nil, between("1", "9223372036854775807")},
	"Tier.id":                   {"Name of the tier in reports.", true, nil, pattern(idPattern)},
	"Tier.when":                 {"When it applies: one key that holds is enough.", true, nil, nil},
	"Tier.need":                 {"Who must approve; every entry must be met.", true, nil, nil},
	"Tier.bind":                 {"What an approval is bound to: head (this commit), tree (this content), plan (these plans).", false, []string{"head"}, enum(BindHead, BindTree, BindPlan)},
	"Tier.quote":                {"Approvals must name in their first line what they are for: /approve and the full id of the head.", false, nil, onlyTrue},
	"Tier.codeowners":           {"Of every changed file with owners in CODEOWNERS, one of them must approve.", false, nil, onlyTrue},
	"TierWhen.labels":           {"Applies when the pull request has such a label, globs.", false, nil, nil},
	"TierWhen.size":             {"Applies when the change is this large: one number that is reached is enough.", false, nil, nil},
	"ChangeSize.commits":        {"Commits.", false, nil, between("1", "10000")},
	"ChangeSize.files":          {"Changed files.", false, nil, between("1", "100000")},
	"ChangeSize.lines":          {"Lines that are added and deleted, together.", false, nil, between("1", "10000000")},
	"TierWhen.always":           {"Applies to every change.", false, nil, onlyTrue},
	"TierWhen.agent":            {"Applies when a commit is not proved to be a person's own work.", false, nil, onlyTrue},
	"TierWhen.unattributed":     {"Applies when nobody can be named who set the agent to work.", false, nil, onlyTrue},
	"TierWhen.gate_files":       {"Applies when a gate file changes.", false, nil, onlyTrue},
	"TierWhen.paths":            {"Applies when a file matching one of these globs changes.", false, nil, pattern(pathPattern)},
	"TierWhen.findings":         {"Applies when a finding that asks for review has one of these rule ids or globs.", false, nil, nil},
	"TierWhen.provenance_below": {"Applies when a commit proves less than this.", false, nil, enum(levels...)},
	"Need.count":                {"How many different people.", true, nil, between("1", "20")},
	"Need.permission":           {"Permission on the repository they need at least.", false, "write", enum(PermissionWrite, PermissionMaintain, PermissionAdmin)},
	"Need.teams":                {"Only members of these teams: of this policy, or GitHub teams as org/team.", false, nil, pattern(teamPattern)},
	"Need.people":               {"Only these people, or members of the teams.", false, nil, pattern(idPattern)},

	"Waiver.rule":    {"The one rule whose finding is accepted.", true, nil, nil},
	"Waiver.subject": {"Glob over what the finding is about: an address, a commit, a path.", true, nil, nil},
	"Waiver.owner":   {"Id of the person who answers for it.", true, nil, pattern(idPattern)},
	"Waiver.reason":  {"Why it is accepted.", true, nil, nil},
	"Waiver.expires": {"When it ends.", true, nil, pattern(datePattern)},

	"Environment.require":         {"verified, or overridden to let a break-glass deploy too.", false, "verified", enum("verified", "overridden")},
	"Environment.max_age":         {"How old the verdict may be.", false, "3d", pattern(durationPattern)},
	"Environment.plan_must_match": {"The plan that is applied must be the one that was judged.", false, true, nil},

	"Limits.commits":   {"Commits of one change.", false, DefaultCommits, between("1", "10000")},
	"Limits.files":     {"Changed files.", false, DefaultFiles, between("1", "100000")},
	"Limits.plan_size": {"Size of one plan: 64MiB, 2GiB, or bytes.", false, "1GiB", nil},

	"BreakGlass.people":  {"People who may ask and confirm.", false, nil, pattern(idPattern)},
	"BreakGlass.teams":   {"Teams whose members may.", false, nil, pattern(teamPattern)},
	"BreakGlass.confirm": {"How many others must confirm.", false, DefaultConfirm, between("1", "20")},
	"BreakGlass.expires": {"How long the override lasts.", false, "4h", pattern(durationPattern)},
}

func patternNames(s *jsonschema.Schema, p string) {
	s.PropertyNames = &jsonschema.Schema{Pattern: p}
	s.MinProperties = ptr(uint64(1))
}

func text() *jsonschema.Schema {
	// One visible character at least.
	return &jsonschema.Schema{Type: "string", MinLength: ptr(uint64(1)), MaxLength: ptr(uint64(maxString)), Pattern: `\S`}
}

func textOrList() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text(), {Type: "array", Items: text(), MinItems: ptr(uint64(1)), MaxItems: ptr(uint64(maxEntries)), UniqueItems: true}}}
}

func generate(t *testing.T) []byte {
	t.Helper()
	reflector := &jsonschema.Reflector{
		ExpandedStruct: true, RequiredFromJSONSchemaTags: true, Anonymous: true,
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			switch typ {
			case reflect.TypeFor[[]string](), reflect.TypeFor[[]Bind]():
				return textOrList()
			case reflect.TypeFor[[]int64]():
				one := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "integer", Minimum: "1"} }
				return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one(), {Type: "array", Items: one(), MinItems: ptr(uint64(1)), MaxItems: ptr(uint64(maxEntries)), UniqueItems: true}}}
			case reflect.TypeFor[time.Time](), reflect.TypeFor[Duration]():
				return text()
			case reflect.TypeFor[Size]():
				return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string", Pattern: `^[0-9]+(B|KiB|MiB|GiB)?$`}, {Type: "integer", Minimum: "1", Maximum: json.Number("17179869184")}}}
			}
			if typ.Kind() == reflect.String {
				return text()
			}
			return nil
		},
	}
	s := reflector.Reflect(&Policy{})
	s.ID = SchemaID
	s.Title = "Claw Verified policy"
	s.Description = "What a repository lets pass. Reference: docs/policy.md."
	used := map[string]bool{}
	complete(t, "Policy", s, used)
	for name, def := range s.Definitions {
		complete(t, name, def, used)
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if !used[name] {
			t.Errorf("the table describes %s, which the types do not have", name)
		}
	}
	shape(s)
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// complete adds to a type's schema what the table says.
func complete(t *testing.T, name string, s *jsonschema.Schema, used map[string]bool) {
	t.Helper()
	s.MinProperties = ptr(uint64(1))
	s.Required = nil
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		e, ok := table[name+"."+p.Key]
		if !ok {
			t.Errorf("the table does not describe %s.%s", name, p.Key)
			continue
		}
		used[name+"."+p.Key] = true
		v := p.Value
		if v.Type == "array" {
			v.MinItems, v.MaxItems = ptr(uint64(1)), ptr(uint64(maxEntries))
		}
		v.Description, v.Default = e.text, e.fallback
		if e.change != nil {
			e.change(v)
		}
		if e.required {
			s.Required = append(s.Required, p.Key)
		}
	}
}

// shape adds what concerns a type as a whole.
func shape(s *jsonschema.Schema) {
	// Each entry is the text itself or a mapping with its life.
	orText := func(owner, key, def, form string, length int) {
		v, _ := s.Definitions[owner].Properties.Get(key)
		one := func() *jsonschema.Schema {
			line := text()
			line.Pattern, line.MaxLength = form, ptr(uint64(length))
			return line
		}
		item := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one(), {Ref: "#/$defs/" + def}}}
		v.AnyOf = []*jsonschema.Schema{one(), {Type: "array", Items: item, MinItems: ptr(uint64(1)), MaxItems: ptr(uint64(maxEntries))}}
		v.Type, v.Items, v.MinItems, v.MaxItems = "", nil, nil, nil
	}
	orText("Agent", "keys", "Key", keyPattern, signature.MaxPGPKeyBytes)
	orText("Person", "keys", "Key", keyPattern, signature.MaxPGPKeyBytes)
	orText("Attestor", "keys", "Key", pemPattern, signature.MaxPEMKeyBytes)
	orText("Agent", "dids", "DID", didPattern, maxString)
	k, _ := s.Definitions["Key"].Properties.Get("key")
	k.MaxLength = ptr(uint64(signature.MaxPGPKeyBytes))
	one := func(key string) *jsonschema.Schema { return &jsonschema.Schema{Required: []string{key}} }
	s.Definitions["Key"].OneOf = []*jsonschema.Schema{one("key"), one("file")}
	s.Definitions["RequiredCheck"].OneOf = []*jsonschema.Schema{one("app_id"), one("account")}
	revoked := map[string][]string{"revoked_at": {"reason"}, "reason": {"revoked_at"}}
	s.Definitions["DID"].DependentRequired = maps.Clone(revoked)
	revoked["cert_authority"], revoked["principals"] = []string{"principals"}, []string{"cert_authority"}
	s.Definitions["Key"].DependentRequired = revoked
	s.Definitions["BreakGlass"].AnyOf = []*jsonschema.Schema{one("people"), one("teams")}
	s.Definitions["Attestor"].AnyOf = []*jsonschema.Schema{one("keys"), one("identities")}
}
