package planfile_test

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

const lockText = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.1.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:aaa",
    "zh:bbb",
  ]
}

provider "registry.terraform.io/hashicorp/null" {
  version = "3.2.1"
  hashes = [
    "h1:ccc",
  ]
}
`

func TestCompareLock(t *testing.T) {
	swap := func(old, replacement string) string {
		if !strings.Contains(lockText, old) {
			t.Fatal(old)
		}
		return strings.Replace(lockText, old, replacement, 1)
	}
	_, bare, _ := strings.Cut(lockText, "updates.\n")
	for name, c := range map[string]struct{ commit, want string }{
		"the same":                {lockText, planfile.LockSame},
		"by the other tool":       {swap("terraform init", "tofu init"), planfile.LockSame},
		"no comments":             {bare, planfile.LockSame},
		"other layout":            {strings.Join(strings.Fields(bare), " "), planfile.LockSame},
		"CRLF":                    {strings.ReplaceAll(lockText, "\n", "\r\n"), planfile.LockSame},
		"comment within":          {swap(`  version = "3.2.1"`, "  // pinned\n  version = \"3.2.1\" # by hand\n"), planfile.LockSame},
		"checksums reordered":     {swap(`    "h1:aaa",`+"\n"+`    "zh:bbb",`, `    "zh:bbb","h1:aaa"`), planfile.LockSame},
		"init added checksums":    {swap(`    "h1:aaa",`+"\n", ""), planfile.LockMoreHashes},
		"no checksums to add to":  {swap(`  hashes = [`+"\n"+`    "h1:ccc",`+"\n"+`  ]`+"\n", ""), planfile.LockDiffers},
		"checksum the plan lacks": {swap(`"h1:aaa",`, `"h1:aaa", "h1:ddd",`), planfile.LockDiffers},
		"checksum edited":         {swap(`h1:ccc`, `h1:ddd`), planfile.LockDiffers},
		"other version":           {swap(`3.2.1`, `3.2.2`), planfile.LockDiffers},
		"other constraint":        {swap(`~> 5.0`, `~> 5.1`), planfile.LockDiffers},
		"other provider":          {swap(`hashicorp/null`, `evil/null`), planfile.LockDiffers},
		"one more provider":       {lockText + "provider \"x/y/z\" {\n  version = \"1\"\n}\n", planfile.LockDiffers},
		"one less":                {lockText[:strings.LastIndex(lockText, "provider")], planfile.LockDiffers},
		"twice":                   {lockText + lockText[strings.LastIndex(lockText, "provider"):], planfile.LockDiffers},
		"version twice":           {swap(`version = "3.2.1"`, "version = \"3.2.1\"\nversion = \"3.2.1\""), planfile.LockDiffers},
		"a template":              {swap(`"3.2.1"`, `"${"3.2.1"}"`), planfile.LockDiffers},
		"an escape":               {swap(`"3.2.1"`, `"3.2\u002e1"`), planfile.LockDiffers},
		"something else":          {lockText + "module \"x\" {}\n", planfile.LockDiffers},
		"cut off":                 {lockText[:len(lockText)-20], planfile.LockDiffers},
		"block comment":           {"/* */" + lockText, planfile.LockDiffers},
		"not closed":              {swap("}\n\nprovider", "provider"), planfile.LockDiffers},
		"empty":                   {"", planfile.LockDiffers},
	} {
		f := read(t, planZip(t, plan(), map[string]string{".terraform.lock.hcl": lockText}))
		if got := f.CompareLock([]byte(c.commit)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	f := read(t, planZip(t, plan(), map[string]string{".terraform.lock.hcl": lockText}))
	if got := f.CompareLock(nil); got != planfile.LockAbsent {
		t.Errorf("got %s", got)
	}
	if got := planfile.Match(f, tree(map[string]string{"main.tf": "x", ".terraform.lock.hcl": lockText}), false); got.Found {
		t.Errorf("a lock file alone is no root module: %+v", got)
	}
	if got := read(t, planZip(t, plan(), nil)).CompareLock([]byte(lockText)); got != planfile.LockDiffers {
		t.Errorf("the plan has no lock file: got %s", got)
	}
}

func TestLockInMatch(t *testing.T) {
	f := read(t, planZip(t, plan(), map[string]string{".terraform.lock.hcl": lockText, "tfconfig/m-/main.tf": "x"}))
	for want, commit := range map[string]map[string]string{
		planfile.LockSame:    {"main.tf": "x", ".terraform.lock.hcl": lockText},
		planfile.LockDiffers: {"main.tf": "x", ".terraform.lock.hcl": lockText + "#"},
		planfile.LockAbsent:  {"main.tf": "x"},
	} {
		if got := planfile.Match(f, tree(commit), false).LockFile; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
