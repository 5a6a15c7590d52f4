package run

import (
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// longInput is from how many bytes on reading a plan takes so long that a person
// wants to see it go on.
const longInput = 64 << 20

// watched is the plan's input, with a bar on a terminal when it is long.
func (p *plans) watched(s *source) (io.Reader, func()) {
	if s.fetched != nil {
		in, err := s.fetched.JSON.Open()
		if err != nil {
			return failing{err}, func() {}
		}
		return in, func() { _ = in.Close() }
	}
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
