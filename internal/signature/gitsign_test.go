package signature

import (
	"bytes"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/signature/cmstest"
	"github.com/claw-verified/claw-verified/internal/trust"
)

var (
	signTime   = testTime.AddDate(0, -1, 0)
	gitPayload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b.c> 1 +0000\ncommitter A <a@b.c> 1 +0000\n\nmessage\n")
)

const sourceCommit = "89abcdef0123456789abcdef0123456789abcdef"

// TestGitsign makes commits as gitsign does, in an instance of our own, and attacks
// them one by one.
func TestGitsign(t *testing.T) {
	t.Parallel()
	in, eve := sigstoretest.New(t, signTime), sigstoretest.New(t, signTime)
	id := sigstoretest.Workflow("acme/widgets", sourceCommit)
	ring := ringOf(t, in.Root())
	type options = []sigstoretest.Option
	later, before := signTime.Add(11*time.Minute), signTime.Add(-time.Minute)
	// made is by a certificate with some options, logged with others.
	made := func(cert, log options) *cmstest.Message {
		m, c := cmstest.Gitsign(t, in, gitPayload, id, cert...)
		return m.Enter(in, c, log...)
	}
	other, otherCert := cmstest.Gitsign(t, in, []byte("another commit"), id)
	forged, forgedCert := cmstest.Gitsign(t, eve, gitPayload, id)
	future := testTime.Add(time.Hour)
	mail := sigstoretest.Claims{Issuer: google, Subject: "claw@acme.example"}
	for _, c := range []struct {
		name string
		m    *cmstest.Message
		want error // nil: with its time
	}{
		{"good", made(nil, nil), nil},
		{"for an e-mail address", func() *cmstest.Message {
			m, c := cmstest.Gitsign(t, in, gitPayload, mail)
			return m.Enter(in, c)
		}(), nil},
		{"promise without a proof", made(nil, options{sigstoretest.WithoutProof()}), nil},
		{"logged in the first second", made(nil, options{sigstoretest.LoggedAt(signTime)}), nil},
		{"not logged", func() *cmstest.Message { m, _ := cmstest.Gitsign(t, in, gitPayload, id); return m }(), ErrUntimed},

		{"another authority", forged.Enter(in, forgedCert), ErrUntrusted},
		{"another authority's certificate, not logged", func() *cmstest.Message { m, _ := cmstest.Gitsign(t, eve, gitPayload, id); return m }(), ErrUntrusted},
		{"in no certificate log", made(options{sigstoretest.WithoutSCT()}, nil), ErrUntrusted},
		{"in a certificate log that lies", made(options{sigstoretest.ForeignCT()}, nil), ErrUntrusted},
		{"in another log", made(nil, options{sigstoretest.UnknownLog()}), ErrUntrusted},
		{"two names", made(options{sigstoretest.AlsoNamed("https://github.com/acme/agents/.github/workflows/other.yml@refs/heads/main")}, nil), ErrUnsupported},
		{"a second name of another kind", made(options{sigstoretest.AlsoNamed("alice@acme.example")}, nil), ErrUnsupported},
		{"no issuer", made(options{sigstoretest.WithoutExtension(1, 8)}, nil), ErrUnsupported},

		{"logged after the certificate expired", made(nil, options{sigstoretest.LoggedAt(later)}), ErrInvalid},
		{"logged before the certificate", made(nil, options{sigstoretest.LoggedAt(before)}), ErrInvalid},
		{"proof without a promise, so without a time", made(nil, options{sigstoretest.WithoutSET()}), ErrInvalid},
		{"promise without a time", made(nil, options{sigstoretest.WithoutLogTime()}), ErrInvalid},
		{"neither promise nor proof", made(nil, options{sigstoretest.WithoutSET(), sigstoretest.WithoutProof()}), ErrInvalid},
		{"forged promise", made(nil, options{sigstoretest.ForeignSET()}), ErrInvalid},
		{"forged tree head", made(nil, options{sigstoretest.ForeignCheckpoint()}), ErrInvalid},
		{"entry of another commit", func() *cmstest.Message {
			o := other.Enter(in, otherCert)
			m, _ := cmstest.Gitsign(t, in, gitPayload, id)
			m.Unsigned = o.Unsigned
			return m
		}(), ErrInvalid},
		{"entry of another certificate", func() *cmstest.Message {
			m, _ := cmstest.Gitsign(t, in, gitPayload, id)
			return m.Enter(in, otherCert)
		}(), ErrInvalid},

		{"certificate of tomorrow", func() *cmstest.Message {
			m, _ := cmstest.Gitsign(t, in, gitPayload, id, sigstoretest.IssuedAt(future))
			return m
		}(), ErrTime},
		{"logged tomorrow", made(options{sigstoretest.IssuedAt(future)}, options{sigstoretest.LoggedAt(future.Add(time.Second))}), ErrTime},
	} {
		s, err := Verify(gitPayload, c.m.Armour(), ring, testTime)
		good := errors.Is(c.want, ErrUntimed) || errors.Is(c.want, ErrTime) || c.want == nil
		if !errors.Is(err, c.want) || (s.X509 != nil) != good || s.Key != "" {
			t.Errorf("%s: %+v %v, want %v", c.name, s, err, c.want)
		}
		if c.want == nil && (s.X509.SignedAt.Before(signTime) || s.X509.SignedAt.After(later)) {
			t.Errorf("%s: signed at %s", c.name, s.X509.SignedAt)
		}
		if errors.Is(c.want, ErrUntimed) && !s.X509.SignedAt.IsZero() {
			t.Errorf("%s: %s", c.name, s.X509.SignedAt)
		}
		if s, err := Verify(append(bytes.Clone(gitPayload), '\n'), c.m.Armour(), ring, testTime); !errors.Is(err, ErrInvalid) || s.X509 != nil {
			t.Errorf("%s, over another commit: %+v %v", c.name, s, err)
		}
		if s, err := Verify(gitPayload, c.m.Armour(), ringOf(t, eve.Root()), testTime); err == nil || errors.Is(err, ErrUntimed) || s.X509 != nil {
			if !strings.Contains(c.name, "another authority") {
				t.Errorf("%s, by another root: %+v %v", c.name, s, err)
			}
		}
	}
	s, err := Verify(gitPayload, made(nil, nil).Armour(), ring, testTime)
	if err != nil {
		t.Fatal(err)
	}
	want := X509{
		Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer, BuildSigner: sigstoretest.Signer,
		SourceRepository: "https://github.com/acme/widgets", SourceRef: "refs/heads/agent/fix-1", SourceDigest: sourceCommit,
		Runner: "github-hosted", Root: "sigstoretest", SignedAt: signTime.Add(2 * time.Second),
	}
	if *s.X509 != want {
		t.Errorf("%+v\nwant %+v", *s.X509, want)
	}
}

