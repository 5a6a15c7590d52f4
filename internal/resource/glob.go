package resource

import (
	"fmt"
	"regexp"
	"strings"
)

// A glob of types is matched as the policy's other names are: "*" and "**" are any run
// of characters, "?" is one, "{a,b}" is either. It is matched in time that grows with
// glob and name only, because a plan may hold very many types of any name.

// globForm is what a glob of types may hold. Names of types hold no other
// characters, so that a slash or a bracket can only be a mistake.
var globForm = regexp.MustCompile(`^[A-Za-z0-9_*?{},-]{1,200}$`)

const (
	maxBraces = 2   // of one glob
	maxType   = 200 // bytes of a type; no provider has a longer one
)

// spread writes a glob without braces, as every glob it stands for.
func spread(g string) ([]string, error) {
	if !globForm.MatchString(g) || strings.Count(g, "{") > maxBraces {
		return nil, fmt.Errorf("%q is no name and no glob of resource types", g)
	}
	before, rest, ok := strings.Cut(g, "{")
	if !ok {
		if strings.ContainsAny(g, "},") {
			return nil, fmt.Errorf("%q has a comma or a brace too many", g)
		}
		return []string{g}, nil
	}
	inner, after, ok := strings.Cut(rest, "}")
	if !ok || strings.ContainsAny(inner, "{") || strings.ContainsAny(before, "},") {
		return nil, fmt.Errorf("the braces of %q do not fit", g)
	}
	tails := []string{""}
	if after != "" {
		var err error
		if tails, err = spread(after); err != nil {
			return nil, err
		}
	}
	var out []string
	for alternative := range strings.SplitSeq(inner, ",") {
		for _, tail := range tails {
			out = append(out, before+alternative+tail)
		}
	}
	return out, nil
}

func hasMeta(g string) bool { return strings.ContainsAny(g, "*?{") }

// glob reports whether a glob without braces matches a type. What is too long to be a
// type, or has a slash, is matched by none.
func glob(g, typ string) bool {
	if g == typ {
		return true
	}
	if len(typ) > maxType || strings.Contains(typ, "/") {
		return false
	}
	i, j := 0, 0
	star, back := -1, 0 // the last star, and where in typ it was tried last
	for j < len(typ) {
		switch {
		case i < len(g) && g[i] == '*':
			star, back = i, j
			i++
		case i < len(g) && (g[i] == '?' || g[i] == typ[j]):
			i, j = i+1, j+1
		case star >= 0:
			back++
			i, j = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(g[i:], "*") == ""
}
