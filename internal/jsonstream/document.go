package jsonstream

import (
	"errors"
	"hash/maphash"
	"math"
	"strings"
)

// documentDepth is how deep a [Document] may be nested. No document that somebody
// writes into an attribute comes near it, and whoever goes through one may recurse.
const documentDepth = 64

// Document reads a text that is one JSON value and nothing else, as strictly as a
// [Scanner], and decodes it as [Decode] does. It is for documents that stand as a
// text in another one: the provider reads them with a parser of its own, the server
// behind it with a third, and a member that is given twice is how one of them is
// told something else than whoever judges.
//
// A text of more than maxBytes, one that is nested deeper than 64, and one with more
// than maxTokens commas and opening brackets is an error; neither limit may be left
// out. [TooMuch] tells these errors, which say nothing of what stands there, from
// those of a text that is wrong, and [Ambiguous] tells a text that programs read in
// different ways from one that is no JSON at all. The work, and what is allocated,
// is proportional to the text.
func Document(text string, maxBytes, maxTokens int) (any, error) {
	if len(text) > maxBytes || len(text) > math.MaxInt32 {
		return nil, &Error{Kind: TooLarge}
	}
	lim := Limits{Value: int64(len(text)) + 1, Members: int64(maxTokens) + 1, Depth: documentDepth}.withDefaults()
	s := &Scanner{
		// Half as much again, so that nothing has to be moved to read on.
		r: strings.NewReader(text), lim: lim, buf: make([]byte, len(text)+len(text)/2+512+padding),
		tok: -1, hold: -1, want: true, names: names{seed: maphash.MakeSeed()},
	}
	v, err := s.Value()
	if err != nil {
		return nil, err
	}
	x, err := Decode(v, maxTokens) // before more is read: v is a part of the buffer
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return nil, err
	}
	return x, nil
}

// TooMuch reports whether an error of [Document] only says that the text is beyond a
// limit.
func TooMuch(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind == TooLarge || e.Kind == TooManyMembers || e.Kind == Depth
	}
	return errors.Is(err, ErrTokens)
}

// Ambiguous reports whether an error of [Document] is about a text that other
// programs do read, each in its way: a member twice, something after the end, text
// that is not UTF-8.
func Ambiguous(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Kind == Duplicate || e.Kind == Trailing || e.Kind == UTF8 || e.Kind == Escape
}
