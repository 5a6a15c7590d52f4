package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const benchSize = 32 << 20

func jsontextSkip(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	for {
		switch _, err := d.ReadToken(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// faster reports how many times faster the benchmark ran than the other way of
// doing the same, in the same run.
func faster(b *testing.B, name string, other func() error) {
	b.Helper()
	const rounds = 3
	best := time.Duration(1 << 62)
	for range rounds {
		start := time.Now()
		if err := other(); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best)/(float64(b.Elapsed())/float64(b.N)), "x-"+name)
}

func BenchmarkSkip(b *testing.B) {
	plan := madeUpPlan(benchSize)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, plan, "", "  "); err != nil {
		b.Fatal(err)
	}
	for _, in := range []struct {
		name string
		data []byte
	}{{"compact", plan}, {"indented", pretty.Bytes()}} {
		b.Run(in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.data)))
			b.ReportAllocs()
			for b.Loop() {
				s := New(bytes.NewReader(in.data), Limits{})
				if err := errors.Join(s.Skip(), s.End()); err != nil {
					b.Fatal(err)
				}
			}
			faster(b, "jsontext", func() error { return jsontextSkip(in.data) })
		})
	}
}

// BenchmarkPlan reads the members of each resource change and of its change, as
// the reader of plans does: whole values that are walked over, or in one pass.
func BenchmarkPlan(b *testing.B) {
	plan := madeUpPlan(benchSize)
	for name, change := range map[string]func(s *Scanner) error{
		"Value": func(s *Scanner) error {
			v, err := s.Value()
			if err != nil {
				return err
			}
			return Members(v, func(name, value []byte) error {
				if string(name) != "change" {
					return nil
				}
				return Members(value, func(_, _ []byte) error { return nil })
			})
		},
		"Hold": func(s *Scanner) error {
			value := func([]byte) error { _, err := s.Value(); return err }
			return s.Hold(func() error {
				return s.Object(func(name []byte) error {
					if string(name) != "change" {
						return value(nil)
					}
					return s.Object(value)
				})
			})
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plan)))
			b.ReportAllocs()
			for b.Loop() {
				s := New(bytes.NewReader(plan), Limits{})
				err := s.Object(func(name []byte) error {
					if string(name) != "resource_changes" {
						return s.Skip()
					}
					return s.Array(func() error { return change(s) })
				})
				if err := errors.Join(err, s.End()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecode decodes one resource after the other.
func BenchmarkDecode(b *testing.B) {
	var values [][]byte
	size := 0
	err := Members(madeUpPlan(4<<20), func(name, value []byte) error {
		if string(name) != "resource_changes" {
			return nil
		}
		return Elements(value, func(v []byte) error {
			values = append(values, v)
			size += len(v)
			return nil
		})
	})
	if err != nil || len(values) == 0 {
		b.Fatal(err)
	}
	d := new(Decoder)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, v := range values {
			if _, err := d.Decode(v, 1<<20); err != nil {
				b.Fatal(err)
			}
		}
	}
	faster(b, "encoding/json", func() error {
		for _, v := range values {
			if _, err := standard(v); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkHostile reads what was made to be slow. Bytes per second must not be
// much below those of other input.
func BenchmarkHostile(b *testing.B) {
	repeat := func(begin, end string, piece func(i int) string) []byte {
		var w bytes.Buffer
		w.WriteString(begin)
		for i := 0; w.Len() < 4<<20; i++ {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(piece(i))
		}
		w.WriteString(end)
		return w.Bytes()
	}
	for _, in := range []struct {
		name string
		data []byte
	}{
		{"one large object", repeat("{", "}", func(i int) string { return fmt.Sprintf(`"k%d":1`, i) })},
		{"colliding names", repeat("{", "}", func(i int) string { return fmt.Sprintf(`"01234567%016d01234567":1`, i) })},
		{"colliding names in small objects", repeat("[", "]", func(i int) string {
			var w strings.Builder
			for k := range 63 {
				fmt.Fprintf(&w, `"01234567%08d%08d01234567":1,`, k, i)
			}
			return "{" + w.String() + `"":1}`
		})},
		{"colliding names with shapes", repeat("[", "]", func(i int) string { return fmt.Sprintf(`{"01234567%06d01234567":1}`, i/2) })},
		{"always another shape", repeat("[", "]", func(i int) string { return fmt.Sprintf(`{"a":1,"b%d":1,"c":1}`, i) })},
		{"shapes left at the last name", repeat("[", "]", func(i int) string {
			var w strings.Builder
			for k := range 63 {
				fmt.Fprintf(&w, `"%d":1,`, k)
			}
			return "{" + w.String() + fmt.Sprintf(`"x%d":1}`, i)
		})},
		{"large objects within one", repeat("[", "]", func(i int) string {
			var w strings.Builder
			for k := range 130 {
				fmt.Fprintf(&w, `"%x":1,`, k*k)
			}
			return "{" + w.String() + fmt.Sprintf(`"x%d":{}}`, i)
		})},
		{"escapes", repeat("[", "]", func(int) string { return `"\u00e9\ud83d\ude00\u00e9\ud83d\ude00"` })},
		{"not ASCII", repeat("[", "]", func(int) string { return `"` + strings.Repeat("é€😀", 10) + `"` })},
		{"numbers", repeat("[", "]", func(i int) string { return fmt.Sprintf("-%d.5e-1", i) })},
		{"empty", repeat("[", "]", func(int) string { return "{}" })},
		{"deep", repeat("[", "]", func(int) string { return strings.Repeat("[", 5000) + strings.Repeat("]", 5000) })},
	} {
		b.Run(in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.data)))
			b.ReportAllocs()
			for b.Loop() {
				s := New(bytes.NewReader(in.data), Limits{Members: 1 << 20})
				if err := errors.Join(s.Skip(), s.End()); err != nil {
					b.Fatal(err)
				}
			}
			faster(b, "jsontext", func() error { return jsontextSkip(in.data) })
		})
	}
}
