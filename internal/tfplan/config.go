package tfplan

import "strings"

// configuration is what is kept of the plan's configuration: which attributes of
// network resources somebody set, and which resources have provisioners.
// Addresses are those of the configuration, without instance keys.
type configuration struct {
	resources   map[string]configured // network resources
	provisioned map[string]bool
	opentofu    bool
}

// configured are the attributes that have an expression, and the resource that
// security_group_id refers to.
type configured struct {
	attributes map[string]bool
	group      string
}

func newConfiguration() configuration {
	return configuration{resources: map[string]configured{}, provisioned: map[string]bool{}}
}

// sets reports whether somebody set one of the attributes. A resource that the
// configuration does not have is taken as set: that is the worse case.
func (c *configuration) sets(resource string, attributes ...string) bool {
	k, ok := c.resources[resource]
	if !ok {
		return true
	}
	for _, a := range attributes {
		if k.attributes[a] {
			return true
		}
	}
	return false
}

func (r *reader) configuration() error {
	return r.object(configMembers, func(name string) error {
		switch name {
		case "root_module":
			return r.configModule("")
		case "provider_config":
			return r.object(nil, func(string) error {
				return r.object(nil, func(name string) error {
					if name != "full_name" || r.d.PeekKind() != '"' {
						return r.skip()
					}
					s, err := r.str()
					r.config.opentofu = r.config.opentofu || strings.HasPrefix(s, "registry.opentofu.org")
					return err
				})
			})
		}
		return r.skip()
	})
}

func (r *reader) configModule(path string) error {
	return r.object(configMembers, func(name string) error {
		switch name {
		case "resources":
			return r.list(func() error { return r.configResource(path) })
		case "module_calls":
			return r.object(nil, func(call string) error {
				return r.object(configMembers, func(name string) error {
					if name != "module" {
						return r.skip()
					}
					return r.configModule(path + "module." + call + ".")
				})
			})
		}
		return r.skip()
	})
}

func (r *reader) configResource(path string) error {
	var addr, mode, typ string
	k := configured{attributes: map[string]bool{}}
	provisioned := false
	err := r.object(configMembers, func(name string) (err error) {
		switch name {
		case "address":
			addr, err = r.str()
		case "mode":
			mode, err = r.str()
		case "type":
			typ, err = r.str()
		case "provisioners":
			n := 0
			err = r.count(&n)
			provisioned = n > 0
		case "expressions":
			err = r.expressions(&k)
		default:
			err = r.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(addr) > maxAddress {
		return r.at("a configured resource whose address is too long")
	}
	if provisioned {
		r.config.provisioned[path+addr] = true
	}
	if exposes(typ) && mode != modeData {
		if len(r.config.resources) >= r.lim.MaxKept {
			return r.at("more configured network resources than the limit")
		}
		r.config.resources[path+addr] = k
	}
	return nil
}

// expressions notes which of the attributes that matter have one. They may be a
// list, of nested blocks, or null.
func (r *reader) expressions(k *configured) error {
	if r.d.PeekKind() != '{' {
		return r.skip()
	}
	return r.object(nil, func(name string) error {
		if !networkAttributes[name] {
			return r.skip()
		}
		k.attributes[name] = true
		if name != "security_group_id" || r.d.PeekKind() != '{' {
			return r.skip()
		}
		return r.object(nil, func(name string) error {
			if name != "references" {
				return r.skip()
			}
			return r.list(func() error {
				if r.d.PeekKind() != '"' {
					return r.skip()
				}
				s, err := r.str()
				if err == nil && k.group == "" {
					k.group = referenced(s)
				}
				return err
			})
		})
	})
}

// referenced returns the security group that a reference such as
// aws_security_group.web[0].id names, as a configuration address in its module.
func referenced(ref string) string {
	for _, t := range []string{typeGroup, typeDefaultGroup} {
		rest, ok := strings.CutPrefix(ref, t+".")
		if !ok {
			continue
		}
		if n := strings.IndexAny(rest, ".["); n >= 0 {
			rest = rest[:n]
		}
		if rest != "" {
			return t + "." + rest
		}
	}
	return ""
}

var networkAttributes = nameSet(`ingress egress cidr_blocks ipv6_cidr_blocks cidr_ipv4 cidr_ipv6
	prefix_list_ids prefix_list_id security_group_id`)
