package gitobject

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// told is what GitHub tells of a commit object: dates without the difference of
// +0000 and -0000, the message without its last line break, the signature with what
// it signs.
func told(tb testing.TB, raw []byte) Parts {
	tb.Helper()
	c, err := Parse(raw, "sha1")
	if err != nil {
		tb.Fatal(err)
	}
	p := Parts{Tree: c.Tree, Parents: c.Parents, Message: strings.TrimSuffix(c.Message, "\n")}
	for line := range strings.SplitSeq(string(raw[:len(raw)-len(c.Message)]), "\n") {
		if v, ok := strings.CutPrefix(line, "author "); ok {
			p.Author = stamp(tb, v)
		}
		if v, ok := strings.CutPrefix(line, "committer "); ok {
			p.Committer = stamp(tb, v)
		}
	}
	if c.Signatures > 0 {
		p.Payload, p.Signature = string(c.Payload), string(c.Signature)
	}
	return p
}

func stamp(tb testing.TB, line string) Stamp {
	tb.Helper()
	who, when, _ := strings.Cut(line, "> ")
	name, email, _ := strings.Cut(who, "<")
	secs, zone, _ := strings.Cut(when, " ")
	unix, err := strconv.ParseInt(secs, 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	hhmm, err := strconv.Atoi(zone)
	if err != nil {
		tb.Fatal(err)
	}
	at := time.FixedZone("", (hhmm/100*60+hhmm%100)*60)
	return Stamp{strings.TrimSuffix(name, " "), email, time.Unix(unix, 0).In(at).Format(time.RFC3339)}
}

func TestRebuildRealCommits(t *testing.T) {
	t.Parallel()
	signed := 0
	for id, raw := range realCommits(t) {
		p := told(t, raw)
		if p.Payload != "" {
			signed++
		}
		for name, p := range map[string]Parts{"as told": p, "signature cut": trimmed(p)} {
			got, err := Rebuild(id, p)
			if err != nil || !bytes.Equal(got, raw) {
				t.Errorf("%s, %s: %v", id, name, err)
			}
		}
	}
	if signed < 20 {
		t.Errorf("only %d signed commits among the fixtures", signed)
	}
}

func trimmed(p Parts) Parts {
	p.Signature = strings.TrimRight(p.Signature, "\n")
	return p
}

// repository runs real git in a new repository. env adds to a clean environment.
func repository(tb testing.TB) (git func(in string, env []string, args ...string) string) {
	tb.Helper()
	dir := tb.TempDir()
	git = func(in string, env []string, args ...string) string {
		tb.Helper()
		cmd := exec.Command("git", args...) //nolint:gosec // a test's own arguments
		cmd.Dir = dir
		cmd.Env = append([]string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
			"GIT_AUTHOR_NAME=Ada Ä", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1795000000 +0530",
			"GIT_COMMITTER_NAME=Bob", "GIT_COMMITTER_EMAIL=bob@example.com", "GIT_COMMITTER_DATE=1795000001 -0930",
		}, env...)
		cmd.Stdin = strings.NewReader(in)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			tb.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return string(out)
	}
	git("", nil, "init", "-q", "-b", "main")
	return git
}

func TestRebuildWhatGitWrites(t *testing.T) {
	t.Parallel()
	git := repository(t)
	empty := strings.TrimSpace(git("", nil, "mktree"))
	commit := func(message string, env []string, args ...string) string {
		return strings.TrimSpace(git(message, env, append(args, empty)...))
	}
	tree := func(config ...string) []string {
		var args []string
		for _, c := range config {
			args = append(args, "-c", c)
		}
		return append(args, "commit-tree")
	}
	root := commit("root\n", nil, tree()...)
	side := commit("side\n", nil, tree()...)
	ids := map[string]string{
		"root":               root,
		"no line break":      commit("subject", nil, tree()...),
		"empty message":      commit("", nil, tree()...),
		"blank lines behind": commit("subject\n\nbody\n\n", nil, tree()...),
		"crlf":               commit("subject\r\n\r\nbody\r\n", nil, tree()...),
		"only blanks":        commit(" \n", nil, tree()...),
		"merge":              strings.TrimSpace(git("merge\n", nil, "commit-tree", "-p", root, "-p", side, empty)),
		"minus nothing":      commit("zone\n", []string{"GIT_AUTHOR_DATE=1795000000 -0000"}, tree()...),
		"both minus nothing": commit("zone\n", []string{"GIT_AUTHOR_DATE=1795000000 -0000", "GIT_COMMITTER_DATE=1795000000 -0000"}, tree()...),
		"nothing":            commit("zone\n", []string{"GIT_AUTHOR_DATE=1795000000 +0000"}, tree()...),
		"utf-8 by name":      rawCommit(git, empty, "A <a@b> 1 +0000", "encoding UTF-8\n", "ä\n"),
		"latin-1":            commit("gr\xfc\xdfe\n", []string{"GIT_AUTHOR_NAME=J\xf6rg"}, tree("i18n.commitEncoding=ISO-8859-1")...),
		"no name":            rawCommit(git, empty, " <a@b> 1 +0000", "", "m\n"),
		"no name, no space":  rawCommit(git, empty, "<a@b> 1 +0000", "", "m\n"),
		"half an hour":       commit("zone\n", []string{"GIT_AUTHOR_DATE=1795000000 -0030"}, tree()...),
	}
	if key := sshKey(t); key != "" {
		sign := []string{"gpg.format=ssh", "user.signingKey=" + key}
		for name, message := range map[string]string{"signed": "subject\n\nbody\n", "signed, empty": "", "signed, no line break": "subject", "signed, blank lines": "s\n\n\n\n"} {
			ids[name] = commit(message, nil, append(tree(sign...), "-S")...)
		}
	}
	for name, id := range ids {
		raw := []byte(git("", nil, "cat-file", "commit", id))
		p := told(t, raw)
		if strings.HasPrefix(name, "latin") {
			p = utf8(p)
		}
		got, err := Rebuild(id, p)
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %v\n%q", name, err, raw)
		}
	}
}

