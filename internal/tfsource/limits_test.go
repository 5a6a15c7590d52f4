package tfsource_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

func file(path, text string) tfsource.File { return tfsource.File{Path: path, Data: []byte(text)} }

// HCL's parser must never see a text that overflows its stack, or on which it works
// for long. Whatever is done to a text, it is unreadable or harmless.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const n = 100_000 // nested that deep, most would take a gigabyte of stack
	many := func(s string) string { return strings.Repeat(s, n) }
	for name, c := range map[string]struct {
		text       string
		unreadable bool
	}{
		"parentheses":  {"a = " + many("(") + "1" + many(")"), true},
		"open":         {"a = " + many("("), true},
		"lists":        {"a = " + many("["), true},
		"objects":      {"a = " + many("{a="), true},
		"blocks":       {many("a {\n") + many("}\n"), true},
		"one line":     {many("a {"), true},
		"not":          {"a = " + many("!") + "true", true},
		"minus":        {"a = " + many("-") + "1", true},
		"minus apart":  {"a = (" + many("-\n") + "1)", true},
		"comments":     {"a = " + many("-/**/") + "1", true},
		"conditions":   {"a = " + many("x?y:") + "1", true},
		"conditions 2": {"a = " + many("x?") + "1" + many(":2"), true},
		"templates":    {"a = " + many("\"${") + "1" + many("}\""), true},
		"directives":   {"a = \"" + many("%{if x}") + many("%{endif}") + "\"", true},
		"loops":        {"a = \"" + many("%{for x in y}") + many("%{endfor}") + "\"", true},
		"heredocs":     {many("a = <<E\n${"), true},
		"unfinished":   {many("a = <<E\n"), true},
		"lines":        {"a = <<-E\n" + many(" x${y}\n") + "E\n", true},
		"splats":       {"a = x" + many("[*]"), true},
		"splats 2":     {"a = x" + many(".*"), true},
		"splats 3":     {"a = x" + many("[*].y"), true},
		"splats 4":     {"a = x" + many("[/**/*]"), true},
		"indexes":      {"a = x" + many("[y]"), false},
		"calls":        {"a = " + many("f("), true},
		"for":          {"a = " + many("[for x in "), true},
		"closers":      {"a = " + many("(]"), true},
		"closers 2":    {"a = " + many("{)"), true},
		"quotes":       {many("a = \"\n"), true},
		"digits":       {"a = " + many("11"), true},
		"fraction":     {"a = 1." + many("1"), true},
		"braces":       {many("}\n"), true},
		"elements":     {"a = [" + many("1,1,1,") + "]", true},
		"punctuation":  {"a = " + strings.Repeat("? ", 2_000_000), true},
		"sum":          {"a = 1" + many("+1"), false},
		"long":         {"a = \"" + many("0123456") + "\"", false},
		"marks":        {"a = \"e" + many("\u0301") + "\"", false},
		"nul":          {"a = \"\x00\"", true},
		"latin":        {"# \xe4", true},
	} {
		start := time.Now()
		got := tfsource.Compare([]tfsource.File{file("main.tf", "")}, []tfsource.File{file("main.tf", "locals {\n"+c.text+"\n}\n")}, tfsource.Limits{})
		unreadable := len(got) > 0 && got[0].Kind == checks.SourceUnreadable
		if took := time.Since(start); unreadable != c.unreadable || took > 10*time.Second {
			t.Errorf("%s: unreadable %v after %v", name, unreadable, took)
		}
	}
}

