package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/claw-verified/claw-verified/internal/scenario"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"claw-verified": func() {
			os.Exit(execute(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestScript runs the command as people do, in real repositories. The scripts in
// testdata/script are the tests; beside testscript's own commands they have
//
//	commit BRANCH KEY AUTHOR MESSAGE   commit all files of the work tree but *.json on
//	                                   BRANCH, signed with the test key KEY, or not
//	                                   when it is -
//	expand FILE                        replace ${key:NAME} in FILE by that public key,
//	                                   and ${REV:id} by the id of a revision
//	exits CODE ARGS...                 run claw-verified and insist on its exit code
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "", RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			fixtures, err := filepath.Abs("../../fixtures")
			if err != nil {
				return err
			}
			e.Setenv("FIXTURES", fixtures)
			e.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"commit": commitCmd, "expand": expandCmd, "exits": exitsCmd},
	})
}

func git(ts *testscript.TestScript, stdin string, args ...string) string {
	cmd := exec.CommandContext(context.Background(), "git", args...)
	cmd.Dir, cmd.Stdin = ts.MkAbs("."), strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		ts.Fatalf("git %s: %v: %s", args[0], err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

func commitCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: commit BRANCH KEY AUTHOR MESSAGE")
	}
	branch, key, author, message := args[0], args[1], args[2], args[3]
	if _, err := os.Stat(ts.MkAbs(".git")); err != nil {
		git(ts, "", "init", "-q", "-b", "main")
		ts.Check(os.WriteFile(ts.MkAbs(".git/info/exclude"), []byte("*.json\n*.out\n"), 0o600)) // evidence and reports
	}
	git(ts, "", "add", "-A")
	head := "tree " + git(ts, "", "write-tree") + "\n"
	if parent := git(ts, "", "for-each-ref", "--format=%(objectname)", "refs/heads/"+branch, "refs/heads/main"); parent != "" {
		head += "parent " + strings.Fields(parent)[0] + "\n"
	}
	head += fmt.Sprintf("author %s 1760000000 +0000\ncommitter %s 1760000000 +0000\n", author, author)
	body := "\n" + message + "\n"
	if key != "-" {
		sig, err := sshsig.Sign(strings.NewReader(head+body), scenario.Signer(key), sshsig.HashSHA512, "git")
		ts.Check(err)
		head += "gpgsig " + strings.ReplaceAll(strings.TrimSpace(string(sshsig.Armor(sig))), "\n", "\n ") + "\n"
	}
	git(ts, "", "update-ref", "refs/heads/"+branch, git(ts, head+body, "hash-object", "-t", "commit", "-w", "--stdin"))
}

func expandCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := ts.ReadFile(args[0])
	text = os.Expand(text, func(name string) string {
		if key, ok := strings.CutPrefix(name, "key:"); ok {
			return scenario.PublicKey(key)
		}
		if rev, ok := strings.CutSuffix(name, ":id"); ok {
			return git(ts, "", "rev-parse", rev)
		}
		return "${" + name + "}"
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func exitsCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	err := ts.Exec("claw-verified", args[1:]...)
	code := 0
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // testscript returns it bare
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
