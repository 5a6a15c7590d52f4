package signature

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/trust"
)

func publicRing(t testing.TB) *Ring {
	t.Helper()
	root, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	return ringOf(t, root)
}

func ringOf(t testing.TB, roots ...*trust.Root) *Ring {
	t.Helper()
	r, err := NewRing(testTime)
	if err != nil {
		t.Fatal(err)
	}
	return r.WithRoots(roots)
}

const google = "https://accounts.google.com"

// realX509 is what the real commits prove by the public root.
var realX509 = map[string]struct {
	err             error
	issuer, subject string
	signedAt        string
}{
	"44ed33f7e317e29efa1f0188faa5d2a044fbef76": {nil, google, "adam.kaplan@chainguard.dev", "2026-08-04T19:29:34Z"},
	"e704581df528507026232627909b2b3e8b75cdc7": {nil, google, "billy@chainguard.dev", "2026-08-04T20:30:09Z"},
	"02a83d8e9c8f32373cc34b1c38ef5ceee6e0feb3": {ErrUntimed, google, "mattmoor@chainguard.dev", ""},
	"032823274a2116d0f804e8bc8f4a81a93cbe5f6c": {ErrUntimed, google, "mattmoor@chainguard.dev", ""},
	"03ea22cf727aff831500eecff9526199f0a6a0e2": {ErrUntimed, google, "joe.borg@chainguard.dev", ""},
	"05b3aae08fd780ce6eb7062c937ab1e73ed5660c": {ErrUntimed, sigstoretest.Issuer, "https://github.com/gittuf/gittuf/.github/workflows/gittuf-rsl-non-main.yml@refs/heads/gittuf-transport", ""},
	"07dbe7670c5552be8cb780bb48815383acad1592": {ErrUntimed, google, "puerco@carabiner.dev", ""},
	"093234237a5b552a72a2995341b4df421376b278": {ErrUntimed, sigstoretest.Issuer, "https://github.com/gittuf/gittuf/.github/workflows/gittuf-rsl-main.yml@refs/heads/main", ""},
	"0dfe8322d503482d23bfeea7973afaef9f4daf55": {ErrUntimed, google, "dluhring@chainguard.dev", ""},
	"2124bc1a613fbe29da592494bbd90de75475891d": {ErrUntrusted, "", "", ""},
	"e830bffd76de11d2a300cb4a481bc7097f3ac7f5": {ErrUntrusted, "", "", ""},
	"c47e8bf5c86212dc9b6db0e3ec4df27a978b3d6e": {ErrUnsupported, "", "", ""},
}

func TestRealX509(t *testing.T) {
	t.Parallel()
	public, other := publicRing(t), ringOf(t, sigstoretest.New(t, testTime).Root())
	n := 0
	for id, kind := range index(t) {
		if kind != "x509" {
			continue
		}
		n++
		want, ok := realX509[id]
		if !ok {
			t.Errorf("%s: no verdict is expected", id)
		}
		c := realCommit(t, id)
		s, err := Verify(c.Payload, c.Signature, public, testTime)
		if !errors.Is(err, want.err) || (s.X509 == nil) != (want.subject == "") || s.Key != "" {
			t.Errorf("%s: %+v %v, want %v", id, s, err, want.err)
		}
		if x := s.X509; x != nil {
			var at time.Time
			if want.signedAt != "" {
				at, _ = time.Parse(time.RFC3339, want.signedAt)
			}
			if x.Issuer != want.issuer || x.Subject != want.subject || x.Root != trust.PublicGood || !x.SignedAt.Equal(at) {
				t.Errorf("%s: %+v", id, x)
			}
		}
		// The same without this authority's root, and without any.
		for name, ring := range map[string]*Ring{"another root": other, "no root": ringOf(t), "no ring": nil} {
			if s, err := Verify(c.Payload, c.Signature, ring, testTime); !errors.Is(err, ErrUntrusted) && !errors.Is(want.err, ErrUnsupported) || s.X509 != nil {
				t.Errorf("%s with %s: %+v %v", id, name, s, err)
			}
		}
		// Both roots, in any order.
		pub, _ := trust.Public()
		both := ringOf(t, sigstoretest.New(t, testTime).Root(), pub)
		if s, err := Verify(c.Payload, c.Signature, both, testTime); !errors.Is(err, want.err) || (s.X509 == nil) != (want.subject == "") {
			t.Errorf("%s with both roots: %+v %v", id, s, err)
		}
	}
	if n != len(realX509) {
		t.Errorf("%d commits, %d verdicts", n, len(realX509))
	}
}

// TestRealX509Extensions: what GitHub said of a real run.
func TestRealX509Extensions(t *testing.T) {
	t.Parallel()
	c := realCommit(t, "093234237a5b552a72a2995341b4df421376b278")
	s, err := Verify(c.Payload, c.Signature, publicRing(t), testTime)
	if !errors.Is(err, ErrUntimed) {
		t.Fatal(err)
	}
	const workflow = "https://github.com/gittuf/gittuf/.github/workflows/gittuf-rsl-main.yml@refs/heads/main"
	if x := s.X509; x.BuildSigner != workflow || x.SourceRepository != "https://github.com/gittuf/gittuf" || x.SourceRef != "refs/heads/main" || len(x.SourceDigest) != 40 || x.Runner != "github-hosted" {
		t.Errorf("%+v", x)
	}
}

