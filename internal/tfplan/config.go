package tfplan

import (
	"github.com/claw-verified/claw-verified/internal/jsonstream"

	"bytes"
	"slices"
	"strings"
)

// configuration is what is kept of the plan's configuration, for the resources that
// something happens to. Addresses are those of the configuration, without instance
// keys.
type configuration struct {
	resources map[string]configured
	defaults  map[string]digest   // of the variables of the root module
	wanted    map[string]struct{} // places in the configuration of what changes; filled before, as a rule
	all       bool                // the configuration came first: everything is kept
	opentofu  bool
}

// configured is one resource of the configuration.
type configured struct {
	attributes   map[string][]string // that have an expression, with the resources it refers to
	provider     string
	provisioners []string // types
	programs     digest   // of the provisioners as a whole
}

func newConfiguration() configuration {
	return configuration{resources: map[string]configured{}, defaults: map[string]digest{}, wanted: map[string]struct{}{}}
}

// Sets implements tfvalue.Configuration.
func (c *configuration) Sets(resource string, attributes ...string) bool {
	k, ok := c.resources[resource]
	if !ok {
		return true
	}
	for _, a := range attributes {
		if _, ok := k.attributes[a]; ok {
			return true
		}
	}
	return false
}

// References implements tfvalue.Configuration.
func (c *configuration) References(resource, attribute string) []string {
	return c.resources[resource].attributes[attribute]
}

func (r *reader) configuration() error {
	r.config.all = !r.names["resource_changes"]
	return r.object(configMembers, func(name string) error {
		switch name {
		case "root_module":
			return r.configModule("")
		case "provider_config":
			return r.object(nil, func(string) error {
				return r.object(nil, func(name string) error {
					if name != "full_name" {
						return r.skip()
					}
					s, err := r.text()
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
		case "variables":
			if path != "" {
				return r.skip()
			}
			return r.object(nil, r.configVariable)
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

func (r *reader) configVariable(name string) error {
	if len(r.config.defaults) >= r.lim.MaxKept {
		return r.at("more variables than the limit")
	}
	return r.object(nil, func(member string) error {
		if member != "default" {
			return r.skip()
		}
		d, err := r.digest()
		r.config.defaults[cut(name, maxText)] = d
		return err
	})
}

func (r *reader) configResource(path string) error {
	var addr, mode string
	k := configured{}
	var w *writer
	at := path
	err := r.hot(func(name []byte) (err error) {
		switch string(name) {
		case "address":
			if addr, err = r.str(); len(addr) > maxAddress {
				return r.at("a configured resource whose address is too long")
			}
			at = path + addr
		case "mode":
			mode, err = r.word()
		case "provider_config_key":
			k.provider, err = r.word()
			k.provider = cut(k.provider, maxText)
		case "provisioners":
			w = newWriter()
			err = r.configProvisioners(&k, w)
		case "expressions":
			if !r.config.keeps(at) {
				return r.skip()
			}
			err = r.expressions(&k)
		default:
			err = r.other(name, configMembers)
		}
		return err
	})
	if err != nil || mode == modeData || !r.config.keeps(at) {
		return err
	}
	if len(r.config.resources) >= r.lim.MaxKept {
		return r.at("more configured resources than the limit")
	}
	if len(k.provisioners) > 0 {
		k.programs = w.sum()
	}
	r.config.resources[at] = k
	return nil
}

// keeps reports whether a resource matters. Both tools write the address before the
// expressions; where one does not, nothing is left out.
func (c *configuration) keeps(addr string) bool {
	if c.all || addr == "" || strings.HasSuffix(addr, ".") {
		return true
	}
	_, ok := c.wanted[addr]
	return ok
}

// configProvisioners keeps the types, and a digest of everything.
func (r *reader) configProvisioners(k *configured, w *writer) error {
	return r.list(func() error {
		v, err := r.value()
		if err != nil {
			return err
		}
		var x any
		room := r.lim.MaxTokens
		if !r.walker.decode(v, &x, &room) {
			return r.at("a provisioner with too many elements")
		}
		w.value(x)
		typ := "unknown"
		if m, ok := x.(map[string]any); ok {
			if s, ok := m["type"].(string); ok && isWord(s, "_-") {
				typ = s
			}
		}
		if len(k.provisioners) < maxPaths {
			k.provisioners = append(k.provisioners, typ)
		}
		return nil
	})
}

// expressions notes which attributes have one, and what it refers to. They may be a
// list, of nested blocks, or null.
func (r *reader) expressions(k *configured) error {
	k.attributes = map[string][]string{}
	if r.s.Kind() != '{' {
		return r.skip()
	}
	return r.object(nil, func(name string) error {
		if len(k.attributes) >= maxAttributes {
			return r.at("a configured resource with too many attributes")
		}
		v, err := r.value()
		if err != nil {
			return err
		}
		k.attributes[name] = references(v)
		return nil
	})
}

// references finds what an expression, or the nested blocks it holds, refers to:
// resources, as their configuration address in the module.
func references(v []byte) []string {
	if !bytes.Contains(v, []byte(`"references"`)) {
		return nil
	}
	var out []string
	var walk func(v []byte, depth int)
	walk = func(v []byte, depth int) {
		if depth > 30 || len(out) >= maxPaths {
			return
		}
		_ = jsonstream.Elements(v, func(e []byte) error { walk(e, depth+1); return nil })
		_ = jsonstream.Members(v, func(name, x []byte) error {
			if string(name) != "references" {
				walk(x, depth+1)
				return nil
			}
			return jsonstream.Elements(x, func(e []byte) error {
				s, _ := jsonstream.Unquote(e)
				if ref := referenced(s); ref != "" && !slices.Contains(out, ref) && len(out) < maxPaths {
					out = append(out, ref)
				}
				return nil
			})
		})
	}
	walk(v, 0)
	return out
}

// referenced returns the resource that a reference such as
// aws_security_group.web[0].id names: aws_security_group.web.
func referenced(ref string) string {
	if len(ref) > maxAddress {
		return ""
	}
	typ, rest, ok := strings.Cut(ref, ".")
	if !ok || !strings.Contains(typ, "_") {
		return ""
	}
	if n := strings.IndexAny(rest, ".["); n >= 0 {
		rest = rest[:n]
	}
	if rest == "" {
		return ""
	}
	return typ + "." + rest
}
