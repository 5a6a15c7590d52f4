package planfile_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/planfile"
)

var noFolders = cmpopts.IgnoreFields(checks.SourceMatch{}, "Folders")

// tree makes a commit of files.
func tree(files map[string]string) (t []planfile.TreeFile) {
	for name, text := range files {
		f := planfile.TreeFile{Path: name, Blob: blob(text)}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			f.Link, f.Blob = target, blob(target)
		}
		t = append(t, f)
	}
	return t
}

func TestMatchRecorded(t *testing.T) {
	f := read(t, recorded(t)["modules"].file)
	got := planfile.Match(f, tree(moduleFiles), false)
	want := checks.SourceMatch{Root: "infra/prod", Found: true, Matched: 7, LockFile: planfile.LockAbsent, Folders: []checks.Path{
		"infra/prod", "infra/prod/modules/near", "infra/prod/modules/near/deep", "shared/far", "shared/twin",
	}}
	if diff := cmp.Diff(want, got); diff != "" || !got.Same() {
		t.Error(diff)
	}
}

// A plan that was made from something else than the commit. The recorded plan is
// of moduleFiles; so each commit here differs from the working copy that the plan
// was made in.
func TestOtherCommits(t *testing.T) {
	f := read(t, recorded(t)["modules"].file)
	for name, c := range map[string]struct {
		commit map[string]string
		want   checks.SourceMatch
	}{
		"a file edited": {
			with(moduleFiles, main, moduleFiles[main]+" "),
			checks.SourceMatch{Matched: 6, Differing: []checks.Path{main}},
		},
		"a file added to the working copy": {
			with(moduleFiles, "infra/prod/extra.tf.json", ""),
			checks.SourceMatch{Matched: 6, Extra: []checks.Path{"infra/prod/extra.tf.json"}},
		},
		"an override file that is not committed": {
			with(moduleFiles, "infra/prod/main_override.tf", ""),
			checks.SourceMatch{Matched: 6, Extra: []checks.Path{"infra/prod/main_override.tf"}},
		},
		"a file taken away from the working copy": {
			with(moduleFiles, "infra/prod/guard.tf", "# prevents"),
			checks.SourceMatch{Matched: 7, Missing: []checks.Path{"infra/prod/guard.tf"}},
		},
		"JSON taken away": {
			with(moduleFiles, "infra/prod/guard.tf.json", "{}"),
			checks.SourceMatch{Matched: 7, Missing: []checks.Path{"infra/prod/guard.tf.json"}},
		},
		"an override file taken away": {
			with(moduleFiles, "infra/prod/override.tf", "# x"),
			checks.SourceMatch{Matched: 7, Missing: []checks.Path{"infra/prod/override.tf"}},
		},
		"a local module edited": {
			with(moduleFiles, "infra/prod/modules/near/deep/main.tf", "# other"),
			checks.SourceMatch{Matched: 6, Differing: []checks.Path{"infra/prod/modules/near/deep/main.tf"}},
		},
		"a local module above the root edited": {
			with(moduleFiles, "shared/twin/main.tf", "# other"),
			checks.SourceMatch{Matched: 6, Differing: []checks.Path{"shared/twin/main.tf"}},
		},
		"a file of a local module taken away": {
			with(moduleFiles, "shared/twin/guard.tf", "# x"),
			checks.SourceMatch{Matched: 7, Missing: []checks.Path{"shared/twin/guard.tf"}},
		},
		"a local module not committed": {
			with(moduleFiles, "shared/twin/main.tf", ""),
			checks.SourceMatch{Matched: 6, Extra: []checks.Path{"shared/twin/main.tf"}},
		},
		"CRLF on checkout": {
			with(moduleFiles, main, strings.ReplaceAll(moduleFiles[main], "\n", "\r\n")),
			checks.SourceMatch{Matched: 6, Differing: []checks.Path{main}},
		},
		"what Terraform does not read": {
			with(moduleFiles, "infra/prod/#x.tf#", "x", "infra/prod/x.tf~", "x", "infra/prod/.x.tf", "x", "infra/prod/x.tf.bak", "x", "infra/prod/x.tofu", "x", "infra/prod/sub/x.tf", "x"),
			checks.SourceMatch{Matched: 7},
		},
		"another lock file": {
			with(moduleFiles, "infra/prod/.terraform.lock.hcl", "# x"),
			checks.SourceMatch{Matched: 7, LockFile: planfile.LockDiffers},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Root, c.want.Found = "infra/prod", true
			if c.want.LockFile == "" {
				c.want.LockFile = planfile.LockAbsent
			}
			got := planfile.Match(f, tree(c.commit), false)
			if diff := cmp.Diff(c.want, got, noFolders); diff != "" {
				t.Error(diff)
			}
			if got.Same() != (name == "what Terraform does not read") {
				t.Errorf("Same is %t", got.Same())
			}
		})
	}
}

