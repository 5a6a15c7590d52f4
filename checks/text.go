package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bytes is foreign content of which no byte may be lost, such as a commit
// object. In JSON it is a plain string when it is valid UTF-8, so that a person
// can read a snapshot, and {"base64": "…"} otherwise.
type Bytes []byte

type base64Bytes struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if utf8.Valid(b) {
		return encodeString(string(b))
	}
	return json.Marshal(base64Bytes{b})
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bytes) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var v base64Bytes
		if err := json.Unmarshal(data, &v); err != nil {
			return err
		}
		*b = v.Base64
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*b = Bytes(s)
	return nil
}

// Path is a path inside a repository, relative, with slashes, as git stores it:
// any bytes but NUL. In JSON and in reports a path with a quote, a backslash, a
// control character or a byte that is not UTF-8 is C-quoted the way git quotes
// it, between double quotes; so a quoted path is never mistaken for another file.
type Path string

// String returns the path as it is shown to people: quoted when it must be.
func (p Path) String() string {
	if !needsQuote(string(p)) {
		return string(p)
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRuneInString(string(p[i:]))
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1, r < 0x20, r == 0x7f:
			fmt.Fprintf(&b, `\%03o`, p[i])
		default:
			b.WriteString(string(p[i : i+n]))
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

func needsQuote(s string) bool {
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == '"' || r == '\\' {
			return true
		}
	}
	return !utf8.ValidString(s)
}

// MarshalJSON implements json.Marshaler.
func (p Path) MarshalJSON() ([]byte, error) { return encodeString(p.String()) }

// UnmarshalJSON implements json.Unmarshaler.
func (p *Path) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	q, err := UnquotePath(s)
	*p = q
	return err
}

var errBadQuote = errors.New("path is not quoted the way git quotes paths")

// UnquotePath is the inverse of Path.String.
func UnquotePath(s string) (Path, error) {
	if !strings.HasPrefix(s, `"`) {
		return Path(s), nil
	}
	if len(s) < 2 || !strings.HasSuffix(s, `"`) {
		return "", errBadQuote
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case i >= len(s):
			return "", errBadQuote
		case s[i] == '"' || s[i] == '\\':
			b.WriteByte(s[i])
		case s[i] == 'n':
			b.WriteByte('\n')
		case s[i] == 't':
			b.WriteByte('\t')
		case i+2 < len(s) && s[i] <= '3' && isOctal(s[i]) && isOctal(s[i+1]) && isOctal(s[i+2]):
			b.WriteByte((s[i]-'0')<<6 | (s[i+1]-'0')<<3 | (s[i+2] - '0'))
			i += 2
		default:
			return "", errBadQuote
		}
	}
	return Path(b.String()), nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// encodeString is json.Marshal without the escapes for HTML, see encode.
func encodeString(s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
