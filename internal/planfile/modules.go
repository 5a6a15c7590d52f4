package planfile

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/internal/zipname"
)

// Module is one module of the configuration, as tfconfig/modules.json has it.
type Module struct {
	Key string // "" for the root, "network.subnets" for module.network.module.subnets
	// Source is the address in the configuration, of a local module only
	// ("./modules/a"); others can carry credentials, and are not kept.
	Source string
	// Dir is the folder the tool read the module from, relative to the root module,
	// with slashes. It comes from .terraform/modules/modules.json of the working copy,
	// which nothing verifies: for a local module the source decides, not this.
	Dir string
	// External: the module, or one that calls it, comes from elsewhere: a registry, a
	// repository, a URL.
	External bool
}

// parent is the key of the module that calls this one.
func (m *Module) parent() string {
	i := strings.LastIndexByte(m.Key, '.')
	if i < 0 {
		return ""
	}
	return m.Key[:i]
}

// readModules reads modules.json. It is refused when two programs could read it in
// two ways: names given twice, or in another letter case, which Terraform's reader
// takes for the same.
func readModules(b []byte) (modules []Module, index map[string]int, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(b))
	bad := func(message string) ([]Module, map[string]int, error) {
		return nil, nil, &Error{Message: message, Entry: nameManifest, Offset: dec.InputOffset()}
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return bad("not a list of modules")
	}
	for dec.PeekKind() == '{' {
		m, message := readModule(dec)
		if message != "" {
			return bad(message)
		}
		if len(modules) == maxModules {
			return bad("an absurd number of modules")
		}
		modules = append(modules, m)
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != ']' {
		return bad("a module that is not an object")
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return bad("something stands behind the list of modules")
	}
	// A parent sorts before its children.
	sort.SliceStable(modules, func(i, j int) bool { return modules[i].Key < modules[j].Key })
	index = make(map[string]int, len(modules))
	for i := range modules {
		m := &modules[i]
		if _, twice := index[m.Key]; twice {
			return bad("a module is listed twice")
		}
		index[m.Key] = i
		if m.Key == "" {
			continue
		}
		p, ok := index[m.parent()]
		if !ok {
			return bad("a module whose caller is not listed")
		}
		if m.External = modules[p].External || !isLocal(m.Source); m.External {
			m.Source = ""
		}
	}
	if _, ok := index[""]; !ok {
		return bad("the root module is not listed")
	}
	return modules, index, nil
}

// readModule reads one record; the message says what is wrong with it.
func readModule(dec *jsontext.Decoder) (m Module, message string) {
	if _, err := dec.ReadToken(); err != nil {
		return m, "not valid JSON"
	}
	var version string
	known := map[string]*string{"Key": &m.Key, "Source": &m.Source, "Version": &version, "Dir": &m.Dir}
	hasKey := false
	for dec.PeekKind() == '"' {
		tok, err := dec.ReadToken()
		if err != nil {
			return m, "not valid JSON"
		}
		name := tok.String()
		into, ok := known[name]
		if !ok {
			for k := range known {
				if zipname.Fold(k) == zipname.Fold(name) {
					return m, "an ambiguous member name"
				}
			}
			if err := dec.SkipValue(); err != nil {
				return m, "not valid JSON"
			}
			continue
		}
		if tok, err = dec.ReadToken(); err != nil || tok.Kind() != '"' {
			return m, "a member that is not a text"
		}
		*into = tok.String()
		hasKey = hasKey || name == "Key"
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '}' {
		return m, "not valid JSON"
	}
	m.Dir, m.Source = strings.ReplaceAll(m.Dir, `\`, "/"), strings.ReplaceAll(m.Source, `\`, "/")
	switch {
	case !hasKey:
		return m, "a module without a key"
	case strings.Contains(m.Key, "/") || strings.Contains("."+m.Key+".", "..") && m.Key != "":
		return m, "a module key that cannot be"
	case len(m.Key) > maxName || len(m.Dir) > maxName || len(m.Source) > maxAddress:
		return m, "an absurdly long text"
	}
	return m, ""
}

// isLocal reports whether a module source is a folder beside its caller. Sources
// are written to modules.json in normal form: "./a", "../a".
func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}
