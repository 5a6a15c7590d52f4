package signature

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
)

// TestAllowedKinds: a signature of every kind passes under the plainest line there
// is for it, or does not for the reason it was made with.
func TestAllowedKinds(t *testing.T) {
	t.Parallel()
	list, authorities := makeSignatures(t)
	at := time.Unix(t1, 0)
	for _, g := range list {
		file := "alice@x.org " + keyText(g.key) + "\n"
		if g.ca != nil {
			file = "alice@x.org cert-authority " + keyText(g.ca) + "\n"
		}
		a, problems := ParseAllowedSigners([]byte(file))
		s, err := Verify([]byte(g.message), g.armoured, nil, at)
		if err == nil {
			err = a.Allows(s, "alice@x.org", at)
		}
		forAlice := g.ca == nil || strings.Contains(strings.Join(g.names, " "), "alice@x.org")
		if want := !g.bad && !g.stricter && forAlice && !strings.Contains(g.name, "of a host"); (err == nil) != want {
			t.Errorf("%s: %v %v, want %v", g.name, err, problems, want)
		}
		// By the line for its key a certificate says nothing, nor does the key by the
		// line for an authority.
		other := "* cert-authority " + keyText(g.key) + "\n"
		if g.ca != nil {
			other = "* " + keyText(g.key) + "\n* " + keyText(g.ca) + "\n"
		}
		if a, _ := ParseAllowedSigners([]byte(other)); err == nil && a.Allows(s, "alice@x.org", at) == nil {
			t.Errorf("%s passes under %q", g.name, other)
		}
		for _, ca := range authorities {
			a, _ := ParseAllowedSigners([]byte("* cert-authority " + keyText(ca) + "\n"))
			if err == nil && a.Allows(s, "alice@x.org", at) == nil && (g.ca == nil || keyText(g.ca) != keyText(ca)) {
				t.Errorf("%s passes by another authority", g.name)
			}
		}
	}
}

// TestAllows: who passes, and what is said of who does not.
func TestAllows(t *testing.T) {
	t.Parallel()
	k, other := newEd25519s(t, 2)[0].PublicKey(), newEd25519(t).PublicKey()
	key := keyText(k)
	signer := Signer{Key: string(k.Marshal())}
	at := time.Unix(t1, 0)
	for _, c := range []struct {
		name, file, principal string
		want                  error
		says                  string
	}{
		{"listed", "alice@x.org " + key, "alice@x.org", nil, ""},
		{"second line", "bob@x.org " + key + "\nalice@x.org " + key, "alice@x.org", nil, ""},
		{"second line in its time", "alice@x.org valid-before=\"20250101\" " + key + "\nalice@x.org " + key, "alice@x.org", nil, ""},
		{"another principal", "alice@x.org " + key, "bob@x.org", ErrUnknownKey, `no line lists it for "bob@x.org"`},
		{"another key", "alice@x.org " + keyText(other), "alice@x.org", ErrUnknownKey, "no line"},
		{"letter case", "alice@x.org " + key, "Alice@x.org", ErrUnknownKey, "no line"},
		{"expired", "alice@x.org valid-before=\"20251231235959Z\" " + key, "alice@x.org", ErrExpired, "valid only until 2025-12-31T23:59:59Z, by line 1 of"},
		{"last second", "alice@x.org valid-before=\"20260101Z\" " + key, "alice@x.org", nil, ""},
		{"first second", "alice@x.org valid-after=\"20260101\" " + key, "alice@x.org", nil, ""},
		{"not yet", "# c\n\nalice@x.org valid-after=\"20260101000001\" " + key, "alice@x.org", ErrExpired, "valid only from 2026-01-01T00:00:01Z, by line 3 of"},
		{"namespace", "alice@x.org namespaces=\"file\" " + key, "alice@x.org", ErrNotUsable, "not for the namespace"},
		{"empty namespaces", "alice@x.org namespaces=\"\" " + key, "alice@x.org", ErrNotUsable, "not for the namespace"},
		{"expired says more than namespace", "* namespaces=\"file\" " + key + "\n* valid-before=\"20250101\" " + key, "alice@x.org", ErrExpired, "line 2"},
		{"authority's line", "alice@x.org cert-authority " + key, "alice@x.org", ErrUnknownKey, "no line"},
		{"no principal", "* " + key, "", ErrUnknownKey, "0 bytes"},
		{"empty patterns", ",,* " + key, "", ErrUnknownKey, "0 bytes"},
		{"huge principal", "* " + key, strings.Repeat("a", 1025), ErrUnknownKey, "1025 bytes"},
	} {
		a, problems := ParseAllowedSigners([]byte(c.file))
		err := a.Allows(signer, c.principal, at)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || err != nil && !strings.Contains(err.Error(), c.says) || len(problems) > 0 {
			t.Errorf("%s: %v %v", c.name, err, problems)
		}
	}
	a, _ := ParseAllowedSigners([]byte("* " + key))
	for name, err := range map[string]error{
		"nil file":    (*AllowedSigners)(nil).Allows(signer, "a", at),
		"zero file":   (&AllowedSigners{}).Allows(signer, "a", at),
		"zero signer": a.Allows(Signer{}, "a", at),
		"zero time":   a.Allows(signer, "a", time.Time{}),
		"OpenPGP":     a.Allows(Signer{Key: "openpgp:00", Type: "openpgp"}, "a", at),
		"for nobody":  a.Allows(Signer{Certificate: &Certificate{Authority: signer.Key}}, "a", at),
	} {
		if err == nil {
			t.Errorf("%s: allowed", name)
		}
	}
}

