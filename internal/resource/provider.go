package resource

import (
	"fmt"
	"strings"
	"sync"
)

// Prefix is the part of a type up to its first underscore, by which types say what
// provider they belong to: "aws" of aws_db_instance.
func Prefix(typ string) string {
	prefix, _, _ := strings.Cut(typ, "_")
	return prefix
}

// builtinProvider serves terraform_data and is a part of the tool.
const builtinProvider = "terraform.io/builtin/terraform"

var providers = sync.OnceValues(func() (map[string][]string, error) {
	b, err := data.ReadFile("data/providers.txt")
	if err != nil {
		return nil, err
	}
	m := map[string][]string{}
	n := 0
	for l := range strings.Lines(string(b)) {
		n++
		f := strings.Fields(l)
		if len(f) == 0 || f[0][0] == '#' {
			continue
		}
		if len(f) < 2 || m[f[0]] != nil {
			return nil, fmt.Errorf("providers.txt:%d: %s has no provider or stands twice", n, f[0])
		}
		m[f[0]] = f[1:]
	}
	return m, nil
})

// ProviderMismatch reports whether the provider that serves a type is none of those
// its prefix is known to belong to: an aws_security_group served by
// hashicorp/tfcoremock, or by somebody's fork. It runs other code under a name that
// is trusted. The host does not count, because mirrors and private registries keep
// the rest; neither does letter case. A prefix that is not known, a plan that does not
// name the provider, and old plans that name only "aws" are no mismatch when the name
// fits.
func ProviderMismatch(typ, providerName string) bool {
	known, err := providers()
	if err != nil || providerName == "" || len(providerName) > 1000 {
		return false
	}
	prefix := Prefix(typ)
	sources := known[prefix]
	if len(sources) == 0 {
		return false
	}
	name := strings.ToLower(strings.TrimPrefix(providerName, "provider."))
	parts := strings.Split(name, "/")
	last := parts[len(parts)-1]
	for _, s := range sources {
		_, short, _ := strings.Cut(s, "/")
		switch {
		case s == builtinProvider && (name == s || name == "terraform"):
			return false
		case s == builtinProvider:
		case len(parts) == 1 && name == short,
			len(parts) >= 2 && parts[len(parts)-2]+"/"+last == s,
			len(parts) == 3 && parts[1] == "-" && last == short: // a state of Terraform 0.12
			return false
		}
	}
	return true
}
