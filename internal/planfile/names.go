package planfile

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// names are the entry names seen so far, folded so that names which are one on a
// file system without letter case are one here too.
type names struct{ seen map[string]bool }

func newNames(n int) *names { return &names{seen: make(map[string]bool, n)} }

// add returns why a name is refused; empty when it is not.
func (n *names) add(name string, flags uint16) string {
	if why := badName(name, flags); why != "" {
		return why
	}
	key := fold(name)
	if n.seen[key] {
		return "two entries have this name, or differ only in letter case"
	}
	n.seen[key] = true
	return ""
}

func badName(name string, flags uint16) string {
	ascii := true
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '\\' {
			return "an entry name with a control character or a backslash"
		} else if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	switch {
	case name == "" || len(name) > maxName:
		return "an entry without a name, or with an absurdly long one"
	case !utf8.ValidString(name) || (!ascii && flags&flagUTF8 == 0):
		return "an entry name that programs read in different ways: it is not marked as UTF-8"
	case len(name) > 1 && name[1] == ':':
		return "an entry name with a drive letter"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return "an entry name that is absolute, climbs, or is a folder"
		}
	}
	return ""
}

// fold maps every letter to the smallest of those that equal it when case does not
// count.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}
