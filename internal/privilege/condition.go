package privilege

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A clause is one line of a condition: an operator, a key and values of which one
// must match. All clauses of a statement must hold.
type clause struct {
	operator string // lower case, without the two below
	each     string // "forallvalues", "foranyvalue" or nothing
	ifExists bool   // holds where the request has no such key
	key      string // lower case
	values   []pattern
}

// readConditions reads the conditions of a statement.
//
// Source: IAM user guide, "IAM JSON policy elements: Condition operators". Keys and
// operators are not told apart by letter case.
func readConditions(v any, vars names) ([]clause, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errStatement
	}
	m, err := fold(m)
	if err != nil {
		return nil, err
	}
	var out []clause
	for _, op := range sortedKeys(m) {
		keys, ok := m[op].(map[string]any)
		if !ok {
			return nil, errStatement
		}
		if keys, err = fold(keys); err != nil {
			return nil, err
		}
		for _, key := range sortedKeys(keys) {
			values, err := texts(keys[key])
			if err != nil {
				return nil, err
			}
			c := clause{key: key}
			c.operator = op
			if each, rest, ok := strings.Cut(c.operator, ":"); ok {
				c.each, c.operator = each, rest
			}
			c.operator, c.ifExists = strings.CutSuffix(c.operator, "ifexists")
			switch c.operator { // two names of one operator
			case "arnequals":
				c.operator = "arnlike"
			case "arnnotequals":
				c.operator = "arnnotlike"
			}
			for _, t := range values {
				switch c.operator {
				case "stringlike", "stringnotlike":
					c.values = append(c.values, glob(t, vars))
				case "arnlike", "arnnotlike":
					c.values = append(c.values, arnGlob(t, vars))
				case "stringequalsignorecase", "stringnotequalsignorecase", "bool":
					p := literal(strings.ToLower(t))
					p.text = t
					c.values = append(c.values, p)
				default:
					c.values = append(c.values, literal(t))
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// negative reports whether the values are those that must not match.
func (c *clause) negative() bool {
	return strings.Contains(c.operator, "not") || c.operator == "null"
}

// implies reports whether whatever passes c passes d too. False may be wrong, true
// never is.
func (c *clause) implies(d *clause, w *work) bool {
	if !w.take(1) || c.key != d.key || c.each != d.each || c.ifExists && !d.ifExists {
		return false
	}
	if c.operator != d.operator {
		// An exact text, where a pattern was.
		if d.operator != "stringlike" || c.operator != "stringequals" {
			return false
		}
	}
	switch {
	case len(c.values) == 0 || len(d.values) == 0:
		return len(c.values) == len(d.values)
	case c.operator == "null":
		return eachWithin(c.values, d.values, w) && eachWithin(d.values, c.values, w)
	case c.operator == "notipaddress":
		return prefixesWithin(d.values, c.values, w)
	case c.negative():
		return eachWithin(d.values, c.values, w)
	case c.operator == "ipaddress":
		return prefixesWithin(c.values, d.values, w)
	case strings.HasPrefix(c.operator, "numeric") || strings.HasPrefix(c.operator, "date"):
		if eachWithin(c.values, d.values, w) {
			return true
		}
		return bounded(c.operator, c.values, d.values)
	}
	return eachWithin(c.values, d.values, w)
}

// implied reports whether whatever passes all of some clauses passes all of others.
func implied(by, of []clause, w *work) bool {
	for i := range of {
		found := false
		for j := range by {
			if by[j].implies(&of[i], w) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// bounded compares the limits of two clauses of one value each.
func bounded(operator string, c, d []pattern) bool {
	if len(c) != 1 || len(d) != 1 {
		return false
	}
	x, okX := limit(operator, c[0].text)
	y, okY := limit(operator, d[0].text)
	if !okX || !okY {
		return false
	}
	switch {
	case strings.Contains(operator, "lessthan"):
		return x <= y
	case strings.Contains(operator, "greaterthan"):
		return x >= y
	}
	return false
}

func limit(operator, text string) (float64, bool) {
	if strings.HasPrefix(operator, "date") {
		t, err := time.Parse(time.RFC3339, text)
		return float64(t.Unix()), err == nil
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && f == f
}

func prefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func prefixesWithin(small, large []pattern, w *work) bool {
	for _, q := range small {
		sub, ok := prefix(q.text)
		found := false
		for _, p := range large {
			if !w.take(1) {
				return false
			}
			if p.text == q.text {
				found = true
			} else if super, okP := prefix(p.text); ok && okP && super.Bits() <= sub.Bits() && super.Contains(sub.Addr()) {
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// The condition keys that say who asks, or on whose behalf. The others say how, or
// can be set by whoever asks, as the referrer can.
//
// Source: Amazon S3 user guide, "The meaning of public"; IAM user guide, "AWS global
// condition context keys".
var (
	whoKeys = map[string]bool{
		"aws:sourcevpce": true, "aws:sourcevpc": true, "aws:principalorgid": true, "aws:principalorgpaths": true,
		"aws:principalaccount": true, "aws:sourceaccount": true, "aws:sourceorgid": true, "aws:sourceorgpaths": true,
		"aws:sourceowner": true, "aws:userid": true, "kms:calleraccount": true, "s3:dataaccesspointaccount": true,
		"aws:vpcesourceaccount": true, "aws:vpceaccount": true, "aws:vpceorgid": true,
	}
	whoARNKeys = map[string]bool{
		"aws:sourcearn": true, "aws:principalarn": true, "s3:dataaccesspointarn": true,
		"elasticfilesystem:accesspointarn": true,
	}
)

// limits reports whether the clause really says who may, so that everybody is not
// meant. One that passes when the key is missing, or whose values leave it open,
// does not.
func (c *clause) limits() bool {
	if c.ifExists || c.each == "forallvalues" || len(c.values) == 0 {
		return false
	}
	switch c.operator {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnlike":
	case "ipaddress":
		return c.key == "aws:sourceip" && fewAddresses(c.values)
	case "bool":
		return c.key == "elasticfilesystem:accessedviamounttarget" && len(c.values) == 1 && strings.EqualFold(c.values[0].text, "true")
	default:
		return false
	}
	if !whoKeys[c.key] && !whoARNKeys[c.key] {
		return false
	}
	for _, v := range c.values {
		if whoARNKeys[c.key] && !ownedARN(v.text) || !whoARNKeys[c.key] && !definite(v.text) {
			return false
		}
	}
	return true
}

// definite reports whether a value names one account, organisation or network. A
// variable may be the asker's own.
func definite(text string) bool {
	if text == "" || strings.Contains(text, "${") {
		return false
	}
	wild := strings.IndexAny(text, "*?")
	if wild < 0 {
		return true
	}
	return strings.HasPrefix(text, "o-") && strings.Contains(text[:wild], "/")
}

// ownedARN reports whether an ARN says in whose account the thing is. The names of
// buckets are unique by themselves.
func ownedARN(text string) bool {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || strings.Contains(text, "${") {
		return false
	}
	if parts[2] == "s3" && parts[4] == "" {
		return parts[5] != "" && !strings.ContainsAny(parts[5], "*?")
	}
	return parts[4] != "" && !strings.ContainsAny(parts[4], "*?")
}

// fewAddresses reports whether networks are a small part of the internet: less than
// a quarter, however it is cut.
func fewAddresses(values []pattern) bool {
	share := 0.0
	for _, v := range values {
		p, ok := prefix(v.text)
		if !ok {
			return false
		}
		part := 1.0
		for range min(p.Bits(), 60) {
			part /= 2
		}
		share += part
	}
	return share < 0.25
}

// limited reports whether one of the clauses limits who may.
func limited(when []clause) bool {
	for i := range when {
		if when[i].limits() {
			return true
		}
	}
	return false
}
