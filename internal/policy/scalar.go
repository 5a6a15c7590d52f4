package policy

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// scalarKind is what a scalar is under the core schema of YAML 1.2. It is decided
// here and not by the library, which keeps parts of YAML 1.1: there 0777 is octal,
// 1_000 a number, and a date no text.
type scalarKind string

const (
	kindNone   scalarKind = "" // not a scalar
	kindText   scalarKind = "text"
	kindNumber scalarKind = "a number"
	kindBool   scalarKind = "true or false"
	kindNull   scalarKind = "nothing"
)

var (
	reCoreInt   = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	reCoreFloat = regexp.MustCompile(`^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	reDuration  = regexp.MustCompile(`^(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$`)
	reSize      = regexp.MustCompile(`^([0-9]+)(B|KiB|MiB|GiB)?$`)
)

const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func scalarKindOf(n *yaml.Node) scalarKind {
	if n.Kind != yaml.ScalarNode {
		return kindNone
	}
	if n.Style&quotedStyles != 0 {
		return kindText
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return kindNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return kindBool
	}
	if reCoreInt.MatchString(n.Value) || reCoreFloat.MatchString(n.Value) {
		return kindNumber
	}
	return kindText
}

// parseDuration reads "72h", "30m", "3d", "1h30m". It does not say whether the
// duration makes sense; 0 is a duration.
func parseDuration(s string) (Duration, bool) {
	m := reDuration.FindStringSubmatch(s)
	if m == nil || s == "" {
		return 0, false
	}
	var total int64
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > (math.MaxInt64-total)/int64(unit) {
			return 0, false
		}
		total += n * int64(unit)
	}
	return Duration(total), true
}

// String writes the duration as a policy does.
func (d Duration) String() string {
	t := time.Duration(d)
	if t <= 0 || t%time.Second != 0 {
		return t.String() // not one that a policy can hold
	}
	var b strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if u.name == "d" && t%u.size != 0 {
			continue // 36h is easier to read than 1d12h
		}
		if n := t / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			t -= n * u.size
		}
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, ok := parseDuration(string(b))
	if !ok {
		return fmt.Errorf("read duration %q: want a form like 72h, 30m or 3d", b)
	}
	*d = v
	return nil
}

// parseSize reads "64MiB", "2GiB" or a plain number of bytes.
func parseSize(s string) (Size, bool) {
	m := reSize.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	unit := map[string]int64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[m[2]]
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, false
	}
	return Size(n * unit), true
}

// String writes the size as a policy does.
func (s Size) String() string {
	for _, u := range []struct {
		size Size
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if s != 0 && s%u.size == 0 {
			return fmt.Sprintf("%d%s", s/u.size, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(b []byte) error {
	v, ok := parseSize(string(b))
	if !ok {
		return fmt.Errorf("read size %q: want a form like 64MiB or 2GiB", b)
	}
	*s = v
	return nil
}

// parseTime reads a moment (RFC 3339) or a date, which means its first moment in
// UTC.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		// Years before 1970 are typing errors, and year 1 would be the zero time,
		// which stands for "no limit".
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
