package run

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/claw-verified/claw-verified/internal/collect"
)

// longInput is from how many bytes on reading a plan takes so long that a person
// wants to see it go on.
const longInput = 64 << 20

// watched is the plan's input, with a bar on a terminal when it is long.
func (p *plans) watched(s *source) (io.Reader, func()) {
	if s.json == nil {
		return s.stdin, func() {}
	}
	st, err := s.json.Stat()
	if p.progress == nil || err != nil || st.Size() < longInput {
		return s.json, func() {}
	}
	bars := mpb.New(mpb.WithOutput(p.progress), mpb.WithWidth(60))
	bar := bars.AddBar(
		st.Size(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("reading the plan ")), mpb.AppendDecorators(decor.CountersKibiByte("% .0f of % .0f")),
	)
	return bar.ProxyReader(s.json), func() {
		bar.Abort(true)
		bars.Wait()
	}
}

// digestOf names the bytes of a file.
func digestOf(r io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

func asProblem(err error, to **collect.Problem) bool { return errors.As(err, to) }
