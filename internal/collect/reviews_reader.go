package collect

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/checks"
)

// maxReviewProblems are told at once; the file is refused anyway.
const maxReviewProblems = 100

// reviewsReader reads JSON token by token and goes on after a problem, so that
// all of them can be mended at once. It builds no tree of what it does not know:
// the file may be hostile in size and depth.
type reviewsReader struct {
	data     []byte
	dec      *jsontext.Decoder
	out      checks.Review
	problems []string
	broken   bool // the syntax is wrong, no more can be read
}

// member is a member of an object and how its value is read.
type member struct {
	name     string
	required bool
	read     func(at string)
}

// problem tells what is wrong at a byte of the file and at a JSON pointer.
func (r *reviewsReader) problem(pos int64, at, msg string) {
	switch {
	case len(r.problems) > maxReviewProblems:
		return
	case len(r.problems) == maxReviewProblems:
		r.problems = append(r.problems, "and more; mend these first")
		return
	}
	pos = max(0, min(pos, int64(len(r.data))))
	line := 1 + bytes.Count(r.data[:pos], []byte("\n"))
	r.problems = append(r.problems, fmt.Sprintf("line %d, %s: %s", line, cmp.Or(at, "the document"), msg))
}

// pos is where the next token begins, as a byte offset.
func (r *reviewsReader) pos() int64 {
	off := r.dec.InputOffset()
	for off < int64(len(r.data)) && strings.IndexByte(" \t\r\n,:", r.data[off]) >= 0 {
		off++
	}
	return off
}

// syntax ends the reading.
func (r *reviewsReader) syntax(at string, err error) {
	if r.broken {
		return
	}
	r.broken = true
	pos, msg := r.pos(), err.Error()
	var se *jsontext.SyntacticError
	switch {
	case errors.As(err, &se):
		pos, msg = se.ByteOffset, se.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		msg = "the file ends too early"
	}
	r.problem(pos, at, "not valid JSON: "+msg)
}

// next reads a token of the wanted kind. A value of another kind is told and
// skipped.
func (r *reviewsReader) next(at string, kind jsontext.Kind, what string) (jsontext.Token, bool) {
	if r.broken {
		return jsontext.Token{}, false
	}
	pos, got := r.pos(), r.dec.PeekKind()
	if got == kind {
		t, err := r.dec.ReadToken()
		if err != nil {
			r.syntax(at, err)
			return t, false
		}
		return t, true
	}
	if err := r.dec.SkipValue(); err != nil {
		r.syntax(at, err)
		return jsontext.Token{}, false
	}
	r.problem(pos, at, fmt.Sprintf("is %s, must be %s", kindWords(got), what))
	return jsontext.Token{}, false
}

func kindWords(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "something else"
}

// object reads an object of exactly these members.
func (r *reviewsReader) object(at string, members []member) {
	start := r.pos()
	if _, ok := r.next(at, '{', "an object"); !ok {
		return
	}
	seen := make([]bool, len(members))
	for !r.broken && r.dec.PeekKind() == '"' {
		pos := r.pos()
		t, err := r.dec.ReadToken()
		if err != nil {
			r.syntax(at, err)
			return
		}
		name := t.String()
		i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		switch {
		case i < 0:
			r.problem(pos, at, fmt.Sprintf("unknown member %q; known are %s", clip(name), memberNames(members)))
			r.skip(at)
		case seen[i]:
			r.problem(pos, at+"/"+name, "given twice; give it once")
			r.skip(at)
		default:
			seen[i] = true
			members[i].read(at + "/" + name)
		}
	}
	if r.broken {
		return
	}
	if _, err := r.dec.ReadToken(); err != nil { // "}"
		r.syntax(at, err)
		return
	}
	for i, m := range members {
		if m.required && !seen[i] {
			r.problem(start, at, fmt.Sprintf("%q is missing", m.name))
		}
	}
}

func memberNames(members []member) string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return strings.Join(names, ", ")
}

func (r *reviewsReader) skip(at string) {
	if err := r.dec.SkipValue(); err != nil {
		r.syntax(at, err)
	}
}

// array reads a list, one element at a time.
func (r *reviewsReader) array(at string, element func(at string)) {
	start := r.pos()
	if _, ok := r.next(at, '[', "a list"); !ok {
		return
	}
	n := 0
	for ; !r.broken && r.dec.PeekKind() != ']'; n++ {
		if n >= maxReviewItems {
			r.skip(at)
			continue
		}
		element(at + "/" + strconv.Itoa(n))
	}
	if r.broken {
		return
	}
	if _, err := r.dec.ReadToken(); err != nil { // "]"
		r.syntax(at, err)
		return
	}
	if n > maxReviewItems {
		r.problem(start, at, fmt.Sprintf("has %d entries, at most %d are read", n, maxReviewItems))
	}
}

