package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	classes "github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Protocols and ports that the plan marks sensitive are judged and not shown: of them
// only one thing is told, whether an administration port is among them.

// portsMarked reports whether the plan marks a protocol or a port of a resource
// sensitive, before or after: by itself, with the rule that it stands in, or with the
// document that the rules are written in.
func portsMarked(c *tfvalue.Change) bool {
	return markedPorts(c.BeforeSensitive, c.Before, "", 0) || markedPorts(c.AfterSensitive, c.After, "", 0)
}

func markedPorts(mask, value any, name string, depth int) bool {
	if depth > maxYAMLDepth {
		return tfvalue.Marked(mask)
	}
	switch m := mask.(type) {
	case bool:
		return m && (namesPort(name) || holdsPorts(value, name, depth))
	case map[string]any:
		values, _ := value.(map[string]any)
		for k, e := range m {
			if markedPorts(e, values[k], k, depth+1) {
				return true
			}
		}
	case []any:
		values, _ := value.([]any)
		for i, e := range m {
			var v any
			if i < len(values) {
				v = values[i]
			}
			if markedPorts(e, v, name, depth+1) {
				return true
			}
		}
	}
	return false
}

// holdsPorts reports whether a value has a protocol or a port in it.
func holdsPorts(value any, name string, depth int) bool {
	if depth > maxYAMLDepth {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		for k, e := range v {
			if e != nil && namesPort(k) || holdsPorts(e, k, depth+1) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if holdsPorts(e, name, depth+1) {
				return true
			}
		}
	case string:
		switch name {
		case "body", "sensitive_body", "desired_state", "yaml_body", "manifest":
			return v != "" // a document
		}
	}
	return false
}

// namesPort reports whether an attribute is a protocol or a port: "from_port",
// "ip_protocol", "destinationPortRanges", "icmp_type".
func namesPort(name string) bool {
	for word := range strings.SplitSeq(snakeName(name), "_") {
		switch strings.ToLower(word) {
		case "port", "ports", "proto", "protocol", "protocols", "icmp":
			return true
		}
	}
	return false
}

// hidePorts marks the fragments of one direction of a rule set whose ports would tell
// those of a resource that has them hidden. What a fragment tells of ports are its two
// ends, and an end comes from the ends of lines; so the ports of a rule beside a hidden
// one are hidden only if they begin or end where those do.
func (s *Set) hidePorts(g *group, d direction, fs []*fragment) {
	type whole struct{ proto, from, to int32 }
	cuts, wholes := map[int32]bool{}, map[whole]bool{}
	for _, bs := range [][]box{g.before, g.after} {
		for i := range bs {
			if b := &bs[i]; b.dir == d && s.resources[b.res].hidden {
				cuts[b.from], cuts[b.to+1] = true, true
				wholes[whole{b.proto, b.from, b.to}] = true
			}
		}
	}
	delete(cuts, 0)
	delete(cuts, maxPort+1)
	for _, f := range fs {
		f.hidden = s.resources[f.res].hidden || cuts[f.from] || cuts[f.to+1] || wholes[whole{f.proto, f.from, f.to}]
	}
}

// hide takes the protocol and the ports out of a fact.
func hide(e *checks.Exposure, f *fragment) {
	e.Hidden = true
	switch e.Protocol {
	case "tcp", "udp", anyProtocol:
		e.Admin = len(classes.Services(int(f.from), int(f.to), true)) > 0
	}
	e.Protocol, e.FromPort, e.ToPort = "", 0, 0
}
