package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
)

// endings of the files in a folder of plans, as Terragrunt's --json-out-dir and
// people name them. A plan file has the name of its JSON with another ending, or
// without one; Terragrunt's --out-dir writes tfplan.tfplan.
var (
	endings      = []string{".json", ".json.gz", ".json.zst"}
	savedEndings = []string{".tfplan", "", ".plan", ".binary"}
)

// folderPlans finds every plan below a folder. Everything in it with the ending of
// JSON has to be a plan: a folder in which one was overlooked looks like one where
// all were judged. So nothing is passed over that may be one: a link, a plan file
// without its JSON, a second plan file beside the first. What Terraform keeps for
// itself in .terraform is not looked at.
func folderPlans(root, folder string) ([]source, error) {
	problem := func(format string, args ...any) error {
		return &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf(format, args...), Remedy: "Give a folder in which every JSON file is a plan and every plan file has its JSON beside it, or name the plans one by one."}
	}
	w := walk{saved: map[string]bool{}}
	err := filepath.WalkDir(at(root, folder), w.entry)
	told := w.told
	if err == nil && told == "" {
		err = w.pair(root, folder)
		told = w.told
	}
	switch {
	case err != nil:
		return nil, problem("The folder %q cannot be read: %v.", folder, err)
	case told != "":
		return nil, problem("The folder of plans %q cannot be used: %s.", folder, told)
	case len(w.out) == 0:
		return nil, problem("The folder %q holds no plan: nothing in it ends in .json, .json.gz or .json.zst.", folder)
	}
	slices.SortFunc(w.out, func(a, b source) int { return strings.Compare(a.name, b.name) })
	return w.out, nil
}

// walk is what was found in a folder.
type walk struct {
	json  []string
	saved map[string]bool // plan files, and whether they belong to a JSON
	out   []source
	told  string // what is wrong
}

func (w *walk) wrong(format string, args ...any) error {
	w.told = fmt.Sprintf(format, args...)
	return fs.SkipAll
}

func (w *walk) entry(path string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case d.IsDir() && d.Name() == ".terraform":
		return fs.SkipDir
	case d.IsDir():
		return nil
	case !d.Type().IsRegular():
		return w.wrong("%s is no regular file, so what it leads to would be left out", checks.Path(path))
	}
	if _, ok := planStem(path); ok {
		if len(w.json) == maxPlans {
			return w.wrong("it holds more than %d plans", maxPlans)
		}
		w.json = append(w.json, path)
		return nil
	}
	is, err := isPlanFile(path)
	if is {
		w.saved[path] = false
	}
	return err
}

// pair finds the plan file of every JSON.
func (w *walk) pair(root, folder string) error {
	for _, path := range w.json {
		s := source{name: path}
		if root != "" && !filepath.IsAbs(folder) {
			var err error
			if s.name, err = filepath.Rel(root, path); err != nil {
				return err
			}
		}
		stem, _ := planStem(path)
		for _, e := range savedEndings {
			st, err := os.Lstat(stem + e)
			if err != nil || !st.Mode().IsRegular() { // a link was refused before, and a folder may have the name
				continue
			}
			if s.saved != "" {
				w.told = fmt.Sprintf("%s could be the plan file of %s, and so could %s", checks.Path(stem+e), checks.Path(path), checks.Path(s.saved))
				return nil
			}
			w.saved[stem+e] = true
			s.saved = strings.TrimSuffix(s.name, strings.TrimPrefix(path, stem)) + e
		}
		w.out = append(w.out, s)
	}
	for path, used := range w.saved {
		if !used && (w.told == "" || path < w.told) {
			w.told = path
		}
	}
	if w.told != "" {
		w.told = fmt.Sprintf("%s is a plan file without its JSON, so nobody would look at what it does", checks.Path(w.told))
	}
	return nil
}

func planStem(path string) (string, bool) {
	for _, e := range slices.Backward(endings) {
		if stem, ok := strings.CutSuffix(path, e); ok && filepath.Base(stem) != "." {
			return stem, true
		}
	}
	return "", false
}

// isPlanFile reports whether a file is a saved plan file by its name, or by how it
// begins: a zip whose first entry is "tfplan", or any zip that is not called one.
func isPlanFile(path string) (bool, error) {
	switch name := filepath.Base(path); {
	case name == "tfplan":
		return true, nil
	case slices.Contains(savedEndings, filepath.Ext(name)) && filepath.Ext(name) != "":
		return true, nil
	}
	f, err := os.Open(path) //nolint:gosec // in the folder that the caller names
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 36) // a local header and the six bytes of the name
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	zip := bytes.HasPrefix(head[:n], []byte("PK\x03\x04"))
	return zip && (filepath.Ext(path) != ".zip" || bytes.HasSuffix(head[:n], []byte("tfplan"))), nil
}
