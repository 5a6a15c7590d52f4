package tfsource

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Compare returns what changes between two commits in Terraform source and what no
// plan shows, sorted by path, line and kind. Both lists hold all relevant files of
// their commit, or at least all of every folder in which one changed and of the
// folders that these call.
//
// Never more than lim.MaxChanges are returned, and then one more that says how many
// were left out; of every kind the first ones are kept.
func Compare(base, head []File, lim Limits) (changes []checks.SourceChange) {
	lim = lim.withDefaults()
	// The scanner and the parser of HCL see hostile text in more places than parse. If
	// one of them panics nothing is known, and that is said.
	defer func() {
		if recover() != nil {
			changes = []checks.SourceChange{{Kind: checks.SourceUnreadable, Detail: failed}}
		}
	}()
	for _, files := range [][]File{base, head} {
		if len(files) > lim.MaxFiles {
			return []checks.SourceChange{{Kind: checks.SourceUnreadable, Detail: fmt.Sprintf("more than %d files: nothing was compared", lim.MaxFiles)}}
		}
	}
	b, h := newCommit(base, lim), newCommit(head, lim)
	work := lim.MaxWork
	compared := func(d dialect) *report {
		r := &report{seen: map[checks.SourceChange]bool{}}
		newComparison(newTree(b, d), newTree(h, d), r, &work).folders()
		return r
	}
	r := compared(terraform)
	if b.hasTofu() || h.hasTofu() {
		r = r.merged(compared(opentofu))
	}
	compareFiles(b, h, r)
	if work < 0 {
		r.add(checks.SourceChange{Kind: checks.SourceUnreadable, Detail: "more modules than are compared: what the others do is not known"})
	}
	return r.sorted(lim.MaxChanges)
}

const failed = "the comparison failed: what changed is not known"

func (c *commit) hasTofu() bool {
	for p := range c.files {
		if _, ext := splitName(p); strings.HasPrefix(ext, ".tofu") {
			return true
		}
	}
	return false
}

// compareFiles compares what stands in single files, and tells of those that cannot
// be read.
func compareFiles(base, head *commit, r *report) {
	used := base.usesTerragrunt() || head.usesTerragrunt()
	paths := slices.Concat(base.paths(), head.paths())
	slices.Sort(paths)
	for _, p := range slices.Compact(paths) {
		b, inBase := base.files[p]
		h, inHead := head.files[p]
		if inBase == inHead && bytes.Equal(b, h) {
			continue
		}
		format := formatOf(p)
		if format == formatHCL && !used {
			continue
		}
		switch format {
		case formatOpaque:
			compareOpaque(p, inBase, inHead, r)
			continue
		case formatCLI:
			compareCLI(p, base, head, r)
			continue
		case formatGit:
			compareSubmodules(p, base, head, r)
			continue
		}
		if inHead {
			if wrong := head.problem(p); wrong != nil {
				r.unreadable(p, wrong.line, wrong.why+": what it says is not known")
				continue
			}
		}
		if inBase {
			if wrong := base.problem(p); wrong != nil {
				r.unreadable(p, wrong.line, "before the change "+wrong.why+": what it said is not known")
				continue
			}
		}
		switch format {
		case formatLock:
			compareLock(p, base, head, r)
		case formatBackend:
			compareBackendFile(p, base, head, r)
		case formatTerragrunt, formatHCL:
			compareTerragrunt(p, base, head, r)
		}
	}
}

func (c *commit) usesTerragrunt() bool {
	for p := range c.files {
		if formatOf(p) == formatTerragrunt {
			return true
		}
	}
	return false
}

// report gathers changes.
type report struct {
	seen map[checks.SourceChange]bool
}

func (r *report) add(c checks.SourceChange) {
	c.Before, c.After = shorten(c.Before), shorten(c.After)
	r.seen[c] = true
}

// merged unites what the two programs would see. What only one sees says so.
func (r *report) merged(tofu *report) *report {
	out := &report{seen: map[checks.SourceChange]bool{}}
	for c := range r.seen {
		if !tofu.seen[c] {
			c.Detail = and(c.Detail, "so Terraform reads it, not OpenTofu")
		}
		out.seen[c] = true
	}
	for c := range tofu.seen {
		if !r.seen[c] {
			c.Detail = and(c.Detail, "so OpenTofu reads it, not Terraform")
			out.seen[c] = true
		}
	}
	return out
}

func (r *report) unreadable(path string, line int, why string) {
	r.add(checks.SourceChange{Kind: checks.SourceUnreadable, Path: checks.Path(path), Line: line, Detail: why})
}

func compareChanges(a, b checks.SourceChange) int {
	return cmp.Or(
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Address, b.Address),
		cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After),
	)
}

// sorted returns the changes in their order. Where there are too many, every kind
// gets its share, so that no number of harmless changes crowds out another kind.
func (r *report) sorted(most int) []checks.SourceChange {
	all := slices.SortedFunc(maps.Keys(r.seen), compareChanges)
	if len(all) <= most {
		return all
	}
	kinds := map[checks.SourceKind][]checks.SourceChange{}
	for _, c := range all {
		kinds[c.Kind] = append(kinds[c.Kind], c)
	}
	names := slices.Sorted(maps.Keys(kinds))
	kept := make([]checks.SourceChange, 0, most+1)
	for i := 0; len(kept) < most; i++ {
		for _, k := range names {
			if i < len(kinds[k]) && len(kept) < most {
				kept = append(kept, kinds[k][i])
			}
		}
	}
	slices.SortFunc(kept, compareChanges)
	return append(kept, checks.SourceChange{Kind: checks.SourceUnreadable, Detail: fmt.Sprintf("%d more changes are not shown", len(all)-len(kept))})
}

// shorten cuts a text that is shown.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// named lists names of arguments, as far as they are such and not text of any kind.
func named(paths []string) string {
	var out []string
	more := 0
	for _, p := range paths {
		if len(out) == maxNames || len(p) > 80 || !isName(p) {
			more++
			continue
		}
		out = append(out, p)
	}
	s := strings.Join(out, ", ")
	switch {
	case more > 0 && s == "":
		return fmt.Sprintf("%d arguments", more)
	case more > 0:
		return fmt.Sprintf("%s and %d more", s, more)
	}
	return s
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.', c == '[', c == ']':
		default:
			return false
		}
	}
	return s != ""
}

// address shortens foreign text that names a block.
func address(parts ...string) string { return shorten(strings.Join(parts, ".")) }
