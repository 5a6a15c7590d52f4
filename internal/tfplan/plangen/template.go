package plangen

import (
	"strconv"
	"strings"
)

// template is a text with marks between percent signs, taken apart once:
//
//	i  the number of the object        h  its id, 17 digits
//	m  the number of its module        p  the id of the object before it
//	o  a number below 250              pN the number of the Nth object before it
//	r  the revision: 1 after an update f  1 after a replacement
//	open  the rules that open a security group
type template struct {
	texts []string // one more than marks
	marks []string
}

func compile(s string) template {
	parts := strings.Split(strings.ReplaceAll(s, "\n", ""), "%")
	var t template
	for k, p := range parts {
		if k%2 == 0 {
			t.texts = append(t.texts, p)
		} else {
			t.marks = append(t.marks, p)
		}
	}
	return t
}

// members are the names, with their quotes, of an object without braces whose text
// has neither escapes nor colons before a quote within strings.
func members(s string) []string {
	var out []string
	depth, start := 0, -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if start < 0 {
				start = i
				continue
			}
			if depth == 0 && i+1 < len(s) && s[i+1] == ':' {
				out = append(out, s[start:i+1])
			}
			start = -1
		}
	}
	return out
}

// side says which state of an object is written.
type side struct{ revision, force, open bool }

func (t *template) append(b []byte, x *object, s side) []byte {
	digit := func(v bool) byte {
		if v {
			return '1'
		}
		return '0'
	}
	for k, text := range t.texts {
		b = append(b, text...)
		if k == len(t.marks) {
			break
		}
		switch m := t.marks[k]; m {
		case "i":
			b = number(b, x.index, 8)
		case "h":
			b = id(b, x.index)
		case "p":
			b = id(b, x.index-1)
		case "m":
			b = strconv.AppendInt(b, int64(x.module), 10)
		case "o":
			b = strconv.AppendInt(b, int64(x.index/10%250), 10)
		case "r":
			b = append(b, digit(s.revision))
		case "f":
			b = append(b, digit(s.force))
		case "n":
			b = strconv.AppendInt(b, int64(x.index), 10)
		case "open":
			if s.open {
				b = append(b, opened...)
			}
		default: // p1 to p9
			b = strconv.AppendInt(b, int64(x.index)-int64(m[1]-'0'), 10)
		}
	}
	return b
}

// opened are the rules of a security group that is open to the world in two halves.
const opened = `,{"cidr_blocks":["0.0.0.0/1","128.0.0.0/1"],"description":"","from_port":22,"ipv6_cidr_blocks":[],"prefix_list_ids":[],"protocol":"tcp","security_groups":[],"self":false,"to_port":22}`

func number(b []byte, n, width int) []byte {
	s := strconv.Itoa(n)
	for k := len(s); k < width; k++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// id looks like the ids of AWS.
func id(b []byte, index int) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '0')
	for v, k := mix(uint64(index)), 0; k < 16; v, k = v>>4, k+1 { //nolint:gosec // not negative
		b = append(b, hex[v&15])
	}
	return b
}

// mix spreads the bits of a number (the last step of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