// utf8 is what is told of a commit in Latin-1.
func utf8(p Parts) Parts {
	for _, s := range []*string{&p.Message, &p.Author.Name, &p.Committer.Name} {
		var b strings.Builder
		for i := range len(*s) {
			b.WriteRune(rune((*s)[i]))
		}
		*s = b.String()
	}
	return p
}

func rawCommit(git func(string, []string, ...string) string, tree, who, headers, message string) string {
	object := fmt.Sprintf("tree %s\nauthor %s\ncommitter %s\n%s\n%s", tree, who, who, headers, message)
	return strings.TrimSpace(git(object, nil, "hash-object", "-t", "commit", "-w", "--stdin", "--literally"))
}

func sshKey(tb testing.TB) string {
	tb.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal("ssh-keygen is missing")
		}
		tb.Log("ssh-keygen is missing: no commit is signed in this test")
		return ""
	}
	key := filepath.Join(tb.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil { //nolint:gosec // our own path
		tb.Fatalf("%v: %s", err, out)
	}
	return key
}

// Some programs put the signature straight behind the committer, before the encoding.
func TestRebuildSignatureBehindTheCommitter(t *testing.T) {
	t.Parallel()
	raw := object("tree "+tree, "author "+who, "committer "+who, "gpgsig -----BEGIN", " x", " -----END", "encoding UTF-8", "", "m", "")
	id, err := Hash("sha1", "commit", raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Rebuild(id, told(t, raw))
	if err != nil || !bytes.Equal(got, raw) {
		t.Errorf("%v\n%q", err, got)
	}
	// SHA-256: another header holds the signature.
	long := tree + tree[:24]
	raw = object("tree "+long, "author "+who, "committer "+who, "gpgsig-sha256 a", "", "m", "")
	if id, err = Hash("sha256", "commit", raw); err != nil {
		t.Fatal(err)
	}
	p := Parts{Payload: string(object("tree "+long, "author "+who, "committer "+who, "", "m", "")), Signature: "a"}
	if got, err = Rebuild(id, p); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("sha256: %v\n%q", err, got)
	}
}

func TestRebuildRefuses(t *testing.T) {
	t.Parallel()
	raw := object("tree "+tree, "parent "+parent, "author "+who, "committer "+who, "", "m", "")
	id, err := Hash("sha1", "commit", raw)
	if err != nil {
		t.Fatal(err)
	}
	good := told(t, raw)
	if _, err := Rebuild(id, good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Parts){
		"another message":             func(p *Parts) { p.Message = "n" },
		"another parent":              func(p *Parts) { p.Parents = []string{tree} },
		"no parent":                   func(p *Parts) { p.Parents = nil },
		"another zone":                func(p *Parts) { p.Author.Date = strings.Replace(p.Author.Date, "+01:00", "+02:00", 1) },
		"no date":                     func(p *Parts) { p.Committer.Date = "" },
		"a payload of something else": func(p *Parts) { p.Payload = "tree " + tree + "\n" },
		"a payload without end":       func(p *Parts) { p.Payload, p.Signature = "tree", "x" },
		"a signature of nothing":      func(p *Parts) { p.Signature = "x" },
		"a merged tag":                func(p *Parts) { p.Message = "mergetag x\n\nm" },
	} {
		p := good
		change(&p)
		if got, err := Rebuild(id, p); !errors.Is(err, ErrNotRebuilt) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, f := range map[string]func() ([]byte, error){
		"short id": func() ([]byte, error) { return Rebuild(id[:7], good) },
		"too large": func() ([]byte, error) {
			p := good
			p.Message = strings.Repeat("x", MaxCommitBytes)
			return Rebuild(id, p)
		},
	} {
		if got, err := f(); !IsMalformed(err) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRebuild(f *testing.F) {
	for id, raw := range realCommits(f) {
		p := told(f, raw)
		f.Add(id, p.Tree, strings.Join(p.Parents, ","), p.Author.Name, p.Author.Email, p.Author.Date, p.Committer.Date, p.Message, p.Payload, p.Signature)
	}
	f.Fuzz(func(t *testing.T, id, tree, parents, name, email, date, date2, message, payload, signature string) {
		p := Parts{
			Tree: tree, Author: Stamp{name, email, date}, Committer: Stamp{name, email, date2},
			Message: message, Payload: payload, Signature: signature,
		}
		if parents != "" {
			p.Parents = strings.Split(parents, ",")
		}
		got, err := Rebuild(id, p)
		if err != nil {
			if got != nil || !errors.Is(err, ErrNotRebuilt) && !IsMalformed(err) {
				t.Fatalf("%q, %v", got, err)
			}
			return
		}
		format := "sha1"
		if len(id) == 64 {
			format = "sha256"
		}
		if ok, err := Verify(format, id, got); !ok || err != nil {
			t.Fatal("it does not hash to its id")
		}
	})
}
