package review

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// FuzzQuote: a line is read as an approval only if it is exactly one, so that writing
// what was read gives the line again.
func FuzzQuote(f *testing.F) {
	id := strings.Repeat("a", 40)
	digest := "sha256:" + strings.Repeat("1", 64)
	for _, s := range []string{
		"", "/approve", "/approve ", "/approve " + id, "/approve " + id + "\r\nmore", "/approve " + id + " plan:" + digest,
		"/approve " + id + " plan:changes-v1:" + digest + " plan:" + digest, "/approve " + id + " ", "/approve " + id + "  plan:" + digest,
		"/approve " + id + " plan:", "/approve " + id + "\x00", "/approve\t" + id,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		q := quoteOf(body)
		if q.head == "" {
			if len(q.plans) > 0 {
				t.Fatalf("plans and no head: %+v", q)
			}
			return
		}
		if !gitobject.IsFullID(q.head) || q.wrong != "" {
			t.Fatalf("%+v", q)
		}
		again := approveWord + " " + q.head
		for _, p := range q.plans {
			again += " " + planPrefix + p
		}
		if again != firstLine(body) {
			t.Fatalf("%q is read as %q", firstLine(body), again)
		}
	})
}
