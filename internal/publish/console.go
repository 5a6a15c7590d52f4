package publish

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Console says what a stream that a report goes to can show.
type Console struct {
	Terminal bool // a person sits in front of it
	Color    bool
	ASCII    bool
	Width    int // columns; 0 when unknown
}

// DetectConsole looks at a stream and the environment.
func DetectConsole(f *os.File, getenv func(string) string) Console {
	fd := int(f.Fd()) //nolint:gosec // a file descriptor is a small number
	c := Console{Terminal: term.IsTerminal(fd), ASCII: DetectASCII(getenv)}
	c.Color = DetectColor(getenv, c.Terminal)
	if c.Terminal {
		if w, _, err := term.GetSize(fd); err == nil {
			c.Width = w
		}
	}
	if w, err := strconv.Atoi(getenv("COLUMNS")); c.Width == 0 && err == nil && w > 0 {
		c.Width = w
	}
	return c
}

// DetectColor reports whether colours are wanted: NO_COLOR forbids them
// (no-color.org), CLICOLOR_FORCE asks for them, else a terminal that is not dumb
// has them.
func DetectColor(getenv func(string) string, terminal bool) bool {
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb"
}

// DetectASCII reports whether the locale says that only ASCII can be shown. An
// environment without a locale, as in most containers, shows UTF-8 in its log.
func DetectASCII(getenv func(string) string) bool {
	for _, k := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if l := strings.ToLower(getenv(k)); l != "" {
			return !strings.Contains(l, "utf-8") && !strings.Contains(l, "utf8")
		}
	}
	return false
}