// TestChangedX509Payload: any one byte of what was signed.
func TestChangedX509Payload(t *testing.T) {
	t.Parallel()
	ring := publicRing(t)
	for id, kind := range index(t) {
		if kind != "x509" || errors.Is(realX509[id].err, ErrUnsupported) {
			continue
		}
		c := realCommit(t, id)
		for i := range c.Payload {
			forged := bytes.Clone(c.Payload)
			forged[i] ^= 1
			if s, err := Verify(forged, c.Signature, ring, testTime); !errors.Is(err, ErrInvalid) || s.X509 != nil {
				t.Fatalf("%s: byte %d changed: %+v %v", id, i, s, err)
			}
		}
	}
}

// TestMutatedCMS changes a bit of every byte of a complete signature. What is still
// accepted must say the same, or less, and lie where nobody signed.
func TestMutatedCMS(t *testing.T) {
	t.Parallel()
	ring := publicRing(t)
	c := realCommit(t, "e704581df528507026232627909b2b3e8b75cdc7")
	raw, err := cmsBytes(c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	good, err := Verify(c.Payload, c.Signature, ring, testTime)
	if err != nil {
		t.Fatal(err)
	}
	read, err := readCMS(c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	e := &protorekor.TransparencyLogEntry{}
	if err := proto.Unmarshal(read.entry, e); err != nil {
		t.Fatal(err)
	}
	where := func(part []byte) [2]int {
		t.Helper()
		if bytes.Count(raw, part) != 1 {
			t.Fatalf("%q stands %d times in the signature", part, bytes.Count(raw, part))
		}
		i := bytes.Index(raw, part)
		return [2]int{i, i + len(part)}
	}
	oid, _ := asn1.Marshal(oidLogEntry)
	note := e.GetInclusionProof().GetCheckpoint().GetEnvelope()
	_, line, _ := strings.Cut(note, "\n\n")
	may := map[string]struct {
		weaker bool // only without a time
		at     [2]int
	}{
		"a log entry under another name is none":                     {true, where(oid)},
		"the size of the tree, where other sizes have the same path": {false, where(binary.AppendUvarint([]byte{3 << 3}, uint64(e.GetInclusionProof().GetTreeSize())))}, //nolint:gosec // positive
		"the name in front of the tree head's signature":             {false, where([]byte(line[:strings.LastIndex(line, " ")]))},
		"bits that base64 does not use":                              {false, where([]byte(line[strings.LastIndex(line, " "):]))},
	}
	reason := func(i int, weaker bool) string {
		for why, m := range may {
			if i >= m.at[0] && i < m.at[1] && weaker == m.weaker {
				return why
			}
		}
		return ""
	}
	accepted := map[string]int{}
	for i := range raw {
		forged := bytes.Clone(raw)
		forged[i] ^= 1 << (i % 8)
		s, err := Verify(c.Payload, armourCMS(forged), ring, testTime)
		untimed := errors.Is(err, ErrUntimed)
		switch {
		case err == nil && *s.X509 != *good.X509, untimed && (!s.X509.SignedAt.IsZero() || s.X509.Subject != good.X509.Subject):
			t.Errorf("byte %d: %+v", i, s.X509)
		case err == nil, untimed:
			why := reason(i, untimed)
			if accepted[why]++; why == "" {
				t.Errorf("byte %d, %#02x: accepted: %v", i, raw[i], err)
			}
		case s.X509 != nil:
			t.Errorf("byte %d: %+v %v", i, s, err)
		}
	}
	if n := accepted["a log entry under another name is none"]; n == 0 {
		t.Error("no change was accepted at all: nothing was tested")
	}
	t.Log(accepted)
}

// TestMutatedArmour changes every byte around and between the base64.
func TestMutatedArmour(t *testing.T) {
	t.Parallel()
	ring := publicRing(t)
	c := realCommit(t, "e704581df528507026232627909b2b3e8b75cdc7")
	for name, other := range map[string][]byte{
		"line ends of Windows": bytes.ReplaceAll(c.Signature, []byte("\n"), []byte("\r\n")),
		"blanks around it":     append([]byte(" \n"), append(bytes.Clone(c.Signature), "\n\n"...)...),
	} {
		if _, err := Verify(c.Payload, other, ring, testTime); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, b := range bytes.TrimSpace(c.Signature) {
		for _, to := range []byte{b ^ 1, b ^ 0x20, 0, ' ', '-', '='} {
			forged := bytes.Clone(bytes.TrimSpace(c.Signature))
			if forged[i] = to; to == b {
				continue
			}
			if got, err := cmsBytes(forged); err == nil {
				if same, _ := cmsBytes(c.Signature); bytes.Equal(got, same) {
					t.Errorf("byte %d as %q: the same signature", i, to)
				}
			}
		}
	}
	for name, forged := range map[string]string{
		"a header":       strings.Replace(string(c.Signature), cmsBegin+"\n", cmsBegin+"\nProc-Type: 4,ENCRYPTED\n\n", 1),
		"two blocks":     string(c.Signature) + string(c.Signature),
		"text before it": "x\n" + string(c.Signature),
		"text behind it": string(c.Signature) + "\nx",
		"blanks in it":   strings.Replace(string(c.Signature), "\n", "\n ", 1),
		"nothing":        cmsBegin + "\n" + cmsEnd,
		"only a mark":    cmsBegin,
		"too much":       cmsBegin + "\n" + strings.Repeat("A", maxSignatureBytes) + "\n" + cmsEnd,
	} {
		if s, err := Verify(c.Payload, []byte(forged), ring, testTime); err == nil || s.X509 != nil || errors.Is(err, ErrUntimed) {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}

// armourCMS writes what cmsBytes reads.
func armourCMS(raw []byte) []byte {
	var b strings.Builder
	b.WriteString(cmsBegin + "\n")
	text := base64.StdEncoding.EncodeToString(raw)
	for len(text) > 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	b.WriteString(text + "\n" + cmsEnd + "\n")
	return []byte(b.String())
}
