package privilege

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const errYAML = unread("it is not plain YAML")

// maxYAML bounds a YAML text. Anchors are refused, since a few of them can stand for
// a whole world of values.
const maxYAML = 256 << 10

// readYAML reads a text that is one YAML document into the values that JSON has.
func readYAML(text string) (any, error) {
	if len(text) > maxYAML || flowDepth(text) > maxNesting {
		return nil, errTooLarge
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	var n, more yaml.Node
	if err := d.Decode(&n); err != nil {
		return nil, errYAML
	}
	if d.Decode(&more) == nil {
		return nil, errAfterEnd // a second document
	}
	left := maxTokens
	return yamlValue(&n, 0, &left)
}

// flowDepth is how deep brackets are nested at most, and indentation could be.
func flowDepth(text string) int {
	deep, most := 0, 0
	for _, c := range []byte(text) {
		switch c {
		case '[', '{', '(':
			deep++
			most = max(most, deep)
		case ']', '}', ')':
			deep = max(deep-1, 0)
		}
	}
	return most
}

func yamlValue(n *yaml.Node, depth int, left *int) (any, error) {
	if *left--; *left < 0 || depth > maxNesting || n.Anchor != "" {
		return nil, errYAML
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return nil, errYAML
		}
		return yamlValue(n.Content[0], depth+1, left)
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			v, err := yamlValue(c, depth+1, left)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.Value == "<<" {
				return nil, errYAML
			}
			if _, twice := out[k.Value]; twice {
				return nil, errTwice
			}
			v, err := yamlValue(n.Content[i+1], depth+1, left)
			if err != nil {
				return nil, err
			}
			out[k.Value] = v
		}
		return out, nil
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil, nil //nolint:nilnil // null
		}
		return n.Value, nil
	}
	return nil, errYAML
}

// kubectlManifest judges an object whose manifest is a text.
func kubectlManifest(j *judge) {
	read := func(s tfvalue.Side) (side tfvalue.Side, known bool, err error) {
		if !s.Exists() {
			return tfvalue.Side{}, true, nil
		}
		v, ok := s.At("yaml_body")
		t, isText := v.Text()
		if !ok || v.Unknown || !isText {
			return tfvalue.Side{}, !v.Unknown, errShape
		}
		m, err := readYAML(t)
		if err != nil {
			return tfvalue.Side{}, true, err
		}
		sensitive := any(nil)
		if j.hidden("yaml_body") {
			sensitive = map[string]any{"manifest": true}
		}
		return tfvalue.Side{Root: map[string]any{"manifest": m}, Sensitive: sensitive}, true, nil
	}
	old, _, errOld := read(j.old)
	now, known, err := read(j.new)
	switch {
	case !known:
		j.say(checks.ConsequenceGrantUnknown, "yaml_body", said{note: "it says what the object is", unknown: true, needs: []string{"yaml_body"}})
		return
	case err != nil || errOld != nil:
		if err == nil {
			err = errOld
		}
		if !sameTexts(j.old.All("yaml_body"), j.new.All("yaml_body")) && j.new.Exists() {
			j.say(checks.ConsequenceGrantUnknown, "yaml_body", said{note: unreadable("the manifest", err)})
		}
		return
	}
	j.old, j.new, j.marks = old, now, nil
	manifest(j)
}

// awsAuth judges the table that says which roles of AWS are whom in a cluster of EKS.
func awsAuth(name, data string) func(*judge) {
	return func(j *judge) {
		s := j.new
		if !s.Exists() {
			s = j.old
		}
		if n, known := j.only(s, name); known && n != "aws-auth" {
			return
		}
		read := func(s tfvalue.Side) (out grants, err error) {
			for _, table := range []string{"mapRoles", "mapUsers", "mapAccounts"} {
				v, found := s.At(data + "." + table)
				if !found {
					continue
				}
				t, isText := v.Text()
				if !isText || v.Unknown {
					out.role = true
					continue
				}
				doc, errText := readYAML(t)
				list, isList := doc.([]any)
				switch {
				case strings.TrimSpace(t) == "":
					continue
				case errText != nil:
					err = errText
				case !isList && doc != nil:
					err = errShape
				}
				for _, e := range list {
					if account, ok := e.(string); ok {
						out.list = append(out.list, grant{who: account, role: "account"})
						continue
					}
					m, _ := e.(map[string]any)
					who, _ := m["rolearn"].(string)
					if who == "" {
						who, _ = m["userarn"].(string)
					}
					groups, _ := texts(m["groups"])
					for _, g := range groups {
						if len(out.list) < maxGrants {
							out.list = append(out.list, grant{who: who, role: g})
						}
					}
				}
			}
			return out, err
		}
		was, errWas := read(j.old)
		is, err := read(j.new)
		if is.role {
			j.say(checks.ConsequenceGrantUnknown, data, said{note: "it says who gets into the cluster", unknown: true, needs: []string{top(data)}})
			is.role, is.partial = false, true
		}
		if err == nil && j.new.Exists() {
			err = errWas
		}
		if err != nil {
			is.partial = true
			if !sameTexts(j.old.All(data), j.new.All(data)) {
				j.say(checks.ConsequenceGrantUnknown, data, said{note: unreadable("the table of who gets into the cluster", err)})
			}
		}
		b := binding{who: data, role: data, exclusive: true, grade: func(_ *judge, g grant) grade {
			if g.role == "system:masters" {
				return grade{checks.ConsequenceGrantAdmin, "the group that no check holds back"}
			}
			return grade{checks.ConsequenceGrantWider, "a principal of AWS gets into the cluster"}
		}}
		b.compare(j, was, is)
	}
}
