package policy

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// errLayout is the answer to every way of writing keys that is not known here.
var errLayout = errors.New("they are written in a way that is not changed automatically: write each key on a line of its own, as in `- key: …`, and rotate then, or edit them by hand")

// change is what becomes of the text.
type change struct {
	at     time.Time // from when the next key counts
	until  time.Time // zero: the old key's end stays as it is
	revoke bool
	reason string
	next   string
}

// ending lists the old key's new members, in the form of a block or of a line.
func (c *change) ending() []string {
	switch {
	case c.revoke:
		return []string{"revoked_at: " + stamp(c.at), "reason: " + quoted(c.reason)}
	case !c.until.IsZero():
		return []string{"not_after: " + stamp(c.until)}
	}
	return nil
}

func (c *change) entry() []string {
	return []string{"key: " + quoted(c.next), "not_before: " + stamp(c.at)}
}

// place is where a key stands in the file.
type place struct {
	owner *yaml.Node
	word  *yaml.Node // "keys"
	keys  *yaml.Node // its value
	item  *yaml.Node // one entry of it, or the value itself
}

// placeOf finds the key of that number under an owner. It reports false where the
// tree is not as the policy made from it, which cannot be.
func placeOf(owner *yaml.Node, index int) (place, bool) {
	at := place{owner: owner}
	for i := 0; owner.Kind == yaml.MappingNode && i+1 < len(owner.Content); i += 2 {
		if owner.Content[i].Value == "keys" {
			at.word, at.keys = owner.Content[i], owner.Content[i+1]
		}
	}
	switch {
	case at.keys == nil:
		return at, false
	case at.keys.Kind == yaml.ScalarNode && index == 0:
		at.item = at.keys
	case at.keys.Kind == yaml.SequenceNode && index < len(at.keys.Content):
		at.item = at.keys.Content[index]
	default:
		return at, false
	}
	return at, true
}

// edit changes the text in the few places that it must, whatever it looks like
// around them. What it makes of a text that it misreads, Rotate finds out.
func (at place) edit(text string, c *change) (string, error) {
	s := newScript(text)
	switch {
	case at.keys != at.item && at.keys.Style&yaml.FlowStyle == 0:
		at.inBlock(s, c)
	case at.keys != at.item:
		at.inFlow(s, c)
	case at.owner.Style&yaml.FlowStyle != 0:
		at.aloneInFlow(s, c)
	default:
		at.alone(s, c)
	}
	return s.apply()
}

// inBlock: the key has a dash and lines of its own.
//
//   - ssh-ed25519 AAAA…
//   - {file: agent.pub}
//   - key: ssh-ed25519 AAAA…
//     not_before: 2026-01-01
func (at place) inBlock(s *script, c *change) {
	first, from := at.item.Line-1, s.offset(at.item)
	if s.wrong {
		return
	}
	head := s.text[s.line[first]:from]
	dash := strings.IndexByte(head, '-')
	if dash < 0 || strings.Trim(head[:dash], " ") != "" || strings.Trim(head[dash+1:], " \t") != "" || dash+1 == len(head) {
		s.wrong = true
		return
	}
	column := len(head) // all of it is ASCII
	last := s.lastOf(first, dash)
	indent := strings.Repeat(" ", column)
	var more []string
	switch {
	case at.item.Kind == yaml.ScalarNode:
		s.replace(s.line[first]+dash+1, from, strings.Repeat(" ", column-dash-1)+"key: ")
		s.deeper(first+1, last, column-dash)
		more = c.ending()
	case at.item.Style&yaml.FlowStyle != 0:
		at.endInFlow(s, c)
	case !at.endReplaced(s, c):
		more = c.ending()
	}
	for i := range more {
		more[i] = indent + more[i]
	}
	s.below(last, append(more, entryBelow(c, dash, column)...))
}

