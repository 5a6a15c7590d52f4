package planfile

import (
	"fmt"
	"strconv"
	"strings"
)

// Error says why a plan file cannot be read, and where. It holds no value of the
// plan.
type Error struct {
	Message string
	Entry   string // name of the zip entry; empty for the file as a whole. Foreign text
	Field   string // field of the plan message, in the names of planfile.proto: "resource_changes[3].change.action"
	Offset  int64  // bytes from the start of the file or, when there is an entry, of the unpacked entry; -1 when there is none
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Entry != "" {
		b.WriteString(" in " + quote(e.Entry))
	}
	if e.Field != "" {
		b.WriteString(" at " + e.Field)
	}
	if e.Offset >= 0 {
		b.WriteString(" (byte " + strconv.FormatInt(e.Offset, 10) + ")")
	}
	return b.String()
}

func whole(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Offset: -1}
}

func at(offset int64, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Offset: offset}
}

func inEntry(name, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Entry: name, Offset: -1}
}

// quote shows foreign text in an error or a disagreement.
func quote(s string) string {
	if len(s) > maxShown {
		n := maxShown
		for n > 0 && s[n]&0xC0 == 0x80 {
			n--
		}
		s = s[:n] + "…"
	}
	return strconv.QuoteToGraphic(s)
}
