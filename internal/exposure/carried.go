package exposure

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Resources that carry an object of a cloud's own API in a document: the rules in it
// are written as the provider's resource of that kind has them, and read by the same
// extractor. What is of a kind of rules and is not read so counts as an unknown
// source, as long as the document is not the one that was there before.
func carriedExtractors() map[string]extract {
	return map[string]extract{
		"aws_cloudcontrolapi_resource": carried("type_name", "desired_state", awsKind),
		"azapi_resource":               carried("type", "body", azureKind),
		"azapi_update_resource":        carried("type", "body", azureKind),
	}
}

// kindOf finds how an object of a kind is read: rewrite makes attributes of its
// document; rules says that it is about who may connect.
type kindOf func(kind string) (x extract, rewrite func(doc map[string]any, f fields) map[string]any, rules bool)

func carried(kindName, document string, find kindOf) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		out := []Line{{}}
		kind, ok := f(kindName)
		text, isText := kind.Text()
		if !ok || !isText || kind.Unknown {
			if ok && kind.Unknown {
				out = append(out, everything(Owner{}, "ingress").unknown(kindName))
			}
			return out
		}
		x, rewrite, rules := find(strings.ToLower(text))
		if !rules {
			return nil
		}
		l := everything(Owner{}, "ingress")
		l.Sensitive = marked(c, document, "sensitive_body")
		v, ok := f(document)
		doc, read := documentOf(v)
		switch {
		case v.Partly() || f.has("sensitive_body"):
			return append(out, l.unknown())
		case !ok:
			return out
		case x == nil || !read || ambiguous(doc, 0):
			// The same document is the same source.
			sum := sha256.Sum256([]byte(jsonText(v.Value)))
			l.Source = Source{Kind: SourceNamed, Name: "(unread) document " + hex.EncodeToString(sum[:])}
			return append(out, l)
		}
		inner := &tfvalue.Change{Address: c.Address, Type: c.Type, Action: c.Action, After: rewrite(doc, f)}
		if l.Sensitive {
			inner.AfterSensitive = true
		}
		return append(out, settle(x)(inner, tfvalue.Side{Root: inner.After})...)
	}
}

