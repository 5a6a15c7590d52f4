package gitobject

import (
	"crypto/sha1" //nolint:gosec // git's object format; the signature covers the content, the id only names it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Hash is the id git gives to an object of the type with the content. format is
// "sha1" or "sha256".
func Hash(format, typ string, content []byte) (string, error) {
	head := typ + " " + strconv.Itoa(len(content)) + "\x00"
	switch format {
	case "sha1":
		h := sha1.New() //nolint:gosec // see import
		h.Write([]byte(head))
		h.Write(content)
		return hex.EncodeToString(h.Sum(nil)), nil
	case "sha256":
		h := sha256.New()
		h.Write([]byte(head))
		h.Write(content)
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	return "", fmt.Errorf("hash object: unknown object format %.20q", format)
}

// Verify reports whether object is the commit called id.
func Verify(format, id string, object []byte) (bool, error) {
	h, err := Hash(format, "commit", object)
	return h == id, err
}
