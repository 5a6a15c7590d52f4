package policy

import (
	"strings"
	"unicode"
)

// invisible reports that a text holds a character that shows nothing, or shows as a
// space and is none: a glob with one looks like protection and matches no path, and a
// name with one is another name. Line feeds pass in prose alone, and there such
// characters as emoji and foreign spaces have their place; what turns the text around
// has none anywhere.
func invisible(s string, prose bool) bool {
	return strings.ContainsFunc(s, func(c rune) bool {
		switch {
		case unicode.Is(unicode.Bidi_Control, c):
			return true
		case unicode.IsControl(c):
			return !prose || c != '\n'
		}
		return !prose && c != ' ' && unicode.In(c, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Cf,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, blank)
	})
}

// blank are characters that Unicode counts as shown and that are drawn as nothing.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}},   // a Braille pattern without dots
	R32: []unicode.Range32{{Lo: 0x1D159, Hi: 0x1D159, Stride: 1}}, // a musical note without its head
}
