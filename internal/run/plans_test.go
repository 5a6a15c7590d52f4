package run

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
)

// write makes files below a folder; "name -> target" is a link, "name/" a folder.
func write(tb testing.TB, dir string, files ...string) {
	tb.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		err := os.MkdirAll(filepath.Dir(name), 0o750)
		if target, ok := strings.CutPrefix(files[i+1], "-> "); ok && err == nil {
			err = os.Symlink(target, name)
		} else if err == nil {
			err = os.WriteFile(name, []byte(files[i+1]), 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// TestFolderOfPlans: nothing in a folder of plans is passed over that could be one.
func TestFolderOfPlans(t *testing.T) {
	t.Parallel()
	zip := "PK\x03\x04" + strings.Repeat("\x00", 26)
	for _, tt := range []struct {
		name  string
		files []string
		want  []string // "json saved"
		told  string
	}{
		{"pairs", []string{"a/tfplan.json", "{}", "a/tfplan.tfplan", "x", "b/tfplan.json", "{}", "b/tfplan", "x", "c/p.json.gz", "x", "c/p.plan", "x", "d.json", "", "d.binary", "", "e.tfplan.json", "", "e.tfplan", ""}, []string{
			"a/tfplan.json a/tfplan.tfplan", "b/tfplan.json b/tfplan", "c/p.json.gz c/p.plan", "d.json d.binary", "e.tfplan.json e.tfplan",
		}, ""},
		{"what is no plan", []string{"a.json", "{}", "main.tf", "", "a/main.tf", "", "lambda.zip", zip + "index.js", "short", "PK\x03\x04"[:3]}, []string{"a.json "}, ""},
		{"Terraform's own folder", []string{"a.json", "{}", ".terraform/providers/x", "-> /usr", ".terraform/tfplan", "x"}, []string{"a.json "}, ""},
		{"a linked folder", []string{"a.json", "{}", "c", "-> /tmp"}, nil, "c is no regular file"},
		{"a linked plan", []string{"a.json", "{}", "b.json", "-> a.json"}, nil, "b.json is no regular file"},
		{"a linked plan file", []string{"a.json", "{}", "a.tfplan", "x", "a", "-> a.tfplan"}, nil, "/a is no regular file"},
		{"no JSON beside .tfplan", []string{"a/tfplan.json", "{}", "b/tfplan.tfplan", "x"}, nil, "b/tfplan.tfplan is a plan file without its JSON"},
		{"no JSON beside tfplan", []string{"a/tfplan.json", "{}", "b/tfplan", ""}, nil, "b/tfplan is a plan file without its JSON"},
		{"no JSON beside .binary", []string{"a.json", "{}", "b.binary", ""}, nil, "b.binary is a plan file"},
		{"no JSON beside a zip", []string{"a.json", "{}", "out", zip + "x"}, nil, "out is a plan file"},
		{"no JSON beside a short zip", []string{"a.json", "{}", "out", "PK\x03\x04"}, nil, "out is a plan file"},
		{"a plan file that is called a zip", []string{"a.json", "{}", "b.zip", zip + "tfplan"}, nil, "b.zip is a plan file"},
		{"two plan files", []string{"tfplan.json", "{}", "tfplan.tfplan", "x", "tfplan", "y"}, nil, "could be the plan file of"},
		{"none", []string{"main.tf", ""}, nil, "holds no plan"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "plans"), tt.files...)
			list, err := planSources(config.Check{Root: dir, Plans: []string{"plans"}})
			if tt.told != "" {
				var p *collect.Problem
				if !errors.As(err, &p) || p.Kind != checks.GapConfiguration || !strings.Contains(p.Message, tt.told) {
					t.Errorf("%v, %v", list, err)
				}
				return
			}
			var got []string
			for _, s := range list {
				got = append(got, strings.TrimPrefix(s.name, "plans/")+" "+strings.TrimPrefix(s.saved, "plans/"))
			}
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Error(d, err)
			}
		})
	}
}

const (
	demo  = "../../fixtures/demo/"
	saved = "../planfile/testdata/"
)

