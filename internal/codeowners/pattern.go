package codeowners

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pattern matches a path, or a folder above it.
type pattern struct {
	segments []segment // "**" at the end is not kept: it is what inside says
	inside   bool      // only what lies below what the segments match
	direct   bool      // only what the segments match, and nothing below
}

// segment is what stands between two slashes.
type segment struct {
	folders bool // "**": any number of folders
	literal bool // text is meant as it is
	text    string
	tokens  []token // when not literal
	// What a name begins and ends with when not literal, by which most names are told
	// not to match without going through them.
	prefix, suffix string
}

// token is a byte, or one of the two wildcards.
type token int16

const (
	anyOne  token = -1
	anyMany token = -2
)

// compile reads a pattern; wrong says why it is none.
func compile(text string) (p *pattern, wrong string) {
	switch {
	case len(text) > MaxPattern:
		return nil, "the pattern is too long"
	case text[0] == '!':
		return nil, `"!" does not negate a pattern here`
	case text == "/":
		return nil, `"/" matches nothing; "*" matches everything`
	}
	p = &pattern{}
	body, slash := strings.CutSuffix(text, "/")
	p.inside = slash
	body, anchored := strings.CutPrefix(body, "/")
	for part := range strings.SplitSeq(body, "/") {
		s, wrong := compileSegment(part)
		if wrong != "" {
			return nil, wrong
		}
		p.segments = append(p.segments, s)
	}
	anchored = anchored || len(p.segments) > 1
	last := &p.segments[len(p.segments)-1]
	switch {
	case last.folders:
		p.inside = true
	case !p.inside && anchored && len(last.tokens) == 1 && last.tokens[0] == anyMany:
		p.direct = true
	}
	for n := len(p.segments); n > 0 && p.segments[n-1].folders; n-- {
		p.segments = p.segments[:n-1]
	}
	if !anchored && len(p.segments) > 0 {
		p.segments = append([]segment{{folders: true}}, p.segments...)
	}
	return p, ""
}

func compileSegment(text string) (s segment, wrong string) {
	if text == "" || text == "." || text == ".." {
		return s, `an empty folder name, "." or ".." matches nothing`
	}
	if len(text) > 1 && strings.Trim(text, "*") == "" {
		return segment{folders: true}, ""
	}
	var lit strings.Builder
	s.literal = true
	for i := 0; i < len(text); i++ {
		c := text[i]
		t := token(c)
		switch c {
		case '\\':
			i++
			if i == len(text) {
				return s, "a backslash stands before nothing"
			}
			c = text[i]
			t = token(c)
			if c == '#' {
				return s, `"#" cannot be escaped in a pattern`
			}
		case '#':
			return s, `"#" in a pattern`
		case '[', ']':
			return s, `"[" and "]" make no range here`
		case '?':
			t, s.literal = anyOne, false
		case '*':
			t, s.literal = anyMany, false
			if n := len(s.tokens); n > 0 && s.tokens[n-1] == anyMany {
				continue
			}
		}
		if c < ' ' || c == 0x7f {
			return s, "a control character in a pattern"
		}
		s.tokens = append(s.tokens, t)
		lit.WriteByte(c)
	}
	if s.literal {
		s.text, s.tokens = lit.String(), nil
		return s, ""
	}
	wild := func(t token) bool { return t < 0 }
	s.prefix = bytesOf(s.tokens[:slices.IndexFunc(s.tokens, wild)])
	end := len(s.tokens)
	for !wild(s.tokens[end-1]) {
		end--
	}
	s.suffix = bytesOf(s.tokens[end:])
	return s, ""
}

func bytesOf(tokens []token) string {
	out := make([]byte, len(tokens))
	for i, t := range tokens {
		out[i] = byte(t & 0xff)
	}
	return string(out)
}

// could reports whether each name that the pattern asks for is among these.
func (p *pattern) could(names []string) bool {
	for i := range p.segments {
		if s := &p.segments[i]; !s.folders && !slices.ContainsFunc(names, s.matches) {
			return false
		}
	}
	return true
}

// matches holds the folders and the name of a path against the pattern. Only the newest
// "**" is ever tried again, so each pair of segments is compared once at most.
func (p *pattern) matches(path []string) bool {
	limit := len(path)
	if p.inside {
		limit--
	}
	i, at := 0, 0
	retry, from := -1, 0
	for {
		switch {
		case i == len(p.segments) && (!p.direct || at == len(path)):
			return true
		case i < len(p.segments) && p.segments[i].folders:
			retry, from = i, at
			i++
			continue
		case i < len(p.segments) && at < limit && p.segments[i].matches(path[at]):
			i, at = i+1, at+1
			continue
		}
		if retry < 0 || from >= limit {
			return false
		}
		from++
		i, at = retry+1, from
	}
}

// matches holds one name against the segment, in the same way.
func (s *segment) matches(name string) bool {
	if s.literal {
		return name == s.text
	}
	if len(name) < len(s.prefix)+len(s.suffix) || !strings.HasPrefix(name, s.prefix) || !strings.HasSuffix(name, s.suffix) {
		return false
	}
	i, at := 0, 0
	retry, from := -1, 0
	for {
		switch {
		case i == len(s.tokens) && at == len(name):
			return true
		case i < len(s.tokens) && s.tokens[i] == anyMany:
			retry, from = i, at
			i++
			continue
		case i < len(s.tokens) && at < len(name) && s.tokens[i] == anyOne:
			_, size := utf8.DecodeRuneInString(name[at:])
			i, at = i+1, at+size
			continue
		case i < len(s.tokens) && at < len(name) && s.tokens[i] == token(name[at]):
			i, at = i+1, at+1
			continue
		}
		if retry < 0 || from >= len(name) {
			return false
		}
		_, size := utf8.DecodeRuneInString(name[from:])
		from += size
		i, at = retry+1, from
	}
}
