package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
//	commit BRANCH KEY AUTHOR MESSAGE [FROM]
//	                                   commit all files of the work tree but *.json on
//	                                   BRANCH, which begins at FROM or main, signed
//	                                   with the test key KEY, or not when it is -
//	history BRANCH FROM N              put N unsigned commits on a new branch
//	oddfile                            write a Terraform file whose name is not UTF-8
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
		Condition: func(cond string) (bool, error) {
			program, ok := strings.CutPrefix(cond, "lacks:")
			if !ok {
				return false, fmt.Errorf("there is no condition %q", cond)
			}
			_, err := exec.LookPath(program)
			if err != nil && os.Getenv("CI") != "" {
				return false, fmt.Errorf("%s is missing, and CI must have it: %w", program, err)
			}
			return err != nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"commit": commitCmd, "expand": expandCmd, "exits": exitsCmd, "history": historyCmd, "oddfile": oddfileCmd},
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
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: commit BRANCH KEY AUTHOR MESSAGE [FROM]")
	}
	from := "main"
	if len(args) == 5 {
		from = args[4]
	}
	branch, key, author, message := args[0], args[1], args[2], args[3]
	if _, err := os.Stat(ts.MkAbs(".git")); err != nil {
		git(ts, "", "init", "-q", "-b", "main")
		ts.Check(os.WriteFile(ts.MkAbs(".git/info/exclude"), []byte("*.json\n*.out\n"), 0o600)) // evidence and reports
	}
	git(ts, "", "add", "-A")
	head := "tree " + git(ts, "", "write-tree") + "\n"
	for _, name := range []string{branch, from} {
		if parent := git(ts, "", "for-each-ref", "--format=%(objectname)", "refs/heads/"+name); parent != "" {
			head += "parent " + parent + "\n"
			break
		}
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

func historyCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: history BRANCH FROM N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	var stream strings.Builder
	for i := range n {
		fmt.Fprintf(&stream, "commit refs/heads/%s\ncommitter Claw <claw@agents.example> 1760000000 +0000\ndata 2\nx\n", args[0])
		if i == 0 {
			fmt.Fprintf(&stream, "from refs/heads/%s^0\n", args[1])
		}
		fmt.Fprintf(&stream, "M 100644 inline many\ndata <<END\n%d\nEND\n", i)
	}
	git(ts, stream.String(), "fast-import", "--quiet")
}

func oddfileCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: oddfile")
	}
	ts.Check(os.WriteFile(ts.MkAbs("\xff.tf"), []byte("# x\n"), 0o600))
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
