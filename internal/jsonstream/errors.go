package jsonstream

import (
	"errors"
	"strconv"
)

// Kind says what is wrong with a text.
type Kind uint8

// The kinds of errors.
const (
	Syntax         Kind = iota + 1 // not the grammar of RFC 8259
	Truncated                      // the text ends in the middle of a value, or is empty
	Duplicate                      // a member name is given twice in one object
	UTF8                           // a string that is not valid UTF-8
	Escape                         // an escape that is not a Unicode character: half of a surrogate pair
	Depth                          // nested deeper than Limits.Depth
	TooLarge                       // more bytes must be held than Limits.Value
	TooManyMembers                 // more names must be held than Limits.Members
	ExpectedObject                 // a value of another kind than was asked for
	ExpectedArray
	ExpectedString
	ExpectedBool
	Trailing // something follows the value
)

var kinds = [...]string{
	Syntax:         "not valid JSON",
	Truncated:      "the text ends in the middle of a value",
	Duplicate:      "a member name is given twice",
	UTF8:           "text that is not valid UTF-8",
	Escape:         "an escape that is not a Unicode character",
	Depth:          "nested too deeply",
	TooLarge:       "a value is larger than the limit",
	TooManyMembers: "an object with too many members",
	ExpectedObject: "an object was expected",
	ExpectedArray:  "a list was expected",
	ExpectedString: "a string was expected",
	ExpectedBool:   "true or false was expected",
	Trailing:       "something follows the end of the value",
}

func (k Kind) String() string {
	if int(k) < len(kinds) && kinds[k] != "" {
		return kinds[k]
	}
	return "error " + strconv.Itoa(int(k))
}

// Error says what is wrong with a text, and where. Its message quotes nothing of
// the text. Pointer does hold member names, which may be secrets: whoever shows
// it decides which of them are harmless.
type Error struct {
	Kind    Kind
	Offset  int64  // bytes before the place
	Pointer string // JSON Pointer (RFC 6901) of the innermost value that was begun; cut with "/…" when very long
}

func (e *Error) Error() string {
	return e.Kind.String() + " (byte " + strconv.FormatInt(e.Offset, 10) + ")"
}

// Errors of the program that calls, and of the reader it gave: not of the text.
var (
	errNotConsumed = errors.New("read JSON: a member or an element was left unread")
	errNoValue     = errors.New("read JSON: no value stands here")
	errReader      = errors.New("read JSON: the reader returned an impossible count")
)

// ErrShape is returned by the walkers over raw values for a value of another
// kind than was asked for.
var ErrShape = errors.New("a JSON value of another kind than expected")

// ErrTokens is returned for a value with more elements than may be decoded.
var ErrTokens = errors.New("a JSON value with too many elements")
