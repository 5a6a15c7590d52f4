package attest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// counted signs, and fails from a number on, as a service does that goes away.
type counted struct {
	Signer
	n, failAt int
}

func (c *counted) Sign(ctx context.Context, statement []byte) ([]byte, error) {
	if c.n++; c.n == c.failAt {
		return nil, errors.New("gone")
	}
	return c.Signer.Sign(ctx, statement)
}

func items(tb testing.TB, path string) []attestation.Item {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Body: text})
}

// Nothing is signed that could not be kept: with a log it could not be taken back.
func TestFileIsOpenedFirst(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	many := strings.Repeat(`{"payload":"","payloadType":"x","signatures":[]}`+"\n", maxOldItems+1)
	for words, path := range map[string]string{
		"no such file or directory": filepath.Join(dir, "none", "a.jsonl"),
		"not a regular file":        dir + "/",
		"holds something else":      write("shopping.list", "milk\n"),
		"and is left as it is":      write("config.json", "{\"mediaType\": 1}\n"),
		"or 500 attestations":       write("many.jsonl", many),
		"has more than 8 MiB":       write("large.jsonl", strings.Repeat(" ", maxOldBytes+1)),
	} {
		before, _ := os.ReadFile(path)
		s := &counted{Signer: withKey(t, newKey(t))}
		o := options(g)
		o.To = path
		made, err := Make(t.Context(), o, s)
		wantProblem(t, err, words)
		var p *Problem
		if made != nil || s.n != 0 || !errors.As(err, &p) || !p.Usage {
			t.Errorf("%s: %d signatures were made, %+v", path, s.n, made)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", path)
		}
	}
}

// What was made before something failed is in the file, and is not made again.
func TestFileKeepsWhatWasMade(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0")
	g.Commit("one", "a", "1")
	g.Commit("two", "a", "2")
	g.Commit("three", "a", "3")
	path := filepath.Join(t.TempDir(), "a.jsonl")
	s := &counted{Signer: withKey(t, newKey(t)), failAt: 3}
	o := options(g)
	o.To, o.Which = path, Which{Range: base + "..HEAD"}
	made, err := Make(t.Context(), o, s)
	if err == nil || len(made.Results) != 2 {
		t.Fatalf("%+v, %v", made, err)
	}
	kept := items(t, path)
	if len(kept) != 2 || kept[0].Digest != made.Results[0].Digest || kept[1].Digest != made.Results[1].Digest {
		t.Fatalf("%d bundles are kept", len(kept))
	}
	made, err = Make(t.Context(), o, s)
	if err != nil || len(made.Results) != 3 || made.Results[0].New || made.Results[1].New || !made.Results[2].New {
		t.Errorf("%+v, %v", made, err)
	}
	if n := len(items(t, path)); n != 3 || s.n != 4 {
		t.Errorf("%d bundles are kept, %d were signed", n, s.n)
	}
	// Behind a bundle that somebody wrote on many lines and did not end.
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, kept[0].Raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pretty.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err = Make(t.Context(), o, s)
	if err != nil || made.Results[0].New || !made.Results[1].New {
		t.Errorf("%+v, %v", made, err)
	}
	if got := items(t, path); len(got) != 3 || !bytes.Equal(got[0].Raw, pretty.Bytes()) {
		t.Errorf("%d bundles are kept", len(got))
	}
}

