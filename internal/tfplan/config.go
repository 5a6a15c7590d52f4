package tfplan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// configuration is what is kept of the plan's configuration, for the resources that
// something happens to. Addresses are those of the configuration, without instance
// keys.
type configuration struct {
	resources map[string]configured
	alike     map[string][]string // lists of attributes: most resources of a type have the same
	defaults  map[string]digest   // of the variables of the root module
	providers digest              // of the settings of all providers
	depends   bool                // they refer to something, such as a variable
	room      int                 // bytes of names and references that may still be kept
	wanted    map[string]struct{} // places in the configuration of what changes; filled before, as a rule
	all       bool                // the configuration came first: everything is kept
	opentofu  bool
}

// configured is one resource of the configuration.
type configured struct {
	attributes   []string            // that have an expression, sorted
	references   map[string][]string // of those that have any: the resources they refer to
	provider     string
	provisioners []string // types
	programs     digest   // of the provisioners as a whole
}

func newConfiguration() configuration {
	return configuration{room: maxConfigText, resources: map[string]configured{}, alike: map[string][]string{}, defaults: map[string]digest{}, wanted: map[string]struct{}{}}
}

// Sets implements tfvalue.Configuration.
func (c *configuration) Sets(resource string, attributes ...string) bool {
	k, ok := c.resources[resource]
	if !ok {
		return true
	}
	for _, a := range attributes {
		if _, ok := slices.BinarySearch(k.attributes, a); ok {
			return true
		}
	}
	return false
}

// References implements tfvalue.Configuration.
func (c *configuration) References(resource, attribute string) []string {
	return c.resources[resource].references[attribute]
}

func (r *reader) configuration() error {
	r.config.all = !r.names["resource_changes"]
	return r.object(configMembers, func(name string) error {
		switch name {
		case "root_module":
			return r.configModule("")
		case "provider_config":
			return r.providerConfig()
		}
		return r.skip()
	})
}

// providerConfig keeps a digest of the settings of all providers, and whether
// OpenTofu wrote them.
func (r *reader) providerConfig() error {
	v, err := r.value()
	if err != nil {
		return err
	}
	var x any
	room := r.lim.MaxTokens
	if !r.walker.decode(v, &x, &room) {
		return r.at("provider settings with too many elements")
	}
	w := newWriter()
	w.value(x)
	r.config.providers = w.sum()
	r.config.depends = bytes.Contains(v, []byte(`"references"`))
	m, _ := x.(map[string]any)
	for _, p := range m {
		p, _ := p.(map[string]any)
		name, _ := p["full_name"].(string)
		r.config.opentofu = r.config.opentofu || strings.HasPrefix(name, "registry.opentofu.org")
	}
	return nil
}

// charge counts what is kept of the configuration.
func (r *reader) charge(n int) error {
	if r.config.room -= n; r.config.room < 0 {
		return r.at(fmt.Sprintf("a configuration of which more than %d MiB would have to be kept", maxConfigText>>20))
	}
	return nil
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
	return r.object(toldMembers, func(member string) error {
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
	if _, twice := r.config.resources[at]; twice {
		return r.at("two configured resources with the same address: " + quote(at))
	}
	r.config.resources[at] = k
	return r.charge(len(at) + 200)
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
	if r.s.Kind() != '{' {
		return r.skip()
	}
	var names []string
	err := r.object(nil, func(name string) error {
		if len(names) >= maxAttributes {
			return r.at("a configured resource with too many attributes")
		}
		v, err := r.value()
		if err != nil {
			return err
		}
		names = append(names, name)
		refs := references(v)
		if refs != nil {
			if k.references == nil {
				k.references = map[string][]string{}
			}
			k.references[name] = refs
		}
		n := len(name) + 32
		for _, ref := range refs {
			n += len(ref) + 16
		}
		return r.charge(n)
	})
	slices.Sort(names)
	k.attributes = r.config.once(names)
	return err
}

// maxAlike bounds the lists that are remembered, and maxAlikeSize each of them, in
// bytes.
const (
	maxAlike     = 1000
	maxAlikeSize = 4 << 10
)

// once returns the same list for the same names.
func (c *configuration) once(names []string) []string {
	key := strings.Join(names, "\x00")
	if l, ok := c.alike[key]; ok && slices.Equal(l, names) { // a name may hold a zero byte
		return l
	}
	if names = slices.Clip(names); len(c.alike) < maxAlike && len(key) <= maxAlikeSize {
		c.alike[key] = names
	}
	return names
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
