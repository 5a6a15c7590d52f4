package tfsource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// locked is one provider of a dependency lock file.
type locked struct {
	line    int
	version string
	hashes  map[string]bool
	strange bool // the hashes cannot be read
}

func lockOf(b *body) (map[string]*locked, *problem) {
	out := map[string]*locked{}
	var wrong *problem
	b.each("provider", 1, func(x *block) {
		if out[x.labels[0]] != nil {
			wrong = &problem{x.line, "it locks a provider twice"}
			return
		}
		l := &locked{line: x.line, hashes: map[string]bool{}}
		if e, ok := x.body.args["version"]; ok {
			_, l.version = e.literal()
		}
		if e, ok := x.body.args["hashes"]; ok {
			list, ok := e.elements()
			l.strange = !ok
			for _, h := range list {
				k, s := h.literal()
				l.strange = l.strange || k != kindString
				l.hashes[s] = true
			}
		}
		out[x.labels[0]] = l
	})
	return out, wrong
}

// compareLock compares a dependency lock file. A provider is accepted when its
// version is the locked one and any of the hashes fits, so a hash that is added
// lets another program in, and without hashes anything is let in.
func compareLock(p string, base, head *commit, r *report) {
	_, inBase := base.files[p]
	_, inHead := head.files[p]
	if !inHead {
		if len(head.dirs[folder(p)]) > 0 || usesTerragruntIn(head, folder(p)) {
			r.add(checks.SourceChange{Kind: checks.SourceProvider, Path: checks.Path(p), Line: 1, Address: "lock file", Removed: true, Detail: "the lock file is gone: any version and any program is accepted"})
		}
		return
	}
	is, wrong := lockOf(head.readable(p))
	if wrong != nil {
		r.unreadable(p, wrong.line, wrong.why)
	}
	was := map[string]*locked{}
	if inBase {
		was, _ = lockOf(base.readable(p))
	}
	names := slices.Sorted(maps.Keys(was))
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(names, slices.Collect(maps.Keys(is))...)))) {
		x := checks.SourceChange{Kind: checks.SourceProvider, Path: checks.Path(p), Address: address("provider", name)}
		a, b := was[name], is[name]
		switch {
		case a == nil && !inBase:
			// A new file, perhaps of a root that was renamed.
			known := base.locks(name)[b.version]
			if known == nil || !b.strange && !stranger(known, b.hashes) {
				continue
			}
			x.Line, x.Before, x.After = b.line, b.version, b.version
			x.Detail = "the same version has other hashes than in another lock file of the repository"
		case a == nil:
			if official(name) || base.locks(name) != nil {
				continue
			}
			x.Line, x.After, x.Detail = b.line, b.version, "a provider that was not locked before: other code"
		case b == nil:
			x.Line, x.Before, x.Removed, x.Detail = a.line, a.version, true, "no longer locked: any version and any program is accepted, if it is still used"
		default:
			x.Line, x.Before, x.After = b.line, a.version, b.version
			if x.Detail = hashChange(a, b); x.Detail == "" {
				continue
			}
		}
		r.add(x)
	}
}

// hashChange says what differs between two locks of a provider, or nothing.
func hashChange(a, b *locked) string {
	added, gone := 0, 0
	for h := range b.hashes {
		if !a.hashes[h] {
			added++
		}
	}
	for h := range a.hashes {
		if !b.hashes[h] {
			gone++
		}
	}
	count := func(n int) string {
		if n == 1 {
			return "1 hash"
		}
		return fmt.Sprintf("%d hashes", n)
	}
	switch {
	case b.strange:
		return "the hashes cannot be read: what is accepted is not known"
	case len(b.hashes) == 0 && len(a.hashes) > 0:
		return "without hashes any program is accepted as this provider"
	case a.version != b.version:
		return "another version is locked"
	case added > 0 && gone > 0:
		return "the same version with other hashes: " + count(added) + " added, " + count(gone) + " gone. A version's programs do not change, so these are others"
	case added > 0:
		return "the same version with " + count(added) + " added: one more program is accepted. It is normal for another platform only"
	case gone > 0:
		return "the same version with " + count(gone) + " gone"
	}
	return ""
}

// stranger reports whether hashes cannot be those of the same programs. Those of
// kind zh are the registry's, one for each platform; of kind h1 there may be any.
func stranger(known, hashes map[string]bool) bool {
	common := false
	for h := range hashes {
		if strings.HasPrefix(h, "zh:") && !known[h] {
			return true
		}
		common = common || known[h]
	}
	return !common
}

// locks returns the hashes of a provider in all lock files of the commit, by version.
func (c *commit) locks(name string) map[string]map[string]bool {
	if c.locked == nil {
		c.locked = map[string]map[string]map[string]bool{}
		for _, p := range c.paths() {
			if formatOf(p) != formatLock {
				continue
			}
			if b := c.file(p); b != nil {
				all, _ := lockOf(b)
				for n, l := range all {
					if c.locked[n] == nil {
						c.locked[n] = map[string]map[string]bool{}
					}
					if c.locked[n][l.version] == nil {
						c.locked[n][l.version] = map[string]bool{}
					}
					maps.Copy(c.locked[n][l.version], l.hashes)
				}
			}
		}
	}
	return c.locked[name]
}

// readable is file for one that was found readable.
func (c *commit) readable(p string) *body {
	if b := c.file(p); b != nil {
		return b
	}
	return &body{}
}

func usesTerragruntIn(c *commit, dir string) bool {
	for _, name := range []string{"terragrunt.hcl", "terragrunt.hcl.json"} {
		if dir != "" {
			name = dir + "/" + name
		}
		if _, ok := c.files[name]; ok {
			return true
		}
	}
	return false
}
