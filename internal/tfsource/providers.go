package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// requirements compares which providers a module takes, from where, in which versions.
func (c *comparison) requirements(b, h *module) {
	names := slices.Sorted(maps.Keys(b.required))
	names = slices.Compact(slices.Sorted(slices.Values(append(names, slices.Collect(maps.Keys(h.required))...))))
	for _, name := range names {
		was, is := b.required[name], h.required[name]
		x := checks.SourceChange{Kind: checks.SourceProvider, Address: address("provider", name)}
		if was != nil {
			x.Before = shownRequirement(name, was)
		}
		if is != nil {
			x.After = shownRequirement(name, is)
			x.Path, x.Line = is.repo(), is.line
		}
		switch {
		case was == nil:
			at := providerAddress(name, is.source)
			if is.other == "" && (official(at) || c.usedProvider(at)) {
				continue
			}
			x.Detail = "a provider that was not used before: other code"
		case is == nil:
			if (was.source == "" && was.version == "") || !h.mayUse(name) {
				continue
			}
			x.Path, x.Line, x.Removed = was.repo(), was.line, true
			x.Detail = "the version is no longer bound"
			if providerAddress(name, was.source) != providerAddress(name, "") {
				x.Detail = "nothing says any more where the provider comes from: it is hashicorp/" + name + " or not used"
				x.Detail = shorten(x.Detail)
			}
		case is.other != was.other:
			x.Detail = "it has to be evaluated: which provider it is is not known"
		case providerAddress(name, is.source) != providerAddress(name, was.source):
			x.Detail = "another provider: other code"
		case is.version == was.version:
			continue
		case is.version == "":
			x.Detail = "the version is no longer bound"
		case was.version == "":
			continue // bound now
		default:
			x.Detail = "other versions"
		}
		c.add(x)
	}
}

// mayUse reports whether a module uses a provider by its local name, or could: what
// it calls is bound by its constraints too.
func (m *module) mayUse(name string) bool {
	if len(m.calls) > 0 {
		return true
	}
	for p := range m.providers {
		if p == "provider."+name || strings.HasPrefix(p, "provider."+name+".") {
			return true
		}
	}
	for _, r := range m.resources {
		if used, _, _ := strings.Cut(r.using(), "."); used == name {
			return true
		}
	}
	return false
}

func shownRequirement(name string, r *requirement) string {
	s := r.source
	if s == "" {
		s = name
	}
	if r.version != "" {
		s += " " + r.version
	}
	if !isName(strings.NewReplacer("/", "", " ", "", ",", "", ">", "", "<", "", "=", "", "~", "", "!", "").Replace(s)) {
		return ""
	}
	return s
}

// usedProvider reports whether the base takes the provider anywhere.
func (c *comparison) usedProvider(at string) bool {
	if used, ok := c.providers[at]; ok {
		return used
	}
	used := false
	for _, m := range c.naming(at[strings.LastIndexByte(at, '/')+1:]) {
		for name, r := range m.required {
			used = used || providerAddress(name, r.source) == at
		}
	}
	c.providers[at] = used
	return used
}

// compareOpaque tells of a file that Terraform takes as its own and that a
// repository should not have.
func compareOpaque(p string, inBase, inHead bool, r *report) {
	x := checks.SourceChange{Path: checks.Path(p), Removed: !inHead, Kind: checks.SourceProvider, Address: "terraform"}
	how := "new"
	switch {
	case inBase && inHead:
		how = "changed"
	case inBase:
		how = "gone"
	}
	switch {
	case strings.HasSuffix(p, "/modules.json"):
		x.Kind, x.Detail = checks.SourceModule, how+": tells Terraform in which folder the code of each module is"
	case strings.HasSuffix(p, "/terraform.tfstate"), strings.HasSuffix(p, ".terraform/environment"):
		x.Kind, x.Detail = checks.SourceBackend, how+": tells Terraform which backend or workspace is in use"
	case strings.HasSuffix(p, "plugin_path"):
		x.Detail = how + ": tells Terraform where providers are installed"
	default:
		if !inHead {
			return // without it the provider is fetched
		}
		x.Detail = how + ": Terraform runs it as a provider"
	}
	r.add(x)
}
