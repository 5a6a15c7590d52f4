package tfplan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// Error says why a plan cannot be read, and where. It holds no value of the
// plan.
type Error struct {
	Message string
	Pointer string // JSON Pointer, cut where values begin; empty for the file as a whole
	Offset  int64  // bytes from the start of the text, after a byte order mark; -1 when there is none
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Pointer != "" {
		b.WriteString(" at " + e.Pointer)
	}
	if e.Offset >= 0 {
		b.WriteString(" (byte " + strconv.FormatInt(e.Offset, 10) + ")")
	}
	return b.String()
}

// whole is an error about the file as a whole.
func whole(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Offset: -1}
}

// Unreadable is the plan that could not be read: no facts, only the reason.
func Unreadable(source string, err error) checks.Plan {
	return checks.Plan{
		Source: source, Error: err.Error(),
		Totals: map[string]int{}, Changes: []checks.Change{}, Exposures: []checks.Exposure{},
	}
}

// pointerNames are the member names that may stand in an error: they belong to
// the format, so they tell nothing about the plan.
var pointerNames = nameSet(knownNames, `resources child_modules root_module values deposed_key module_calls module
	expressions provisioners provider_config tainted depends_on resource planned_values variables`)

// valueNames are the members below which everything belongs to the plan's owner.
var valueNames = nameSet(`before after after_unknown before_sensitive after_sensitive before_identity after_identity
	values sensitive_values expressions variables output_changes module_calls provider_config importing`)

// safePointer cuts a pointer at the first name that is not the format's own.
func safePointer(p string) string {
	var b strings.Builder
	inValues := false
	for tok := range strings.SplitSeq(strings.TrimPrefix(p, "/"), "/") {
		if tok == "" && b.Len() == 0 {
			break
		}
		_, err := strconv.ParseUint(tok, 10, 32)
		if inValues || (err != nil && !pointerNames[tok]) {
			b.WriteString("/…")
			break
		}
		b.WriteString("/" + tok)
		inValues = valueNames[tok]
	}
	return b.String()
}

// syntax turns an error of the scanner into ours, with a pointer that tells nothing
// of the plan.
func syntax(err error) error {
	if err == nil {
		return nil
	}
	var s *jsonstream.Error
	if !errors.As(err, &s) {
		return err
	}
	e := &Error{Message: "not valid JSON", Pointer: safePointer(s.Pointer), Offset: s.Offset}
	switch s.Kind {
	case jsonstream.Duplicate:
		e.Message = "a member name is given twice, so two programs could read two plans"
	case jsonstream.Truncated:
		e.Message = "the text ends in the middle of a value: it is cut off"
	case jsonstream.UTF8:
		e.Message = "text that is not valid UTF-8"
	case jsonstream.Depth:
		e.Message = "nested too deeply"
	case jsonstream.Escape:
		e.Message = "an escape that is not a Unicode character"
	case jsonstream.TooLarge:
		e.Message = "one value is larger than the limit"
	case jsonstream.TooManyMembers:
		e.Message = "an object with too many members"
	case jsonstream.ExpectedObject:
		e.Message = "an object was expected"
	case jsonstream.ExpectedArray:
		e.Message = "a list was expected"
	case jsonstream.ExpectedString:
		e.Message = "a string was expected"
	case jsonstream.ExpectedBool:
		e.Message = "true or false was expected"
	case jsonstream.Trailing:
		e.Message = "something follows the plan; give each plan in a file of its own"
	}
	return e
}

// quote shows a resource address in an error.
func quote(address string) string { return strconv.QuoteToGraphic(cut(address, maxText)) }

// cut shortens foreign text at a character boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
