package gitwork

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func TestShown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"origin":                                "origin",
		"../other.git":                          "../other.git",
		"git@github.com:acme/shop.git":          "git@github.com:acme/shop.git",
		"https://github.com/acme/shop":          "https://github.com/acme/shop",
		"https://github.com/acme/shop@v1":       "https://github.com/acme/shop@v1",
		"https://x:SECRET@github.com/acme/shop": "https://github.com/acme/shop",
		"https://SECRET@github.com/acme/shop":   "https://github.com/acme/shop",
		"https://x:SEC@RET@github.com/a":        "https://github.com/a",
		"https://x:SEC/RET@github.com/a":        "https://github.com/a",
		"https://github.com/a?token=SECRET":     "https://github.com/a?…",
		"x:SECRET@github.com:a":                 "github.com:a",
	} {
		if got := Shown(in); got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}

// What git says of an address it was given, or has in its configuration, is told
// without the password.
func TestSecretsOfRemotes(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	g.Git("remote", "add", "origin", "http://x:SECRETTOKEN@127.0.0.1:1/a.git")
	r := open(t, g.Dir)
	add(t, r, c, `{"n":1}`)
	for _, remote := range []string{
		"origin", "http://x:SECRETTOKEN@127.0.0.1:1/a.git", "http://SECRETTOKEN@127.0.0.1:1/a.git", "http://x:SECRET%54OKEN@127.0.0.1:1/a.git",
		"nowhere://x:SECRETTOKEN@127.0.0.1:1/a.git", "http://127.0.0.1:1/a.git?x=SECRETTOKEN", "ext::http://x:SECRETTOKEN@y", "http://x:SECRETTOKEN@127.0.0.1/ b",
	} {
		for name, err := range map[string]error{"push": r.Push(t.Context(), remote, ref), "pull": r.Pull(t.Context(), remote, ref)} {
			if err == nil || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), `\n`) {
				t.Errorf("%s %s: %v", name, remote, err)
			}
		}
	}
}

// git cleans most addresses itself, and not all, nor in every version.
func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	said := "error: failed to push some refs to 'https://x:SECRET@host/a.git'\n\nhint: http://SEC@RET@host/ and SECRETTOKEN\n"
	got := withoutSecrets(said, secrets([]string{"push", "https://x:SECRETTOKEN@host/b", "https://host/c"}))
	if want := "error: failed to push some refs to 'https://host/a.git'; hint: http://host/ and …"; got != want {
		t.Errorf("%s", got)
	}
	err := &gitError{verb: "push", stderr: said, secrets: []string{"SECRETTOKEN"}}
	if strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}
