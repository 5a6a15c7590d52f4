package jsonstream

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// names holds the member names of all open objects, unescaped, to find one that
// is given twice.
//
// A cheap hash of the first and the last eight bytes sets one bit in the mask of
// the object: while the bit is free, the name is new. Otherwise a small object is
// searched, and a larger one has a table. The cheap hash can be made to collide,
// which costs at most a search through maxLinear names; the table's hash has a
// secret seed. Names are always compared as a whole before they count as equal.
type names struct {
	entries []entry
	text    []byte
	tables  [][]uint64 // of the big objects, the innermost last; the rest is kept for reuse
	big     int        // how many of them are in use
	seed    maphash.Seed
}

// entry is a name: names.text[from:from+size].
type entry struct {
	hash       uint64 // the cheap one, or in a big object the seeded one
	from, size uint32
}

// maxLinear is how many names an object may have without a table. With more than
// 64 the mask is full.
const maxLinear = 64

func (n *names) at(i uint32) []byte {
	e := n.entries[i]
	return n.text[e.from : e.from+e.size : e.from+e.size]
}

// cheap is the hash that needs no seed: first and last are the eight bytes at both
// ends of the name; a shorter name has both the same, filled with zeros.
func cheap(first, last uint64, size int) uint64 {
	h := (first ^ bits.RotateLeft64(last, 29) ^ uint64(size)) * 0x9E3779B97F4A7C15 //nolint:gosec // a length
	return h ^ h>>32
}

// cheapAt is cheapOf(b[i:i+size]) where eight bytes can be loaded at i.
func cheapAt(b []byte, i, size int) uint64 {
	first := load64(b, i)
	if size >= 8 {
		return cheap(first, load64(b, i+size-8), size)
	}
	first &= 1<<(8*uint(size)) - 1 //nolint:gosec // below 8
	return cheap(first, first, size)
}

func cheapOf(name []byte) uint64 {
	if len(name) >= 8 {
		return cheap(load64(name, 0), load64(name, len(name)-8), len(name))
	}
	var w [8]byte
	copy(w[:], name)
	x := binary.LittleEndian.Uint64(w[:])
	return cheap(x, x, len(name))
}

// add notes a name of the object f that begins in n.text at from and ends with
// it. It reports whether the name is new.
func (n *names) add(f *frame, from int, hash uint64) bool {
	e := entry{hash: hash, from: uint32(from), size: uint32(len(n.text) - from)} //nolint:gosec // bounded by the limits
	bit := uint64(1) << (hash & 63)
	fresh := true
	switch {
	case f.big:
		fresh = n.addTable(f, &e)
	case f.mask&bit == 0:
		f.mask |= bit
	case len(n.entries)-int(f.first) < maxLinear:
		for i := int(f.first); i < len(n.entries); i++ {
			if n.entries[i].hash == hash && n.same(&n.entries[i], &e) {
				fresh = false
				break
			}
		}
	default:
		n.makeTable(f)
		fresh = n.addTable(f, &e)
	}
	n.entries = append(n.entries, e)
	return fresh
}

func (n *names) same(a, b *entry) bool {
	return a.size == b.size && bytes.Equal(n.text[a.from:a.from+a.size], n.text[b.from:b.from+b.size])
}

// makeTable moves the names of an object, which are known to differ, into a
// table.
func (n *names) makeTable(f *frame) {
	f.big, f.mask = true, ^uint64(0)
	if n.big == len(n.tables) {
		n.tables = append(n.tables, nil)
	}
	n.big++
	for i := int(f.first); i < len(n.entries); i++ {
		e := &n.entries[i]
		e.hash = maphash.Bytes(n.seed, n.text[e.from:e.from+e.size])
	}
	n.grow(f, 4*maxLinear)
}

// grow gives the innermost big object a table of that many slots, a power of two.
// A slot holds half of a hash, and the number of an entry within the object plus
// one.
func (n *names) grow(f *frame, slots int) {
	t := n.tables[n.big-1]
	if cap(t) < slots {
		t = make([]uint64, slots)
	} else {
		t = t[:slots]
		clear(t)
	}
	n.tables[n.big-1] = t
	m := uint64(len(t)) - 1
	for i := int(f.first); i < len(n.entries); i++ {
		h := n.entries[i].hash
		at := h & m
		for ; t[at] != 0; at = (at + 1) & m {
		}
		t[at] = slot(h, i-int(f.first))
	}
}

func slot(hash uint64, i int) uint64 { return hash&^0xFFFFFFFF | uint64(i+1) } //nolint:gosec // an index

// addTable looks the name up in the table of the object, and enters it.
func (n *names) addTable(f *frame, e *entry) bool {
	count := len(n.entries) - int(f.first)
	if t := n.tables[n.big-1]; 2*count >= len(t) {
		n.grow(f, 4*len(t))
	}
	t := n.tables[n.big-1]
	m := uint64(len(t)) - 1
	e.hash = maphash.Bytes(n.seed, n.text[e.from:e.from+e.size])
	at := e.hash & m
	for ; t[at] != 0; at = (at + 1) & m {
		if (t[at]^e.hash)>>32 != 0 {
			continue
		}
		if n.same(&n.entries[f.first+uint32(t[at])-1], e) { //nolint:gosec // the lower half is an index
			return false
		}
	}
	t[at] = slot(e.hash, count)
	return true
}

// drop forgets the names of an object.
func (n *names) drop(f *frame) {
	n.entries = n.entries[:f.first]
	n.text = n.text[:f.text]
	if f.big {
		n.big--
	}
}
