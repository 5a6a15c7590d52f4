package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/signature/cmstest"
)

// TestCMSForms changes one thing of a good signature at a time. What changes the
// signed attributes is signed again: the signer may be the attacker.
func TestCMSForms(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signTime)
	ring := ringOf(t, in.Root())
	cert, key := in.Certificate(sigstoretest.Workflow("acme/widgets", sourceCommit))
	issuing, root := in.Chain()
	again, _ := in.Certificate(sigstoretest.Workflow("acme/widgets", sourceCommit))
	sha1 := asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	sha512 := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	digest := func(m *cmstest.Message, b ...[]byte) []byte { return m.Attribute(cmstest.MessageDigest, b...) }
	for name, c := range map[string]struct {
		change func(*cmstest.Message)
		want   error
	}{
		"as gitsign writes it":     {func(*cmstest.Message) {}, ErrUntimed},
		"with its chain":           {func(m *cmstest.Message) { m.Certificates = append(m.Certificates, issuing.Raw, root.Raw) }, ErrUntimed},
		"its chain in front":       {func(m *cmstest.Message) { m.Certificates = [][]byte{issuing.Raw, cert.Raw} }, ErrUntimed},
		"with another certificate": {func(m *cmstest.Message) { m.Certificates = append(m.Certificates, again.Raw) }, ErrUntimed},
		"a signing time of any value": {func(m *cmstest.Message) {
			m.Attributes = append(m.Attributes, m.Attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}, m.Octets([]byte("yesterday"))))
			m.Sort()
			m.Sign(key)
		}, ErrUntimed},

		"something behind it":           {func(m *cmstest.Message) { m.Trailing = []byte{0} }, ErrInvalid},
		"another content":               {func(m *cmstest.Message) { m.Type = cmstest.Data }, ErrUnsupported},
		"version 3":                     {func(m *cmstest.Message) { m.Version = 3 }, ErrUnsupported},
		"not detached":                  {func(m *cmstest.Message) { m.Content = gitPayload }, ErrUnsupported},
		"another content inside":        {func(m *cmstest.Message) { m.Content = []byte("another commit") }, ErrUnsupported},
		"over something else than data": {func(m *cmstest.Message) { m.ContentType = cmstest.SignedData }, ErrUnsupported},
		"two digests":                   {func(m *cmstest.Message) { m.Digests = append(m.Digests, sha512) }, ErrUnsupported},
		"no digest":                     {func(m *cmstest.Message) { m.Digests = nil }, ErrInvalid},
		"SHA-1":                         {func(m *cmstest.Message) { m.Digests, m.Digest = []asn1.ObjectIdentifier{sha1}, sha1 }, ErrWeak},
		"SHA-1, by the signer alone":    {func(m *cmstest.Message) { m.Digest = sha1 }, ErrWeak},
		"SHA-512":                       {func(m *cmstest.Message) { m.Digests, m.Digest = []asn1.ObjectIdentifier{sha512}, sha512 }, ErrUnsupported},
		"revocation lists":              {func(m *cmstest.Message) { m.Between = []byte{0xa1, 0} }, ErrUnsupported},
		"two lists of certificates":     {func(m *cmstest.Message) { m.Between = []byte{0xa0, 0} }, ErrInvalid},
		"no signer":                     {func(m *cmstest.Message) { m.Signers = 0 }, ErrInvalid},
		"two signers":                   {func(m *cmstest.Message) { m.Signers = 2 }, ErrUnsupported},
		"named by key":                  {func(m *cmstest.Message) { m.SignerVersion = 3 }, ErrUnsupported},
		"no certificate":                {func(m *cmstest.Message) { m.Certificates = nil }, ErrInvalid},
		"another's certificate":         {func(m *cmstest.Message) { m.Certificates = [][]byte{again.Raw} }, ErrInvalid},
		"its certificate twice":         {func(m *cmstest.Message) { m.Certificates = [][]byte{cert.Raw, cert.Raw} }, ErrInvalid},
		"no certificate but text":       {func(m *cmstest.Message) { m.Certificates = append(m.Certificates, m.Octets(gitPayload)) }, ErrInvalid},
		"half a certificate":            {func(m *cmstest.Message) { m.Certificates = append(m.Certificates, []byte{0x30, 2, 0x30, 0}) }, ErrInvalid},
		"sixteen certificates":          {func(m *cmstest.Message) { fill(m, again.Raw, 16) }, ErrUntimed},
		"seventeen certificates":        {func(m *cmstest.Message) { fill(m, again.Raw, 17) }, ErrInvalid},
		"named as another certificate": {func(m *cmstest.Message) {
			m.Certificates = append(m.Certificates, again.Raw)
			m.Serial = serial(t, again)
		}, ErrInvalid},
		"something behind the signer": {func(m *cmstest.Message) { m.BehindTheSigner = []byte{5, 0} }, ErrInvalid},
		"an empty list of unsigned":   {func(m *cmstest.Message) { m.Unsigned = [][]byte{} }, ErrUntimed},

		"no attributes, signed as such": {func(m *cmstest.Message) { m.NoAttributes = true; m.Signature = signRaw(t, key, gitPayload) }, ErrUnsupported},
		"no attributes":                 {func(m *cmstest.Message) { m.Attributes = nil; m.Sign(key) }, ErrInvalid},
		"no content type":               {func(m *cmstest.Message) { m.Attributes = m.Attributes[1:]; m.Sign(key) }, ErrInvalid},
		"no digest among them":          {func(m *cmstest.Message) { m.Attributes = m.Attributes[:1]; m.Sign(key) }, ErrInvalid},
		"another order, signed in it": {func(m *cmstest.Message) {
			m.Attributes[0], m.Attributes[1] = m.Attributes[1], m.Attributes[0]
			m.Sign(key)
		}, ErrInvalid},
		"another order, signed in DER's": {func(m *cmstest.Message) { m.Attributes[0], m.Attributes[1] = m.Attributes[1], m.Attributes[0] }, ErrInvalid},
		"two digests among them": {func(m *cmstest.Message) {
			m.Attributes = append(m.Attributes, digest(m, m.Octets(make([]byte, 32))))
			m.Sort()
			m.Sign(key)
		}, ErrInvalid},
		"the same digest twice": {func(m *cmstest.Message) { m.Attributes = append(m.Attributes, m.Attributes[1]); m.Sort(); m.Sign(key) }, ErrInvalid},
		"two values of the digest": {func(m *cmstest.Message) {
			m.Attributes[1] = digest(m, m.Octets(sum(gitPayload)), m.Octets(make([]byte, 32)))
			m.Sign(key)
		}, ErrInvalid},
		"no value of the digest": {func(m *cmstest.Message) { m.Attributes[1] = digest(m); m.Sort(); m.Sign(key) }, ErrInvalid},
		"half a digest": {func(m *cmstest.Message) {
			m.Attributes[1] = digest(m, m.Octets(sum(gitPayload)[:16]))
			m.Sort()
			m.Sign(key)
		}, ErrInvalid},
		"another commit's digest": {func(m *cmstest.Message) { m.Attributes[1] = digest(m, m.Octets(sum([]byte("x")))); m.Sign(key) }, ErrInvalid},
		"another content type": {func(m *cmstest.Message) {
			m.Attributes[0] = m.Attribute(cmstest.ContentType, mustDER(t, cmstest.SignedData))
			m.Sign(key)
		}, ErrInvalid},
		"signed under the tag they stand under": {func(m *cmstest.Message) { b := m.Signed(); b[0] = 0xa0; m.Signature = signRaw(t, key, b) }, ErrInvalid},
		"seventeen attributes":                  {func(m *cmstest.Message) { many(m, 15); m.Sign(key) }, ErrInvalid},
		"sixteen attributes":                    {func(m *cmstest.Message) { many(m, 14); m.Sign(key) }, ErrUntimed},
		"the digest among the unsigned":         {func(m *cmstest.Message) { m.Unsigned = [][]byte{m.Attributes[1]} }, ErrUntimed},
		"only there": {func(m *cmstest.Message) {
			m.Unsigned = [][]byte{m.Attributes[1]}
			m.Attributes = m.Attributes[:1]
			m.Sign(key)
		}, ErrInvalid},
		"half an unsigned attribute": {func(m *cmstest.Message) { m.Unsigned = [][]byte{{0x30, 0}} }, ErrInvalid},

		"no signature":                {func(m *cmstest.Message) { m.Signature = nil }, ErrInvalid},
		"a signature of zeros":        {func(m *cmstest.Message) { m.Signature = []byte{0x30, 6, 2, 1, 0, 2, 1, 0} }, ErrInvalid},
		"something behind it, inside": {func(m *cmstest.Message) { m.Signature = append(m.Signature, 0) }, ErrInvalid},
		"called RSA":                  {func(m *cmstest.Message) { m.Algorithm = cmstest.RSASHA256 }, ErrUnsupported},
		"called ECDSA with SHA-512":   {func(m *cmstest.Message) { m.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4} }, ErrUnsupported},
	} {
		m := cmstest.New(t, gitPayload, cert).Sign(key)
		c.change(m)
		s, err := Verify(gitPayload, m.Armour(), ring, testTime)
		if !errors.Is(err, c.want) || (s.X509 != nil) != errors.Is(c.want, ErrUntimed) {
			t.Errorf("%s: %+v %v, want %v", name, s, err, c.want)
		}
	}
	// Lengths as only BER has them.
	der := cmstest.New(t, gitPayload, cert).Sign(key).DER()
	for name, forged := range map[string][]byte{
		"indefinite length":   append(append([]byte{0x30, 0x80}, der[4:]...), 0, 0),
		"a length in 3 bytes": append([]byte{0x30, 0x83, 0, der[2], der[3]}, der[4:]...),
		"cut off":             der[:len(der)-1],
		"a false length":      append([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}, der[4:]...),
	} {
		if s, err := Verify(gitPayload, cmstest.Armour(forged), ring, testTime); !errors.Is(err, ErrInvalid) || s.X509 != nil {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}

func fill(m *cmstest.Message, other []byte, n int) {
	for len(m.Certificates) < n {
		m.Certificates = append(m.Certificates, other)
	}
}

func many(m *cmstest.Message, n int) {
	for i := range n {
		m.Attributes = append(m.Attributes, m.Attribute(asn1.ObjectIdentifier{1, 2, i + 1}, m.Octets(nil)))
	}
	m.Sort()
}

func serial(t *testing.T, c *x509.Certificate) []byte { return mustDER(t, c.SerialNumber) }

func mustDER(t *testing.T, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sum(b []byte) []byte {
	h := crypto.SHA256.New()
	h.Write(b)
	return h.Sum(nil)
}

func signRaw(t *testing.T, key crypto.Signer, text []byte) []byte {
	t.Helper()
	sig, err := key.Sign(rand.Reader, sum(text), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// TestCMSKeys signs with keys of every type, under certificates that nobody vouches
// for: ErrUntrusted says that the signature itself held.
func TestCMSKeys(t *testing.T) {
	t.Parallel()
	ec := func(c elliptic.Curve) crypto.Signer {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	rsaKey := func(bits int) crypto.Signer {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		key  crypto.Signer
		want error
	}{
		"P-224":    {ec(elliptic.P224()), ErrWeak},
		"P-256":    {ec(elliptic.P256()), ErrUntrusted},
		"P-384":    {ec(elliptic.P384()), ErrUntrusted},
		"P-521":    {ec(elliptic.P521()), ErrUntrusted},
		"RSA-1024": {rsaKey(1024), ErrWeak},
		"RSA-2048": {rsaKey(2048), ErrUntrusted},
		"Ed25519":  {ed, ErrUnsupported},
	} {
		cert := selfSigned(t, c.key, sigstoreExtension(t))
		m := cmstest.New(t, gitPayload, cert).Sign(c.key)
		ring := publicRing(t)
		if s, err := Verify(gitPayload, m.Armour(), ring, testTime); !errors.Is(err, c.want) || s.X509 != nil {
			t.Errorf("%s: %+v %v", name, s, err)
		}
		if len(m.Signature) > 0 {
			m.Signature[len(m.Signature)-1] ^= 1
		}
		if s, err := Verify(gitPayload, m.Armour(), ring, testTime); errors.Is(err, ErrUntrusted) || err == nil || s.X509 != nil {
			t.Errorf("%s, changed: %+v %v", name, s, err)
		}
		// The same without Sigstore's mark is somebody's own S/MIME.
		if !errors.Is(c.want, ErrUntrusted) {
			continue
		}
		plain := selfSigned(t, c.key)
		if s, err := Verify(gitPayload, cmstest.New(t, gitPayload, plain).Sign(c.key).Armour(), ring, testTime); !errors.Is(err, ErrUnsupported) || s.X509 != nil {
			t.Errorf("%s, S/MIME: %+v %v", name, s, err)
		}
	}
}

func sigstoreExtension(t *testing.T) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: append([]byte{12, byte(len(google))}, google...)}
}

func selfSigned(t *testing.T, key crypto.Signer, ext ...pkix.Extension) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: signTime, NotAfter: signTime.Add(10 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		EmailAddresses: []string{"claw@acme.example"}, SubjectKeyId: []byte{1, 2, 3}, ExtraExtensions: ext,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNames: a certificate must have one name, and of a kind that the policy can
// spell.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value []byte
		want  string
	}{
		"an address":                 {[]byte("\x30\x07\x81\x05a@b.c"), "a@b.c"},
		"a URI":                      {[]byte("\x30\x0b\x86\x09https://x"), "https://x"},
		"two":                        {[]byte("\x30\x0e\x81\x05a@b.c\x81\x05d@e.f"), ""},
		"an address and a directory": {[]byte("\x30\x0b\x81\x05a@b.c\xa4\x02\x30\x00"), ""},
		"an address and a user name": {[]byte("\x30\x0d\x81\x05a@b.c\xa0\x04\x06\x02\x2a\x03"), ""},
		"a host":                     {[]byte("\x30\x05\x82\x03a.b"), ""},
		"a user name":                {[]byte("\x30\x06\xa0\x04\x06\x02\x2a\x03"), ""},
		"nothing in it":              {[]byte("\x30\x02\x81\x00"), ""},
		"none":                       {[]byte("\x30\x00"), ""},
		"more behind it":             {[]byte("\x30\x07\x81\x05a@b.c\x00"), ""},
	} {
		cert := &x509.Certificate{Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: c.value}}}
		got, err := onlyName(cert)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if got, err := onlyName(&x509.Certificate{}); err == nil {
		t.Errorf("no extension: %q", got)
	}
}

// TestOpenSSL reads what another program writes: an S/MIME signature is recognised,
// held against the commit, and not accepted.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing: install it to read its signatures")
	}
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyFile := file("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	payload := file("payload", gitPayload)
	for name, c := range map[string]struct {
		ext  []pkix.Extension
		args []string
		want error
	}{
		"S/MIME":               {nil, nil, ErrUnsupported},
		"by Sigstore's name":   {[]pkix.Extension{sigstoreExtension(t)}, nil, ErrUntrusted},
		"without capabilities": {[]pkix.Extension{sigstoreExtension(t)}, []string{"-nosmimecap"}, ErrUntrusted},
		"without attributes":   {[]pkix.Extension{sigstoreExtension(t)}, []string{"-noattr"}, ErrUnsupported},
		"without certificates": {[]pkix.Extension{sigstoreExtension(t)}, []string{"-nocerts"}, ErrInvalid},
		"named by key":         {[]pkix.Extension{sigstoreExtension(t)}, []string{"-keyid"}, ErrUnsupported},
		"with its content":     {[]pkix.Extension{sigstoreExtension(t)}, []string{"-nodetach"}, ErrUnsupported},
		"SHA-1":                {[]pkix.Extension{sigstoreExtension(t)}, []string{"-md", "sha1"}, ErrWeak},
		"SHA-512":              {[]pkix.Extension{sigstoreExtension(t)}, []string{"-md", "sha512"}, ErrUnsupported},
	} {
		cert := file("cert", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: selfSigned(t, key, c.ext...).Raw}))
		args := []string{"cms", "-sign", "-binary", "-signer", cert, "-inkey", keyFile, "-in", payload, "-outform", "DER"}
		if c.args == nil || c.args[0] != "-md" {
			args = append(args, "-md", "sha256")
		}
		cmd := exec.CommandContext(t.Context(), openssl, append(args, c.args...)...) //nolint:gosec // a test's own arguments
		var failed bytes.Buffer
		cmd.Stderr = &failed
		der, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, failed.Bytes())
		}
		s, err := Verify(gitPayload, cmstest.Armour(der), publicRing(t), testTime)
		if !errors.Is(err, c.want) || s.X509 != nil {
			t.Errorf("%s: %+v %v, want %v", name, s, err, c.want)
		}
		if !errors.Is(c.want, ErrUntrusted) {
			continue
		}
		if _, err := Verify([]byte("another commit"), cmstest.Armour(der), publicRing(t), testTime); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s, over another commit: %v", name, err)
		}
	}
}

