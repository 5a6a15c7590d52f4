package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// accounts compares in whose name, where and under which guards providers act.
func (c *comparison) accounts(b, h *module, fresh bool) {
	for _, name := range slices.Sorted(maps.Keys(h.providers)) {
		is, was := h.providers[name], b.providers[name]
		if was == nil {
			was = &component{settings: settings{}}
		}
		of := existing
		switch {
		case fresh:
			of = ofNewFolder
		case b.providers[name] == nil && strings.Count(name, ".") > 1:
			of = newAlias
		}
		c.provider(name, b, h, was, is, of)
	}
	for _, name := range slices.Sorted(maps.Keys(b.providers)) {
		was := b.providers[name]
		if h.providers[name] != nil || strings.Count(name, ".") > 1 || len(telling(was.settings.paths(), newAlias)) == 0 {
			continue
		}
		c.add(checks.SourceChange{
			Kind: checks.SourceProviderSettings, Path: was.repo(), Line: was.line, Address: address(name), Removed: true,
			Detail: "the settings are gone: the caller or the environment decides where the provider acts",
		})
	}
	for _, addr := range slices.Sorted(maps.Keys(h.resources)) {
		c.switched(b, h, h.resources[addr])
	}
}

// switched tells of a resource that uses other provider settings than before.
func (c *comparison) switched(b, h *module, is *resource) {
	was, _ := c.before(b, h, is)
	if was == nil || is.mode == "removed" {
		return
	}
	if was.using() == is.using() {
		return
	}
	at := is.providerAt
	if at.path == "" {
		at = is.place
	}
	c.add(checks.SourceChange{
		Kind: checks.SourceProviderSettings, Path: at.repo(), Line: at.line, Address: address(is.address()),
		Before: shownReferences(was.using()), After: shownReferences(is.using()),
		Detail: "it uses other provider settings: another account, region or role",
	})
}

// using returns the provider of a resource, by its local name and alias.
func (r *resource) using() string {
	if r.provider != "" {
		return r.provider
	}
	name, _, _ := strings.Cut(r.typ, "_")
	return name
}

// provider compares one provider block.
func (c *comparison) provider(name string, b, h *module, was, is *component, of providerState) {
	diff := differing(was.settings, is.settings, b.resolve, h.resolve)
	paths := telling(diff, of)
	if run := running(diff); len(run) > 0 && len(running(is.settings.paths())) == 0 {
		paths = append(paths, "exec")
	} else if len(run) > 0 {
		at := placeOf(is, run)
		c.add(checks.SourceChange{
			Kind: checks.SourceCommand, Path: at.repo(), Line: at.line, Address: address(name), Before: execIf(running(was.settings.paths())), After: "exec",
			Detail: "the provider runs a program where Terraform runs, to get credentials",
		})
	}
	if slices.Contains(diff, "version") {
		at := placeOf(is, []string{"version"})
		c.add(checks.SourceChange{
			Kind: checks.SourceProvider, Path: at.repo(), Line: at.line, Address: address(name),
			Before: shownVersion(was.settings["version"]), After: shownVersion(is.settings["version"]), Detail: "other versions",
		})
	}
	if len(paths) == 0 {
		return
	}
	at := placeOf(is, paths)
	x := checks.SourceChange{Kind: checks.SourceProviderSettings, Path: at.repo(), Line: at.line, Address: address(name)}
	var credentials []string // written out
	for _, p := range paths {
		if s := is.settings[p]; secret(p) && s.kind == kindString && s.word != "" {
			credentials = append(credentials, p)
		}
	}
	if of == ofNewFolder && len(credentials) == 0 {
		return // there was no account before
	}
	if len(paths) == 1 && places[paths[0]] {
		x.Before, x.After = shownWord(was.settings[paths[0]]), shownWord(is.settings[paths[0]])
	}
	x.Detail = meaning(paths)
	if len(credentials) > 0 {
		x.Detail = and("credentials stand in the source: "+named(credentials), x.Detail)
	}
	x.Detail = and(x.Detail, "changed: "+named(paths))
	c.add(x)
}

// meaning says what it means that some settings change.
func meaning(paths []string) string {
	says := ""
	for _, g := range groups {
		if slices.ContainsFunc(paths, g.has) {
			says = and(says, g.says)
		}
	}
	return says
}

