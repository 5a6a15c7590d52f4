package jsonstream

// shapes remembers the sequences of member names that objects had, as a tree: a
// node is a name that follows the names on the way to it. Most objects of a plan
// have the names of an earlier one, in the same order. Such an object is known by
// comparing each name with the one that came next last time; its names are not
// looked at otherwise, because those of one way are known to be plain and to
// differ from each other.
//
// It only ever makes things faster: what is accepted does not depend on it. It is
// bounded, learns a name only when it comes up for the second time, so that the
// keys of large maps do not fill it, and when it is full the rest is read without.
type shapes struct {
	nodes []node
	text  []byte   // the names, each with the quote and the colon that follow it
	table []uint32 // nodes by hash; 0 is free
	seen  []uint32 // what came up once: parts of hashes
}

// node is one name after others. Node 0 is none, node 1 the empty beginning.
type node struct {
	hash   uint64 // of the parent and the name
	parent uint32
	hot    uint32 // the name that followed last
	sub    uint32 // the first name of the last object that was within the value of this name
	text   uint32 // where the name begins in shapes.text
	bytes  uint16 // of all names on the way, this one included
	size   uint8  // of the name, with the quote and the colon
	depth  uint8  // how many names are on the way
}

const (
	root = 1

	maxNodes  = 16 << 10
	maxPath   = 64  // names of one object
	maxName   = 120 // bytes of one name
	maxProbes = 8   // slots that are looked at, so that names made to collide cost no more
	seenSize  = 4 << 10
)

// shape gives an object that was just opened the beginning of all shapes, unless
// the limits are near: the names of a shape are not counted against them one by
// one. A scanner of one small text has none, since nothing comes again.
func (s *Scanner) shape(f *frame) {
	if len(s.shapes.nodes) > root && s.lim.Members-int64(f.outer) >= maxPath && s.lim.Value-int64(f.outerText) >= maxPath*maxName {
		f.shape, f.next = root, s.shapes.nodes[f.ctx].sub
	}
}

func newShapes() shapes {
	return shapes{nodes: make([]node, root+1, 512), table: make([]uint32, 1024), seen: make([]uint32, seenSize)}
}

func (h *shapes) name(k uint32) []byte {
	d := &h.nodes[k]
	return h.text[d.text : d.text+uint32(d.size)-2]
}

// match returns the index after the colon if the name of node k stands at b[i:],
// followed by its quote and a colon; otherwise 0.
func (h *shapes) match(b []byte, i int, k uint32) int {
	d := &h.nodes[k]
	e := i + int(d.size)
	if e <= len(b) && string(b[i:e]) == string(h.text[d.text:d.text+uint32(d.size)]) {
		return e
	}
	return 0
}

// step goes on by a name, which has no escapes and that cheap
// hash, and reports whether it could. If not, the name may be a second one or just
// one that was not learnt.
func (h *shapes) step(f *frame, name []byte, hash uint64) bool {
	p := f.shape
	hash = (hash ^ uint64(p)) * 0x9E3779B97F4A7C15
	hash ^= hash >> 29
	m := uint64(len(h.table)) - 1
	at := hash & m
	for n := 0; ; n, at = n+1, (at+1)&m {
		if n == maxProbes {
			return false
		}
		k := h.table[at]
		if k == 0 {
			if k = h.learn(p, name, hash); k == 0 {
				return false
			}
			h.table[at] = k
			h.follow(f, k)
			h.grow()
			return true
		}
		if d := &h.nodes[k]; d.hash == hash && d.parent == p && string(h.name(k)) == string(name) {
			h.follow(f, k)
			return true
		}
	}
}

// follow makes k the place of the object, and what is tried first next time.
func (h *shapes) follow(f *frame, k uint32) {
	if f.shape == root {
		h.nodes[f.ctx].sub = k
	} else {
		h.nodes[f.shape].hot = k
	}
	f.shape, f.next = k, h.nodes[k].hot
}

// learn makes a node, or returns 0.
func (h *shapes) learn(p uint32, name []byte, hash uint64) uint32 {
	mark := uint32(hash>>32) | 1
	if s := &h.seen[hash%seenSize]; *s != mark {
		*s = mark
		return 0
	}
	up := h.nodes[p]
	if len(h.nodes) >= maxNodes || len(name) > maxName || up.depth >= maxPath {
		return 0
	}
	for k := p; k != root; k = h.nodes[k].parent {
		if string(h.name(k)) == string(name) {
			return 0
		}
	}
	h.nodes = append(h.nodes, node{
		hash: hash, parent: p, text: uint32(len(h.text)), //nolint:gosec // bounded by maxNodes * maxName
		bytes: up.bytes + uint16(len(name)), size: uint8(len(name) + 2), depth: up.depth + 1, //nolint:gosec // bounded by maxName
	})
	h.text = append(append(h.text, name...), '"', ':')
	return uint32(len(h.nodes) - 1) //nolint:gosec // bounded by maxNodes
}

// grow makes the table larger when it is half full.
func (h *shapes) grow() {
	if 2*len(h.nodes) < len(h.table) {
		return
	}
	h.table = make([]uint32, 2*len(h.table))
	m := uint64(len(h.table)) - 1
	for k := root + 1; k < len(h.nodes); k++ {
		at := h.nodes[k].hash & m
		for n := 0; n < maxProbes; n, at = n+1, (at+1)&m {
			if h.table[at] == 0 {
				h.table[at] = uint32(k) //nolint:gosec // bounded by maxNodes
				break
			}
		}
	}
}

// leave gives up on shapes for an object: its names so far are noted one by one.
func (s *Scanner) leave(f *frame) {
	var way [maxPath]uint32
	n := 0
	for k := f.shape; k != root; k = s.shapes.nodes[k].parent {
		way[n] = k
		n++
	}
	f.shape, f.next = 0, 0
	for n--; n >= 0; n-- {
		name := s.shapes.name(way[n])
		from := len(s.names.text)
		s.names.text = append(s.names.text, name...)
		s.names.add(f, from, cheapOf(name))
	}
}

// member notes the name between the quotes at i and j, which has no escapes.
func (s *Scanner) member(f *frame, i, j int) error {
	name := s.buf[i+1 : j]
	hash := cheapAt(s.buf, i+1, len(name))
	if f.shape != 0 {
		if s.shapes.step(f, name, hash) {
			return nil
		}
		s.leave(f)
	}
	from := len(s.names.text)
	s.names.text = append(s.names.text, name...)
	return s.note(f, from, hash, i, j)
}