// config makes a plan file of modules and files: "key/name" to content.
func config(t testing.TB, m msg, modules string, files map[string]string) *planfile.File {
	t.Helper()
	entries := map[string]string{"tfconfig/modules.json": modules}
	for k, v := range files {
		entries["tfconfig/m-"+k] = v
	}
	return read(t, planZip(t, m, entries))
}

func TestRootFolder(t *testing.T) {
	one := func(text string) *planfile.File {
		return config(t, plan(), rootOnly, map[string]string{"/main.tf": text, "/v.tf": "v"})
	}
	copies := map[string]string{"b/main.tf": "x", "b/v.tf": "v", "a/deep/main.tf": "x", "a/deep/v.tf": "v", "c/main.tf": "x", "c/v.tf": "v", "c/w.tf": "w"}
	for name, c := range map[string]struct {
		f      *planfile.File
		commit map[string]string
		root   checks.Path
		found  bool
		same   bool
	}{
		"the repository's root":     {one("x"), map[string]string{"main.tf": "x", "v.tf": "v"}, "", true, true},
		"shortest of copies":        {one("x"), copies, "b", true, true},
		"best of several":           {one("y"), map[string]string{"a/main.tf": "z", "a/v.tf": "w", "b/main.tf": "z", "b/v.tf": "v"}, "b", true, false},
		"same names, alone":         {one("y"), map[string]string{"a/main.tf": "z", "a/v.tf": "w"}, "a", true, false},
		"same names, not alone":     {one("y"), map[string]string{"a/main.tf": "z", "a/v.tf": "w", "b/main.tf": "z", "b/v.tf": "w"}, "", false, false},
		"nothing alike":             {one("y"), map[string]string{"a/other.tf": "z"}, "", false, false},
		"an empty commit":           {one("y"), nil, "", false, false},
		"a plan without a file":     {config(t, plan(), rootOnly, nil), copies, "", false, false},
		"content under other names": {one("x"), map[string]string{"a/m.tf": "x", "a/w.tf": "v"}, "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := planfile.Match(c.f, tree(c.commit), false)
			if got.Root != c.root || got.Found != c.found || got.Same() != c.same {
				t.Errorf("got %+v", got)
			}
		})
	}
	// Of folders whose own files are equal, the one whose modules agree.
	f := config(t, plan(), `[{"Key":"","Dir":"."},{"Key":"m","Source":"./m","Dir":"m"}]`, map[string]string{"/main.tf": "x", "m/main.tf": "good"})
	got := planfile.Match(f, tree(map[string]string{"a/main.tf": "x", "a/m/main.tf": "bad", "b/main.tf": "x", "b/m/main.tf": "good"}), false)
	if got.Root != "b" || !got.Same() {
		t.Errorf("got %+v", got)
	}
	if got := planfile.MatchAt(f, tree(map[string]string{"a/main.tf": "x", "a/m/main.tf": "bad", "b/main.tf": "x", "b/m/main.tf": "good"}), false, "a"); got.Same() || got.Root != "a" || len(got.Differing) != 1 {
		t.Errorf("got %+v", got)
	}
	if got := planfile.MatchAt(f, nil, false, "../x"); got.Found {
		t.Errorf("got %+v", got)
	}
}

