package tfplan

import (
	"strconv"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
)

// Looking closer at what changes takes as long as scanning the file. So it is done in
// a goroutine of its own, in the order of the file, on copies of the values. What it
// writes is read when resource_changes has ended and the goroutine with it.

const (
	maxLater = 16       // entries that wait
	maxCopy  = 64 << 10 // bytes of one that waits; a larger one is looked at where it stands
)

// worker looks closer at entries.
type worker struct {
	jobs chan *job
	free sync.Pool
	wait sync.WaitGroup
	mu   sync.Mutex
	err  error // the first
}

// job is an entry that waits, with the bytes that its values stand in.
type job struct {
	entry   entry
	change  checks.Change
	address address
	place   place
	bytes   []byte
}

// place is where an entry stands, for errors.
type place struct {
	index  int
	offset int64
}

func (p place) at(message string) error {
	return &Error{Message: message, Pointer: "/resource_changes/" + strconv.Itoa(p.index), Offset: p.offset}
}

// later looks closer at an entry, now or soon. An error may be that of an entry
// before it.
func (r *reader) later(e *entry, c *checks.Change, a address) error {
	if !looksCloser(c) {
		return nil
	}
	here := place{r.entries - 1, r.s.Offset()}
	if e.size() > maxCopy {
		if err := r.drain(); err != nil {
			return err
		}
		return r.keep(e, c, a, here)
	}
	w := r.work
	if w == nil {
		w = &worker{jobs: make(chan *job, maxLater)}
		r.work = w
		w.wait.Go(func() {
			for j := range w.jobs {
				if w.failed() == nil {
					w.fail(r.keep(&j.entry, &j.change, j.address, j.place))
				}
				w.free.Put(j)
			}
		})
	}
	if err := w.failed(); err != nil {
		return err
	}
	j, _ := w.free.Get().(*job)
	if j == nil {
		j = &job{}
	}
	j.change, j.address, j.place, j.entry = *c, a, here, entry{}
	j.bytes = e.copyTo(&j.entry.values, j.bytes[:0])
	w.jobs <- j
	return nil
}

// drain waits until everything that waits was looked at, and returns what went wrong.
func (r *reader) drain() error {
	w := r.work
	if w == nil {
		return nil
	}
	close(w.jobs)
	w.wait.Wait()
	r.work = nil
	return w.err
}

func (w *worker) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *worker) fail(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// all lists the members, for copying.
func (v *values) all() [8]*[]byte {
	return [8]*[]byte{&v.actions, &v.before, &v.after, &v.afterUnknown, &v.beforeSensitive, &v.afterSensitive, &v.replacePaths, &v.importing}
}

// size is how many bytes the members have.
func (v *values) size() int {
	n := 0
	for _, m := range v.all() {
		n += len(*m)
	}
	return n
}

// copyTo copies the members into one buffer, which it returns.
func (v *values) copyTo(to *values, b []byte) []byte {
	if n := v.size(); cap(b) < n {
		b = make([]byte, 0, n)
	}
	out := to.all()
	for i, m := range v.all() {
		from := len(b)
		b = append(b, *m...)
		if *m != nil {
			*out[i] = b[from:len(b):len(b)]
		}
	}
	return b
}