// TestAllowedProblems: what is skipped, why, and whether that is our own choice.
func TestAllowedProblems(t *testing.T) {
	t.Parallel()
	key := keyText(newEd25519(t).PublicKey())
	weak := keyText(newRSA(t, 1024).PublicKey())
	cert := &ssh.Certificate{Key: newEd25519(t).PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, newEd25519(t)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line, says string
		stricter   bool
	}{
		{"a@x", "no key", false},
		{"a@x ssh-ed25519", "no key", false},
		{"a@x ssh-ed25519 AAAA", "the key is damaged", false},
		{"a@x ssh-ed25519 AAAA=", "the key is damaged", false},
		{"a@x " + strings.Replace(key, "ssh-ed25519", "ssh-rsa", 1), "not what is written before it", false},
		{"a@x " + strings.Replace(key, "ssh-ed25519", "ssh-ed448", 1), "no key", false},
		{`"a@x ` + key, "not closed", false},
		{`a@x namespaces="git ` + key, "not closed", false},
		{",, " + key, "no principals", false},
		{"!a@x,!b@x " + key, "negated", false},
		{"a@x cert-authority, " + key, "a comma behind", false},
		{"a@x restrict " + key, "no option that is known", false},
		{`a@x namespaces="git",namespaces="file" ` + key, "namespaces is given twice", false},
		{"a@x namespaces=git " + key, "quotation marks", false},
		{`a@x valid-after="2026" ` + key, "not YYYYMMDD", false},
		{`a@x valid-after="2026-01-" ` + key, "something else than digits", false},
		{`a@x valid-after="20261301" ` + key, "no date", false},
		{`a@x valid-after="19700101Z" ` + key, "1970", false},
		{`a@x valid-after="20260101",valid-before="20260101" ` + key, "not later", false},
		{`a@x valid-after="19690101Z" ` + key, "before 1970", true},
		{`a@x valid-after="2026 1 1" ` + key, "blank", true},
		{"a@x " + weak, "RSA key of 1024 bits", true},
		{"a@x " + keyText(cert), "a certificate in the place of a key", true},
		{"a@x cert-authority " + keyText(cert), "a certificate in the place of a key", true},
		{"\ra@x " + key, "carriage return", true},
		{"a@x " + key + " \x00", "NUL", true},
		{"\ufeffa@x " + key, "byte order mark", false},
		{"a@x " + key + strings.Repeat(" ", 16<<10), "at most 16384", true},
		{strings.Repeat("a,", 1024) + "a " + key, "1025 patterns", true},
		{strings.Repeat("a", 1023) + ",* " + key, "1023 bytes", false},
	} {
		a, problems := ParseAllowedSigners([]byte("# first\n" + c.line + "\n* " + key + "\n"))
		if len(problems) != 1 || problems[0].Line != 2 || !strings.Contains(problems[0].Text, c.says) || problems[0].Stricter != c.stricter {
			t.Errorf("%.80q: %+v, want %q", c.line, problems, c.says)
		}
		if n := len(a.keys) + len(a.authorities); n != 1 {
			t.Errorf("%.80q: %d keys are used, one line is good", c.line, n)
		}
	}
	for name, c := range map[string]struct {
		text string
		used bool
	}{
		"10,000 lines":               {"* " + key + strings.Repeat("\n", 9_999), true},
		"10,000 lines, all ended":    {"* " + key + strings.Repeat("\n", 10_000), true},
		"10,001 lines":               {"* " + key + strings.Repeat("\n", 10_000) + "#", false},
		"10,001 lines, all ended":    {"* " + key + strings.Repeat("\n", 10_001), false},
		"a byte too much":            {"* " + key + "\n" + strings.Repeat("#", 1<<20), false},
		"empty":                      {"", false},
		"nothing but comments, CRLF": {"# a\r\n\r\n\t# b\r\n", false},
	} {
		a, problems := ParseAllowedSigners([]byte(c.text))
		if (len(a.keys) == 1) != c.used || c.used == (len(problems) > 0) && len(c.text) > 100 {
			t.Errorf("%s: %d keys, %v", name, len(a.keys), problems)
		}
	}
}