// modules.json is written by `init` in the working copy, and Terraform checks only
// that the source in it is that of the configuration. So it can send the tool to
// another folder for a local module.
func TestDoctoredManifest(t *testing.T) {
	commit := map[string]string{"main.tf": "root", "modules/a/main.tf": "good", "modules/b/main.tf": "evil"}
	for name, c := range map[string]struct {
		dir, content string
		want         checks.SourceMatch
	}{
		"as it is":               {"modules/a", "good", checks.SourceMatch{Matched: 2}},
		"Windows":                {`modules\\a`, "good", checks.SourceMatch{Matched: 2}},
		"another letter case":    {"Modules/A", "good", checks.SourceMatch{Matched: 2}},
		"another folder":         {"modules/b", "evil", checks.SourceMatch{Matched: 1, Differing: []checks.Path{"modules/a/main.tf", "modules/b"}}},
		"outside, doctored":      {"/tmp/a", "evil", checks.SourceMatch{Matched: 1, Differing: []checks.Path{"/tmp/a", "modules/a/main.tf"}}},
		"outside, same files":    {"/tmp/a", "good", checks.SourceMatch{Matched: 2, Differing: []checks.Path{"/tmp/a"}}},
		"like an external one":   {".terraform/modules/a", "good", checks.SourceMatch{Matched: 2, Differing: []checks.Path{".terraform/modules/a"}}},
		"climbs":                 {"../../a", "good", checks.SourceMatch{Matched: 2, Differing: []checks.Path{"../../a"}}},
		"as it is, but doctored": {"modules/a", "evil", checks.SourceMatch{Matched: 1, Differing: []checks.Path{"modules/a/main.tf"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := config(t, plan(), `[{"Key":"","Dir":"."},{"Key":"a","Source":"./modules/a","Dir":"`+c.dir+`"}]`, map[string]string{"/main.tf": "root", "a/main.tf": c.content})
			c.want.Found, c.want.LockFile = true, planfile.LockAbsent
			if diff := cmp.Diff(c.want, planfile.Match(f, tree(commit), false), noFolders); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExternal(t *testing.T) {
	modules := `[
		{"Key":"","Dir":"."},
		{"Key":"vpc","Source":"registry.terraform.io/terraform-aws-modules/vpc/aws","Version":"5.0.0","Dir":".terraform/modules/vpc"},
		{"Key":"vpc.sub","Source":"./modules/sub","Dir":".terraform/modules/vpc/modules/sub"},
		{"Key":"git","Source":"git::https://user:token@example.com/x.git","Dir":".terraform/modules/git"}
	]`
	f := config(t, plan(), modules, map[string]string{"/main.tf": "x", "vpc/main.tf": "1", "vpc/v.tf": "2", "vpc.sub/main.tf": "3", "git/main.tf": "4"})
	got := planfile.Match(f, tree(map[string]string{"main.tf": "x", "modules/sub/main.tf": "decoy"}), false)
	want := checks.SourceMatch{Found: true, Matched: 1, External: 4, LockFile: planfile.LockAbsent, Folders: []checks.Path{""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, m := range f.Modules {
		if strings.Contains(fmt.Sprint(m), "token") {
			t.Errorf("credentials are kept: %+v", m)
		}
		if m.External == (m.Key == "") {
			t.Errorf("got %+v", m)
		}
	}
}

// A module called twice is in the plan twice; both copies must be the commit's.
func TestTwoCopies(t *testing.T) {
	modules := `[{"Key":"","Dir":"."},{"Key":"a","Source":"./m","Dir":"m"},{"Key":"b","Source":"./m","Dir":"m"}]`
	commit := tree(map[string]string{"main.tf": "x", "m/main.tf": "m", "m/v.tf": "v"})
	files := map[string]string{"/main.tf": "x", "a/main.tf": "m", "a/v.tf": "v", "b/main.tf": "m", "b/v.tf": "v"}
	if got := planfile.Match(config(t, plan(), modules, files), commit, false); !got.Same() || got.Matched != 3 {
		t.Errorf("got %+v", got)
	}
	for name, files := range map[string]map[string]string{
		"one edited":      with(files, "b/main.tf", "evil"),
		"one lacks":       with(files, "b/v.tf", ""),
		"one has more":    with(files, "b/evil.tf", "evil"),
		"one is all gone": with(files, "b/v.tf", "", "b/main.tf", ""),
	} {
		if got := planfile.Match(config(t, plan(), modules, files), commit, false); got.Same() {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// OpenTofu reads .tofu files, and main.tofu instead of main.tf.
func TestTofuFiles(t *testing.T) {
	commit := tree(map[string]string{"main.tf": "tf", "main.tofu": "tofu", "x.tf.json": "{}", "x.tofu.json": "[]", "only.tofu": "o"})
	tf := map[string]string{"/main.tf": "tf", "/x.tf.json": "{}"}
	tofu := map[string]string{"/main.tofu": "tofu", "/x.tofu.json": "[]", "/only.tofu": "o"}
	terraform := plan().num(26, 1)
	for name, c := range map[string]struct {
		f    *planfile.File
		same bool
	}{
		"terraform":                       {config(t, terraform, rootOnly, tf), true},
		"opentofu":                        {config(t, plan(), rootOnly, tofu), true},
		"opentofu, all .tofu taken away":  {config(t, plan().str(6, "a.b"), rootOnly, tf), false},
		"nobody knows, .tofu taken away":  {config(t, plan(), rootOnly, tf), false},
		"opentofu, one .tofu taken away":  {config(t, plan(), rootOnly, with(tofu, "/only.tofu", "")), false},
		"terraform, .tf taken away":       {config(t, terraform, rootOnly, with(tf, "/x.tf.json", "")), false},
		"terraform, with .tofu all there": {config(t, terraform, rootOnly, with(tofu, "/main.tf", "tf", "/x.tf.json", "{}")), true},
	} {
		if got := planfile.Match(c.f, commit, false); got.Same() != c.same {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestLinks(t *testing.T) {
	f := config(t, plan(), `[{"Key":"","Dir":"."},{"Key":"m","Source":"./modules/m","Dir":"../../shared/m"}]`,
		map[string]string{"/main.tf": "main", "/common.tf": "common", "m/main.tf": "m"})
	commit := map[string]string{
		"envs/prod/main.tf": "main", "envs/prod/common.tf": "-> ../common.tf", "envs/common.tf": "common",
		"envs/prod/modules": "-> ../../shared", "shared/m/main.tf": "m",
	}
	if got := planfile.Match(f, tree(commit), false); !got.Same() || got.Root != "envs/prod" || got.Matched != 3 {
		t.Errorf("got %+v", got)
	}
	// A file that a link leads to counts, and not the folder that it lies in.
	want := []checks.Path{"envs/common.tf", "envs/prod", "shared/m"}
	if diff := cmp.Diff(want, planfile.Match(f, tree(commit), false).Folders); diff != "" {
		t.Error(diff)
	}
	if got := planfile.MatchAt(f, tree(with(commit, "prod", "-> envs/prod")), false, "prod"); !got.Same() {
		t.Errorf("got %+v", got)
	}
	for name, commit := range map[string]map[string]string{
		"target edited":         with(commit, "envs/common.tf", "other"),
		"target gone":           with(commit, "envs/common.tf", ""),
		"leaves the repository": with(commit, "envs/prod/common.tf", "-> ../../../common.tf"),
		"absolute":              with(commit, "envs/prod/common.tf", "-> /envs/common.tf"),
		"in a circle":           with(commit, "envs/prod/common.tf", "-> ../common.tf", "envs/common.tf", "-> prod/common.tf"),
		"folder in a circle":    with(commit, "envs/prod/modules", "-> ../prod/modules"),
		"other folder":          with(commit, "envs/prod/modules", "-> ../../other", "other/m/main.tf", "m2"),
	} {
		if got := planfile.Match(f, tree(commit), false); got.Same() {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	// Without the target a link is content that is not the plan's.
	blind := tree(commit)
	for i := range blind {
		blind[i].Link = ""
	}
	if got := planfile.Match(f, blind, false); got.Same() {
		t.Errorf("got %+v", got)
	}
}

func TestSHA256(t *testing.T) {
	f := config(t, plan(), rootOnly, map[string]string{"/main.tf": "x"})
	id := fmt.Sprintf("%x", sha256.Sum256([]byte("blob 1\x00x")))
	commit := []planfile.TreeFile{{Path: "main.tf", Blob: id}}
	if got := planfile.Match(f, commit, true); !got.Same() {
		t.Errorf("got %+v", got)
	}
	if got := planfile.Match(f, commit, false); got.Same() {
		t.Errorf("got %+v", got)
	}
}

func TestManyDifferences(t *testing.T) {
	files, commit := map[string]string{}, map[string]string{"same.tf": "s"}
	files["/same.tf"] = "s"
	for i := range 50 {
		files[fmt.Sprintf("/extra%02d.tf", i)] = "x"
		files[fmt.Sprintf("/diff%02d.tf", i)] = "x"
		commit[fmt.Sprintf("diff%02d.tf", i)] = "y"
		commit[fmt.Sprintf("missing%02d.tf", i)] = "y"
	}
	got := planfile.Match(config(t, plan(), rootOnly, files), tree(commit), false)
	if len(got.Differing) != 20 || len(got.Missing) != 20 || len(got.Extra) != 20 || got.Extra[0] != "extra00.tf" || got.Same() {
		t.Errorf("got %+v", got)
	}
}

// Thousands of modules in one large folder must not cost their product.
func TestHostileModules(t *testing.T) {
	var modules strings.Builder
	modules.WriteString(`[{"Key":"","Dir":"."}`)
	files := map[string]string{"/main.tf": "x"}
	for i := range 3000 {
		fmt.Fprintf(&modules, `,{"Key":"m%d","Source":"./m","Dir":"m"}`, i)
		files[fmt.Sprintf("m%d/main.tf", i)] = "m"
	}
	modules.WriteString("]")
	commit := map[string]string{"main.tf": "x"}
	for i := range 5000 {
		commit[fmt.Sprintf("m/%d.tofu", i)] = "t" // none that Terraform expects
	}
	commit["m/main.tf"] = "m"
	if got := planfile.Match(config(t, plan().num(26, 1), modules.String(), files), tree(commit), false); got.Same() {
		t.Error("gave up looking, and says the same")
	}
}

// A real working copy is doctored before `terraform plan`, the commit is not.
func TestDoctoredWorkingCopy(t *testing.T) {
	bin := terraform(t)
	honest := moduleFiles
	for name, doctor := range map[string]map[string]string{
		"extra file":    {"infra/prod/zz.tf": `resource "terraform_data" "evil" {}`},
		"override":      {"infra/prod/terraform_override.tf": `resource "terraform_data" "a" { input = "evil" }`},
		"JSON override": {"infra/prod/override.tf.json": `{"resource": {"terraform_data": {"a": {"input": "evil"}}}}`},
		"module edited": {"shared/twin/main.tf": `resource "terraform_data" "evil" {}`},
		"CRLF":          {main: strings.ReplaceAll(honest[main], "\n", "\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := with(honest)
			for k, v := range doctor {
				files[k] = v
			}
			s := situation{after: files}
			_, p := s.run(t, bin)
			m := planfile.Match(read(t, p.file), tree(honest), false)
			if m.Same() || m.Root != "infra/prod" || len(m.Differing)+len(m.Extra) != 1 {
				t.Errorf("got %+v", m)
			}
		})
	}
	t.Run("symbolic links", func(t *testing.T) {
		t.Parallel()
		s := situation{after: with(honest, "infra/common.tf", "output \"c\" { value = 1 }\n")}
		repo, _ := s.run(t, bin)
		for link, target := range map[string]string{"infra/prod/common.tf": "../common.tf", "infra/prod/linked": "../../shared/twin"} {
			if err := os.Symlink(target, filepath.Join(repo, link)); err != nil {
				t.Skip(err)
			}
		}
		s = situation{after: map[string]string{"infra/prod/more.tf": `module "l" { source = "./linked" }`}}
		p := s.runIn(t, bin, repo)
		if m := planfile.Match(read(t, p.file), treeOf(t, repo), false); !m.Same() {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("manifest", func(t *testing.T) {
		t.Parallel()
		s := situation{after: honest}
		repo, _ := s.run(t, bin)
		write(t, repo, map[string]string{"evil/main.tf": `resource "terraform_data" "evil" {}`})
		manifest := filepath.Join(repo, "infra/prod/.terraform/modules/modules.json")
		b, err := os.ReadFile(manifest)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(manifest, []byte(strings.ReplaceAll(string(b), `"Dir":"../../shared/twin"`, `"Dir":"../../evil"`)), 0o644); err != nil {
			t.Fatal(err)
		}
		p := s.planIn(t, bin, repo)
		m := planfile.Match(read(t, p.file), treeOf(t, repo), false)
		if m.Same() || len(m.Differing) == 0 {
			t.Errorf("terraform read another folder, and it is not seen: %+v", m)
		}
	})
}

// A plan with very many modules names the first folders only.
func TestManyFolders(t *testing.T) {
	modules, files, commit := `[{"Key":"","Dir":"."}`, map[string]string{"/main.tf": "x"}, map[string]string{"main.tf": "x"}
	for i := range 600 {
		modules += fmt.Sprintf(`,{"Key":"m%[1]d","Source":"./m/%[1]d","Dir":"m/%[1]d"}`, i)
		files[fmt.Sprintf("m%d/main.tf", i)] = "m"
		commit[fmt.Sprintf("m/%d/main.tf", i)] = "m"
	}
	got := planfile.Match(config(t, plan(), modules+"]", files), tree(commit), false)
	if !got.Same() || len(got.Folders) != 500 || got.Folders[0] != "" {
		t.Errorf("%v, %d folders", got.Same(), len(got.Folders))
	}
}
