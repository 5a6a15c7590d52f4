package policy

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// maxPath is the longest path that is matched, in bytes; Linux opens none longer.
const maxPath = 4096

// GateFile reports whether a changed path decides how changes are judged, by the
// built-in list, by gate_files or because the policy refers to it (see
// [Policy.TrustFiles]). path is raw bytes, as git stores it. A pattern that names a
// folder covers what is in it. A path that cannot be matched counts as a gate file.
//
// The folder of attestations is none: who may sign decides, not who may write there.
func (p *Policy) GateFile(path string) bool {
	return MatchPath(p.GateFiles, path) || p.isTrustFile(path)
}

// NeedsPlan reports whether a change of this path needs a Terraform plan; where
// plan.require is always, every path does. A path that cannot be matched does.
func (p *Policy) NeedsPlan(path string) bool {
	return p.Plan.Require != PlanWhenChanged || MatchPath(p.Plan.Paths, path)
}

// MatchPath reports whether one of the globs matches a path of the repository, or
// a folder above it. "*" and "?" stay within one part of the path, "**" spans
// parts. Matching is by raw bytes: a newline or a byte that is not UTF-8 is a
// character like any other. What no glob can be held against — an empty path, one
// of more than 4096 bytes, one with an empty, "." or ".." part, which git does not
// store — matches always.
func MatchPath(globs []string, path string) bool {
	if path == "" || len(path) > maxPath || strings.Contains(path, "\x00") {
		return true
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return true
		}
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		if ok, err := doublestar.Match(g, path); ok || err != nil {
			return true // a bad glob is refused by Parse; should one come here, it protects
		}
		return !strings.HasSuffix(g, "**") && doublestar.MatchUnvalidated(g+"/**", path)
	})
}

// MatchName reports whether a glob matches a name that is no path: a rule id, a
// resource address, the subject of a finding. "*" and "**" match any run of
// characters, "/" and "." among them; "{a,b}" matches either. Square brackets
// stand for themselves, because addresses hold them: aws_instance.web[0]. A name
// also matches when it is spelt exactly like the glob. A glob that is not valid
// matches nothing else.
func MatchName(glob, name string) bool {
	if glob == name {
		return true
	}
	ok, err := doublestar.Match(flatGlob(glob), strings.ReplaceAll(name, "/", "\x01"))
	return ok && err == nil
}

// flatGlob takes from a glob what belongs to paths: the separator and classes.
func flatGlob(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '\\':
			b.WriteByte(c)
			if i++; i < len(glob) {
				b.WriteByte(glob[i])
			}
		case '[', ']':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '/':
			b.WriteByte('\x01')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func validPathGlob(s string) bool { return smallGlob(s) && doublestar.ValidatePattern(s) }
func validNameGlob(s string) bool { return smallGlob(s) && doublestar.ValidatePattern(flatGlob(s)) }

// smallGlob bounds what matching costs: alternatives are tried in every
// combination.
func smallGlob(s string) bool { return len(s) <= maxGlob && strings.Count(s, "{") <= maxBraces }

// Environment is what a deployment to a GitHub environment needs. The case of the
// letters of a name does not matter. An environment that the policy does not list
// needs nothing of its own.
func (p *Policy) Environment(name string) (Environment, bool) {
	e, ok := p.Deploy[foldName(name)]
	return e, ok
}

// Team lists the ids of the people in a team of the policy, and nobody for a team
// it does not declare. GitHub teams (org/team) are not known here.
func (p *Policy) Team(name string) []string { return slices.Clone(p.Teams[name]) }

// Person finds a person by id. The pointer is into the policy: it is not to be
// changed.
func (p *Policy) Person(id string) (*Person, bool) {
	for i := range p.People {
		if p.People[i].ID == id && id != "" {
			return &p.People[i], true
		}
	}
	return nil, false
}
