package tfsource

import (
	"path"
	"strings"
)

// File is one file of a commit.
type File struct {
	Path string // relative to the repository, with slashes
	Data []byte // its content; of a file that is [Opaque], anything that differs when the content does
}

// format is how a file is read.
type format int

const (
	formatNone       format = iota
	formatConfig            // *.tf, *.tofu and their JSON
	formatLock              // .terraform.lock.hcl
	formatTerragrunt        // terragrunt.hcl and others that are surely Terragrunt's
	formatHCL               // another *.hcl: Terragrunt's where there is a terragrunt.hcl
	formatBackend           // *.tfbackend
	formatCLI               // .terraformrc and the like
	formatVars              // *.tfvars: values of variables
	formatGit               // .gitmodules
	formatOpaque            // what `terraform init` keeps, or takes as installed
)

// Relevant reports whether Compare or an Index reads a file of this path. Files
// that Terraform itself ignores, such as those of editors, are not.
func Relevant(p string) bool { return formatOf(p) != formatNone }

// Opaque reports whether of a relevant file only the path matters, and whether the
// content changes: the id of its git blob does for File.Data. Such are the programs
// below terraform.d/plugins, which may be large.
func Opaque(p string) bool { return formatOf(p) == formatOpaque }

func formatOf(p string) format {
	name := path.Base(p)
	switch {
	case below(p, "terraform.d/plugins"), below(p, ".terraform/providers"), below(p, ".terraform/plugins"):
		return formatOpaque
	case strings.HasSuffix("/"+p, "/.terraform/"+name):
		switch name {
		case "terraform.tfstate", "environment", "plugin_path":
			return formatOpaque
		}
	case strings.HasSuffix("/"+p, "/.terraform/modules/modules.json"):
		return formatOpaque
	}
	switch name {
	case ".terraform.lock.hcl":
		return formatLock
	case "terragrunt.hcl", "terragrunt.hcl.json", "terragrunt.stack.hcl", "root.hcl", "root.hcl.json":
		return formatTerragrunt
	case ".terraformrc", "terraform.rc", ".tofurc", "tofu.rc":
		return formatCLI
	case ".gitmodules":
		if p == name { // Git reads no other
			return formatGit
		}
	}
	// Of these Terraform loads those too whose name begins with a dot.
	if strings.HasSuffix(name, ".tfvars") || strings.HasSuffix(name, ".tfvars.json") {
		return formatVars
	}
	if path.Ext(name) == ".hcl" {
		for _, ext := range otherHCL {
			if strings.HasSuffix(name, ext) {
				return formatNone
			}
		}
		return formatHCL
	}
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || (strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")) {
		return formatNone
	}
	if _, ext := splitName(name); ext != "" {
		return formatConfig
	}
	switch path.Ext(name) {
	case ".tfbackend":
		return formatBackend
	case ".tfrc", ".tofurc":
		return formatCLI
	}
	return formatNone
}

// otherHCL are the files of other programs. Terragrunt can be told to read a file
// of any name, so all others count as Terragrunt's where it is used.
var otherHCL = []string{
	".tflint.hcl", ".pkr.hcl", ".pkrvars.hcl", ".nomad.hcl", "docker-bake.hcl", "sentinel.hcl", ".tftest.hcl", ".tofutest.hcl", ".tfmock.hcl",
	".tfquery.hcl", ".tfstack.hcl", ".tfcomponent.hcl", ".tfdeploy.hcl", "waypoint.hcl",
}

func below(p, folder string) bool {
	return strings.HasPrefix(p, folder+"/") || strings.Contains(p, "/"+folder+"/")
}

// splitName parts a file's name from the ending that makes it configuration;
// the ending is empty when it is none.
func splitName(name string) (stem, ext string) {
	for _, ext := range []string{".tf.json", ".tofu.json", ".tf", ".tofu"} {
		if stem, ok := strings.CutSuffix(name, ext); ok && stem != "" {
			return stem, ext
		}
	}
	return name, ""
}

// override reports whether a file is merged into the others instead of standing
// beside them.
func override(p string) bool {
	stem, _ := splitName(path.Base(p))
	return stem == "override" || strings.HasSuffix(stem, "_override")
}

// loaded reports whether Terraform reads values of variables from a file of the root
// folder without being told to.
func loaded(p string) bool {
	name := strings.TrimSuffix(path.Base(p), ".json")
	return name == "terraform.tfvars" || strings.HasSuffix(name, ".auto.tfvars")
}

func isJSON(p string) bool { return strings.HasSuffix(p, ".json") }

// dialect is which program's view of a folder is taken.
type dialect int

const (
	terraform dialect = iota // *.tofu does not exist
	opentofu                 // x.tofu hides x.tf
)

// view returns the files of a folder that a program reads. They are sorted, and
// stay so.
func (d dialect) view(paths []string) []string {
	hidden := map[string]bool{}
	for _, p := range paths {
		if stem, ext := splitName(p); d == opentofu && strings.HasPrefix(ext, ".tofu") {
			hidden[stem+strings.Replace(ext, ".tofu", ".tf", 1)] = true
		}
	}
	var out []string
	for _, p := range paths {
		if _, ext := splitName(p); !hidden[p] && (d == opentofu || !strings.HasPrefix(ext, ".tofu")) {
			out = append(out, p)
		}
	}
	return out
}

// folder returns the folder of a file; empty for the repository's root.
func folder(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}
