package tfplan_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

func gzipped(tb testing.TB, b []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(tb testing.TB, b []byte, o ...zstd.EOption) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil, o...)
	if err != nil {
		tb.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

// TestCompressed: a compressed plan is the same plan; its digest and size are those
// of the file.
func TestCompressed(t *testing.T) {
	t.Parallel()
	plain := generated(t, 200_000)
	want, err := tfplan.Read(bytes.NewReader(plain), "p", tfplan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xFF, 0xFE}
	for _, c := range plain {
		utf16 = append(utf16, c, 0)
	}
	for name, data := range map[string][]byte{"gzip": gzipped(t, plain), "zstd": zstandard(t, plain), "gzip of UTF-16": gzipped(t, utf16)} {
		got, err := tfplan.Read(bytes.NewReader(data), "p", tfplan.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Encoding != strings.Fields(name)[0] || got.Size != int64(len(data)) || got.Digest == want.Digest {
			t.Errorf("%s: encoding %q, %d bytes, digest %s", name, got.Encoding, got.Size, got.Digest)
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(checks.Plan{}, "Encoding", "Size", "Digest")); d != "" {
			t.Errorf("%s: other facts: %s", name, d)
		}
	}
}

// TestBombs: what is small and becomes large, is damaged, or holds more than one
// plan is refused, and little is held meanwhile.
func TestBombs(t *testing.T) {
	t.Parallel()
	plan := []byte(document(""))
	huge := append([]byte(`{"format_version":"1.2","x":"`), bytes.Repeat([]byte("a"), 8<<20)...)
	window := zstandard(t, huge, zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
	lim := tfplan.Limits{MaxFile: 1 << 20}
	tests := []struct {
		name, want string
		data       []byte
		lim        tfplan.Limits
	}{
		{"gzip bomb", "becomes larger than the limit", gzipped(t, huge), lim},
		{"zstd bomb", "", zstandard(t, huge), lim},
		{"zstd window", "", window, tfplan.Limits{}},
		{"gzip cut off", "damaged, or cut off", gzipped(t, plan)[:20], lim},
		{"zstd cut off", "", zstandard(t, plan)[:12], lim},
		{"gzip with a wrong checksum", "damaged", func() []byte { b := gzipped(t, plan); b[len(b)-5] ^= 1; return b }(), lim},
		{"two gzip streams", "something follows", append(gzipped(t, plan), gzipped(t, []byte(document(resourceChange(`{"actions":["delete"],"before":{},"after":null}`))))...), lim},
		{"gzip and garbage", "something follows", append(gzipped(t, plan), 'x'), lim},
		{"compressed twice", "compressed twice", gzipped(t, gzipped(t, plan)), lim},
		{"gzip of zstd", "compressed twice", gzipped(t, zstandard(t, plan)), lim},
		{"two plans in zstd", "something follows", append(zstandard(t, plan), zstandard(t, plan)...), lim},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := tfplan.Read(bytes.NewReader(tt.data), "p", tfplan.Options{Limits: tt.lim})
			if err == nil || !strings.Contains(err.Error(), tt.want) || p.Error == "" {
				t.Errorf("%v", err)
			}
		})
	}
}
