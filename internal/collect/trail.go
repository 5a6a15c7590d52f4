package collect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// maxLinks is how many links one name may lead through; the kernel allows forty.
const maxLinks = 40

// trail lists the places in a work tree that a file name rests on, relative to its
// top and with slashes: the file itself, and every link on the way to it. Each of
// them could be the change's own. The name is walked as the kernel walks it, step by
// step, so that ".." behind a link leads where it really leads: read as text it
// would name another file than the one that is opened.
func trail(top, name string) []string {
	if top == "" || name == "" {
		return nil
	}
	at := string(filepath.Separator)
	if !filepath.IsAbs(name) {
		cwd, err := os.Getwd()
		if err != nil {
			return nil
		}
		if at, err = filepath.EvalSymlinks(cwd); err != nil {
			return nil
		}
	}
	var out []string
	note := func(path string) {
		if rel, err := filepath.Rel(top, path); err == nil && rel != "." && filepath.IsLocal(rel) && !slices.Contains(out, filepath.ToSlash(rel)) {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	steps := strings.Split(name, string(filepath.Separator))
	for links := 0; len(steps) > 0; {
		step := steps[0]
		steps = steps[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, step)
		target, err := os.Readlink(next)
		if err != nil { // no link
			if len(steps) == 0 {
				note(next)
			}
			at = next
			continue
		}
		note(next)
		if links++; links > maxLinks {
			return out
		}
		if filepath.IsAbs(target) {
			at = string(filepath.Separator)
		}
		steps = append(strings.Split(target, string(filepath.Separator)), steps...)
	}
	return out
}

// heads are the commits whose files are the change's: the one that is judged, and
// the one that is checked out, which can be newer.
func (c *collector) heads() []gitrepo.Commit {
	out := []gitrepo.Commit{c.head}
	if now, err := c.repo.Resolve(c.ctx, "HEAD"); err == nil && now.ID != c.head.ID && now.ID != c.base.ID {
		out = append(out, now)
	}
	return out
}
