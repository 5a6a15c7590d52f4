package signature

import "strings"

// matchList reports whether a list of patterns admits s: one of them matches and
// none behind a "!" does, wherever it stands. An entry left empty matches nothing.
func matchList(s, list string) bool {
	found := false
	for p := range strings.SplitSeq(list, ",") {
		p, negated := strings.CutPrefix(p, "!")
		if !matchPattern(s, p) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

// matchPattern knows "*" and "?", which stand for bytes; case matters. Its time
// is bounded by the product of the lengths, whatever stars the pattern has.
func matchPattern(s, p string) bool {
	i, j, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '*':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == s[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(p[j:], "*") == ""
}

// meet reports whether there is a text that both patterns match.
func meet(a, b string) bool {
	if !isWild(a) && !isWild(b) {
		return a == b
	}
	// row[j] is whether a[:i] and b[:j] have a text in common.
	row := make([]bool, len(b)+1)
	row[0] = true
	for j := range len(b) {
		row[j+1] = row[j] && b[j] == '*'
	}
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		next[0] = row[0] && a[i] == '*'
		for j := range len(b) {
			if a[i] == '*' || b[j] == '*' {
				// A star takes what stands against it, or nothing.
				next[j+1] = row[j+1] || next[j]
				continue
			}
			next[j+1] = row[j] && (a[i] == b[j] || a[i] == '?' || b[j] == '?')
		}
		row = next
	}
	return row[len(b)]
}

func isWild(p string) bool { return strings.ContainsAny(p, "*?") }
