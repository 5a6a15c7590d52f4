package tfsource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/tfsource"
)

// repository makes 200 folders of 10 files, 5 KB each, half of them modules that the
// others call.
func repository(version string) []tfsource.File {
	var files []tfsource.File
	for d := range 200 {
		dir := fmt.Sprintf("modules/m%03d", d)
		if d < 100 {
			dir = fmt.Sprintf("envs/e%03d", d)
		}
		for f := range 10 {
			var b strings.Builder
			if d < 100 {
				fmt.Fprintf(&b, "module \"m%d\" {\n  source = \"../../modules/m%03d\"\n  name   = \"x\"\n}\n\n", f, 100+(d+f)%100)
			}
			fmt.Fprintf(&b, "locals {\n  version%d = %q\n}\n\n", f, version)
			for i := range 8 {
				fmt.Fprintf(&b, "# Instance %d.\nresource \"aws_instance\" \"r%d_%d\" {\n  count         = var.enabled ? 1 : 0\n  ami           = data.aws_ami.x.id\n  instance_type = local.types[%d]\n  user_data     = <<-EOT\n    #!/bin/sh\n    echo ${var.name} > /etc/motd\n  EOT\n  tags = merge(local.tags, {\n    Name = \"web-${var.env}-%d\"\n    Team = \"platform\"\n  })\n\n  lifecycle {\n    prevent_destroy = true\n    ignore_changes  = [tags, user_data]\n  }\n\n  ebs_block_device {\n    device_name = \"/dev/sdf\"\n    volume_size = 100\n  }\n}\n\n", i, f, i, i, i)
			}
			files = append(files, file(fmt.Sprintf("%s/f%d.tf", dir, f), b.String()))
		}
	}
	return files
}

func BenchmarkCompare(b *testing.B) {
	base := repository("1")
	one := repository("1")
	one[15].Data = []byte(strings.ReplaceAll(string(one[15].Data), "prevent_destroy = true", "prevent_destroy = false"))
	remote := append(repository("1"), file("envs/e000/new.tf", "module \"new\" {\n  source = \"evil.example/x\"\n}\n"))
	size := int64(0)
	for _, f := range base {
		size += int64(len(f.Data))
	}
	for name, head := range map[string][]tfsource.File{"unchanged": repository("1"), "one file": one, "remote module": remote, "every file": repository("2")} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				tfsource.Compare(base, head, tfsource.Limits{})
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	files := repository("1")
	for name, hint := range map[string]string{"hint": "envs/e050", "no hint": ""} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x := tfsource.NewIndex(files, tfsource.Limits{})
				for i := range 8 {
					if _, _, ok := x.Locate(fmt.Sprintf("module.m3.aws_instance.r%d_4", i), hint); ok == (hint == "") {
						b.Fatal("found, or not")
					}
				}
			}
		})
	}
}