// telling leaves out the settings that change nothing about where and in whose name
// a provider acts. Settings that are not known count.
func telling(paths []string, of providerState) []string {
	var out []string
	for _, p := range paths {
		if harmlessSettings[top(p)] || len(running([]string{p})) > 0 || p == "version" {
			continue
		}
		// What a new alias says of the region is its purpose.
		if of == newAlias && (places[p] || p == "features" || strings.HasPrefix(p, "default_")) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// providerState says what a provider block is compared with.
type providerState int

const (
	existing    providerState = iota // the one before it, or what the environment says
	newAlias                         // nothing used it yet
	ofNewFolder                      // nothing at all was here
)

// harmlessSettings are about how often and how fast a provider asks.
var harmlessSettings = map[string]bool{
	"max_retries": true, "retry_mode": true, "retry_max": true, "max_retry_wait_seconds": true, "retry_max_attempts": true, "request_timeout": true, "request_reason": true,
	"user_agent": true, "partner_id": true, "disable_terraform_partner_id": true, "disable_correlation_request_id": true, "burst_limit": true, "qps": true,
	"token_bucket_rate_limiter_capacity": true, "batching": true, "parallelism": true, "parallel_requests": true, "read_delay_ms": true, "write_delay_ms": true, "retry_delay_ms": true,
	"max_requests_per_second": true, "rps": true, "retries": true, "timeout": true, "timeouts": true, "http_client_retry_enabled": true,
	"add_terraform_attribution_label": true, "terraform_attribution_label_addition_strategy": true,
}

// places are settings whose word is shown.
var places = map[string]bool{"region": true, "location": true, "zone": true}

// group is a group of settings and what it means that one changes.
type group struct {
	words []string // the last or first name of a path is one, or has one of those that end in * as its beginning
	says  string
}

var groups = []group{
	{[]string{
		"assume_role*", "role_arn", "profile", "shared_*", "account*", "project", "billing_project", "subscription_id", "tenant_id", "tenancy_ocid", "user_ocid", "client_id", "impersonate_*",
		"organization", "owner", "config_path", "config_paths", "config_context*", "use_*", "compartment*", "user_project_override", "username", "user", "app_auth", "external_credentials",
		"access_key", "secret_key", "token", "password", "client_secret", "credentials", "exec", "private_key*", "api_key", "api_token",
	}, "another account, role or identity"},
	{[]string{"region", "location", "zone"}, "another region"},
	{[]string{"endpoint*", "*_endpoint", "url", "host", "hostname", "base_url", "api_url", "address", "server", "insecure*", "custom_ca*", "http_proxy", "https_proxy", "*_url", "ssl*", "skip_tls_verify", "ca_*"}, "another server, or another way to trust it"},
	{[]string{"allowed_account_ids", "forbidden_account_ids", "skip_*", "features"}, "a guard of the provider"},
	{[]string{"default_tags", "default_labels", "ignore_tags"}, "the tags of every object"},
}

func (g *group) has(path string) bool {
	names := []string{top(path), last(path)}
	if tagged := names[0]; tagged == "default_tags" || tagged == "default_labels" || tagged == "ignore_tags" {
		names = names[:1] // the rest is the name of a tag
	}
	for _, w := range g.words {
		for _, name := range names {
			start, isStart := strings.CutSuffix(w, "*")
			end, isEnd := strings.CutPrefix(w, "*")
			if name == w || (isStart && strings.HasPrefix(name, start)) || (isEnd && strings.HasSuffix(name, end)) {
				return true
			}
		}
	}
	return false
}

// secret reports whether a setting's name says that it holds a credential.
func secret(path string) bool {
	name := strings.ToLower(last(path))
	if strings.HasSuffix(name, "_file") || strings.HasSuffix(name, "_files") || strings.HasSuffix(name, "_path") || strings.HasSuffix(name, "_url") || strings.HasSuffix(name, "_arn") {
		return false
	}
	for _, w := range []string{"secret", "token", "password", "passwd", "passphrase", "private_key", "api_key", "apikey", "access_key", "app_key", "application_key", "client_key", "credentials", "connection_string", "client_certificate"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// running returns the paths of what runs a program to get credentials.
func running(paths []string) []string {
	var out []string
	for _, p := range paths {
		if slices.Contains(strings.FieldsFunc(p, func(r rune) bool { return r == '.' || r == '[' }), "exec") {
			out = append(out, p)
		}
	}
	return out
}

// placeOf returns where the first of some settings stands, or the block.
func placeOf(c *component, paths []string) place {
	for _, p := range paths {
		if s, ok := c.settings[p]; ok && s.line > 0 {
			at := place{c.path, s.line}
			if s.path != "" {
				at.path = s.path
			}
			return at
		}
	}
	return c.place
}

func execIf(paths []string) string {
	if len(paths) > 0 {
		return "exec"
	}
	return ""
}

// shownWord shows a region and the like, and nothing that could be something else.
func shownWord(s setting) string {
	if s.kind == kindString && len(s.word) <= 40 && isName(s.word) {
		return s.word
	}
	return ""
}

func shownVersion(s setting) string {
	if r := (&requirement{version: constraint(s.word)}); s.kind == kindString {
		return strings.TrimPrefix(shownRequirement("v", r), "v ")
	}
	return ""
}
