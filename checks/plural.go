package checks

import "fmt"

// Plural writes a number with its noun: "1 commit", "3 commits".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
