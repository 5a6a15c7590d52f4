package publish

import (
	"io"

	"github.com/claw-verified/claw-verified/checks"
)

// JSON writes the verdict as it is: the public contract that
// docs/schema/report.v1.json describes.
func JSON(w io.Writer, v *checks.Verdict, _ Options) error {
	b, err := v.Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
