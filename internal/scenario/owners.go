package scenario

import (
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/codeowners"
)

// owners makes the CODEOWNERS of the base out of the archive's member of that name, at the
// first place where there is one. A size says that the file is so large that it was not
// read.
func owners(ar *txtar.Archive, size int64, base string) *checks.OwnersFile {
	for _, path := range codeowners.Paths() {
		if text := file(ar, path); text != nil {
			return &checks.OwnersFile{Path: checks.Path(path), Commit: base, Size: int64(len(text)), Text: text}
		}
	}
	if size > 0 {
		return &checks.OwnersFile{Path: ".github/CODEOWNERS", Commit: base, Size: size}
	}
	return nil
}
