package tfplan

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
)

// num is an IP address as a number of 128 bits. IPv4 uses the lowest 32.
type num struct{ hi, lo uint64 }

func (a num) cmp(b num) int { return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo)) }

func (a num) next() num {
	lo, carry := bits.Add64(a.lo, 1, 0)
	return num{a.hi + carry, lo}
}

func (a num) prev() num {
	lo, borrow := bits.Sub64(a.lo, 1, 0)
	return num{a.hi - borrow, lo}
}

func (a num) plus(b num) num {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return num{hi, lo}
}

func (a num) minus(b num) num {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return num{hi, lo}
}

// span is a range of addresses, both ends included.
type span struct{ lo, hi num }

var (
	maxNum   = num{^uint64(0), ^uint64(0)}
	maxIPv4  = num{0, 1<<32 - 1}
	allIPv4  = span{num{}, maxIPv4}
	unicast6 = span{num{0x2000 << 48, 0}, num{0x3FFF<<48 | 1<<48 - 1, ^uint64(0)}} // 2000::/3, all of the public IPv6 internet
)

// union sorts spans and joins those that touch.
func union(in []span) []span {
	if len(in) == 0 {
		return nil
	}
	s := slices.Clone(in)
	slices.SortFunc(s, func(a, b span) int { return cmp.Or(a.lo.cmp(b.lo), a.hi.cmp(b.hi)) })
	out := s[:1]
	for _, x := range s[1:] {
		last := &out[len(out)-1]
		switch {
		case last.hi == maxNum || x.lo.cmp(last.hi.next()) <= 0:
			if x.hi.cmp(last.hi) > 0 {
				last.hi = x.hi
			}
		default:
			out = append(out, x)
		}
	}
	return out
}

// subtract returns what of a is not in b; both are unions.
func subtract(a, b []span) []span {
	var out []span
	for _, x := range a {
		lo, done := x.lo, false
		for _, y := range b {
			if y.hi.cmp(lo) < 0 {
				continue
			}
			if y.lo.cmp(x.hi) > 0 {
				break
			}
			if y.lo.cmp(lo) > 0 {
				out = append(out, span{lo, y.lo.prev()})
			}
			if y.hi.cmp(x.hi) >= 0 {
				done = true
				break
			}
			lo = y.hi.next()
		}
		if !done {
			out = append(out, span{lo, x.hi})
		}
	}
	return out
}

// size counts the addresses of a union inside the given range, which is not all
// of IPv6.
func size(u []span, within span) num {
	var n num
	for _, s := range u {
		lo, hi := s.lo, s.hi
		if within.lo.cmp(lo) > 0 {
			lo = within.lo
		}
		if within.hi.cmp(hi) < 0 {
			hi = within.hi
		}
		if lo.cmp(hi) <= 0 {
			n = n.plus(hi.minus(lo)).next()
		}
	}
	return n
}

// isWorld reports whether sources are as good as everybody: an eighth or more of
// IPv4, or of the public IPv6 internet. Nobody owns that much, and a rule that
// leaves out the unused ranges, or a single address, must not look like a
// private one.
func isWorld(family string, u []span) bool {
	switch family {
	case familyIPv4:
		return size(u, allIPv4).cmp(num{0, 1 << 29}) >= 0
	case familyIPv6:
		return size(u, unicast6).cmp(num{1 << (122 - 64), 0}) >= 0
	}
	return false
}

// parseSource reads an address or a prefix. Host bits are ignored, as the cloud
// does. An IPv4 address in IPv6 clothes is the IPv4 address.
func parseSource(s string) (family string, sp span, ok bool) {
	s = strings.TrimSpace(s)
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return "", span{}, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	if p.Addr().Is4() {
		b := p.Addr().As4()
		lo := uint64(binary.BigEndian.Uint32(b[:]))
		return familyIPv4, span{num{0, lo}, num{0, lo | (1<<(32-p.Bits()) - 1)}}, true
	}
	b := p.Addr().As16()
	lo := num{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
	hi := lo
	if n := p.Bits(); n <= 64 {
		hi.hi, hi.lo = hi.hi|(^uint64(0)>>n), ^uint64(0)
	} else {
		hi.lo |= ^uint64(0) >> (n - 64)
	}
	return familyIPv6, span{lo, hi}, true
}

// text writes a span as a prefix if it is one, else as first-last.
func (s span) text(family string) string {
	addr := func(n num) netip.Addr {
		if family == familyIPv4 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(n.lo)) //nolint:gosec // IPv4 uses the lowest 32 bits
			return netip.AddrFrom4(b)
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], n.hi)
		binary.BigEndian.PutUint64(b[8:], n.lo)
		return netip.AddrFrom16(b)
	}
	lo, hi := addr(s.lo), addr(s.hi)
	// The only prefix that could be this span has as many bits as its ends share.
	x := num{s.lo.hi ^ s.hi.hi, s.lo.lo ^ s.hi.lo}
	shared := lo.BitLen() - (128 - leadingZeros(x))
	p := netip.PrefixFrom(lo, shared)
	if p.Masked().Addr() == lo {
		if _, whole, ok := parseSource(p.String()); ok && whole == s {
			return p.String()
		}
	}
	return lo.String() + "-" + hi.String()
}

func leadingZeros(n num) int {
	if n.hi != 0 {
		return bits.LeadingZeros64(n.hi)
	}
	return 64 + bits.LeadingZeros64(n.lo)
}

// widest returns the largest span; the first of equal ones.
func widest(u []span) span {
	best := u[0]
	for _, s := range u[1:] {
		if s.hi.minus(s.lo).cmp(best.hi.minus(best.lo)) > 0 {
			best = s
		}
	}
	return best
}
