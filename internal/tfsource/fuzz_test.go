package tfsource_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

// FuzzCompare: no panic, whatever the files; the order of the files does not matter;
// every change has a known kind, a place and sane texts; and a commit does not differ
// from itself.
func FuzzCompare(f *testing.F) {
	cases, err := filepath.Glob("testdata/compare/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		base, head, _ := split(a)
		var paths []string
		texts := map[string][2]string{}
		for i, files := range [][]tfsource.File{base, head} {
			for _, x := range files {
				both, seen := texts[x.Path]
				if !seen {
					paths = append(paths, x.Path)
				}
				both[i] = string(x.Data)
				texts[x.Path] = both
			}
		}
		paths = append(paths, "", "")
		p, q := paths[0], paths[1]
		if len(texts[p][0])+len(texts[p][1])+len(texts[q][0])+len(texts[q][1]) < 4<<10 {
			f.Add(p, texts[p][0], texts[p][1], q, texts[q][0], texts[q][1])
		}
	}
	kinds := map[checks.SourceKind]bool{
		checks.SourcePreventDestroy: true, checks.SourceIgnoreChanges: true, checks.SourceBackend: true, checks.SourceModule: true, checks.SourceProvider: true,
		checks.SourceProviderSettings: true, checks.SourceCommand: true, checks.SourceCheck: true, checks.SourceSensitive: true, checks.SourceUnreadable: true,
	}
	lim := tfsource.Limits{MaxFile: 64 << 10, MaxChanges: 50, MaxWork: 20_000, MaxDepth: 300}
	f.Fuzz(func(t *testing.T, p, pBase, pHead, q, qBase, qHead string) {
		var base, head []tfsource.File
		put := func(files *[]tfsource.File, path, text string) {
			if text != "" {
				*files = append(*files, file(path, text))
			}
		}
		put(&base, p, pBase)
		put(&base, q, qBase)
		put(&head, p, pHead)
		put(&head, q, qHead)
		got := tfsource.Compare(base, head, lim)
		for _, c := range got {
			if !kinds[c.Kind] || c.Line < 0 || len(c.Before) > 250 || len(c.After) > 250 || len(c.Address) > 250 || len(c.Detail) > 2_000 || strings.HasPrefix(c.Detail, "the comparison failed") || (c.Path == "" && c.Kind != checks.SourceUnreadable) {
				t.Fatalf("%+v", c)
			}
		}
		if len(got) > 51 {
			t.Fatalf("%d changes", len(got))
		}
		if d := cmp.Diff(got, tfsource.Compare(unique(base), unique(head), lim)); d != "" {
			t.Fatal(d)
		}
		if same := tfsource.Compare(head, head, lim); len(same) > 0 {
			t.Fatalf("a commit differs from itself: %+v", same)
		}
		x := tfsource.NewIndex(head, lim)
		for _, c := range got {
			x.Locate(c.Address, "")
			x.Dynamic(c.Address, "", "ingress")
			x.LeadsInto(folder(string(c.Path)))
			x.Locate("module.a."+c.Address, "a")
		}
	})
}

func folder(p string) string { return p[:max(0, strings.LastIndexByte(p, '/'))] }

// unique returns the files in another order. Of several with one path the last counts.
func unique(files []tfsource.File) []tfsource.File {
	last := map[string]tfsource.File{}
	var out []tfsource.File
	for i := len(files) - 1; i >= 0; i-- {
		if _, ok := last[files[i].Path]; !ok {
			last[files[i].Path] = files[i]
			out = append(out, files[i])
		}
	}
	return out
}

// FuzzSecret puts a secret wherever a value can stand, whatever surrounds it; it must
// not come through.
func FuzzSecret(f *testing.F) {
	const canary = "hunter2"
	f.Add("", "")
	f.Add("a", "@b")
	f.Add("${", "}")
	f.Add("/", "@")
	f.Add("https://", ":x")
	f.Add("?ref=", "&token=")
	f.Add("\n", "\"")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 1_000 {
			return
		}
		quoted, err := json.Marshal(before + canary + after)
		if err != nil {
			t.Fatal(err)
		}
		s := string(quoted)
		inURL := strings.Map(func(r rune) rune {
			if strings.ContainsRune(`/?#"\${}%`, r) || r < ' ' {
				return 'x'
			}
			return r
		}, before+canary+after)
		u := func(s string) string {
			b, _ := json.Marshal(s)
			return string(b)
		}
		head := `{
 "terraform": {"backend": {"s3": {"bucket": ` + s + `, "secret_key": ` + s + `}}, "required_providers": {"evil": {"source": "a/b", "version": "1"}}},
 "provider": {"aws": {"access_key": ` + s + `, "region": "us-east-1", "assume_role": {"external_id": ` + s + `}, "default_tags": {"tags": {"a": ` + s + `}}}, "kubernetes": {"exec": {"command": ` + s + `, "args": [` + s + `]}}},
 "module": {"m": {"source": ` + u("git::https://"+inURL+":"+inURL+"@git.example/x.git?ref=v1&sshkey="+inURL+"&x"+inURL) + `}, "s": {"source": ` + u("s3::https://s3.example/b?aws_access_key_id="+inURL+"&aws_access_key_secret="+inURL) + `}},
 "resource": {"null_resource": {"x": {"provisioner": [{"local-exec": {"command": ` + s + `, "environment": {"A": ` + s + `}}}], "connection": {"password": ` + s + `}, "lifecycle": {"prevent_destroy": ` + s + `}}}},
 "data": {"external": {"x": {"program": [` + s + `], "query": {"a": ` + s + `}}}, "http": {"x": {"url": ` + s + `, "request_headers": {"Authorization": ` + s + `}}}},
 "locals": {"a": ` + s + `}
}`
		base := `{
 "terraform": {"backend": {"s3": {"bucket": "a"}}},
 "provider": {"aws": {}},
 "resource": {"null_resource": {"x": {"lifecycle": {"prevent_destroy": true}}}},
 "module": {"m": {"source": "./m"}}
}`
		rc := "credentials \"app.terraform.io\" {\n  token = " + s + "\n}\n"
		got := tfsource.Compare(
			[]tfsource.File{file("main.tf.json", base), file("a.tfbackend", "x = 1\n")},
			[]tfsource.File{file("main.tf.json", head), file("a.tfbackend", "x = "+s+"\n"), file(".terraformrc", rc)},
			tfsource.Limits{})
		if len(got) < 8 && before+after == "" {
			t.Fatalf("the seed is meant to be found: %+v", got)
		}
		for _, c := range got {
			out, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), canary) {
				t.Fatalf("a secret came through: %s", out)
			}
		}
	})
}