func entryBelow(c *change, dash, column int) []string {
	e := c.entry()
	e[0] = strings.Repeat(" ", dash) + "-" + strings.Repeat(" ", column-dash-1) + e[0]
	e[1] = strings.Repeat(" ", column) + e[1]
	return e
}

// inFlow: the key stands in brackets, with others perhaps.
func (at place) inFlow(s *script, c *change) {
	from := s.offset(at.item)
	to := s.flowEnd(from)
	if at.item.Kind == yaml.MappingNode {
		at.endInFlow(s, c)
	} else {
		s.insert(from, "{key: ")
		s.insert(to, strings.Join(append([]string{""}, c.ending()...), ", ")+"}")
	}
	s.insert(to, ", {"+strings.Join(c.entry(), ", ")+"}")
}

// endInFlow gives a mapping in braces its end, behind its last member.
func (at place) endInFlow(s *script, c *change) {
	n := len(at.item.Content)
	if n == 0 || at.endReplaced(s, c) {
		return
	}
	for _, e := range c.ending() {
		s.insert(s.flowEnd(s.offset(at.item.Content[n-1])), ", "+e)
	}
}

// endReplaced puts another time into the not_after that there is.
func (at place) endReplaced(s *script, c *change) bool {
	v := valueOf(at.item, "not_after")
	if v == at.item || c.until.IsZero() {
		return false
	}
	from := s.offset(v)
	for _, quote := range []string{"", `"`, "'"} {
		if token := quote + v.Value + quote; !s.wrong && strings.HasPrefix(s.text[from:], token) {
			s.replace(from, from+len(token), quote+stamp(c.until)+quote)
			return true
		}
	}
	s.wrong = true // written with escapes
	return true
}

// aloneInFlow: one key, without brackets, of an owner in braces.
func (at place) aloneInFlow(s *script, c *change) {
	from := s.offset(at.item)
	s.insert(from, "[{key: ")
	s.insert(s.flowEnd(from), strings.Join(append([]string{""}, c.ending()...), ", ")+"}, {"+strings.Join(c.entry(), ", ")+"}]")
}

// alone: one key, behind "keys:". It becomes a list.
func (at place) alone(s *script, c *change) {
	first, from := at.item.Line-1, s.offset(at.item)
	word := s.offset(at.word)
	if s.wrong || at.word.Line != at.item.Line {
		s.wrong = true
		return
	}
	head := strings.TrimRight(s.text[s.line[first]:from], " \t")
	outer := word - s.line[first]
	if outer >= len(head) || head[len(head)-1] != ':' || strings.Trim(head[:outer], " -") != "" {
		s.wrong = true
		return
	}
	last := s.lastOf(first, outer)
	s.replace(s.line[first]+len(head), from, s.eol+strings.Repeat(" ", outer+2)+"- key: ")
	s.deeper(first+1, last, 4)
	var more []string
	for _, e := range c.ending() {
		more = append(more, strings.Repeat(" ", outer+4)+e)
	}
	s.below(last, append(more, entryBelow(c, outer+2, outer+4)...))
}

// script is a text and what is to be changed in it.
type script struct {
	text  string
	line  []int // where each line begins
	eol   string
	edits []edit
	wrong bool // the text is not laid out as it was thought to be
}

type edit struct {
	from, to int
	text     string
}

func newScript(text string) *script {
	s := &script{text: text, line: []int{0}, eol: "\n"}
	for i := range len(text) {
		if text[i] == '\n' {
			s.line = append(s.line, i+1)
		}
	}
	if strings.Contains(text, "\r\n") {
		s.eol = "\r\n"
	}
	return s
}

func (s *script) replace(from, to int, text string) {
	s.edits = append(s.edits, edit{from, to, text})
}

func (s *script) insert(at int, text string) { s.replace(at, at, text) }

// below adds lines behind a line.
func (s *script) below(line int, list []string) {
	if !s.wrong {
		s.insert(s.line[line]+len(s.content(line)), s.eol+strings.Join(list, s.eol))
	}
}

