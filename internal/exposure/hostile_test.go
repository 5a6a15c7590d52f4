package exposure

import (
	"errors"
	"fmt"
	"math/rand"
	"runtime"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// made returns n lines, which gen makes, of one resource that is new, or of one that
// only loses its first line.
func made(t testing.TB, lim Limits, n int, before, after func(i int) Line) error {
	t.Helper()
	s := New(lim)
	side := func(gen func(int) Line) []Line {
		var out []Line
		for i := range n {
			if gen != nil {
				out = append(out, gen(i))
			}
		}
		return out
	}
	p := part{address: "a.b", action: checks.ActionUpdate, before: side(before), after: side(after)}
	if err := s.add(p.change()); err != nil {
		return err
	}
	_, _, err := s.Result(nil)
	return err
}

// TestHostile: rules that are made to be slow end in an error, and soon.
func TestHostile(t *testing.T) {
	r := rand.New(rand.NewSource(1)) //nolint:gosec // not for secrets
	span := func() Source {
		a, b := r.Uint64()>>32, r.Uint64()>>32
		return Source{Kind: SourceIPv4, Span: Span{num{0, min(a, b)}, num{0, max(a, b)}}}
	}
	host := func(i int) Source {
		return Source{Kind: SourceIPv4, Span: Span{num{0, uint64(i) * 2}, num{0, uint64(i) * 2}}} //nolint:gosec // small
	}
	base := Line{Owner: Owner{ID: "o"}, Direction: "ingress", Protocol: "tcp", To: maxPort}
	ports := func(l Line) Line { l.From, l.To = r.Intn(maxPort), r.Intn(maxPort); return l }
	for _, tt := range []struct {
		name          string
		n             int
		before, after func(i int) Line
	}{
		{"ports and sources at random", 20_000, func(int) Line { l := ports(base); l.Source = span(); return l }, func(int) Line { l := ports(base); l.Source = span(); return l }},
		{"single addresses at random ports", 20_000, func(i int) Line { l := ports(base); l.Source = host(i); return l }, func(i int) Line { l := ports(base); l.Source = host(i); l.Protocol = anyProtocol; return l }},
		{"holes in the world", 30_000, func(i int) Line {
			l := ports(base)
			l.From, l.To = i%maxPort, maxPort
			l.Source = host(i)
			return l
		}, func(i int) Line {
			l := base
			l.From, l.Source = i%1000, everybody()[0]
			return l
		}},
		{"denies between allows", 20_000, nil, func(i int) Line {
			l := ports(base)
			l.Ordered, l.Order, l.Deny, l.Source = true, i, i%2 == 0, span()
			return l
		}},
		{"names", 20_000, func(i int) Line {
			l := base
			l.Ordered, l.Deny, l.Source = true, true, Source{Kind: SourceNamed, Name: fmt.Sprint("b", i)}
			return l
		}, func(i int) Line {
			l := base
			l.Source = Source{Kind: SourceNamed, Name: fmt.Sprint("a", i)}
			return l
		}},
		{"protocols", 20_000, nil, func(i int) Line {
			l := base
			l.Protocol, l.Source = fmt.Sprint(i), everybody()[0]
			return l
		}},
		{"removed denies", 30_000, func(i int) Line {
			l := base
			l.Ordered, l.Order, l.Deny, l.Source = true, i, i%2 == 0, host(i)
			return l
		}, func(i int) Line {
			l := base
			l.Ordered, l.Order, l.Source = true, i|1, host(i|1)
			return l
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err := made(t, Limits{Work: 3_000_000}, tt.n, tt.before, tt.after)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Log(err, took, (after.TotalAlloc-before.TotalAlloc)>>20, "MB allocated", after.HeapSys>>20, "MB heap")
			if took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			if err != nil && !errors.Is(err, ErrTooMany) {
				t.Error(err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	one := func(int) Line {
		return Line{Direction: "ingress", Protocol: "tcp", Source: everybody()[0]}
	}
	if err := made(t, Limits{Rules: 10}, 11, nil, one); !errors.Is(err, ErrTooMany) {
		t.Errorf("more lines than the limit: %v", err)
	}
	if err := made(t, Limits{Work: 5}, 11, nil, one); !errors.Is(err, ErrTooMany) {
		t.Errorf("more work than the limit: %v", err)
	}
	// Lists are counted written out.
	entries := ""
	for i := range 100 {
		entries += fmt.Sprintf(`,{"cidr":"10.0.%d.0/24"}`, i)
	}
	all := change("l", "aws_ec2_managed_prefix_list", noop, prefixList("pl-1", entries[1:]), null, "")
	for i := range 100 {
		all += "," + change(fmt.Sprintf("r%d", i), "aws_security_group_rule", create, null, listed("pl-1"), "")
	}
	s := New(Limits{Rules: 1000})
	for _, e := range decode(t, all) {
		if err := s.Add(e.change()); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Result(nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("10,000 lines of lists: %v", err)
	}
}

// quiet adds n rules of one group that nothing happens to.
func quiet(b testing.TB, s *Set, n int) {
	for i := range n {
		c := &tfvalue.Change{
			Address: fmt.Sprintf("aws_security_group_rule.r[%d]", i), Config: "aws_security_group_rule.r", Type: "aws_security_group_rule", Action: checks.ActionNoOp,
			Before: map[string]any{
				"type": "ingress", "security_group_id": "sg-1", "protocol": "tcp", "from_port": fmt.Sprint(i % 60000), "to_port": fmt.Sprint(i%60000 + 1),
				"cidr_blocks": []any{fmt.Sprintf("10.%d.%d.0/24", i>>8&255, i&255)},
			},
		}
		if err := s.Add(c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuiet is a big plan of which little changes: 12,000 rules of one group, and
// five new ones.
func BenchmarkQuiet(b *testing.B) {
	for b.Loop() {
		s := New(Limits{})
		quiet(b, s, 12_000)
		for i := range 5 {
			for _, e := range decode(b, change(fmt.Sprint("n", i), "aws_security_group_rule", create, null, separate("sg-1", 22+i, "0.0.0.0/0"), "")) {
				if err := s.Add(e.change()); err != nil {
					b.Fatal(err)
				}
			}
		}
		opened, _, err := s.Result(nil)
		if err != nil || len(opened) == 0 {
			b.Fatal(opened, err)
		}
	}
}

// TestQuietMemory: a rule that nothing happens to is kept in a few hundred bytes.
func TestQuietMemory(t *testing.T) {
	var before, after runtime.MemStats
	s := New(Limits{})
	runtime.GC()
	runtime.ReadMemStats(&before)
	const n = 12_000
	quiet(t, s, n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n //nolint:gosec // fits
	t.Logf("%d bytes for each rule", each)
	if each > 1000 {
		t.Errorf("%d bytes for each rule", each)
	}
	runtime.KeepAlive(s)
}
