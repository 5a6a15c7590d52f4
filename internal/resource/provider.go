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

// Setting is a setting of a provider whose change matters to every resource it
// serves, though no resource may show it.
type Setting struct {
	Provider  string // prefix; empty: any provider
	Attribute string // path in the provider's block
	Why       string
}

// Settings lists the provider settings to watch. A plan has them under
// configuration.provider_config.
func Settings() []Setting { return settings[:len(settings):len(settings)] }

var settings = []Setting{
	{"", "region", "other objects of the same name, in another place"},
	{"", "location", "other objects of the same name, in another place"},
	{"", "endpoint", "requests, with credentials, go to another server"},
	{"", "endpoints", "requests, with credentials, go to another server"},
	{"", "host", "requests, with credentials, go to another server"},
	{"", "address", "requests, with credentials, go to another server"},
	{"", "url", "requests, with credentials, go to another server"},
	{"", "base_url", "requests, with credentials, go to another server"},
	{"", "insecure", "the other side's certificate is not checked"},
	{"", "skip_tls_verify", "the other side's certificate is not checked"},
	{"", "access_key", "another identity, and a secret in the configuration"},
	{"", "secret_key", "another identity, and a secret in the configuration"},
	{"", "token", "another identity, and a secret in the configuration"},
	{"", "password", "another identity, and a secret in the configuration"},
	{"aws", "assume_role", "another role, and maybe another account"},
	{"aws", "assume_role_with_web_identity", "another role, and maybe another account"},
	{"aws", "profile", "another account"},
	{"aws", "shared_credentials_files", "another account"},
	{"aws", "shared_config_files", "another account"},
	{"aws", "allowed_account_ids", "less keeps it from another account"},
	{"aws", "forbidden_account_ids", "less keeps it from another account"},
	{"aws", "default_tags", "tags of every object, which policies may go by"},
	{"aws", "skip_credentials_validation", "a check less"},
	{"aws", "skip_metadata_api_check", "a check less"},
	{"aws", "skip_region_validation", "a check less"},
	{"aws", "skip_requesting_account_id", "a check less"},
	{"azurerm", "subscription_id", "another subscription"},
	{"azurerm", "tenant_id", "another tenant"},
	{"azurerm", "features.key_vault.purge_soft_delete_on_destroy", "what is destroyed is purged, and cannot be had back"},
	{"azurerm", "features.resource_group.prevent_deletion_if_contains_resources", "a group is destroyed with everything in it"},
	{"azurerm", "features.virtual_machine.delete_os_disk_on_deletion", "disks go with their machines"},
	{"azurerm", "features.recovery_service", "backups are purged or kept"},
	{"azurerm", "features.recovery_services_vaults", "backups are purged or kept"},
	{"azurerm", "features.log_analytics_workspace.permanently_delete_on_destroy", "logs are purged, and cannot be had back"},
	{"google", "project", "another project"},
	{"google", "impersonate_service_account", "another identity"},
	{"google", "user_project_override", "another project pays and is asked for rights"},
	{"google", "credentials", "another identity, and a secret in the configuration"},
	{"kubernetes", "exec", "runs a command on the machine that plans"},
	{"kubernetes", "config_path", "another cluster"},
	{"kubernetes", "config_context", "another cluster"},
	{"helm", "kubernetes", "another cluster, or a command on the machine that plans"},
	{"kubectl", "exec", "runs a command on the machine that plans"},
	{"docker", "registry_auth", "images from elsewhere"},
}

// Provisioner says what a provisioner does; a name that is not known runs something
// all the same.
func Provisioner(name string) string {
	switch name {
	case "local-exec":
		return "runs a command on the machine that applies"
	case "remote-exec":
		return "runs commands on the machine that is made"
	case "file":
		return "writes files on the machine that is made"
	case "chef", "habitat", "puppet", "salt-masterless": // until Terraform 0.14
		return "installs and runs a configuration agent on the machine that is made"
	}
	return "runs something that is not known"
}

// World reports whether a word that is no address means everybody. Ranges of
// addresses are for package exposure.
func World(word string) bool {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "*", "internet", "any", "all", "everyone", "allusers", "allauthenticatedusers":
		return true
	}
	return false
}
