package planfile

import (
	"bytes"
	"io"
	"regexp"

	"github.com/go-json-experiment/json/jsontext"
)

// What stands at the beginning of a file that is no zip, and at the end of an
// encrypted one.
const (
	headLen = 1 << 20 // bytes of an envelope's metadata that are looked at
	tailLen = 128
)

// envelopeEnd is how the envelope ends: encoding/json writes the members in the
// order meta, encrypted_data, encryption_version.
//
// Source: basedata in internal/encryption/base.go of OpenTofu (1.7 to 1.13).
var envelopeEnd = regexp.MustCompile(`^[A-Za-z0-9+/]*={0,2}","encryption_version":"[^"\\]+"}\s*$`)

// notZip looks at a file that does not begin like a zip: it is encrypted, or an
// error. OpenTofu encrypts the whole file, so an encrypted plan is JSON, never a
// zip with something unreadable in it.
func notZip(r io.ReaderAt, size int64) (encrypted bool, err error) {
	head := make([]byte, min(size, 16))
	if err := readFull(r, head, 0); err != nil {
		return false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return false, nil
	case bytes.HasPrefix(head, []byte("{")):
		return envelope(r, size)
	case bytes.HasPrefix(head, []byte("tfplan")):
		return false, whole("a plan file from before Terraform 0.12")
	}
	return false, whole("not a plan file: it does not begin like a zip")
}

// envelope recognises OpenTofu's encrypted form by its first members and its end.
// The data between is not looked at: nothing can be said of it anyway.
func envelope(r io.ReaderAt, size int64) (bool, error) {
	head, tail := make([]byte, min(size, headLen)), make([]byte, min(size, tailLen))
	if err := readFull(r, head, 0); err != nil {
		return false, err
	}
	if err := readFull(r, tail, size-int64(len(tail))); err != nil {
		return false, err
	}
	dec := jsontext.NewDecoder(bytes.NewReader(head))
	if _, err := dec.ReadToken(); err != nil {
		return false, whole("not a plan file: neither a zip nor an encrypted one")
	}
	for dec.PeekKind() == '"' {
		tok, err := dec.ReadToken()
		if err != nil {
			break
		}
		switch tok.String() {
		case "encrypted_data":
			if envelopeEnd.Match(tail) { // the data of a plan is longer than the tail
				return true, nil
			}
		case "remote_plan_format":
			return false, whole("a saved plan of HCP Terraform: it names a run and holds no plan")
		case "format_version":
			return false, whole("the JSON of a plan, where the plan file is wanted")
		}
		if err := dec.SkipValue(); err != nil {
			break
		}
	}
	return false, whole("not a plan file: neither a zip nor an encrypted one")
}