// deeper moves lines, from and to included, to the right.
func (s *script) deeper(from, to, by int) {
	for i := from; i <= to; i++ {
		if strings.TrimSpace(s.content(i)) != "" {
			s.insert(s.line[i], strings.Repeat(" ", by))
		}
	}
}

// content is a line without its end.
func (s *script) content(line int) string {
	end := len(s.text)
	if line+1 < len(s.line) {
		end = s.line[line+1] - 1
	}
	return strings.TrimSuffix(s.text[s.line[line]:end], "\r")
}

// offset is where a node begins: nodes count lines and characters, from 1.
func (s *script) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(s.line) {
		s.wrong = true
		return 0
	}
	at := s.line[n.Line-1]
	for range n.Column - 1 {
		if at >= len(s.text) || s.text[at] == '\n' {
			s.wrong = true
			return 0
		}
		_, width := utf8.DecodeRuneInString(s.text[at:])
		at += width
	}
	return at
}

// lastOf is the last line of what begins on a line behind a dash or a word in that
// column: everything deeper, without what only stands below it as a comment.
func (s *script) lastOf(first, column int) int {
	last := first
	for i := first + 1; i < len(s.line); i++ {
		line := s.content(i)
		body := strings.TrimLeft(line, " ")
		if body == "" || body[0] == '#' {
			continue
		}
		if len(line)-len(body) <= column {
			break
		}
		last = i
	}
	return last
}

// flowEnd is where the value ends that begins there and stands in brackets or
// braces itself, or within some.
func (s *script) flowEnd(at int) int {
	for depth := 0; at < len(s.text) && !s.wrong; {
		switch c := s.text[at]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			at++
			continue
		case c == '#':
			at += cmp.Or(strings.IndexByte(s.text[at:], '\n')+1, len(s.text)-at)
			continue
		case depth > 0 && (c == ',' || c == ':'):
			at++
			continue
		case c == '[' || c == '{':
			depth++
			at++
			continue
		case c == ']' || c == '}':
			depth--
			at++
		case c == '"' || c == '\'':
			at = s.quoteEnd(at)
		default:
			at = s.plainEnd(at)
		}
		if depth <= 0 {
			return at
		}
	}
	s.wrong = true
	return at
}

func (s *script) quoteEnd(at int) int {
	quote := s.text[at]
	for at++; at < len(s.text); at++ {
		switch {
		case quote == '"' && s.text[at] == '\\':
			at++
		case quote == '\'' && strings.HasPrefix(s.text[at:], "''"):
			at++
		case s.text[at] == quote:
			return at + 1
		}
	}
	s.wrong = true
	return len(s.text)
}

// plainEnd is the end of text without quotes, which may go over several lines.
func (s *script) plainEnd(at int) int {
	end := at + 1
	for i := at; i < len(s.text); i++ {
		c := s.text[i]
		blank := strings.IndexByte(" \t\r\n", c) >= 0
		switch {
		case strings.IndexByte(",[]{}", c) >= 0:
			return end
		case c == ':' && (i+1 == len(s.text) || strings.IndexByte(" \t\r\n,[]{}", s.text[i+1]) >= 0):
			return max(end, i)
		case c == '#' && i > end: // only blanks stand between
			return end
		case !blank:
			end = i + 1
		}
	}
	return end
}

// apply makes the changes, in the order in which they were noted where they are at
// the same place.
func (s *script) apply() (string, error) {
	if s.wrong {
		return "", errLayout
	}
	slices.SortStableFunc(s.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	done := 0
	for _, e := range s.edits {
		if e.from < done || e.to < e.from || e.to > len(s.text) {
			return "", errLayout
		}
		b.WriteString(s.text[done:e.from])
		b.WriteString(e.text)
		done = e.to
	}
	b.WriteString(s.text[done:])
	return b.String(), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// quoted writes text in double quotes as YAML has them. A key and a reason hold
// printable characters and line breaks only; what else there is, the parser refuses.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