func TestAllowedPrincipals(t *testing.T) {
	t.Parallel()
	key := keyText(newEd25519(t).PublicKey())
	a, _ := ParseAllowedSigners([]byte("b@x,*@y,!c@x " + key + "\n\"a b@x\",z cert-authority " + key + "\nbad\nb@x,q? " + key + "\n\"a b@x\" " + key + "\n"))
	if d := cmp.Diff([]string{"a b@x", "b@x"}, a.Principals()); d != "" {
		t.Error(d)
	}
	if got := (*AllowedSigners)(nil).Principals(); got != nil {
		t.Error(got)
	}
}

// TestReaches: a key reaches whoever some spelling of a name would pass for.
func TestReaches(t *testing.T) {
	t.Parallel()
	k := newEd25519(t).PublicKey()
	s := Signer{Key: string(k.Marshal())}
	at := time.Unix(t1, 0)
	for _, c := range []struct {
		line, pattern string
		want          bool
	}{
		{"alice@x.org", "alice@x.org", true},
		{"Alice@X.org", "alice@x.org", true},
		{"alice@x.org", "bob@x.org", false},
		{"*@x.org", "bob@x.org", true},
		{"!bob@x.org,*@x.org", "bob@x.org", true}, // as Bob@x.org
		{"*", "bob@x.org", true},
		{"12+bob@users.example", "*+bob@users.example", true},
		{"12+bob@users.example", "bob@users.example", false},
		{"1?+*@users.example", "*+bob@users.example", true},
		{"*+eve@users.example", "*+bob@users.example", false},
		{`alice@x.org valid-before="20250101"`, "alice@x.org", false},
		{`alice@x.org namespaces="file"`, "alice@x.org", false},
		{"alice@x.org cert-authority", "alice@x.org", false},
	} {
		a, problems := ParseAllowedSigners([]byte(c.line + " " + keyText(k)))
		if got := a.Reaches(s, c.pattern, at); got != c.want || len(problems) > 0 || a.Lists(s) == strings.Contains(c.line, "cert-authority") {
			t.Errorf("%s reaches %s: %v %v", c.line, c.pattern, got, problems)
		}
	}
	a, _ := ParseAllowedSigners([]byte("*@x.org cert-authority " + keyText(k)))
	by := Signer{Certificate: &Certificate{Authority: s.Key, Principals: []string{"Alice@x.org", "bob@y.org"}}}
	for pattern, want := range map[string]bool{"alice@x.org": true, "bob@y.org": false, "carol@x.org": false, "*@x.org": true} {
		if got := a.Reaches(by, pattern, at); got != want {
			t.Errorf("the certificate reaches %s: %v", pattern, got)
		}
	}
}

