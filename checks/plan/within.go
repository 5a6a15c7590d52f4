package plan

import (
	"net/netip"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// within reports whether an exposure matches the exposure member of a rule. whole:
// all of it must lie within; otherwise a part is enough. What is not an exposure
// matches neither. An allow must not match more than it says, and a deny not less,
// so each takes what is uncertain to the stricter side: sources that are not shown
// are within nothing, and touch everything.
func within(w *policy.ExposureWhen, e *checks.Exposure, whole bool) bool {
	if e == nil {
		return false
	}
	if e.Hidden && len(w.Protocol)+len(w.Port) > 0 {
		return !whole && (len(w.From) == 0 || sourcesWithin(w.From, e, whole))
	}
	if len(w.Protocol) > 0 && !protocolWithin(w.Protocol, e.Protocol, whole) {
		return false
	}
	if len(w.Port) > 0 && !portsWithin(w.Port, e, whole) {
		return false
	}
	return len(w.From) == 0 || sourcesWithin(w.From, e, whole)
}

func protocolWithin(list []string, protocol string, whole bool) bool {
	for _, p := range list {
		if p == protocol || p == "all" || protocol == "all" && !whole {
			return true
		}
	}
	return false
}

func portsWithin(list []string, e *checks.Exposure, whole bool) bool {
	if e.Protocol != "tcp" && e.Protocol != "udp" { // it has no ports, or all of them
		return !whole
	}
	next := e.FromPort // the first port that no range covered yet
	for range list {
		for _, s := range list {
			from, to, ok := policy.PortRange(s)
			if !ok {
				continue
			}
			if !whole && from <= e.ToPort && e.FromPort <= to {
				return true
			}
			if from <= next && next <= to {
				next = to + 1
			}
		}
	}
	return whole && next > e.ToPort
}

func sourcesWithin(list []string, e *checks.Exposure, whole bool) bool {
	has := func(word string) bool {
		for _, s := range list {
			if s == word {
				return true
			}
		}
		return false
	}
	switch {
	case e.Unknown:
		return has(policy.ExposureUnknown) || !whole
	case has(policy.ExposureWorld) && (whole || e.World):
		return true
	case len(e.Sources) == 0:
		return !whole
	}
	for _, s := range e.Sources {
		lo, hi, ok := ends(s)
		in := false
		for _, p := range list {
			r, err := netip.ParsePrefix(p)
			if err != nil || !ok {
				in = in || !whole && err == nil
				continue
			}
			if whole {
				in = in || r.Contains(lo) && r.Contains(hi)
			} else {
				in = in || r.Contains(lo) || r.Contains(hi) || lo.Compare(r.Addr()) <= 0 && r.Addr().Compare(hi) <= 0 && lo.Is4() == r.Addr().Is4()
			}
		}
		if in != whole {
			return !whole
		}
	}
	return whole
}

// ends reads "10.0.0.0/8" or "10.0.0.1-10.0.0.9".
func ends(s string) (lo, hi netip.Addr, ok bool) {
	if a, b, isRange := strings.Cut(s, "-"); isRange {
		lo, errA := netip.ParseAddr(a)
		hi, errB := netip.ParseAddr(b)
		return lo, hi, errA == nil && errB == nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return lo, hi, false
	}
	p = p.Masked()
	last := p.Addr().AsSlice()
	for i := range last {
		for bit := range 8 {
			if i*8+bit >= p.Bits() {
				last[i] |= 1 << (7 - bit)
			}
		}
	}
	hi, ok = netip.AddrFromSlice(last)
	return p.Addr(), hi, ok
}
