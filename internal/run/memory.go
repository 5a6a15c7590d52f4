package run

import "runtime/debug"

// A large plan is read as a stream, so little of it is alive at any time; the
// collector's usual leave to let the heap double would still make the program several
// times larger than what it holds.
const (
	largePlan     = 32 << 20 // bytes from which on reading is frugal
	frugalPercent = 60       // of growth between collections
	frugalLimit   = 44 << 20 // bytes of memory the collector tries to stay within
)

// frugal makes the collector keep memory small from now on when a plan is large. It
// stays so: what comes after the reading needs less than that.
func frugal(size int64) {
	if size >= largePlan {
		dropProgram()
		debug.SetGCPercent(frugalPercent)
		debug.SetMemoryLimit(frugalLimit)
	}
}

// size is that of the JSON, 0 where it is not known.
func (s *source) size() int64 {
	if s.fetched != nil {
		return s.fetched.JSON.Size()
	}
	if s.json == nil {
		return 0
	}
	st, err := s.json.Stat()
	if err != nil {
		return 0
	}
	return st.Size()
}
