package codeowners

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Kind is what an owner is named by.
type Kind string

// The kinds of owner.
const (
	KindUser  Kind = "user"
	KindTeam  Kind = "team"
	KindEmail Kind = "email"
)

// Owner is one owner as it is written, ASCII without spaces.
type Owner struct {
	Kind Kind
	Name string // "bob", "acme/infra", "bob@example.com"
}

// String is the owner as it stands in the file.
func (o Owner) String() string {
	if o.Kind == KindEmail {
		return o.Name
	}
	return "@" + o.Name
}

// Problem is a line that is skipped, or, with Line 0, why there is no File.
type Problem struct {
	Line    int    // 1-based
	Message string // what is wrong, half a sentence; foreign text in it is quoted
}

// Parse reads a CODEOWNERS file. Invalid lines are skipped and told. The File is nil when
// the text is beyond [MaxBytes] or [MaxLines]; that is not a file without owners.
func Parse(text []byte) (*File, []Problem) {
	if len(text) > MaxBytes {
		return nil, []Problem{{Message: fmt.Sprintf("larger than %d MB", MaxBytes/1_000_000)}}
	}
	if n := bytes.Count(text, []byte("\n")); n > MaxLines {
		return nil, []Problem{{Message: fmt.Sprintf("%d lines, more than %d", n, MaxLines)}}
	}
	f := newFile()
	var problems []Problem
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		n++
		pat, owners, wrong := parseLine(strings.TrimRight(string(line), "\r\n"))
		switch {
		case wrong != "":
			problems = append(problems, Problem{Line: n, Message: wrong})
		case pat != nil:
			f.add(rule{pattern: pat, owners: owners, line: n})
		}
	}
	return f, problems
}

// parseLine returns no pattern for a line that says nothing, and what is wrong with an
// invalid one.
func parseLine(line string) (p *pattern, owners []Owner, wrong string) {
	line = strings.TrimLeft(line, " \t")
	if line == "" || line[0] == '#' {
		return nil, nil, ""
	}
	end := patternEnd(line)
	p, wrong = compile(line[:end])
	if wrong != "" {
		return nil, nil, wrong
	}
	rest, _, _ := strings.Cut(line[end:], "#")
	for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ' ' || r == '\t' }) {
		o, ok := parseOwner(word)
		if !ok {
			return nil, nil, fmt.Sprintf("%s is no @login, @organisation/team or e-mail address", quote(word))
		}
		owners = append(owners, o)
	}
	if len(owners) == 0 {
		wrong = swallowed(line[:end])
	}
	return p, owners, wrong
}

// swallowed says why a pattern without owners looks as if it had an owner in it: "*.tf@bob"
// for want of a space, or with a space that only looks like one. It would take the
// ownership of what it matches away, and nobody would see it.
func swallowed(pattern string) string {
	for _, c := range pattern {
		switch {
		case c == '@':
			return fmt.Sprintf("%s has no owners, and an \"@\" in the pattern", quote(pattern))
		case unicode.IsSpace(c) && c != ' ' && c != '\t', unicode.In(c, unicode.Zs, unicode.Cf) && c != ' ':
			return fmt.Sprintf("%s has no owners, and a character in the pattern that looks like a space, or like nothing", quote(pattern))
		}
	}
	return ""
}

// patternEnd is where the pattern ends that a line begins with: at the first space that
// no backslash stands before.
func patternEnd(line string) int {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case ' ', '\t':
			return i
		}
	}
	return len(line)
}

func parseOwner(word string) (Owner, bool) {
	if name, ok := strings.CutPrefix(word, "@"); ok {
		org, team, isTeam := strings.Cut(name, "/")
		if !isTeam {
			return Owner{KindUser, name}, consists(name, "-_")
		}
		return Owner{KindTeam, name}, consists(org, "-_") && consists(team, "-_.")
	}
	local, domain, _ := strings.Cut(word, "@")
	return Owner{KindEmail, word}, consists(local, ".!$%&'*+-/=?^_`{|}~") && consists(domain, "-.")
}

// consists reports whether s is not empty and has only letters, digits and the extra
// characters, ASCII all of them: a look-alike from another script is no owner.
func consists(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return s != ""
}

// quote shows foreign text, cut to what helps to find it.
func quote(s string) string {
	const show = 60
	if len(s) > show {
		return fmt.Sprintf("%+q and more", s[:show])
	}
	return fmt.Sprintf("%+q", s)
}