func TestHostileJSON(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"deep":     strings.Repeat(`{"a":`, 100_000),
		"lists":    `{"resource":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
		"elements": `{"locals":{"a":[` + strings.Repeat("1,", 400_000) + "1]}}",
		"two":      "{}{}",
		"scalar":   "1",
		"block":    `{"resource": 1}`,
		"label":    `{"resource": {"a": "b"}}`,
		"latin":    "{\"a\":\"\xe4\"}",
		"half":     `{"a":"\ud800"}`,
		"bom":      "\ufeff{}",
	} {
		got := tfsource.Compare(nil, []tfsource.File{file("main.tf.json", text)}, tfsource.Limits{})
		if len(got) != 1 || got[0].Kind != checks.SourceUnreadable {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// However many changes there are, no kind is crowded out, and the rest is told of.
func TestTooManyChanges(t *testing.T) {
	t.Parallel()
	var base, head []tfsource.File
	for i := range 900 {
		head = append(head, file(fmt.Sprintf("a/%04d.tf", i), fmt.Sprintf("module \"m%d\" {\n  source = \"evil.example/x\"\n}\n", i)))
	}
	base = append(base, file("z/main.tf", "resource \"a\" \"b\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n"))
	head = append(head, file("z/main.tf", "resource \"a\" \"b\" {\n}\n"))
	got := tfsource.Compare(base, head, tfsource.Limits{})
	if len(got) != 501 || got[499].Kind != checks.SourcePreventDestroy || got[500].Kind != checks.SourceUnreadable || got[500].Detail != "401 more changes are not shown" {
		t.Errorf("%d changes, the last are %+v", len(got), got[max(0, len(got)-2):])
	}
}

func TestTooMuch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lim  tfsource.Limits
		want string
	}{
		"file":  {tfsource.Limits{MaxFile: 10}, "larger than 10 bytes"},
		"files": {tfsource.Limits{MaxFiles: 1}, "more than 1 files"},
		"bytes": {tfsource.Limits{MaxBytes: 20}, "more Terraform source than is read"},
		"work":  {tfsource.Limits{MaxWork: 1}, "more modules than are compared"},
	} {
		base := []tfsource.File{file("a/main.tf", "locals {}\n"), file("b/main.tf", "locals {}\n")}
		head := []tfsource.File{file("a/main.tf", "locals {\n  a = 1\n}\n"), file("b/main.tf", "locals {\n  a = 2\n}\n")}
		got := tfsource.Compare(base, head, c.lim)
		if len(got) == 0 || got[0].Kind != checks.SourceUnreadable || !strings.Contains(got[0].Detail, c.want) {
			t.Errorf("%s: %v", name, got)
		}
		if same := tfsource.Compare(head, head, c.lim); len(same) > 0 && name != "files" {
			t.Errorf("%s: without a change: %v", name, same)
		}
	}
}

func TestRelevant(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"main.tf": "yes", "a/b/main.tf.json": "yes", "x.tofu": "yes", "x.tofu.json": "yes", ".terraform.lock.hcl": "yes", "a/terragrunt.hcl": "yes",
		"root.hcl": "yes", "env.hcl": "yes", "live/.env.hcl": "yes", "prod.tfbackend": "yes", "prod.s3.tfbackend": "yes", ".terraformrc": "yes", "ci.tfrc": "yes", "tofu.rc": "yes", "main.tfvars": "yes", "a/terraform.tfvars.json": "yes", "a/.x.auto.tfvars": "yes", ".gitmodules": "yes", "a/.gitmodules": "no", "tfvars": "no",
		"terraform.d/plugins/x/y": "opaque", "a/terraform.d/plugins/x": "opaque", ".terraform/providers/x": "opaque", ".terraform/terraform.tfstate": "opaque",
		"a/.terraform/modules/modules.json": "opaque", ".terraform/modules/x/main.tf": "yes",
		".main.tf": "no", "main.tf~": "no", "#main.tf#": "no", "a.pkr.hcl": "no", ".tflint.hcl": "no", "x.tftest.hcl": "no", "tf": "no", ".tf": "no", "main.TF": "no", "": "no",
		"terraform.tfstate": "no", "main.tf.bak": "no",
	} {
		got := "no"
		if tfsource.Relevant(path) {
			got = "yes"
		}
		if tfsource.Opaque(path) {
			got = "opaque"
		}
		if got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
}