// documentOf reads a document that is an object of the plan or a text of JSON.
func documentOf(v tfvalue.Value) (map[string]any, bool) {
	if m, ok := v.Value.(map[string]any); ok {
		return m, true
	}
	text, ok := v.Text()
	if !ok || len(text) > maxYAML || brackets(text) > maxYAMLDepth {
		return nil, false
	}
	// A name that is there twice is read by some as the first and by some as the last.
	d := jsontext.NewDecoder(strings.NewReader(text))
	if _, err := d.ReadValue(); err != nil {
		return nil, false
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	var m map[string]any
	j := json.NewDecoder(strings.NewReader(text))
	j.UseNumber()
	if j.Decode(&m) != nil || m == nil {
		return nil, false
	}
	return m, true
}

func awsKind(kind string) (extract, func(map[string]any, fields) map[string]any, bool) {
	name := map[string]string{
		"aws::ec2::securitygroup": "awscc_ec2_security_group", "aws::ec2::securitygroupingress": "awscc_ec2_security_group_ingress", "aws::ec2::securitygroupegress": "awscc_ec2_security_group_egress",
	}[kind]
	if name == "" {
		switch kind {
		case "aws::ec2::networkaclentry", "aws::ec2::route", "aws::ec2::prefixlist", "aws::networkfirewall::rulegroup", "aws::rds::dbsecuritygroup", "aws::rds::dbsecuritygroupingress",
			"aws::redshift::clustersecuritygroupingress", "aws::elasticache::securitygroupingress", "aws::workspaces::ipgroup":
			return nil, nil, true
		}
		return nil, nil, false
	}
	return shapes()[name].extract, func(doc map[string]any, f fields) map[string]any {
		m, _ := awsSnake(doc, 0).(map[string]any)
		if id := f.word("id"); strings.HasPrefix(id, "sg-") && m["group_id"] == nil {
			m["group_id"] = id
		}
		return m
	}, true
}

// awsSnake writes the names of AWS' own API as the provider made of it has them.
func awsSnake(v any, depth int) any {
	if depth > maxYAMLDepth {
		return nil
	}
	switch t := v.(type) {
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = awsSnake(e, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			name := strings.TrimPrefix(snakeName(k), "_")
			if k == "CidrIpv6" {
				name = "cidr_ipv_6"
			}
			out[name] = awsSnake(e, depth+1)
		}
		return out
	}
	return v
}

func azureKind(kind string) (extract, func(map[string]any, fields) map[string]any, bool) {
	kind, _, _ = strings.Cut(kind, "@")
	switch {
	case kind == "microsoft.network/networksecuritygroups":
		return azureGroup, func(doc map[string]any, f fields) map[string]any {
			var rules []any
			list, _ := member(properties(doc), "securityRules").([]any)
			for _, r := range list {
				m, _ := r.(map[string]any)
				rules = append(rules, azureSnake(m))
			}
			group, _ := azureParent(f.word("parent_id"))
			return map[string]any{"resource_group_name": group, "name": f.word("name"), "security_rule": rules}
		}, true
	case kind == "microsoft.network/networksecuritygroups/securityrules":
		return azureRule, func(doc map[string]any, f fields) map[string]any {
			m := azureSnake(doc)
			m["resource_group_name"], m["network_security_group_name"] = azureParent(f.word("parent_id"))
			return m
		}, true
	case strings.HasSuffix(kind, "/firewallrules"):
		what := "firewall of " + kind
		return func(c *tfvalue.Change, s tfvalue.Side) []Line {
				return azureRange(what, "parent_id", "start_ip_address", "end_ip_address")(c, s)
			}, func(doc map[string]any, f fields) map[string]any {
				m := azureSnake(doc)
				for _, end := range []string{"start", "end"} {
					if m[end+"_ip_address"] == nil {
						m[end+"_ip_address"] = m[end+"_i_p"] // startIP, of a Redis cache
					}
				}
				m["parent_id"] = f.word("parent_id")
				return m
			}, true
	}
	for _, rules := range []string{
		"microsoft.network/azurefirewalls", "microsoft.network/firewallpolicies/", "microsoft.network/routetables", "microsoft.network/ipgroups",
		"microsoft.network/networkmanagers/securityadminconfigurations/", "microsoft.network/networksecurityperimeters/profiles/accessrules",
	} {
		if strings.HasPrefix(kind, rules) {
			return nil, nil, true
		}
	}
	return nil, nil, false
}

// ambiguous reports whether a name is in a document in two letter cases: of two readers
// one may see the first and one the other.
func ambiguous(v any, depth int) bool {
	if depth > maxYAMLDepth {
		return true
	}
	switch t := v.(type) {
	case []any:
		return slices.ContainsFunc(t, func(e any) bool { return ambiguous(e, depth+1) })
	case map[string]any:
		seen := make(map[string]bool, len(t))
		for k, e := range t {
			if k = strings.ToLower(k); seen[k] || ambiguous(e, depth+1) {
				return true
			}
			seen[k] = true
		}
	}
	return false
}

// member finds a name in any letter case, as Azure does.
func member(m map[string]any, name string) any {
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

func properties(doc map[string]any) map[string]any {
	m, _ := member(doc, "properties").(map[string]any)
	return m
}

// azureSnake writes the properties of an object as the provider has them.
func azureSnake(doc map[string]any) map[string]any {
	out := map[string]any{}
	p := properties(doc)
	for _, name := range []string{
		"access", "direction", "priority", "protocol", "sourceAddressPrefix", "sourceAddressPrefixes", "destinationAddressPrefix", "destinationAddressPrefixes",
		"sourcePortRange", "sourcePortRanges", "destinationPortRange", "destinationPortRanges", "startIpAddress", "endIpAddress", "startIP", "endIP",
	} {
		if v := member(p, name); v != nil {
			out[snakeName(name)] = v
		}
	}
	for _, end := range []string{"source", "destination"} {
		groups, _ := member(p, end+"ApplicationSecurityGroups").([]any)
		var ids []any
		for _, g := range groups {
			m, _ := g.(map[string]any)
			ids = append(ids, member(m, "id"))
		}
		if ids != nil {
			out[end+"_application_security_group_ids"] = ids
		}
	}
	return out
}

// azureParent returns the resource group in an identifier, in lower case, and the last
// name in it.
func azureParent(id string) (group, name string) {
	parts := strings.Split(id, "/")
	for i, p := range parts {
		if p == "resourcegroups" && i+1 < len(parts) {
			group = parts[i+1]
		}
	}
	return group, parts[len(parts)-1]
}
