package policy

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Locate fills in the lines of differences by the text of the later policy. What the
// text does not hold, because it was taken away or goes by a default now, is given the
// line of the nearest key around it; a text that cannot be read leaves all as it is.
func Locate(list []Difference, text string) {
	r := &reader{}
	root := r.load(text)
	if root == nil || r.wrong() {
		return
	}
	lines := map[string]int{}
	places(lines, "", root)
	for i := range list {
		for path := list[i].Path; path != "" && list[i].Line == 0; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
			list[i].Line = lines[path]
		}
	}
}

// places notes where each path of a [Difference] stands.
func places(lines map[string]int, path string, n *yaml.Node) {
	if len(path) > maxString {
		return // no policy is as deep
	}
	note := func(path string, n *yaml.Node) {
		if _, ok := lines[path]; !ok {
			lines[path] = n.Line
		}
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			if path == "deploy" {
				name = foldName(name)
			}
			at := join(path, clip(name))
			note(at, n.Content[i])
			places(lines, at, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			at := path + "[" + strconv.Itoa(i) + "]"
			note(at, e)
			if id := valueOf(e, "id"); id != e {
				at = join(path, clip(id.Value))
				note(at, id)
			}
			places(lines, at, e)
		}
	case yaml.ScalarNode:
		note(path+"["+clip(n.Value)+"]", n)
		// An entry of a list is found by what it holds.
		if list := strings.LastIndex(path, "["); list > 0 && strings.HasSuffix(path, "]") {
			note(path[:list]+"["+clip(n.Value)+"]", n)
		}
	}
}