// null takes a null, which stands for "not given".
func (r *reviewsReader) null() bool {
	if r.broken || r.dec.PeekKind() != 'n' {
		return false
	}
	_, err := r.dec.ReadToken()
	if err != nil {
		r.syntax("", err)
	}
	return true
}

// text reads a string of at most limit bytes.
func (r *reviewsReader) text(at string, limit int) (string, bool) {
	pos := r.pos()
	t, ok := r.next(at, '"', "a string")
	if !ok {
		return "", false
	}
	s := t.String()
	if len(s) > limit {
		r.problem(pos, at, fmt.Sprintf("has %d bytes, at most %d are read", len(s), limit))
		return "", false
	}
	return s, true
}

// word reads a name without blanks, such as a login.
func (r *reviewsReader) word(at string, to *string) {
	pos := r.pos()
	s, ok := r.text(at, maxReviewWord)
	if ok && !isWord(s) {
		r.problem(pos, at, fmt.Sprintf("%q is no name: it is empty or holds blanks or invisible characters", clip(s)))
		return
	}
	*to = s
}

func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsGraphic(c) || c == utf8.RuneError })
}

// words reads a list of names of one form.
func (r *reviewsReader) words(at, what string, valid func(string) bool) []string {
	var out []string
	r.array(at, func(at string) {
		pos := r.pos()
		s, ok := r.text(at, maxReviewWord)
		switch {
		case !ok:
		case !isWord(s) || !valid(s):
			r.problem(pos, at, fmt.Sprintf("%q is not %s", clip(s), what))
		default:
			out = append(out, s)
		}
	})
	return out
}

// oneOf reads a word out of a list. Upper and lower case are the same, because
// GitHub's own APIs differ in it.
func (r *reviewsReader) oneOf(at string, words ...string) string {
	pos := r.pos()
	s, ok := r.text(at, maxReviewWord)
	if !ok {
		return ""
	}
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return w
		}
	}
	r.problem(pos, at, fmt.Sprintf("%q is not known; write one of %s", clip(s), strings.Join(words, ", ")))
	return ""
}

// id reads a positive account or review id. A fraction, an exponent or a number
// beyond 64 bits is never rounded to somebody else's id.
func (r *reviewsReader) id(at string, to *int64) {
	pos := r.pos()
	t, ok := r.next(at, '0', "a number: the id GitHub's API shows")
	if !ok {
		return
	}
	raw := t.String()
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || n <= 0 {
		r.problem(pos, at, fmt.Sprintf("%s is no id; an id is a whole number above 0", clip(raw)))
		return
	}
	*to = n
}

// accountOrDeleted reads an account id; null or 0 is a deleted account.
func (r *reviewsReader) accountOrDeleted(at string, to *int64) {
	if r.null() {
		return
	}
	if pos := r.pos(); !r.broken && r.dec.PeekKind() == '0' {
		t, err := r.dec.ReadToken()
		if err != nil {
			r.syntax(at, err)
			return
		}
		raw := t.String()
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil || n < 0 {
			r.problem(pos, at, fmt.Sprintf("%s is no id; an id is a whole number above 0, and null or 0 for a deleted account", clip(raw)))
		}
		*to = n
		return
	}
	r.id(at, to)
}

func (r *reviewsReader) time(at string, to *time.Time) {
	if !r.null() {
		r.requiredTime(at, to)
	}
}

// requiredTime reads a time. Years that other programs cannot write down, or
// that mean "not set" to them, are refused.
func (r *reviewsReader) requiredTime(at string, to *time.Time) {
	pos := r.pos()
	s, ok := r.text(at, maxReviewWord)
	if !ok {
		return
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		r.problem(pos, at, fmt.Sprintf("%q is no time; write it like 2026-03-01T12:00:00Z", clip(s)))
		return
	}
	t = t.UTC()
	if t.Year() < 1970 || t.Year() > 9000 {
		r.problem(pos, at, fmt.Sprintf("%q is not a time anything was submitted at; leave it out when it is not known", clip(s)))
		return
	}
	*to = t
}

// clip shortens a foreign word for a message.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
