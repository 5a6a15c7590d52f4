package planfile

import "github.com/claw-verified/claw-verified/checks"

// Saved puts the facts of a plan file together. source, digest and size are those
// of the file as given; disagrees is what [Comparison.Done] said, and commit what
// [Match] said, nil when there was no commit to compare with.
func (f *File) Saved(source, digest string, size int64, disagrees []string, commit *checks.SourceMatch) checks.Saved {
	s := f.Facts()
	s.Source, s.Digest, s.Size = source, digest, size
	if !f.encrypted {
		s.Disagrees, s.Commit = disagrees, commit
	}
	return s
}

// Unreadable is the plan file that could not be read: no facts, only the reason.
func Unreadable(source, digest string, size int64, err error) checks.Saved {
	return checks.Saved{Source: source, Digest: digest, Size: size, Error: err.Error()}
}
