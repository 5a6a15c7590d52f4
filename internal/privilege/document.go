package privilege

import (
	"strings"
)

// The dimensions of a statement. A request is one action on one resource by one
// principal; Kubernetes needs a fourth, which is everything elsewhere.
const (
	dimAction = iota
	dimResource
	dimPrincipal
	dimName
	dimensions
)

// A statement allows or denies what is in each of its dimensions, if its
// conditions hold.
type statement struct {
	deny bool
	dims [dimensions]set
	when []clause
}

// A document is the statements of one or more policies.
type document struct {
	statements []statement
	partial    bool // there is more, which is not known
	cut        bool // there is more, which is too much

	// The one AWS account that its principals are of, once it was looked for.
	owner             string
	oneOwner, counted bool
}

// account is the AWS account of all principals that have one; false when there are
// several, or none.
func (d *document) account() (string, bool) {
	if d.counted {
		return d.owner, d.oneOwner
	}
	d.counted = true
	for i := range d.statements {
		for k := range d.statements[i].dims[dimPrincipal].list {
			of, _, ok := awsPrincipal(d.statements[i].dims[dimPrincipal].list[k].text)
			switch {
			case !ok:
			case d.owner == "":
				d.owner, d.oneOwner = of, true
			case d.owner != of:
				d.oneOwner = false
				return "", false
			}
		}
	}
	return d.owner, d.oneOwner
}

func (d *document) part(deny bool) []statement {
	var out []statement
	for i := range d.statements {
		if d.statements[i].deny == deny {
			out = append(out, d.statements[i])
		}
	}
	return out
}

const maxStatements = 16_384

// readPolicy adds the statements of an AWS policy document, or one of the same
// grammar. An element that the grammar does not have is an error: what it would
// mean is not known.
//
// Source: IAM user guide, "Grammar of the IAM JSON policy language".
func (d *document) readPolicy(text string, vars names) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	v, err := readJSON(text)
	if err != nil {
		return err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return errShape
	}
	if m, err = fold(m); err != nil {
		return err
	}
	for k := range m {
		switch k {
		case "version", "id", "statement":
		default:
			return errElement
		}
	}
	if version, _ := m["version"].(string); version == "2008-10-17" || m["version"] == nil {
		vars = nil // the older grammar has no variables
	}
	list, isList := m["statement"].([]any)
	if !isList && m["statement"] != nil {
		list = []any{m["statement"]}
	}
	if len(list)+len(d.statements) > maxStatements {
		return errTooLarge
	}
	for _, e := range list {
		s, err := readStatement(e, vars)
		if err != nil {
			return err
		}
		d.statements = append(d.statements, s)
	}
	return nil
}

func readStatement(v any, vars names) (statement, error) {
	s := statement{dims: [dimensions]set{dimName: everything, dimResource: everything, dimPrincipal: everything, dimAction: everything}}
	m, ok := v.(map[string]any)
	if !ok {
		return s, errStatement
	}
	m, err := fold(m)
	if err != nil {
		return s, err
	}
	switch m["effect"] {
	case "Allow":
	case "Deny":
		s.deny = true
	default:
		return s, errStatement
	}
	for _, k := range sortedKeys(m) {
		dim, not := dimAction, false
		switch k {
		case "sid", "effect":
			continue
		case "condition":
			if s.when, err = readConditions(m[k], vars); err != nil {
				return s, err
			}
			continue
		case "action":
		case "notaction":
			not = true
		case "resource":
			dim = dimResource
		case "notresource":
			dim, not = dimResource, true
		case "principal":
			dim = dimPrincipal
		case "notprincipal":
			dim, not = dimPrincipal, true
		default:
			return s, errElement
		}
		if !not && m["not"+k] != nil {
			return s, errStatement // both: which one counts is not known
		}
		out := set{not: not}
		if dim == dimPrincipal {
			if out.list, err = readPrincipals(m[k]); err != nil {
				return s, err
			}
			s.dims[dim] = out
			continue
		}
		values, err := texts(m[k])
		if err != nil {
			return s, err
		}
		for _, t := range values {
			if dim == dimAction {
				p := glob(strings.ToLower(t), nil)
				p.text = t
				out.list = append(out.list, p)
			} else {
				out.list = append(out.list, arnGlob(t, vars))
			}
		}
		s.dims[dim] = out
	}
	return s, nil
}

// readPrincipals reads who a statement is about. A principal is written as its kind
// and its name; an AWS account stands for all that is in it.
//
// Source: IAM user guide, "AWS JSON policy elements: Principal".
func readPrincipals(v any) ([]pattern, error) {
	if m, ok := v.(map[string]any); ok {
		m, err := fold(m)
		if err != nil {
			return nil, err
		}
		var out []pattern
		for _, kind := range sortedKeys(m) {
			values, err := texts(m[kind])
			if err != nil {
				return nil, err
			}
			for _, t := range values {
				out = append(out, principal(kind, t))
			}
		}
		return out, nil
	}
	values, err := texts(v)
	if err != nil {
		return nil, err
	}
	var out []pattern
	for _, t := range values {
		out = append(out, principal("aws", t))
	}
	return out, nil
}

func principal(kind, text string) pattern {
	if text == "*" {
		return pattern{text: "*", runes: []rune{star}} // whatever the kind: the worst
	}
	p := glob(kind+":"+text, nil)
	if kind == "aws" {
		account, rest, ok := awsPrincipal(text)
		switch {
		case ok && rest == "root":
			p = glob("aws:"+account+":*", nil)
		case ok:
			p = glob("aws:"+account+":"+rest, nil)
		}
	}
	p.text = text
	return p
}

// awsPrincipal takes a principal apart into its account and what it is there.
func awsPrincipal(text string) (account, rest string, ok bool) {
	if len(text) == 12 && strings.Trim(text, "0123456789") == "" {
		return text, "root", true
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return "", "", false
	}
	return parts[4], parts[5], true
}
