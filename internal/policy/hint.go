package policy

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean names the known word nearest to a mistyped one, or else the words
// there are when they are few, or else nothing.
func (r *reader) didYouMean(word string, known []string) string {
	if near := r.nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 || len(known) > 16 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}

// Nearest finds the known word that a mistyped one was probably meant to be, or
// returns "".
func Nearest(word string, known []string) string { return (&reader{}).nearest(word, known) }

// nearest finds the known word that a mistyped one was probably meant to be. A
// file full of mistakes gets no more hints after maxCompared comparisons: the
// policy of a pull request is its author's, and must not keep the gate busy.
func (r *reader) nearest(word string, known []string) string {
	if word == "" || len(word) > 64 || r.compared > maxCompared {
		return ""
	}
	r.compared += len(known)
	best, bestDistance := "", 2+len(word)/4 // one slip, and one more for every four letters
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d < bestDistance || d == bestDistance && best != "" && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	before, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev = prev, cur
	}
	return prev[len(b)]
}

// orList writes a list of choices: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(slices.Clone(words)[:last], ", ") + " or " + words[last]
}
