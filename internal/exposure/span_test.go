package exposure

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSpanUnionSubtract(t *testing.T) {
	t.Parallel()
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
		lo := rapid.Uint64Range(0, 30).Draw(t, "lo")
		return Span{num{0, lo}, num{0, rapid.Uint64Range(lo, 30).Draw(t, "hi")}}
	}), 0, 6)
	in := func(ss []Span, a uint64) bool {
		for _, s := range ss {
			if s.lo.lo <= a && a <= s.hi.lo {
				return true
			}
		}
		return false
	}
	rapid.Check(t, func(t *rapid.T) {
		x, y := union(spans.Draw(t, "x")), union(spans.Draw(t, "y"))
		d := subtract(x, y)
		n := uint64(0)
		for a := range uint64(31) {
			if got, want := in(d, a), in(x, a) && !in(y, a); got != want {
				t.Fatalf("address %d: %v, want %v", a, got, want)
			}
			if in(x, a) {
				n++
			}
		}
		if got := size(x, allIPv4); got.lo != n {
			t.Fatalf("size %d, want %d", got.lo, n)
		}
	})
}

// TestSpanText: what is written is what was meant.
func TestSpanText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]family{ipv4, ipv6}).Draw(t, "family")
		draw := func(name string) num {
			n := num{rapid.Uint64().Draw(t, name+" high"), rapid.Uint64().Draw(t, name+" low")}
			if f == ipv4 {
				n = num{0, n.lo & (1<<32 - 1)}
			}
			return n
		}
		s := Span{draw("first"), draw("last")}
		if bits := rapid.IntRange(0, 128).Draw(t, "bits"); bits < 128 && (f == ipv6 || bits < 32) {
			mask := num{0, 1<<(bits%64) - 1}
			if bits >= 64 {
				mask = num{1<<(bits-64) - 1, ^uint64(0)}
			}
			s.lo = num{s.lo.hi &^ mask.hi, s.lo.lo &^ mask.lo}
			s.hi = s.lo.plus(mask)
		} else if s.hi.cmp(s.lo) < 0 {
			s.lo, s.hi = s.hi, s.lo
		}
		if f == ipv6 && s.hi.hi == 0 && s.hi.lo>>48 == 0 {
			t.Skip("IPv4 in IPv6 clothes")
		}
		got, ok := addresses(s.text(f))
		if !ok || got.Span != s || (got.Kind == SourceIPv6) != (f == ipv6) {
			t.Fatalf("%v is written %s and read %v %v", s, s.text(f), got, ok)
		}
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, text string
		family   family
	}{
		{"0.0.0.0/0", "0.0.0.0/0", ipv4},
		{"10.1.2.3/8", "10.0.0.0/8", ipv4},
		{"192.0.2.7", "192.0.2.7/32", ipv4},
		{"::/0", "::/0", ipv6},
		{"0::0/0", "::/0", ipv6},
		{"0:0:0:0:0:0:0:0/0", "::/0", ipv6},
		{"2001:db8::1/64", "2001:db8::/64", ipv6},
		{"2001:db8::1", "2001:db8::1/128", ipv6},
		{"8000::/1", "8000::/1", ipv6},
		{"2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65", ipv6},
		{"::ffff:0.0.0.0/96", "0.0.0.0/0", ipv4},
		{"::ffff:10.0.0.1", "10.0.0.1/32", ipv4},
		{"::ffff:10.0.0.0/95", "::fffe:0:0/95", ipv6},
		{" 10.0.0.0/8 ", "10.0.0.0/8", ipv4},
		{"10.0.0.5-10.0.0.9", "10.0.0.5-10.0.0.9", ipv4},
		{"0.0.0.0 - 255.255.255.255", "0.0.0.0/0", ipv4},
		{"::ffff:1.2.3.4-1.2.3.5", "1.2.3.4/31", ipv4},
		{"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", ipv6},
	} {
		s, ok := addresses(tt.in)
		if !ok || (s.Kind == SourceIPv6) != (tt.family == ipv6) || s.Span.text(tt.family) != tt.text {
			t.Errorf("%q: %s %s %v, want %s", tt.in, s.Kind, s.Span.text(tt.family), ok, tt.text)
		}
	}
	for _, in := range []string{"", "0/0", "*", "10.0.0.0/33", "10.0.0.0/08", "fe80::1%eth0", "Internet", "010.0.0.0/8", "-", "10.0.0.9-10.0.0.1", "10.0.0.0-::1", "10.0.0.0/8-10.0.0.9", "1.2.3.4-"} {
		if s, ok := addresses(in); ok {
			t.Errorf("%q is no source, and was read as %v", in, s)
		}
	}
}

func TestIsWorld(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sources string
		want    bool
	}{
		{"0.0.0.0/0", true},
		{"0.0.0.0/1 128.0.0.0/1", true},
		{"0.0.0.0/1", true},
		{"1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/5 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/1", true},
		{"10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", false},
		{"3.0.0.0/8 13.0.0.0/8 52.0.0.0/8 54.0.0.0/8", false},
		{"::/0", true},
		{"2000::/3", true},
		{"::/1 8000::/1", true},
		{"2000::/4", true},
		{"2001:db8::/32", false},
		{"2600::/12", false},
		{"fc00::/7", false},
		{"fe80::/10", false},
	} {
		var ss []Span
		f := ipv4
		for _, text := range strings.Fields(tt.sources) {
			s, ok := addresses(text)
			if !ok {
				t.Fatal(text)
			}
			if s.Kind == SourceIPv6 {
				f = ipv6
			}
			ss = append(ss, s.Span)
		}
		if got := isWorld(f, union(ss)); got != tt.want {
			t.Errorf("%s: %v", tt.sources, got)
		}
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"tcp": "tcp", " TCP ": "tcp", "6": "tcp", "06": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "icmpv6": "icmpv6", "-1": "all", "ALL": "all",
		"esp": "50", "50": "50", "47": "47", "GRE": "47", "0": "0", "255": "255",
		"256": "all?", "": "all?", "t c p": "all?", "-2": "all?",
	} {
		name, sure := protocol(in)
		if !sure {
			name += "?"
		}
		if name != want {
			t.Errorf("%q is %s, want %s", in, name, want)
		}
	}
}
