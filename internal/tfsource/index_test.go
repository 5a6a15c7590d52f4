package tfsource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/claw-verified/claw-verified/internal/tfsource"
)

func TestLocate(t *testing.T) {
	a, err := txtar.ParseFile("testdata/index/tree.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var files []tfsource.File
	for _, f := range a.Files {
		files = append(files, tfsource.File{Path: f.Name, Data: f.Data})
	}
	x := tfsource.NewIndex(files, tfsource.Limits{})
	for _, c := range []struct{ config, hint, want string }{
		{"aws_instance.only_prod", "", "envs/prod/main.tf:11"},
		{"aws_instance.only_prod", "envs/prod", "envs/prod/main.tf:11"},
		{"aws_instance.only_prod", "./envs/prod/", "envs/prod/main.tf:11"},
		{"aws_instance.only_prod", "plans", "envs/prod/main.tf:11"},
		{"aws_instance.only_prod", "envs/dev", "envs/prod/main.tf:11"}, // the hint is only that
		{"aws_instance.both", "", ""},                                  // two roots have one
		{"aws_instance.both", "envs/dev", "envs/dev/main.tf:9"},
		{"aws_instance.both", "plans", ""},
		{"module.net.data.aws_vpc.x", "", "modules/net/main.tf:5"}, // both roots lead there
		{"module.net.module.sub.aws_subnet.y", "", "modules/net/sub/main.tf.json:5"},
		{"module.net[0].module.sub.aws_subnet.x[2]", "envs/prod", "modules/net/sub/main.tf.json:4"},
		{"module.db.aws_db_instance.main", "", ""}, // they lead to different places
		{"module.db.aws_db_instance.main", "envs/prod", "modules/db/main.tf:3"},
		{`module.db["a.b[c]"].aws_db_instance.main`, "envs/dev", "modules/other-db/x.tf:1"},
		{"module.net", "envs/prod", "envs/prod/main.tf:2"},
		{"module.vpc", "", "modules/remote.tf:2"},
		{"module.vpc.aws_vpc.this", "", ""}, // code from elsewhere
		{"module.loop.module.loop.module.loop.aws_x.y", "modules", ""},
		{"aws_x.y", "", "over/main.tf:1"}, // where it is declared, not where it is overridden
		{"aws_only.terraform", "", ""},    // depends on the program
		{"aws_nothing.x", "", ""},
		{"data.aws_vpc.x", "", ""}, // modules/net is no root
		{"", "", ""},
		{"aws_x", "", ""},
		{"module", "", ""},
		{"module.", "", ""},
		{"[[[", "../..", ""},
		{strings.Repeat("module.loop.", 5_000) + "aws_x.y", "modules", ""},
	} {
		got := ""
		if p, line, ok := x.Locate(c.config, c.hint); ok {
			got = fmt.Sprintf("%s:%d", p, line)
		}
		if got != c.want {
			t.Errorf("%.60s from %q: %q, not %q", c.config, c.hint, got, c.want)
		}
	}
	if _, _, ok := tfsource.NewIndex(files, tfsource.Limits{MaxFiles: 3}).Locate("aws_instance.only_prod", "envs/prod"); ok {
		t.Error("an index of too many files answers")
	}
}

func TestDynamic(t *testing.T) {
	t.Parallel()
	files := []tfsource.File{
		file("main.tf", `resource "aws_security_group" "a" {
  dynamic "ingress" {
    for_each = var.x
    content {
      dynamic "inner" {
        for_each = var.y
        content {}
      }
    }
  }
  egress {
    from_port = 1
  }
  written = [{ a = var.x }]
  empty = []
  given = var.rules
  none = null
}
module "m" {
  source = "./m"
}
module "far" {
  source = "git::https://git.example/m"
}
`),
		file("m/main.tf.json", `{"resource": {"a": {"b": {"dynamic": {"ingress": [{"for_each": "${var.x}", "content": {}}]}, "egress": [{"cidr": "x"}], "given": "${var.x}"}}}}`),
		file("m/x_override.tf", "resource \"a\" \"b\" {\n  dynamic \"late\" {\n    for_each = var.x\n  }\n}\n"),
		file("broken/main.tf", "resource \"c\" \"d\" {}\n"),
		file("broken/x.tf", "{"),
		file("one/main.tf", "resource \"e\" \"f\" {}\n"),
		file("two/main.tf", "resource \"e\" \"f\" {\n  x = var.x\n}\n"),
	}
	x := tfsource.NewIndex(files, tfsource.Limits{})
	for _, c := range []struct{ config, hint, block, want string }{
		{"aws_security_group.a", "", "ingress", "true true"},
		{"aws_security_group.a[0]", "", "inner", "true true"},
		{"aws_security_group.a", "", "egress", "false true"},
		{"aws_security_group.a", "", "written", "false true"},
		{"aws_security_group.a", "", "empty", "false true"},
		{"aws_security_group.a", "", "given", "true true"},
		{"aws_security_group.a", "", "none", "false true"},
		{"aws_security_group.a", "", "", "false true"},
		{"module.m.a.b", "", "ingress", "true true"},
		{"module.m.a.b", "", "egress", "false true"},
		{"module.m.a.b", "", "given", "true true"},
		{"module.m.a.b", "", "late", "true true"},
		{"module.far.a.b", "", "ingress", "false false"},
		{"module.m", "", "ingress", "false false"},
		{"a.gone", "", "ingress", "false false"},
		{"c.d", "", "x", "false false"}, // an unreadable file may be an override
		{"e.f", "", "x", "false false"}, // two roots that do not agree
		{"e.f", "", "y", "false true"},
		{"e.f", "two", "x", "true true"},
	} {
		dynamic, known := x.Dynamic(c.config, c.hint, c.block)
		if got := fmt.Sprint(dynamic, " ", known); got != c.want {
			t.Errorf("%s from %q, %s: %s, not %s", c.config, c.hint, c.block, got, c.want)
		}
	}
}

func TestLeadsInto(t *testing.T) {
	t.Parallel()
	x := tfsource.NewIndex([]tfsource.File{
		file("live/main.tf", "module \"far\" {\n  source = \"git::https://git.example/vendor/m\"\n}\nmodule \"m\" {\n  source = \"../vendor/m//sub\"\n}\n"),
	}, tfsource.Limits{})
	for dir, want := range map[string]bool{"vendor/m": true, "vendor": true, "vendor/m/sub": true, "vendor/m2": false, "live": false, "": false} {
		if _, _, _, ok := x.LeadsInto(dir); ok != want {
			t.Errorf("%q: %v", dir, ok)
		}
	}
	if at, call, line, _ := x.LeadsInto("vendor/m"); at != "live/main.tf" || call != "module.m" || line != 5 {
		t.Error(at, call, line)
	}
}
