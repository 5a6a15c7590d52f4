package gitrepo

import (
	"os"
	"path/filepath"
	"strconv"
)

// environment is what every git process gets, and all it gets. Nothing is
// inherited but PATH: variables such as GIT_DIR, GIT_CONFIG_PARAMETERS,
// GIT_EXTERNAL_DIFF or GIT_EXEC_PATH, which another step of a workflow may have
// set, are gone. home is our own directory; see [prepare].
func environment(home string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home, // no ~/.gitconfig, no ~/.config/git but ours
		"LC_ALL=C",     // messages are recognised by their English words
		"TZ=UTC",

		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_CONFIG_GLOBAL=" + filepath.Join(home, ".gitconfig"),
		"GIT_ATTR_NOSYSTEM=1",

		"GIT_TERMINAL_PROMPT=0",     // never wait for a password
		"GIT_OPTIONAL_LOCKS=0",      // never write to the repository
		"GIT_NO_REPLACE_OBJECTS=1",  // refs/replace shows another object under the same id
		"GIT_GRAFT_FILE=" + devNull, // info/grafts gives commits other parents

		// A partial clone fetches what is missing, and fetching runs the commands
		// that remote.*.uploadpack, core.sshCommand or ext:: URLs name. Old versions
		// do not know GIT_NO_LAZY_FETCH; for them no transport is allowed. It must be
		// this variable: protocol.ext.allow in the repository's configuration is more
		// specific than protocol.allow on ours, while this one overrides both.
		"GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=none",
	}
	for _, name := range []string{"SYSTEMROOT", "TMPDIR"} { // needed by Windows; honoured by all others
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return append(env, overrides()...)
}

const devNull = os.DevNull

// overrides are settings that win over the repository's own, for the three
// commands that run inside it. None of those commands reads most of these keys
// today; they are here so that a later git, or a later change of ours, does not
// open a door unnoticed.
func overrides() []string {
	pairs := [][2]string{
		// Programs that a setting can name.
		{"core.fsmonitor", "false"}, // run whenever the index is read
		{"core.hooksPath", devNull}, // hooks, such as reference-transaction
		{"core.sshCommand", "false"},
		{"core.askPass", "false"},
		{"core.gitProxy", ""},
		{"core.alternateRefsCommand", ""},
		{"core.editor", "false"},
		{"core.pager", "cat"}, // pager.<command> is out of reach: output is never a terminal, and --no-pager
		{"credential.helper", ""},
		{"diff.external", ""},
		{"gpg.program", "false"},
		{"gpg.ssh.program", "false"},
		{"uploadpack.packObjectsHook", ""},
		{"protocol.allow", "never"},      // see GIT_ALLOW_PROTOCOL
		{"core.attributesFile", devNull}, // filters, textconv and merge drivers are chosen by attributes
		{"log.showSignature", "false"},   // runs gpg
		{"submodule.recurse", "false"},
		{"fetch.recurseSubmodules", "false"},
		{"gc.auto", "0"}, // never repack behind our back
		{"maintenance.auto", "false"},
		// Settings that change an answer.
		{"core.commitGraph", "false"}, // a forged commit-graph gives commits other parents
		{"core.useReplaceRefs", "false"},
		{"core.warnAmbiguousRefs", "false"}, // ambiguity is decided here, by the ids
		{"core.quotePath", "true"},
	}
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(pairs))}
	for i, p := range pairs {
		n := strconv.Itoa(i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+p[0], "GIT_CONFIG_VALUE_"+n+"="+p[1])
	}
	return env
}
