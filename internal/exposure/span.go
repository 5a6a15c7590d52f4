package exposure

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

// Span is a range of addresses, both ends included.
type Span struct{ lo, hi num }

var (
	maxNum   = num{^uint64(0), ^uint64(0)}
	allIPv4  = Span{num{}, num{0, 1<<32 - 1}}
	allIPv6  = Span{num{}, maxNum}
	unicast6 = Span{num{0x2000 << 48, 0}, num{0x3FFF<<48 | 1<<48 - 1, ^uint64(0)}} // 2000::/3, all of the public IPv6 internet
)

// everybody are the sources that are all addresses of both families.
func everybody() []Source {
	return []Source{{Kind: SourceIPv4, Span: allIPv4}, {Kind: SourceIPv6, Span: allIPv6}}
}

func (s Span) cmp(o Span) int { return cmp.Or(s.lo.cmp(o.lo), s.hi.cmp(o.hi)) }

func (s Span) meets(o Span) bool { return s.lo.cmp(o.hi) <= 0 && o.lo.cmp(s.hi) <= 0 }

// union sorts spans and joins those that touch. It may use the space of in.
func union(in []Span) []Span {
	if len(in) < 2 {
		return in
	}
	slices.SortFunc(in, Span.cmp)
	out := in[:1]
	for _, x := range in[1:] {
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
func subtract(a, b []Span) []Span {
	if len(b) == 0 {
		return a
	}
	var out []Span
	j := 0
	for _, x := range a {
		// A span of b that ends before this one begins is before all that follow.
		for j < len(b) && b[j].hi.cmp(x.lo) < 0 {
			j++
		}
		lo, done := x.lo, false
		for k := j; k < len(b) && b[k].lo.cmp(x.hi) <= 0; k++ {
			if b[k].lo.cmp(lo) > 0 {
				out = append(out, Span{lo, b[k].lo.prev()})
			}
			if b[k].hi.cmp(x.hi) >= 0 {
				done = true
				break
			}
			lo = b[k].hi.next()
		}
		if !done {
			out = append(out, Span{lo, x.hi})
		}
	}
	return out
}

// size counts the addresses of a union inside the given range, which is not all
// of IPv6.
func size(u []Span, within Span) num {
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
func isWorld(f family, u []Span) bool {
	if f == ipv6 {
		return size(u, unicast6).cmp(num{1 << (122 - 64), 0}) >= 0
	}
	return size(u, allIPv4).cmp(num{0, 1 << 29}) >= 0
}

// addresses reads an address, a prefix, or a range "first-last". Host bits are
// ignored, as the cloud does. An IPv4 address in IPv6 clothes is the IPv4 address.
func addresses(text string) (Source, bool) {
	text = strings.TrimSpace(text)
	if first, last, ok := strings.Cut(text, "-"); ok {
		return addressRange(first, last)
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return Source{}, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	lo := number(p.Addr())
	if p.Addr().Is4() {
		return Source{Kind: SourceIPv4, Span: Span{lo, num{0, lo.lo | (1<<(32-p.Bits()) - 1)}}}, true
	}
	hi := lo
	if n := p.Bits(); n <= 64 {
		hi.hi, hi.lo = hi.hi|(^uint64(0)>>n), ^uint64(0)
	} else {
		hi.lo |= ^uint64(0) >> (n - 64)
	}
	return Source{Kind: SourceIPv6, Span: Span{lo, hi}}, true
}

// addressRange reads a range of addresses of one family, both ends included. A range
// that ends before it begins is not understood.
func addressRange(first, last string) (Source, bool) {
	a, err := netip.ParseAddr(strings.TrimSpace(first))
	if err != nil || a.Zone() != "" {
		return Source{}, false
	}
	b, err := netip.ParseAddr(strings.TrimSpace(last))
	if err != nil || b.Zone() != "" {
		return Source{}, false
	}
	a, b = a.Unmap(), b.Unmap()
	if a.Is4() != b.Is4() || b.Less(a) {
		return Source{}, false
	}
	kind := SourceIPv6
	if a.Is4() {
		kind = SourceIPv4
	}
	return Source{Kind: kind, Span: Span{number(a), number(b)}}, true
}

func number(a netip.Addr) num {
	if a.Is4() {
		b := a.As4()
		return num{0, uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return num{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (a num) addr(f family) netip.Addr {
	if f == ipv4 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(a.lo)) //nolint:gosec // IPv4 uses the lowest 32 bits
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}

// text writes a span as a prefix if it is one, else as first-last.
func (s Span) text(f family) string {
	lo, hi := s.lo.addr(f), s.hi.addr(f)
	// The only prefix that could be this span has as many bits as its ends share.
	x := num{s.lo.hi ^ s.hi.hi, s.lo.lo ^ s.hi.lo}
	free := bits.Len64(x.lo)
	if x.hi != 0 {
		free = 64 + bits.Len64(x.hi)
	}
	p := netip.PrefixFrom(lo, lo.BitLen()-free)
	mask := num{}.prev()
	if free < 64 {
		mask = num{0, 1<<free - 1}
	} else if free < 128 {
		mask.hi = 1<<(free-64) - 1
	}
	if s.hi.minus(s.lo) == mask && p.Masked().Addr() == lo {
		return p.String()
	}
	return lo.String() + "-" + hi.String()
}

// widest returns the largest span; the first of equal ones.
func widest(u []Span) Span {
	best := u[0]
	for _, s := range u[1:] {
		if s.hi.minus(s.lo).cmp(best.hi.minus(best.lo)) > 0 {
			best = s
		}
	}
	return best
}
