package gitwork

import (
	"net/url"
	"regexp"
	"strings"
)

// userinfo is what stands before the @ of an address: a user, and often a password or
// a token. Up to the last @ before a blank or a slash, as git reads it.
var userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/'"]*@`)

// Shown is the name or the address of a remote as it may be shown and logged: without
// user, password and query.
func Shown(remote string) string {
	rest, _, query := strings.Cut(remote, "?")
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		host, path, _ := strings.Cut(after, "/")
		// A slash in a password ends the host for git too; what stands before an @
		// further on is left out all the same.
		if at := strings.LastIndexByte(after, '@'); at >= 0 && (strings.Contains(host, "@") || strings.Contains(host, ":")) {
			if i := strings.LastIndexByte(host, '@'); i >= 0 && !strings.Contains(path, "@") {
				at = i
			}
			after = after[at+1:]
		}
		rest = scheme + "://" + after
	} else if at := strings.LastIndexByte(rest, '@'); at >= 0 && strings.Contains(rest[:at], ":") {
		rest = rest[at+1:]
	}
	if query {
		rest += "?…"
	}
	return rest
}

// secrets are the parts of the addresses among arguments that nobody is to read.
func secrets(args []string) []string {
	var out []string
	for _, a := range args {
		if !strings.Contains(a, "://") {
			continue
		}
		u, err := url.Parse(a)
		if err != nil || u.User == nil && u.RawQuery == "" {
			continue
		}
		password, _ := u.User.Password()
		raw, _, _ := strings.Cut(strings.TrimPrefix(a, u.Scheme+"://"), "@")
		_, rawPassword, _ := strings.Cut(raw, ":")
		if u.User == nil {
			rawPassword = ""
		}
		for _, s := range []string{rawPassword, password, u.User.Username(), u.RawQuery} {
			if len(s) >= 6 { // a shorter one would take words to pieces
				out = append(out, s)
			}
		}
	}
	return out
}

// withoutSecrets is what git said, on one line, without what an address let it know.
// Addresses of the configuration are cleaned by their form.
func withoutSecrets(text string, secrets []string) string {
	text = userinfo.ReplaceAllString(text, "$1")
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "…")
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
