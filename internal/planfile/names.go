package planfile

import "github.com/claw-verified/claw-verified/internal/zipname"

// names are the entry names seen so far, folded so that names which are one on a
// file system without letter case are one here too.
type names struct{ seen map[string]bool }

func newNames(n int) *names { return &names{seen: make(map[string]bool, n)} }

// add returns why a name is refused; empty when it is not.
func (n *names) add(name string, flags uint16) string {
	if why := zipname.Wrong(name, flags&flagUTF8 != 0); why != "" {
		return "an entry whose name " + why
	}
	key := zipname.Fold(name)
	if n.seen[key] {
		return "two entries have this name, or differ only in letter case"
	}
	n.seen[key] = true
	return ""
}