// TestTheSamePlanTwice: it is kept once, but not as the plan of two folders.
func TestTheSamePlanTwice(t *testing.T) {
	t.Parallel()
	one := func(name, folder, file string) collect.Plan {
		p := collect.Plan{Plan: checks.Plan{Source: name, Digest: "sha256:" + name[:1]}, Folder: folder}
		if file != "" {
			p.Saved = &checks.Saved{Digest: file}
		}
		return p
	}
	for _, tt := range []struct {
		name  string
		plans []collect.Plan
		want  string // sources with folders; "!" where it cannot be used
	}{
		{"the same", []collect.Plan{one("a", "", ""), one("a2", "", "")}, "a:"},
		{"others", []collect.Plan{one("a", "", ""), one("b", "", "")}, "a: b:"},
		{"of one folder", []collect.Plan{one("a", "./x", "f"), one("a2", "./x", "f")}, "a:./x"},
		{"of two folders", []collect.Plan{one("a", "./x", ""), one("a2", "./y", "")}, "a:./x !a2:"},
		{"of two folders, with the plan file", []collect.Plan{one("a", "./x", "f"), one("a2", "./y", "f")}, "a:./x !a2:"},
		{"of two folders, the plan file at one", []collect.Plan{one("a", "./x", ""), one("a2", "./y", "f")}, "a:./x !a2:"},
		{"of two folders, other plan files", []collect.Plan{one("a", "./x", "f"), one("a2", "./y", "g")}, "a:./x a2:./y"},
		{"the folder said later", []collect.Plan{one("a", "", "f"), one("a2", "./x", "f")}, "a:./x"},
		{"the folder said first", []collect.Plan{one("a", "./x", "f"), one("a2", "", "")}, "a:./x"},
		{"the plan file said later", []collect.Plan{one("a", "./x", ""), one("a2", "./x", "f")}, "a:./x a2:./x"},
	} {
		var list []collect.Plan
		for _, p := range tt.plans {
			list = keep(list, p)
		}
		var got []string
		for _, p := range list {
			mark := ""
			if p.Error != "" {
				mark = "!"
			}
			got = append(got, mark+p.Source+":"+p.Folder)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, s, tt.want)
		}
	}
}

// TestBlobs: the id that git gives to a plan is found while it is read, from a file,
// compressed or not, and from a pipe.
func TestBlobs(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(demo + "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(text)
	_ = z.Close()
	dir := t.TempDir()
	write(t, dir, "p.json", string(text), "p.json.gz", packed.String(), "empty.json", "")
	id := func(b []byte) string {
		h := newBlobHash(int64(len(b)))
		_, _ = h.Write(b)
		return h.blob("").SHA1
	}
	if got := id([]byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" { // git hash-object
		t.Error(got)
	}
	file, err := filepath.Abs(saved + "normal.tfplan")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		plan, file string
		in         io.Reader
		want       map[string]string
	}{
		{"p.json", "", nil, map[string]string{filepath.Join(dir, "p.json"): id(text)}},
		{"p.json.gz", file, nil, map[string]string{filepath.Join(dir, "p.json.gz"): id(packed.Bytes()), file: id(binary)}},
		{"-", "", bytes.NewReader(text), map[string]string{"-": id(text)}},
		{"empty.json", "", nil, map[string]string{filepath.Join(dir, "empty.json"): ""}},
	} {
		c := config.Check{Root: dir, Plans: []string{tt.plan}}
		if tt.file != "" {
			c.PlanFiles = []string{tt.file}
		}
		p, err := openPlans(c, tt.in)
		if err != nil {
			t.Fatal(err)
		}
		list := p.read(nil, 1<<30)
		p.close()
		got := map[string]string{}
		for _, b := range list[0].Blobs {
			got[b.Name] = b.SHA1
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.plan, d)
		}
		if tt.plan != "empty.json" && (list[0].Error != "" || list[0].Digest == "") {
			t.Errorf("%s: %s", tt.plan, list[0].Error)
		}
	}
}