// A file that was made for nothing is taken away; one that was there is not.
func TestNoEmptyFileIsLeft(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	o := options(g)
	o.To = filepath.Join(t.TempDir(), "a.jsonl")
	run := func() {
		if _, err := Make(t.Context(), o, &counted{Signer: withKey(t, newKey(t)), failAt: 1}); err == nil {
			t.Fatal("it did not fail")
		}
	}
	run()
	if _, err := os.Stat(o.To); err == nil {
		t.Error("an empty file is left behind")
	}
	if err := os.WriteFile(o.To, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run()
	if _, err := os.Stat(o.To); err != nil {
		t.Error(err)
	}
}

// Whatever way it ends, the work tree is let go of.
func TestTreeIsClosed(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	closed := func() {
		t.Helper()
		n := 0
		list, _ := os.ReadDir("/proc/self/fd")
		for _, fd := range list {
			if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && to == g.Dir {
				n++
			}
		}
		if n != 0 {
			t.Errorf("the work tree is open %d times", n)
		}
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("there is no /proc to look in")
	}
	o := options(g)
	o.To = "tree"
	if _, err := Make(t.Context(), o, &counted{Signer: withKey(t, newKey(t)), failAt: 1}); err == nil {
		t.Fatal("it did not fail")
	}
	closed()
	m := MergeOptions{Dir: g.Dir, Base: "none", Head: "HEAD", Merged: "HEAD", Repository: "acme/shop", To: "tree", Env: none}
	if _, err := Merge(t.Context(), m, withKey(t, newKey(t))); err == nil {
		t.Fatal("it did not fail")
	}
	closed()
}

// What others put into a file of the tree stays as it is.
func TestTreeKeepsForeignText(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	const foreign = "{\n  \"x\": 1,\n\n  \"y\": 2\n}\r\n\nwords"
	g.Write("evidence/"+c+".jsonl", foreign)
	o := options(g)
	o.To = "tree=evidence"
	if _, err := Make(t.Context(), o, withKey(t, newKey(t))); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(g.Path("evidence", c+".jsonl"))
	if err != nil || !strings.HasPrefix(string(text), foreign+"\n{") {
		t.Errorf("%q, %v", text, err)
	}
}

// When our hook cannot be written the owner's is where it was.
func TestHookIsPutBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), PostCommit)
	if err := os.WriteFile(path, []byte("mine"), 0o700); err != nil { //nolint:gosec // a hook
		t.Fatal(err)
	}
	gone := errors.New("no room")
	if err := inPlaceOf(path, func() error { return gone }); !errors.Is(err, gone) {
		t.Errorf("error is %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	err := inPlaceOf(path, func() error { return errors.Join(gone, os.Remove(path+keptSuffix)) })
	if err == nil || !strings.Contains(err.Error(), PostCommit+keptSuffix) {
		t.Errorf("error is %v", err)
	}
}

// Text of others is not cut inside a character.
func TestShow(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		if got := show(strings.Repeat("x", n) + strings.Repeat("€", 100)); strings.Contains(got, `\x`) || !utf8.ValidString(got) {
			t.Errorf("%s", got)
		}
	}
}

// A remote that cannot be reached is found out before anything is made.
func TestNothingIsMadeWithoutTheRemote(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	o := options(g)
	o.Push = "http://x:SECRETTOKEN@127.0.0.1:1/a.git"
	s := &counted{Signer: withKey(t, newKey(t))}
	made, err := Make(t.Context(), o, s)
	wantProblem(t, err, "Could not fetch the notes of the remote")
	var p *Problem
	if !errors.As(err, &p) || made != nil || s.n != 0 || !strings.Contains(p.Remedy, "Nothing was made") || strings.Contains(p.Message, `\n`) || strings.Contains(p.Message+p.Remedy, "SECRET") {
		t.Errorf("%+v, %v", p, made)
	}
	// What is on the remote is no notes: said, and not adopted.
	origin := gittest.Init(t)
	origin.Commit("one", "a", "1")
	origin.Git("update-ref", NotesRef, origin.Git("rev-parse", "HEAD:a"))
	o.Push = origin.Dir
	_, err = Make(t.Context(), o, s)
	wantProblem(t, err, "is no ref of notes")
	if errors.As(err, &p); !strings.Contains(p.Remedy, "git push REMOTE :"+NotesRef) {
		t.Errorf("%+v", p)
	}
	o.Push = ""
	if _, err := Make(t.Context(), o, s); err != nil {
		t.Error(err)
	}
}

// An address with a password in it is not told when all went well either.
func TestPushedIsShownWithoutPassword(t *testing.T) {
	t.Parallel()
	g, origin := gittest.Init(t), gittest.Init(t)
	g.Commit("one", "a", "1")
	g.Git("config", "url."+origin.Dir+".insteadOf", "http://x:SECRETTOKEN@example.com/a.git")
	o := options(g)
	o.Push = "http://x:SECRETTOKEN@example.com/a.git"
	made, err := Make(t.Context(), o, withKey(t, newKey(t)))
	if err != nil || made.Pushed != "http://example.com/a.git" {
		t.Errorf("%+v, %v", made, err)
	}
}

// A key has one name, with the padding nowhere.
func TestFingerprintIsThePolicys(t *testing.T) {
	t.Parallel()
	s := withKey(t, newKey(t)).(*keySigner) //nolint:forcetypeassert // it is
	_, want, err := signature.ParsePEM(s.pair.pem)
	if err != nil || s.String() != "the key "+want {
		t.Errorf("%s, want %s, %v", s, want, err)
	}
}

// The folder of a key is made, readable by its owner alone; a whole path is a slip.
func TestKeyFolderIsMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := GenerateKey(filepath.Join(dir, ".config", "claw.key"), false, nil); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, ".config")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
	_, err := GenerateKey(filepath.Join(dir, "a", "b", "claw.key"), false, nil)
	wantProblem(t, err, "Could not make the folder")
	var p *Problem
	if !errors.As(err, &p) || !strings.Contains(p.Remedy, "mkdir -p -m 700 "+filepath.Join(dir, "a", "b")) {
		t.Errorf("%+v", p)
	}
}
