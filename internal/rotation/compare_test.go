package rotation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/rotation"
)

// TestDifferences: a policy is the one of the receipt or it is told why not.
func TestDifferences(t *testing.T) {
	t.Parallel()
	older, _ := sshKey(t)
	newer, _ := sshKey(t)
	for _, revoke := range []bool{false, true} {
		text := "version: 1\nagents:\n  - id: claw\n    keys: [\"" + older.Key + "\"]\n  - {id: other, emails: [x@example.com]}\n"
		r := receipt(older, newer)
		ro := policy.Rotation{Owner: "claw", Old: older.Key, New: newer.Key, At: r.RotatedOn, Until: r.RotatedOn.Add(time.Hour), Reason: "lost"}
		if revoke {
			ro.Until = time.Time{}
		}
		done, err := policy.Rotate(text, policy.Known{}, ro)
		if err != nil {
			t.Fatal(err)
		}
		r.OldUntil, r.Policy.After = done.Until, rotation.Digest([]byte(done.Text))
		differences := func(text string) string {
			p, problems := policy.Parse(text, policy.Known{})
			if p == nil {
				t.Fatal(problems)
			}
			list := r.Differences([]byte(text), p, nil)
			if text != done.Text && (len(list) == 0 || !strings.HasPrefix(list[0], "the file is sha256:")) {
				t.Errorf("another file is not told: %q", list)
			}
			return strings.Join(list, "\n")
		}
		if d := differences(done.Text); d != "" {
			t.Errorf("revoke %v: %s", revoke, d)
		}
		end := "not_after: 2026-11-20T13:00:00Z"
		if revoke {
			end = "revoked_at: 2026-11-20T12:00:00Z"
		}
		for _, c := range []struct{ from, to, want string }{
			{"version: 1", "version: 1 # more", ""},
			{"id: claw", "id: clawd", "the old key " + older.Fingerprint + " is not listed under claw\nthe new key " + newer.Fingerprint + " is not listed under claw"},
			{end, strings.Replace(end, "2026-11-20", "2026-11-21", 1), "the old key"},
			{"not_before: 2026", "not_before: 2025", "the new key"},
			{"not_before: 2026", "not_after: 2027-01-01, not_before: 2026", "the new key"},
			{"not_before: 2026", "revoked_at: 2027-01-01, reason: x, not_before: 2026", "the new key"},
		} {
			if strings.Count(done.Text, c.from) != 1 {
				t.Fatalf("%q stands in it %d times:\n%s", c.from, strings.Count(done.Text, c.from), done.Text)
			}
			d := differences(strings.Replace(done.Text, c.from, c.to, 1))
			_, rest, _ := strings.Cut(d, "\n")
			if !strings.HasPrefix(rest, c.want) || c.want == "" && rest != "" {
				t.Errorf("%s instead of %s: %s", c.to, c.from, d)
			}
		}
		r.OldUntil = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		if d := differences(done.Text); !strings.Contains(d, "the old key") {
			t.Errorf("a receipt of another end: %q", d)
		}
	}
}

// TestMakeRefuses: what Verify would refuse is not made.
func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	k, s := sshKey(t)
	other, so := sshKey(t)
	if _, err := rotation.Make(receipt(k, k), s, s); err == nil {
		t.Error("a receipt for one key")
	}
	r := receipt(k, other)
	r.Reason = strings.Repeat("x", rotation.MaxBytes)
	if _, err := rotation.Make(r, s, so); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a receipt that is too large: %v", err)
	}
}
