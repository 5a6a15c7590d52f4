package attestation

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads JSON into a Go value. Names are compared exactly, and what Strict
// refuses is refused. With strict, a member that the Go type does not have is an
// error too. The error tells the place as a JSON pointer.
func decode(raw []byte, into any, strict bool) error {
	if err := Strict(raw); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into, json.RejectUnknownMembers(strict)); err != nil {
		return plainly(err)
	}
	return nil
}

// plainly tells what is wrong with JSON without Go's types. What it quotes is
// foreign text and cut short.
func plainly(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("%w: member %s is not known", ErrMalformed, quote(string(semantic.JSONPointer)))
	case errors.As(err, &semantic):
		return fmt.Errorf("%w: %s is not what it should be", ErrMalformed, quote(string(semantic.JSONPointer)))
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return fmt.Errorf("%w: member %s is given twice", ErrMalformed, quote(string(syntactic.JSONPointer)))
	case errors.As(err, &syntactic):
		return fmt.Errorf("%w: no good JSON at byte %d", ErrMalformed, syntactic.ByteOffset)
	}
	return fmt.Errorf("%w: no good JSON", ErrMalformed)
}

// Bounds of what our predicate may hold, far above what an honest one does.
const (
	maxPieces = 4096 // values and names
	maxText   = 2048 // bytes of an id or a URI
	maxWord   = 256  // bytes of a name or a version
	maxListed = 64   // members of a list
)

// walk goes through every token of a value, with the place of each.
func walk(raw []byte, visit func(at jsontext.Pointer, tok jsontext.Token) error) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for n := 0; ; n++ {
		tok, err := d.ReadToken()
		switch {
		case err == io.EOF: //nolint:errorlint // the decoder returns it bare at the end of the input
			return nil
		case err != nil:
			return plainly(err)
		case n >= maxPieces:
			return fmt.Errorf("%w: more than %d values", ErrTooLarge, maxPieces)
		}
		if err := visit(d.StackPointer(), tok); err != nil {
			return err
		}
	}
}