// TestSeveralRoots: one root may have the authority and another the log, too.
func TestSeveralRoots(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signTime)
	parse := func(without string) *trust.Root {
		var parts map[string]any
		if err := json.Unmarshal(in.RootJSON(), &parts); err != nil {
			t.Fatal(err)
		}
		if _, ok := parts[without]; !ok {
			t.Fatalf("the root has no %s", without)
		}
		delete(parts, without)
		text, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		r, err := trust.Parse("without "+without, text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole, noLog, noCT, noCA := in.Root(), parse("tlogs"), parse("ctlogs"), parse("certificateAuthorities")
	m, cert := cmstest.Gitsign(t, in, gitPayload, sigstoretest.Workflow("acme/widgets", sourceCommit))
	for name, c := range map[string]struct {
		roots []*trust.Root
		want  error
	}{
		"whole":          {[]*trust.Root{whole}, nil},
		"whole, last":    {[]*trust.Root{noCA, noCT, noLog, whole}, nil},
		"no log":         {[]*trust.Root{noLog}, ErrUntrusted},
		"no CT log":      {[]*trust.Root{noCT}, ErrUntrusted},
		"no authority":   {[]*trust.Root{noCA}, ErrUntrusted},
		"none is enough": {[]*trust.Root{noCA, noCT, noLog}, ErrUntrusted},
	} {
		s, err := Verify(gitPayload, m.Enter(in, cert).Armour(), ringOf(t, c.roots...), testTime)
		if m.Unsigned = nil; !errors.Is(err, c.want) || err == nil && (s.X509.Root != whole.Name || s.X509.SignedAt.IsZero()) {
			t.Errorf("%s: %+v %v", name, s, err)
		}
		forged := m.Enter(in, cert, sigstoretest.ForeignSET()).Armour()
		if m.Unsigned = nil; c.want != nil {
			continue
		}
		if s, err := Verify(gitPayload, forged, ringOf(t, c.roots...), testTime); !errors.Is(err, ErrInvalid) || s.X509 != nil {
			t.Errorf("%s, forged promise: %+v %v", name, s, err)
		}
	}
}

// TestEntryForms: an entry says what it must, once, and brings no body.
func TestEntryForms(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signTime)
	ring := ringOf(t, in.Root())
	m, cert := cmstest.Gitsign(t, in, gitPayload, sigstoretest.Workflow("acme/widgets", sourceCommit))
	read, err := readCMS(m.Enter(in, cert).Armour())
	if err != nil {
		t.Fatal(err)
	}
	entry := &protorekor.TransparencyLogEntry{}
	if err := proto.Unmarshal(read.entry, entry); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*protorekor.TransparencyLogEntry)) []byte {
		e := proto.CloneOf(entry)
		change(e)
		b, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	extra, _ := proto.Marshal(wrapperspb.String("x"))
	attribute := func(values ...[]byte) []byte {
		var list [][]byte
		for _, v := range values {
			list = append(list, m.Octets(v))
		}
		return m.Attribute(cmstest.LogEntry, list...)
	}
	for name, c := range map[string]struct {
		unsigned [][]byte
		want     error
	}{
		"as it was":          {[][]byte{attribute(read.entry)}, nil},
		"beside another":     {[][]byte{m.Attribute(asn1.ObjectIdentifier{1, 2, 3}, m.Octets(extra)), attribute(read.entry)}, nil},
		"twice":              {[][]byte{attribute(read.entry), attribute(read.entry)}, ErrInvalid},
		"two values":         {[][]byte{attribute(read.entry, read.entry)}, ErrInvalid},
		"no value":           {[][]byte{attribute()}, ErrInvalid},
		"empty":              {[][]byte{attribute(nil)}, ErrInvalid},
		"an early form":      {[][]byte{m.Attribute(cmstest.LogEntry, []byte{0x30, 0})}, ErrUnsupported},
		"cut off":            {[][]byte{attribute(read.entry[:len(read.entry)-1])}, ErrInvalid},
		"written twice over": {[][]byte{attribute(append(bytes.Clone(read.entry), read.entry...))}, ErrInvalid},
		"more behind it":     {[][]byte{attribute(append(bytes.Clone(read.entry), 0xfa, 0x3f, 1, 'x'))}, ErrInvalid},
		"a body":             {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.CanonicalizedBody = []byte("{}") }))}, ErrInvalid},
		"another kind":       {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.KindVersion.Kind = "dsse" }))}, ErrUnsupported},
		"another version":    {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.KindVersion.Version = "0.0.2" }))}, ErrUnsupported},
		"no kind":            {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.KindVersion = nil }))}, ErrUnsupported},
		"no log":             {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.LogId = nil }))}, ErrInvalid},
		"a minute later":     {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.IntegratedTime += 60 }))}, ErrInvalid},
		"no time":            {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.IntegratedTime = 0 }))}, ErrInvalid},
		"another number":     {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.LogIndex++ }))}, ErrInvalid},
		"a negative number":  {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.LogIndex = -1 }))}, ErrInvalid},
		"another leaf":       {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.LogIndex-- }))}, ErrInvalid},
		"a tree of nothing":  {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.TreeSize = -1 }))}, ErrInvalid},
		"no path":            {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.Hashes = nil }))}, ErrInvalid},
		"no tree head":       {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.Checkpoint = nil }))}, ErrInvalid},
		"an empty tree head": {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.Checkpoint.Envelope = "" }))}, ErrInvalid},
		"a false tree head": {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope = "x - 1\n1\n\n\n— x AAAA\n"
		}))}, ErrInvalid},
		"no promise": {[][]byte{attribute(changed(func(e *protorekor.TransparencyLogEntry) { e.InclusionPromise = nil }))}, ErrInvalid},
	} {
		m.Unsigned = c.unsigned
		s, err := Verify(gitPayload, m.Armour(), ring, testTime)
		if !errors.Is(err, c.want) || errors.Is(err, ErrUntimed) || (s.X509 != nil) != (c.want == nil) {
			t.Errorf("%s: %+v %v, want %v", name, s, err, c.want)
		}
	}
}

// FuzzLogEntry puts what it likes in the place of the log entry of a real signature.
// Whatever it is, the time is the log's.
func FuzzLogEntry(f *testing.F) {
	root, err := trust.Public()
	if err != nil {
		f.Fatal(err)
	}
	c, err := readCMS(realCommit(f, "e704581df528507026232627909b2b3e8b75cdc7").Signature)
	if err != nil {
		f.Fatal(err)
	}
	cert, err := c.parsed()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.entry)
	other, err := readCMS(realCommit(f, "44ed33f7e317e29efa1f0188faa5d2a044fbef76").Signature)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(other.entry)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, entry []byte) {
		forged := *c
		forged.entry = append([]byte{}, entry...)
		b, err := forged.logEntry(cert)
		if err != nil {
			return
		}
		at, err := loggedAt(b, cert, root)
		if err == nil && !at.Equal(time.Date(2026, 8, 4, 20, 30, 9, 0, time.UTC)) || err != nil && !at.IsZero() {
			t.Fatalf("logged at %s: %v", at, err)
		}
	})
}
