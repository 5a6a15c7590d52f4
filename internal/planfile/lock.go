package planfile

import (
	"bytes"
	"slices"
	"strings"
)

// Results of comparing the dependency lock file of the plan with the commit's.
const (
	LockSame    = "same"
	LockDiffers = "differs"
	LockAbsent  = "absent" // the commit has none
	// LockMoreHashes: the same providers at the same versions, and the plan's has
	// further checksums beside all of the commit's. `init` adds them for the platform
	// it runs on.
	LockMoreHashes = "more-hashes"
)

// readLock keeps the lock file: it is small, and its form has to be looked through
// when its bytes are not the commit's.
func (r *reader) readLock(a *archive, e *entry) error {
	if e == nil {
		return nil
	}
	b, err := a.readAll(e, maxLock)
	if err != nil {
		return err
	}
	r.lock = b
	r.LockSHA1, r.LockSHA256, err = blobIDs(bytes.NewReader(b), int64(len(b)), make([]byte, 4<<10))
	return err
}

// CompareLock compares what the lock file in the plan says with what the commit's
// says; commit is nil when it has none. Terraform does not copy the file into the
// plan, it writes it anew: comments and layout are lost, so equal content can have
// other bytes. A file that cannot be read differs.
func (f *File) CompareLock(commit []byte) string {
	switch {
	case commit == nil:
		return LockAbsent
	case f.lock == nil:
		return LockDiffers
	case bytes.Equal(f.lock, commit):
		return LockSame
	}
	ours, ok := parseLock(f.lock)
	theirs, ok2 := parseLock(commit)
	if !ok || !ok2 || len(ours) != len(theirs) {
		return LockDiffers
	}
	result := LockSame
	for addr, a := range ours {
		b, ok := theirs[addr]
		if !ok || a.version != b.version || a.constraints != b.constraints || (len(b.hashes) == 0 && len(a.hashes) != 0) {
			return LockDiffers // no checksums at all is no pin that more could add to
		}
		for _, h := range b.hashes {
			if _, ok := slices.BinarySearch(a.hashes, h); !ok {
				return LockDiffers
			}
		}
		if len(a.hashes) != len(b.hashes) {
			result = LockMoreHashes
		}
	}
	return result
}

// locked is one provider of a lock file.
type locked struct {
	version, constraints string
	hashes               []string // sorted, none twice
}

// parseLock reads the small part of HCL that a lock file uses:
//
//	provider "registry.terraform.io/hashicorp/null" {
//	  version     = "3.2.1"
//	  constraints = "~> 3.0"
//	  hashes = [
//	    "h1:…",
//	  ]
//	}
//
// Anything else is not understood, so ok is false.
func parseLock(b []byte) (_ map[string]locked, ok bool) {
	if len(b) > maxLock {
		return nil, false
	}
	l := lexer{rest: string(b)}
	all := map[string]locked{}
	for l.next(); l.tok != ""; {
		if !l.take("provider") {
			return nil, false
		}
		addr := l.text()
		p, ok := l.provider()
		if _, twice := all[addr]; !ok || twice || addr == "" {
			return nil, false
		}
		all[addr] = p
	}
	return all, !l.bad
}

// lexer gives the tokens of a lock file: names, quoted texts with their quotes, and
// the signs {}[]=,.
type lexer struct {
	rest, tok string
	bad       bool
}

func (l *lexer) next() {
	l.tok = ""
	for {
		l.rest = strings.TrimLeft(l.rest, " \t\r\n")
		comment := strings.HasPrefix(l.rest, "#") || strings.HasPrefix(l.rest, "//")
		if !comment {
			break
		}
		_, l.rest, _ = strings.Cut(l.rest, "\n")
	}
	n := 0
	switch {
	case l.rest == "":
		return
	case strings.ContainsRune("{}[]=,", rune(l.rest[0])):
		n = 1
	case l.rest[0] == '"':
		// A text with escapes or templates is none that a tool wrote.
		if end := strings.IndexAny(l.rest[1:], "\"\\\n$%"); end >= 0 && l.rest[1+end] == '"' {
			n = end + 2
		}
	default:
		for n < len(l.rest) && (l.rest[n] >= 'a' && l.rest[n] <= 'z') {
			n++
		}
	}
	if n == 0 {
		l.bad, l.rest = true, ""
		return
	}
	l.tok, l.rest = l.rest[:n], l.rest[n:]
}

func (l *lexer) take(tok string) bool {
	if l.tok != tok {
		l.bad, l.rest, l.tok = true, "", ""
		return false
	}
	l.next()
	return true
}

func (l *lexer) text() string {
	s := l.tok
	if len(s) < 2 || s[0] != '"' {
		l.take("a text")
		return ""
	}
	l.next()
	return s[1 : len(s)-1]
}

func (l *lexer) provider() (p locked, ok bool) {
	if !l.take("{") {
		return p, false
	}
	seen := map[string]bool{}
	for l.tok != "}" {
		name := l.tok
		if seen[name] || (name != "version" && name != "constraints" && name != "hashes") {
			return p, false
		}
		seen[name] = true
		l.next()
		if !l.take("=") {
			return p, false
		}
		switch name {
		case "version":
			p.version = l.text()
		case "constraints":
			p.constraints = l.text()
		case "hashes":
			p.hashes, ok = l.list()
			if !ok {
				return p, false
			}
		}
	}
	l.next()
	return p, !l.bad && p.version != ""
}

func (l *lexer) list() (all []string, ok bool) {
	if !l.take("[") {
		return nil, false
	}
	for l.tok != "]" {
		s := l.text()
		if l.bad {
			return nil, false
		}
		all = append(all, s)
		if l.tok == "," {
			l.next()
		} else if l.tok != "]" {
			return nil, false
		}
	}
	l.next()
	slices.Sort(all)
	return slices.Compact(all), true
}
