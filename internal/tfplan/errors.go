package tfplan

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/checks"
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
func safePointer(p jsontext.Pointer) string {
	var b strings.Builder
	inValues := false
	for tok := range p.Tokens() {
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

// syntax turns an error of the JSON decoder into ours. The decoder's own text
// may quote the plan, so none of it is used.
func syntax(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var s *jsontext.SyntacticError
	if errors.As(err, &s) {
		e := &Error{Message: "not valid JSON", Pointer: safePointer(s.JSONPointer), Offset: s.ByteOffset}
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			e.Message = "a member name is given twice, so two programs could read two plans"
		case errors.Is(err, io.ErrUnexpectedEOF):
			e.Message = "the text ends in the middle of a value: it is cut off"
		case strings.Contains(s.Err.Error(), "UTF-8"):
			e.Message = "text that is not valid UTF-8"
		case strings.Contains(s.Err.Error(), "depth"):
			e.Message = "nested too deeply"
		case strings.Contains(s.Err.Error(), "surrogate"):
			e.Message = "an escape that is not a Unicode character"
		}
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return whole("the text ends in the middle of a value: it is cut off")
	}
	return err
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
