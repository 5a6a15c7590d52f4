package run

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dropProgram gives back the memory of the program's own code, half of which only its
// start has needed. What is needed again comes back from the page cache; nothing is
// lost, because code is never written, not even where a program is relocated.
func dropProgram() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[5] != self || f[1] != "r-xp" {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		a, err1 := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil && a < b {
			_, _, _ = syscall.RawSyscall(syscall.SYS_MADVISE, uintptr(a), uintptr(b-a), syscall.MADV_DONTNEED) // a wish; refused, it costs memory
		}
	}
}
