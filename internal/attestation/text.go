package attestation

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// How much of foreign text a message and a note repeat, in bytes.
const (
	maxQuoted = 120
	maxNote   = 300
)

// clip makes foreign text fit for the middle of a message: one line of print, cut
// short.
func clip(s string, n int) string {
	const ellipsis = "…"
	if s = redact.Visible(s); len(s) <= n {
		return s
	}
	for n -= len(ellipsis); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:max(n, 0)] + ellipsis
}

// quote is clip in quotes.
func quote(s string) string { return `"` + clip(s, maxQuoted) + `"` }

// note makes one sentence for people, with foreign text in it, in quotes: what it
// says must not read like what we say.
func note(format string, args ...any) string {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = quote(s)
		}
	}
	return fmt.Sprintf(format, args...)
}

// printable reports whether a reader sees s for what it is: no control characters,
// nothing invisible, nothing that turns the text around.
func printable(s string) bool { return redact.Visible(s) == s }

// word checks a name or a version: one line of print, not long.
func word(s string) error {
	switch {
	case len(s) > maxWord:
		return fmt.Errorf("is longer than %d bytes", maxWord)
	case !printable(s), strings.TrimSpace(s) != s:
		return fmt.Errorf("%s has characters that do not print, or spaces around it", quote(s))
	}
	return nil
}

// id checks an identifier: print without spaces. Prose has spaces, so that what an
// agent was told does not slip in as an id.
func id(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("is missing")
	case len(s) > maxText:
		return fmt.Errorf("is longer than %d bytes", maxText)
	case !printable(s), strings.ContainsRune(s, ' '):
		return fmt.Errorf("%s has spaces or characters that do not print", quote(s))
	case strings.Contains(s, "://"), slices.Contains(refusedSchemes, schemeOf(s)):
		return uri(s)
	}
	return nil
}

func schemeOf(s string) string {
	scheme, _, _ := strings.Cut(s, ":")
	return strings.ToLower(scheme)
}

// Schemes that carry their content with them, or name something on the machine of
// whoever wrote the statement. A data: URI would be a place for a prompt.
var refusedSchemes = []string{"data", "javascript", "vbscript", "file", "blob", "about"}

// Parameters, of a query or a fragment, that make an address a key to what it points at. A statement is
// published.
var secretParameters = []string{
	"access_token", "token", "api_key", "apikey", "key", "password", "secret", "sig", "signature",
	"x-amz-signature", "x-amz-security-token", "x-goog-signature", "private_token",
}

// uri checks an absolute URI. One that lets its reader in is refused: user-info, and
// the parameters of signed addresses.
func uri(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("is missing")
	case len(s) > maxText:
		return fmt.Errorf("is longer than %d bytes", maxText)
	case !printable(s), strings.ContainsAny(s, " <>\"\\^`{|}"):
		return fmt.Errorf("%s has characters that a URI has not", quote(s))
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return fmt.Errorf("%s is no URI", quote(s))
	case u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Path == "":
		return fmt.Errorf("%s is no absolute URI: begin it with a scheme, such as https", quote(s))
	case slices.Contains(refusedSchemes, u.Scheme):
		return fmt.Errorf("has the scheme %s, which is refused: give the address of something that others can fetch, or its digest alone", u.Scheme)
	case (u.Scheme == "https" || u.Scheme == "http" || strings.HasPrefix(u.Scheme, "git+")) && u.Host == "":
		return fmt.Errorf("%s names no host", quote(s))
	case u.User != nil:
		return fmt.Errorf("holds a user name or a password: statements are published, remove it")
	}
	for _, part := range []string{u.RawQuery, u.EscapedFragment()} {
		q, err := url.ParseQuery(part)
		if err != nil {
			return fmt.Errorf("%s is no URI", quote(s))
		}
		for name := range q {
			if slices.Contains(secretParameters, strings.ToLower(name)) {
				return fmt.Errorf("holds a secret in its query: statements are published, remove it")
			}
		}
	}
	return nil
}

// Lengths, in hex digits, of the digests that in-toto names and that still hold.
// SHA-1 is there only as git's name of an object.
var digestLengths = map[string][]int{
	"sha256": {64}, "sha384": {96}, "sha512": {128},
	"sha3_256": {64}, "sha3_384": {96}, "sha3_512": {128},
	"gitCommit": {40, 64}, "gitTree": {40, 64}, "gitBlob": {40, 64}, "gitTag": {40, 64},
}

// digests checks a digest set. Only the algorithms given may be in it, or all that
// are known, when none is given.
func digests(set map[string]string, only ...string) error {
	if len(set) == 0 {
		return fmt.Errorf("has no digest")
	}
	for _, alg := range sortedKeys(set) {
		lengths := digestLengths[alg]
		switch {
		case lengths == nil:
			return fmt.Errorf("has a digest by %s, which is not known: use sha256", quote(alg))
		case len(only) > 0 && !slices.Contains(only, alg):
			return fmt.Errorf("has a digest by %s; here only %s is good", alg, strings.Join(only, ", "))
		case !slices.ContainsFunc(lengths, func(n int) bool { return gitobject.IsID(set[alg], n) }):
			return fmt.Errorf("has a %s that is not %d lower-case hex digits", alg, lengths[0])
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var (
	reRepository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}$`)
	reDecimal    = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$`)
	reCurrency   = regexp.MustCompile(`^[A-Z]{3}$`)
)

// repository checks "owner/name" of GitHub.
func repository(s string) error {
	_, name, _ := strings.Cut(s, "/")
	if !reRepository.MatchString(s) || name == "." || name == ".." {
		return fmt.Errorf("repository %s is not of the form owner/name", quote(s))
	}
	return nil
}
