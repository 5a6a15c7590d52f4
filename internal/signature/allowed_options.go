package signature

import (
	"errors"
	"fmt"
	"strings"
)

// cutOptions takes what stands before the first blank outside quotation marks.
func cutOptions(s string) (options, rest string, err error) {
	quoted := false
	i := 0
	for ; i < len(s) && (quoted || s[i] != ' ' && s[i] != '\t'); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
		case s[i] == '"':
			quoted = !quoted
		}
	}
	switch {
	case quoted:
		return "", "", errors.New("a quotation mark in the options is not closed")
	case i >= len(s):
		return "", "", errNoKey
	}
	return s[:i], s[i:], nil
}

// parseOptions reads options separated by commas; letter case does not matter in
// their names. ssh-keygen lets an empty one pass, but not at the end.
func (l *allowedLine) parseOptions(options string) error {
	for rest := options; rest != ""; {
		var err error
		if rest, err = l.parseOption(rest); err != nil {
			return err
		}
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return fmt.Errorf("%.40q is no option that is known; there are cert-authority, namespaces=, valid-after= and valid-before=", rest)
		}
		if rest = rest[1:]; rest == "" {
			return errors.New("a comma behind the last option")
		}
	}
	if l.from != 0 && l.to != 0 && l.to <= l.from {
		return errors.New("valid-before is not later than valid-after")
	}
	return nil
}

// parseOption reads one option and returns what stands behind it; all, when it is
// none.
func (l *allowedLine) parseOption(s string) (rest string, err error) {
	if rest, ok := cutFold(s, "cert-authority"); ok {
		l.authority = true
		return rest, nil
	}
	for _, o := range []struct {
		name  string
		given bool
		set   func(string) error
	}{
		{"namespaces", l.narrowed, func(v string) error {
			l.namespaces, l.narrowed = v, true
			return checkPatterns("namespaces", v)
		}},
		{"valid-after", l.from != 0, func(v string) (err error) { l.from, err = parseAllowedTime(v); return err }},
		{"valid-before", l.to != 0, func(v string) (err error) { l.to, err = parseAllowedTime(v); return err }},
	} {
		value, ok := cutFold(s, o.name+"=")
		if !ok {
			continue
		}
		if o.given {
			return "", fmt.Errorf("%s is given twice", o.name)
		}
		text, rest, err := unquote(value)
		if err == nil {
			err = o.set(text)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", o.name, err)
		}
		return rest, nil
	}
	return s, nil
}

// cutFold takes a prefix off, in whatever letter case. Both are compared byte for
// byte, as the prefixes are ASCII and as long as what they are compared with.
func cutFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// unquote reads a text in quotation marks, in which a backslash makes one of them
// part of the text and is one itself before anything else.
func unquote(s string) (text, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", errors.New("the value must stand in quotation marks")
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", errors.New("the quotation mark is not closed")
}
