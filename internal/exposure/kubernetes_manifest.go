package exposure

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	maxYAML      = 1 << 20 // bytes of a manifest; more are not read
	maxDocuments = 100     // in one manifest
	maxNodes     = 100_000
	maxYAMLDepth = 64
)

// snake writes the names of a manifest as the provider's own resources have them:
// ipBlock is ip_block there. Names with an underscore mean nothing to Kubernetes and
// are left out, so that they hide no real one. Labels and annotations stay.
func snake(v any, depth int) any {
	if depth > maxYAMLDepth {
		return nil // nothing that is looked at is so deep
	}
	switch t := v.(type) {
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = snake(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			switch {
			case k == "labels" || k == "annotations":
				out[k] = e
			case k == "matchLabels":
				out["match_labels"] = e
			case !strings.Contains(k, "_"):
				out[snakeName(k)] = snake(e, depth+1)
			}
		}
		return out
	}
	return v
}

func snakeName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// kubernetesManifest reads a manifest that is an object of the plan. Of a kind that is
// not known nobody knows what it opens.
func kubernetesManifest(attribute string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		return kubernetesObject(c, s, func(s tfvalue.Side) []Line {
			l := Line{Sensitive: marked(c, attribute)}
			v, ok := s.At(attribute)
			if !ok {
				return nil
			}
			if _, isObject := v.Value.(map[string]any); v.Unknown || !isObject {
				return []Line{everything(Owner{}, "ingress").unknown(attribute)}
			}
			side := tfvalue.Side{Root: snakeObject(v.Value)}
			if m, ok := s.Unknown.(map[string]any); ok {
				side.Unknown = snake(m[attribute], 0)
			}
			return manifestLines(root(side), l)
		})
	}
}

func snakeObject(v any) map[string]any {
	m, _ := snake(v, 0).(map[string]any)
	return m
}

// manifestLines reads one object by its kind.
func manifestLines(f fields, l Line) []Line {
	kind, ok := f("kind")
	text, isText := kind.Text()
	switch {
	case kind.Unknown || ok && !isText:
		return []Line{everything(Owner{}, "ingress").unknown()}
	case text == "Service" && strings.Contains(f.word("api_version"), "/"):
		return nil // not Kubernetes' own: a Knative service, for one
	case text == "NetworkPolicy" && !strings.HasPrefix(f.word("api_version"), "networking.k8s.io/") && !strings.HasPrefix(f.word("api_version"), "extensions/"):
		return nil
	}
	return kubernetesLines(text, f, l)
}

// kubernetesYAML reads a manifest that is a text.
func kubernetesYAML(attribute string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		return kubernetesObject(c, s, func(s tfvalue.Side) []Line {
			v, ok := s.At(attribute)
			if !ok {
				return nil
			}
			worst := everything(Owner{}, "ingress").unknown(attribute)
			text, isText := v.Text()
			if v.Unknown || !isText {
				return []Line{worst}
			}
			objects, err := manifests(text)
			if err != nil {
				worst.Needs = nil
				return []Line{worst}
			}
			var out []Line
			for _, o := range objects {
				out = append(out, manifestLines(root(tfvalue.Side{Root: snakeObject(o)}), Line{Sensitive: marked(c, attribute)})...)
			}
			return out
		})
	}
}

var errManifest = errors.New("read manifest")

// manifests reads the objects in a text of YAML. Anchors are refused: a manifest needs
// none, and they make a little text a lot.
func manifests(text string) ([]map[string]any, error) {
	if len(text) > maxYAML || brackets(text) > maxYAMLDepth {
		return nil, errManifest
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	nodes := 0
	var out []map[string]any
	for {
		var n yaml.Node
		err := d.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil || len(out) == maxDocuments:
			return nil, errManifest
		}
		v, err := plain(&n, 0, &nodes)
		if err != nil {
			return nil, err
		}
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		} else if v != nil {
			return nil, errManifest
		}
	}
}

// brackets is how deep flow collections are nested at most: the parser of YAML takes
// its time over deep ones.
func brackets(text string) int {
	deep, most := 0, 0
	for _, c := range []byte(text) {
		switch c {
		case '[', '{':
			deep++
			most = max(most, deep)
		case ']', '}':
			deep = max(deep-1, 0)
		}
	}
	return most
}

// plain turns YAML into values as a plan has them.
func plain(n *yaml.Node, depth int, nodes *int) (any, error) {
	if *nodes++; depth > maxYAMLDepth || *nodes > maxNodes || n.Anchor != "" {
		return nil, errManifest
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return plain(n.Content[0], depth+1, nodes)
		}
		return nil, nil
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if _, twice := m[k.Value]; twice || k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
				return nil, errManifest
			}
			v, err := plain(n.Content[i+1], depth+1, nodes)
			if err != nil {
				return nil, err
			}
			m[k.Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			v, err := plain(e, depth+1, nodes)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return nil, nil
		case "!!bool":
			return strings.EqualFold(n.Value, "true"), nil
		case "!!int", "!!float":
			return json.Number(n.Value), nil
		}
		return n.Value, nil
	}
	return nil, errManifest
}
