package exposure

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A few rules may stand for very many lines. They are not made, and count as the worst.
func TestManyLines(t *testing.T) {
	texts := func(n int, text string) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = strings.ReplaceAll(text, "N", string(rune('0'+i%10)))
		}
		return out
	}
	rule := map[string]any{
		"access": "Allow", "direction": "Inbound", "priority": "100", "protocol": "Tcp", "source_port_range": "*",
		"source_address_prefixes": texts(250, "10.0.0.N"), "destination_port_ranges": texts(250, "100N"), "destination_address_prefixes": texts(250, "10.N.0.0/16"),
	}
	rules := make([]any, 2000)
	for i := range rules {
		rules[i] = rule
	}
	tagged := map[string]any{"network": "n", "source_ranges": texts(20_000, "10.0.0.N"), "target_tags": texts(20_000, "tN"), "allow": []any{map[string]any{"protocol": "tcp", "ports": texts(20_000, "100N")}}}
	for typ, after := range map[string]map[string]any{
		"azurerm_network_security_group": {"resource_group_name": "rg", "name": "n", "security_rule": rules},
		"google_compute_firewall":        tagged,
		"hcloud_firewall":                {"id": "1", "rule": rules},
		"kubernetes_network_policy":      {"spec": []any{map[string]any{"ingress": rules, "pod_selector": rules}}},
	} {
		c := &tfvalue.Change{Type: typ, Address: typ + ".a", Config: typ + ".a", Action: checks.ActionCreate, After: after}
		start := time.Now()
		lines := otherExtractors()[typ](c, c.New())
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %s", typ, took)
		}
		if len(lines) > maxSpread {
			t.Errorf("%s: %d lines", typ, len(lines))
		}
		if typ == "azurerm_network_security_group" && (len(lines) != 3 || lines[1].Source.Kind != SourceUnknown) {
			t.Errorf("%s: %d lines", typ, len(lines))
		}
	}
}

// An ordinary big rule set is read.
func TestBigGroup(t *testing.T) {
	rules := make([]any, 300)
	for i := range rules {
		rules[i] = map[string]any{"access": "Allow", "direction": "Inbound", "protocol": "Tcp", "source_address_prefixes": []any{"10.0.0.1", "10.0.0.2"}, "destination_port_ranges": []any{"22", "443"}, "destination_address_prefix": "*", "destination_address_prefixes": []any{}}
	}
	tags := map[string]any{}
	for i := range 50 {
		tags[strings.Repeat("k", i+1)] = "v"
	}
	c := &tfvalue.Change{Type: "azurerm_network_security_group", Action: checks.ActionCreate, After: map[string]any{"resource_group_name": "rg", "name": "n", "tags": tags, "security_rule": rules}}
	if lines := otherExtractors()[c.Type](c, c.New()); len(lines) < 1200 {
		t.Errorf("%d lines", len(lines))
	}
}
