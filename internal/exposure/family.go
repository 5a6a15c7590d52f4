package exposure

// family is an address family.
type family uint8

const (
	ipv4 family = iota
	ipv6
)

func (f family) String() string {
	if f == ipv6 {
		return "ipv6"
	}
	return "ipv4"
}

func (f family) all() Span {
	if f == ipv6 {
		return allIPv6
	}
	return allIPv4
}
