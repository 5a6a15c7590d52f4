package tfsource

import (
	"strings"
)

// shownSource returns a module's source as it may be shown: without user, password
// and query parameters that could be credentials. hidden reports whether something
// was left out.
func shownSource(s string) (shown string, hidden bool) {
	rest, query, asked := strings.Cut(s, "?")
	rest, _, marked := strings.Cut(rest, "#")
	hidden = marked
	prefix := ""
	if i := strings.Index(rest, "::"); i >= 0 && i < 12 {
		prefix, rest = rest[:i+2], rest[i+2:]
	}
	if i := strings.Index(rest, "://"); i >= 0 {
		prefix, rest = prefix+rest[:i+3], rest[i+3:]
	}
	// The host ends at the first slash; what is before its last @ is the user. An @
	// further on is part of the path, and must not hide the true host.
	host, way := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, way = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		hidden = hidden || host[:i] != "git"
		host = host[i+1:]
	}
	// user:pass/word@host is no host, and what it is nobody can say.
	if i := strings.IndexByte(host, ':'); i >= 0 && strings.Contains(prefix, "://") && strings.Trim(host[i+1:], "0123456789") != "" {
		host, way, hidden = "…", "", true
	}
	shown = prefix + host + way
	if asked {
		var kept []string
		for _, p := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
			name, value, _ := strings.Cut(p, "=")
			if !shownParameter[name] || len(value) > 80 || !isName(strings.ReplaceAll(value, "/", "")) {
				hidden = true
				continue
			}
			kept = append(kept, p)
		}
		if len(kept) > 0 {
			shown += "?" + strings.Join(kept, "&")
		}
	}
	return shorten(shown), hidden || len(shown) > maxText
}

// shownParameter are the parameters of a source that say which code it is.
var shownParameter = map[string]bool{"ref": true, "depth": true, "archive": true, "tag": true, "version": true}

// origin is where a module comes from.
type origin int

const (
	fromFolder   origin = iota // of the repository
	fromRegistry               // with versions
	fromGit
	fromElsewhere
	fromUnknown // not a literal
)

func originOf(c *call) origin {
	s := c.source
	switch {
	case !c.literal:
		return fromUnknown
	case strings.HasPrefix(s, "./"), strings.HasPrefix(s, "../"), s == ".", s == "..":
		return fromFolder
	case strings.HasPrefix(s, "git::"), strings.HasPrefix(s, "git@"), strings.HasPrefix(s, "github.com/"), strings.HasPrefix(s, "bitbucket.org/"), strings.HasPrefix(s, "gitlab.com/"):
		return fromGit
	}
	if isRegistry(s) {
		return fromRegistry
	}
	return fromElsewhere
}

// isRegistry reports whether a source is namespace/name/system, perhaps with a host
// before it and //folder after it.
func isRegistry(s string) bool {
	s, _, _ = strings.Cut(s, "//")
	parts := strings.Split(s, "/")
	if len(parts) == 4 {
		if !strings.Contains(parts[0], ".") {
			return false
		}
		parts = parts[1:]
	}
	if len(parts) != 3 {
		return false
	}
	for _, p := range parts {
		if !isName(p) || strings.ContainsAny(p, ".[]") {
			return false
		}
	}
	return true
}

// provider returns the full address of a provider: host/namespace/name.
func providerAddress(local, source string) string {
	if source == "" {
		source = "hashicorp/" + local
	}
	parts := strings.Split(strings.ToLower(source), "/")
	switch len(parts) {
	case 1:
		return defaultHost + "/hashicorp/" + parts[0]
	case 2:
		return defaultHost + "/" + parts[0] + "/" + parts[1]
	}
	return strings.Join(parts, "/")
}

const defaultHost = "registry.terraform.io"

// official reports whether a provider is one of the vendor's own, which Terraform
// and OpenTofu take when nobody says where a provider comes from.
func official(address string) bool {
	return strings.HasPrefix(address, defaultHost+"/hashicorp/") || strings.HasPrefix(address, "registry.opentofu.org/hashicorp/") ||
		strings.HasPrefix(address, "registry.opentofu.org/opentofu/") || address == "terraform.io/builtin/terraform"
}