// FuzzCMS feeds the reader what it likes. Nothing is accepted but what says when and
// by whom it was signed.
func FuzzCMS(f *testing.F) {
	public := publicRing(f)
	var payload []byte
	for id, kind := range index(f) {
		if kind != "x509" {
			continue
		}
		c := realCommit(f, id)
		raw, err := cmsBytes(c.Signature)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		if id == "e704581df528507026232627909b2b3e8b75cdc7" {
			payload = c.Payload
		}
	}
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := Verify(payload, armourCMS(der), public, testTime)
		switch {
		case err == nil && (s.X509 == nil || s.X509.SignedAt.IsZero() || s.X509.Subject != "billy@chainguard.dev"):
			t.Fatalf("accepted: %+v", s)
		case errors.Is(err, ErrUntimed) && (s.X509 == nil || !s.X509.SignedAt.IsZero()):
			t.Fatalf("untimed: %+v", s.X509)
		case err != nil && s.X509 != nil && !errors.Is(err, ErrUntimed):
			t.Fatalf("%+v %v", s.X509, err)
		}
		if _, err := readCMS(armourCMS(der)); err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrWeak) {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}

func BenchmarkX509(b *testing.B) {
	ring := publicRing(b)
	for name, id := range map[string]string{"logged": "e704581df528507026232627909b2b3e8b75cdc7", "untimed": "02a83d8e9c8f32373cc34b1c38ef5ceee6e0feb3"} {
		c := realCommit(b, id)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Verify(c.Payload, c.Signature, ring, testTime); err != nil && !errors.Is(err, ErrUntimed) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