// TestMatchPattern compares with a matcher that tries everything.
func TestMatchPattern(t *testing.T) {
	t.Parallel()
	var slow func(s, p string) bool
	slow = func(s, p string) bool {
		switch {
		case p == "":
			return s == ""
		case p[0] == '*':
			return slow(s, p[1:]) || s != "" && slow(s[1:], p)
		}
		return s != "" && (p[0] == '?' || p[0] == s[0]) && slow(s[1:], p[1:])
	}
	texts := words("ab", 4)
	patterns := words("ab*?", 4)
	for _, p := range patterns {
		for _, s := range texts {
			if got, want := matchPattern(s, p), slow(s, p); got != want {
				t.Fatalf("%q matches %q: %v", p, s, got)
			}
		}
	}
	// Of texts of up to 8 letters two patterns of up to 3 have one in common, if any.
	texts = words("ab", 6)
	patterns = words("ab*?", 3)
	for _, p := range patterns {
		for _, q := range patterns {
			want := false
			for _, s := range texts {
				want = want || matchPattern(s, p) && matchPattern(s, q)
			}
			if got := meet(p, q); got != want {
				t.Fatalf("%q and %q meet: %v", p, q, got)
			}
		}
	}
	// A hundred stars take no longer than their number.
	start := time.Now()
	if matchPattern(strings.Repeat("a", 1000), strings.Repeat("a*", 500)+"b") || !meet(strings.Repeat("a*", 500), strings.Repeat("*a", 100)) || time.Since(start) > 5*time.Second {
		t.Error("stars")
	}
}

// words lists every word of up to n letters.
func words(letters string, n int) []string {
	out := []string{""}
	for from := 0; n > 0; n-- {
		end := len(out)
		for _, w := range out[from:end] {
			for _, l := range letters {
				out = append(out, w+string(l))
			}
		}
		from = end
	}
	return out
}

// FuzzParseAllowedSigners: no text makes it panic, every line is used or reported
// or blank, and what it allows is named by the file.
func FuzzParseAllowedSigners(f *testing.F) {
	key := keyText(newEd25519Fixed())
	for _, s := range []string{
		"", "\n", "alice@x.org " + key + "\n", "*@x.org,!bob@x.org namespaces=\"git\",valid-after=\"20260101Z\",valid-before=\"20260102120000\" " + key + " comment\r\n",
		"\"a b\" cert-authority " + key, "# c\n" + key, "a namespaces=\"\\\"\" " + key, "a ,cert-authority,,valid-after=\"20260231\" " + key + "\n" + key,
	} {
		f.Add([]byte(s), "alice@x.org")
	}
	at := time.Unix(t1, 0)
	f.Fuzz(func(t *testing.T, text []byte, principal string) {
		a, problems := ParseAllowedSigners(text)
		lines := strings.Split(string(text), "\n")
		last := 0
		for _, p := range problems {
			if p.Line < 0 || p.Line > len(lines) || p.Line != 0 && p.Line <= last || p.Text == "" || len(p.String()) > 4096 {
				t.Fatalf("problem %+v", p)
			}
			last = p.Line
		}
		for key, list := range a.keys {
			for _, l := range list {
				if l.authority || l.key != key || l.number < 1 || l.number > len(lines) || strings.HasPrefix(lines[l.number-1], "#") {
					t.Fatalf("line %+v", l)
				}
			}
			s := Signer{Key: key}
			if a.Allows(s, principal, at) == nil && !a.Reaches(s, strings.ToLower(principal), at) && !isWild(strings.ToLower(principal)) {
				t.Fatalf("%q passes and is not reached", principal)
			}
		}
	})
}

// newEd25519Fixed is the same key in every run, as the corpus of a fuzzer needs it.
func newEd25519Fixed() ssh.PublicKey {
	k, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Type string
		Key  []byte
	}{ssh.KeyAlgoED25519, []byte(fmt.Sprintf("%032d", 7))}))
	if err != nil {
		panic(err)
	}
	return k
}
