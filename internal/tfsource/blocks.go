package tfsource

// openBlocks returns the kinds of blocks of which it has to be evaluated how many a
// resource has: dynamic blocks at any depth, and arguments that stand for blocks and
// are not written out.
func openBlocks(b *body) map[string]bool {
	open := map[string]bool{}
	var descend func(b *body)
	descend = func(b *body) {
		for _, x := range b.blocks {
			if x.kind == "dynamic" && len(x.labels) == 1 {
				open[x.labels[0]] = true
			}
			descend(&x.body)
		}
		for name, e := range b.args {
			e.open(name, open)
		}
	}
	descend(b)
	if len(open) == 0 {
		return nil
	}
	return open
}

// open notes an argument that could be a list of blocks. In JSON dynamic blocks are
// arguments too.
func (e expr) open(name string, open map[string]bool) {
	if e.json != nil {
		e.json.open(name, open)
		return
	}
	if k, _ := e.literal(); k != kindOther {
		return
	}
	_, list := e.elements()
	_, object := e.fields()
	if !list && !object {
		open[name] = true
	}
}

func (n *node) open(name string, open map[string]bool) {
	switch n.kind {
	case '"':
		if _, plain := plainTemplate(n.text); !plain {
			open[name] = true
		}
	case '[':
		for _, x := range n.list {
			x.open(name, open)
		}
	case '{':
		for _, m := range n.members {
			if name == "dynamic" {
				open[m.name] = true
			}
			m.value.open(m.name, open)
		}
	}
}
