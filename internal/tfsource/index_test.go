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
