package resource

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Kind says what an object really is, where its type is only a carrier: "PersistentVolumeClaim"
// of a kubernetes_manifest, "Microsoft.Sql/servers" of an azapi_resource,
// "AWS::RDS::DBInstance" of an aws_cloudcontrolapi_resource, the chart of a
// helm_release. It is the object before the plan, which is what a destroy would lose,
// and the one after it only where there was none. Empty when the type is no carrier,
// and when the kind is unknown, sensitive or no plain name. To judge, ask
// [Table.Carried], which sees sensitive kinds too.
func Kind(c *tfvalue.Change) string {
	k := carried(c)
	if k.sensitive {
		return ""
	}
	return k.shown
}

// Carried returns what is known of the object that a carrier carries, by its kind.
// The name is that of the type that stands for the kind elsewhere. It is false when
// the type is no carrier or nothing is known of the kind: then destroying it is a
// matter of review, whatever the carrier. What a helm_release installs is never
// known, and neither is what other kinds of carriers change in an object that is not
// theirs.
func (t *Table) Carried(c *tfvalue.Change) (Type, bool) {
	unknown := Type{Class: checks.ClassUnclassified}
	k := carried(c)
	list, err := kinds()
	if k.api == "" || err != nil {
		return unknown, false
	}
	target, ok := list[k.api][strings.ToLower(k.name)]
	if !ok {
		return unknown, false
	}
	if name, own := strings.CutPrefix(target, "kind "); own {
		if known, ok := t.of(k.api).kinds[name]; ok {
			return *known, true
		}
		return unknown, false
	}
	return t.Lookup(target)
}

// carrier is what a carrier says of its object.
type carrier struct {
	api       string // block of kinds.txt; empty: it is not looked up
	name      string // as kinds.txt has it
	shown     string
	sensitive bool
}

func carried(c *tfvalue.Change) carrier {
	if c == nil {
		return carrier{}
	}
	side := c.Old()
	if !side.Exists() {
		side = c.New()
	}
	switch c.Type {
	case "azapi_resource", "azapi_update_resource", "azapi_data_plane_resource", "azapi_resource_action":
		name, sensitive := text(side, "type")
		name, _, _ = strings.Cut(name, "@")
		k := carrier{name: name, shown: shown(name), sensitive: sensitive}
		if c.Type == "azapi_resource" { // the others only change an object, or none
			k.api = "azure"
		}
		return k
	case "aws_cloudcontrolapi_resource":
		name, sensitive := text(side, "type_name")
		return carrier{api: "aws", name: name, shown: shown(name), sensitive: sensitive}
	case "kubernetes_manifest":
		return kubernetes(side, "manifest.apiVersion", "manifest.kind")
	case "kubectl_manifest":
		if k := kubernetes(side, "api_version", "kind"); k.shown != "" {
			return k
		}
		return fromYAML(side)
	case "helm_release":
		name, sensitive := text(side, "chart")
		return carrier{shown: shown(name), sensitive: sensitive}
	}
	return carrier{}
}

func kubernetes(s tfvalue.Side, versionPath, kindPath string) carrier {
	version, hidden := text(s, versionPath)
	kind, sensitive := text(s, kindPath)
	return carrier{api: "kubernetes", name: groupOf(version) + "/" + kind, shown: shown(kind), sensitive: sensitive || hidden}
}

// groupOf is the group of an apiVersion: apps of apps/v1, core of v1. A kind of
// another group is another thing, though it has the same name.
func groupOf(version string) string {
	group, _, ok := strings.Cut(version, "/")
	switch {
	case version == "":
		return "?"
	case !ok:
		return "core"
	}
	return group
}

// maxManifest bounds how much of a manifest is looked through, in bytes.
const maxManifest = 1 << 20

// keyForm is a member at the top of a YAML document.
var keyForm = regexp.MustCompile(`^["']?([A-Za-z]+)["']?[ \t]*:(.*)$`)

// fromYAML finds the kind in the text of a manifest, when the provider does not
// tell it. It wants the plain form that manifests have; what is written another way,
// or says a kind twice, is not known.
func fromYAML(s tfvalue.Side) carrier {
	body, sensitive := text(s, "yaml_body")
	if len(body) > maxManifest {
		return carrier{}
	}
	found := map[string]string{}
	for l := range strings.Lines(body) {
		m := keyForm.FindStringSubmatch(strings.TrimRight(l, "\r\n"))
		if m == nil || m[1] != "kind" && m[1] != "apiVersion" {
			continue
		}
		value := strings.TrimSpace(m[2])
		if _, twice := found[m[1]]; twice || shown(strings.ReplaceAll(value, "/", "")) == "" {
			return carrier{}
		}
		found[m[1]] = value
	}
	if len(found) != 2 {
		return carrier{}
	}
	return carrier{api: "kubernetes", name: groupOf(found["apiVersion"]) + "/" + found["kind"], shown: shown(found["kind"]), sensitive: sensitive}
}

func text(s tfvalue.Side, path string) (value string, sensitive bool) {
	v, ok := s.At(path)
	t, isText := v.Text()
	if !ok || !isText || v.Unknown || len(t) > maxManifest {
		return "", v.Sensitive
	}
	return t, v.Sensitive
}

// nameForm is a kind that may be shown: what somebody hides in one is no kind.
var nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.:/_-]{0,99}$`)

func shown(name string) string {
	if !nameForm.MatchString(name) || strings.Contains(name, "://") {
		return ""
	}
	return name
}

var kinds = sync.OnceValues(func() (map[string]map[string]string, error) {
	b, err := data.ReadFile("data/kinds.txt")
	if err != nil {
		return nil, err
	}
	return parseKinds("kinds.txt", string(b))
})

// parseKinds returns the types by API and kind, the kind in lower case: Azure and AWS
// take them as they come.
func parseKinds(name, text string) (map[string]map[string]string, error) {
	bs, err := blocks(name, text)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for i := range bs {
		b := &bs[i]
		m := map[string]string{}
		for _, l := range b.lines {
			key := strings.ToLower(l.key)
			if l.deep || shown(l.key) == "" || m[key] != "" || !isType(strings.ToLower(strings.TrimPrefix(l.rest, "kind "))) {
				return nil, fmt.Errorf("%s:%d: %s is no kind, has no type or stands twice", name, l.n, l.key)
			}
			m[key] = l.rest
		}
		if len(m) == 0 || out[b.head] != nil {
			return nil, fmt.Errorf("%s:%d: %s has no kinds or stands twice", name, b.line, b.head)
		}
		out[b.head] = m
	}
	return out, nil
}
