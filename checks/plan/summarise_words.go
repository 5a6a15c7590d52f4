package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Bounds of the few words that say what decides.
const (
	maxTexts = 3   // reasons that are told of one object
	maxText  = 120 // characters of one name in them
)

// cut bounds a foreign name in characters.
func cut(s string) string {
	n := 0
	for i := range s {
		if n == maxText {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// names lists the first names, bounded.
func names(list []string, n, more int) string {
	shown := make([]string, 0, n)
	for _, s := range list[:min(n, len(list))] {
		shown = append(shown, cut(s))
	}
	text := strings.Join(shown, ", ")
	if more += len(list) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// changeWords say why an object goes and what goes with it: "lost: database;
// identifier forces it".
func changeWords(c *checks.Change) string {
	switch c.Action {
	case checks.ActionForget:
		return "left unmanaged"
	case checks.ActionReplaceForget:
		return "the old one is left unmanaged"
	case checks.ActionDelete, checks.ActionReplace:
	case checks.ActionNoOp, checks.ActionCreate, checks.ActionRead, checks.ActionUpdate:
		return ""
	default:
		return "an action that is not known"
	}
	var parts []string
	if c.Class == checks.ClassStateful {
		loses := c.Loses
		if n := strings.IndexAny(loses, ";,"); n >= 0 { // how far it goes is told by the finding
			loses = loses[:n]
		}
		if loses == "" {
			parts = append(parts, "its data is lost")
		} else {
			parts = append(parts, "lost: "+cut(strings.TrimSuffix(loses, ".")))
		}
	}
	if r := reasonWords(c); r != "" {
		parts = append(parts, r)
	}
	return strings.Join(parts, "; ")
}

func reasonWords(c *checks.Change) string {
	switch n := len(c.ReplacePaths); {
	case len(c.Causes) > 0:
		return "because of " + names(c.Causes, 1, 0)
	case n == 1:
		return cut(c.ReplacePaths[0]) + " forces it"
	case n > 1:
		return names(c.ReplacePaths, 2, 0) + " force it"
	}
	switch c.Reason {
	case "replace_because_tainted":
		return "tainted"
	case "replace_by_request":
		return "asked for with -replace"
	case "replace_by_triggers":
		return "replace_triggered_by forces it"
	case "delete_because_no_resource_config", "delete_because_no_module":
		return "no longer in the configuration"
	case "delete_because_wrong_repetition", "delete_because_count_index", "delete_because_each_key", "delete_because_enabled_false":
		return "no longer in count or for_each"
	case "delete_because_no_move_target":
		return "moved to where no configuration is"
	}
	return ""
}

// exposureWords say what is opened to whom: "tcp 22 (SSH) from the internet".
func exposureWords(e *checks.Exposure) string {
	towards := " from "
	if e.Direction != "ingress" {
		towards = " to "
	}
	var who string
	switch {
	case e.Unknown && e.Source != "":
		who = cut(e.Source)
	case e.Unknown:
		who = "a source known only after apply"
		if e.Direction != "ingress" {
			who = "what is known only after apply"
		}
	case e.World:
		who = "the internet"
	case e.Sensitive || e.Source == "":
		who = "a sensitive source"
	default:
		who = cut(e.Source)
		if n := len(e.Sources); n > 1 {
			who += fmt.Sprintf(" and %d more", n-1)
		}
	}
	return ports(e) + towards + who
}

func ports(e *checks.Exposure) string {
	if e.Hidden {
		return "sensitive ports"
	}
	switch every := e.FromPort == 0 && e.ToPort == 65535; {
	case e.Protocol == "all" && every:
		return "every port"
	case e.Protocol == "icmp" || e.Protocol == "icmpv6":
		return e.Protocol
	case e.Protocol != "tcp" && e.Protocol != "udp" && e.Protocol != "all":
		return "IP protocol " + cut(e.Protocol)
	case every:
		return "every " + e.Protocol + " port"
	case e.FromPort != e.ToPort:
		return fmt.Sprintf("%s %d-%d", e.Protocol, e.FromPort, e.ToPort)
	}
	s := fmt.Sprintf("%s %d", e.Protocol, e.FromPort)
	if list := services(e.Protocol, e.FromPort, e.ToPort); len(list) == 1 {
		s += " (" + list[0] + ")"
	}
	return s
}

// consequenceWords say what decides: "deletion_protection true -> false",
// "iam:PassRole and 2 more".
func consequenceWords(c *checks.Consequence) string {
	attribute, before, after := cut(c.Attribute), cut(c.Before), cut(c.After)
	var text string
	switch {
	case attribute == "":
	case before != "" && after != "":
		text = attribute + " " + before + " -> " + after
	case c.Unknown:
		text = attribute + " known only after apply"
	case after != "":
		text = attribute + " " + after
	case before != "":
		text = attribute + " was " + before
	default:
		text = attribute
	}
	if what := names(c.What, 2, c.More); len(c.What) > 0 {
		switch {
		case text == "" || before == "" && after == "" && strings.HasPrefix(string(c.Kind), "grant-"):
			text = what // the name of the attribute that holds a policy says nothing
		default:
			text += ": " + what
		}
	}
	switch c.Kind {
	case checks.ConsequenceGrantPublic, checks.ConsequenceGrantAdmin: // "*" alone says little
		if text != "" {
			text = verdicts[c.Kind] + ": " + text
		}
	}
	if text == "" {
		text = verdicts[c.Kind]
	}
	if c.Sensitive {
		text += " (sensitive)"
	}
	return text
}
