package review

import (
	"os"
	"strings"
	"testing"
)

// TestDocumentedLine reads the line that docs/reviews.md shows.
func TestDocumentedLine(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/reviews.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```text\n")
	line, _, _ := strings.Cut(after, "```")
	if q := quoteOf(line); q.head == "" || len(q.plans) != 1 {
		t.Errorf("%q is read as %+v", line, q)
	}
}
