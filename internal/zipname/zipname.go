// Package zipname says which names of entries in a zip are to be refused, because two
// programs could take them for different files, or one for a file outside of the
// archive. Both zips that we read, the saved plan file and the artifact of a workflow,
// come from whoever makes the change.
package zipname

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes is the longest name, in bytes, that is not refused.
const MaxBytes = 4 << 10

// Wrong says what is wrong with a name, as a clause that follows "whose name"; empty
// when nothing is. marked: the entry says that its name is UTF-8.
func Wrong(name string, marked bool) string {
	ascii := true
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '\\' {
			return "has a control character or a backslash"
		} else if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	switch {
	case name == "" || len(name) > MaxBytes:
		return "is empty or absurdly long"
	case !utf8.ValidString(name) || !ascii && !marked:
		return "programs read in different ways: it is not marked as UTF-8"
	case len(name) > 1 && name[1] == ':':
		return "has a drive letter"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return "is absolute, climbs, or is a folder's"
		}
	}
	return ""
}

// Fold maps every letter to the smallest of those that equal it when case does not
// count: names that are one on a file system without letter case have one form.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}
