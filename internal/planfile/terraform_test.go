package planfile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

var update = flag.Bool("update", false, "make the recorded plans in testdata anew, with the terraform on the PATH")

// A pair is a plan file and the JSON that terraform made of it.
type pair struct {
	file []byte
	json planJSON
}

// planJSON is what these tests need of the JSON. Only the reader of the product is
// strict; here terraform itself wrote it.
type planJSON struct {
	ToolVersion string          `json:"terraform_version"`
	Timestamp   time.Time       `json:"timestamp"`
	Errored     *bool           `json:"errored"`
	Complete    *bool           `json:"complete"`
	Applyable   *bool           `json:"applyable"`
	Variables   map[string]any  `json:"variables"`
	Changes     []jsonChange    `json:"resource_changes"`
	Drift       []any           `json:"resource_drift"`
	Deferred    []any           `json:"deferred_changes"`
	Invocations []any           `json:"action_invocations"`
	Outputs     map[string]acts `json:"output_changes"`
}

type jsonChange struct {
	Address string `json:"address"`
	Deposed string `json:"deposed,omitempty"`
	Change  acts   `json:"change"`
}

type acts struct {
	Actions []string `json:"actions"`
}

// stated gives all that a comparison can be told.
func (p *planJSON) stated() planfile.Stated {
	n := func(i int) *int { return &i }
	s := planfile.Stated{
		ToolVersion: p.ToolVersion, Timestamp: p.Timestamp, Errored: p.Errored, Complete: p.Complete, Applyable: p.Applyable,
		Variables: []string{}, Drift: n(len(p.Drift)), Deferred: n(len(p.Deferred)), Invocations: n(len(p.Invocations)), Outputs: n(len(p.Outputs)),
	}
	for name := range p.Variables {
		s.Variables = append(s.Variables, name)
	}
	return s
}

func compare(f *planfile.File, p planJSON) []string {
	c := f.Compare()
	for _, ch := range p.Changes {
		c.Change(ch.Address, ch.Deposed, ch.Change.Actions)
	}
	for name, o := range p.Outputs {
		c.Output(name, o.Actions)
	}
	c.Facts(p.stated())
	return c.Done()
}

func terraform(t *testing.T) string {
	t.Helper()
	bin, err := exec.LookPath("terraform")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("terraform is not on the PATH")
		}
		t.Skip("SKIPPED: terraform is not on the PATH; the recorded plans are tested alone")
	}
	return bin
}

func command(t *testing.T, bin, dir string, mayFail bool, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_CONFIG_FILE=/dev/null", "TF_DATA_DIR=", "TF_CLI_ARGS=", "TF_WORKSPACE=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && !mayFail {
		t.Fatalf("terraform %v: %v\n%s%s", args, err, out, stderr.Bytes())
	}
	return out
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, b []byte) (p planJSON) {
	t.Helper()
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Every plan that terraform really makes is read, agrees with its JSON in
// everything, and is of the files it was made from.
func TestRealPlans(t *testing.T) {
	bin := terraform(t)
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			repo, p := s.run(t, bin)
			if *update {
				record(t, s.name, p)
			}
			f := read(t, p.file)
			if d := compare(f, p.json); d != nil {
				t.Errorf("a real pair disagrees:\n%s", strings.Join(d, "\n"))
			}
			m := planfile.Match(f, treeOf(t, repo), false)
			if s.name == "empty-destroy" { // nothing to compare with
				if m.Found || m.Same() {
					t.Errorf("a plan without configuration is of no commit: %+v", m)
				}
				return
			}
			if !m.Same() || m.Root != "infra/prod" {
				t.Errorf("made from the commit, and not the same: %+v", m)
			}
		})
	}
}

func record(t *testing.T, name string, p pair) {
	t.Helper()
	for variable := range p.json.Variables {
		p.json.Variables[variable] = nil // their names are all that is compared
	}
	b, err := json.MarshalIndent(p.json, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{name + ".tfplan": p.file, name + ".json": append(b, '\n')} {
		if err := os.WriteFile(filepath.Join("testdata", file), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// recorded returns all recorded pairs by name.
func recorded(t testing.TB) map[string]pair {
	t.Helper()
	found, err := filepath.Glob("testdata/*.tfplan")
	if err != nil || len(found) == 0 {
		t.Fatal("no recorded plans")
	}
	all := map[string]pair{}
	for _, name := range found {
		var p pair
		var err error
		if p.file, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(strings.TrimSuffix(name, ".tfplan") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &p.json); err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".tfplan")] = p
	}
	return all
}

func read(t testing.TB, b []byte) *planfile.File {
	t.Helper()
	f, err := planfile.Read(bytes.NewReader(b), int64(len(b)), planfile.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// treeOf lists a folder as a commit would have it.
func treeOf(t *testing.T, repo string) (files []planfile.TreeFile) {
	t.Helper()
	err := filepath.WalkDir(repo, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".terraform" || d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(repo, p)
		if err != nil {
			return err
		}
		f := planfile.TreeFile{Path: filepath.ToSlash(rel)}
		if d.Type()&fs.ModeSymlink != 0 {
			if f.Link, err = os.Readlink(p); err != nil {
				return err
			}
			f.Blob = blob(f.Link)
		} else {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			f.Blob = blob(string(b))
		}
		files = append(files, f)
		return nil
	})
	if err != nil && !errors.Is(err, fs.SkipDir) {
		t.Fatal(err)
	}
	return files
}
