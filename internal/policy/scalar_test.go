package policy

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{
		"72h": 72 * time.Hour, "30m": 30 * time.Minute, "3d": 72 * time.Hour, "1h30m": 90 * time.Minute, "1d12h": 36 * time.Hour, "5s": 5 * time.Second, "0s": 0,
	} {
		if got, ok := parseDuration(s); !ok || time.Duration(got) != want {
			t.Errorf("%s: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "3", "h", "-1h", "+1h", "1.5h", "1h ", " 1h", "1m1h", "1w", "1H", "1h1h", "9999999999999999d", "106752d", "1ms", "1d\n"} {
		if got, ok := parseDuration(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Size{"0": 0, "17": 17, "17B": 17, "4KiB": 4096, "64MiB": 64 << 20, "2GiB": 2 << 30} {
		if got, ok := parseSize(s); !ok || got != want {
			t.Errorf("%s: %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-1", "1KB", "1 MiB", "1.5GiB", "GiB", "9223372036854775808", "8589934592GiB", "1gib", "1B\n"} {
		if got, ok := parseSize(s); ok {
			t.Errorf("%q: %d", s, got)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"2026-12-01": "2026-12-01T00:00:00Z", "2026-12-01T09:00:00Z": "2026-12-01T09:00:00Z", "2026-12-01T09:00:00+02:00": "2026-12-01T07:00:00Z",
	} {
		if got, ok := parseTime(s); !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "2026-13-01", "2026-02-29", "2026-1-1", "0001-01-01", "0001-01-01T00:00:00Z", "2026-12-01 09:00:00", "tomorrow", "2026-12-01T09:00:00"} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestWrittenScalarsAreReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(time.Duration(rapid.Int64Range(1, 366*24*3600).Draw(t, "seconds")) * time.Second)
		if again, ok := parseDuration(d.String()); !ok || again != d {
			t.Fatalf("%d is written %s and read %d", d, d, again)
		}
		s := Size(rapid.Int64Range(0, 1<<40).Draw(t, "bytes"))
		if again, ok := parseSize(s.String()); !ok || again != s {
			t.Fatalf("%d is written %s and read %d", s, s, again)
		}
	})
}

func TestPolicyInJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(struct {
		D Duration
		S Size
	}{Duration(36 * time.Hour), 64 << 20})
	if err != nil || string(b) != `{"D":"36h","S":"64MiB"}` {
		t.Errorf("%s, %v", b, err)
	}
	var v struct {
		D Duration
		S Size
	}
	if err := json.Unmarshal(b, &v); err != nil || v.D != Duration(36*time.Hour) || v.S != 64<<20 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := json.Unmarshal([]byte(`{"D":"soon"}`), &v); err == nil {
		t.Error("read a duration that is none")
	}
	if err := json.Unmarshal([]byte(`{"S":"much"}`), &v); err == nil {
		t.Error("read a size that is none")
	}
}
