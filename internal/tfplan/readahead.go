package tfplan

import (
	"errors"
	"io"
	"sync"
)

// ahead reads the file in a goroutine of its own, so that hashing the bytes and
// waiting for them cost no time of the scanner. Three buffers of one chunk each
// go round.
type ahead struct {
	full  chan chunk
	empty chan []byte
	stop  chan struct{}
	once  sync.Once
	wait  sync.WaitGroup

	now  []byte // what is left of buf
	buf  []byte
	late error // comes after now
}

type chunk struct {
	data []byte
	n    int
	err  error
}

const chunkSize = 128 << 10

func newAhead(r io.Reader) *ahead {
	a := &ahead{full: make(chan chunk, 3), empty: make(chan []byte, 3), stop: make(chan struct{})}
	for range 3 {
		a.empty <- make([]byte, chunkSize)
	}
	a.wait.Add(1)
	go func() {
		defer a.wait.Done()
		defer close(a.full)
		for {
			var b []byte
			select {
			case <-a.stop:
				return
			case b = <-a.empty:
			}
			n, err := io.ReadFull(r, b)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			select {
			case <-a.stop:
				return
			case a.full <- chunk{b, n, err}:
			}
			if err != nil {
				return
			}
		}
	}()
	return a
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.now) == 0 {
		if a.late != nil {
			return 0, a.late
		}
		if a.buf != nil {
			a.empty <- a.buf
			a.buf = nil
		}
		c, ok := <-a.full
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		a.buf, a.now, a.late = c.data, c.data[:c.n], c.err
	}
	n := copy(p, a.now)
	a.now = a.now[n:]
	return n, nil
}

// close ends the goroutine and waits for it: after it, the file is the caller's
// again. What was read ahead and not used is lost to the scanner, and was hashed.
func (a *ahead) close() {
	a.once.Do(func() { close(a.stop) })
	a.wait.Wait()
}
