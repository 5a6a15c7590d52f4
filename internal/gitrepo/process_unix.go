//go:build unix

package gitrepo

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process into a group of its own, so that killing reaches its
// children and a Ctrl-C at the terminal is ours to handle.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
