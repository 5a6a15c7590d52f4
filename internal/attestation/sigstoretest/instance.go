package sigstoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/claw-verified/claw-verified/internal/trust"
)

// Instance is one Sigstore instance. It may be used by several goroutines.
type Instance struct {
	t       testing.TB
	at      time.Time
	private bool

	ca, ct, rekor, tsa                *ecdsa.PrivateKey
	caRoot, caCert, tsaRoot, tsaCert  *x509.Certificate
	foreignCT, foreignLog, foreignTSA *ecdsa.PrivateKey // of no root
	foreignCert                       *x509.Certificate // of foreignTSA

	mu     sync.Mutex
	serial int64
	hashes []tlog.Hash
	size   int64
}

// Kind says what an instance has.
type Kind func(*Instance)

// Private makes an instance without a certificate log and without a transparency
// log: times come from its timestamping authority alone. GitHub's own instance for
// private repositories is one.
func Private() Kind { return func(in *Instance) { in.private = true } }

// New makes an instance whose clock stands at a time. Its root is valid from an hour
// before that, with no end.
func New(t testing.TB, at time.Time, kinds ...Kind) *Instance {
	t.Helper()
	in := &Instance{t: t, at: at.UTC().Truncate(time.Second)}
	for _, kind := range kinds {
		kind(in)
	}
	if err := in.found(); err != nil {
		t.Fatal(err)
	}
	return in
}

// found makes keys and the certificates of the authorities.
func (in *Instance) found() error {
	var caRoot, tsaRoot, foreign *ecdsa.PrivateKey
	for _, k := range []**ecdsa.PrivateKey{&in.ca, &in.ct, &in.rekor, &in.tsa, &in.foreignCT, &in.foreignLog, &in.foreignTSA, &caRoot, &tsaRoot, &foreign} {
		var err error
		if *k, err = newKey(); err != nil {
			return err
		}
	}
	var err error
	if in.caRoot, in.caCert, err = in.chain("fulcio", caRoot, in.ca, authority); err != nil {
		return err
	}
	if in.tsaRoot, in.tsaCert, err = in.chain("tsa", tsaRoot, in.tsa, stamping); err != nil {
		return err
	}
	_, in.foreignCert, err = in.chain("tsa", foreign, in.foreignTSA, stamping)
	if err != nil {
		return err
	}
	// The first entries of a log have proofs that prove little.
	for n := range 5 {
		if _, err := in.append(fmt.Appendf(nil, "entry %d of somebody else", n)); err != nil {
			return err
		}
	}
	return nil
}

// authority and stamping are what a certificate below a root is for.
func authority(c *x509.Certificate) error {
	c.IsCA, c.BasicConstraintsValid, c.MaxPathLenZero, c.KeyUsage = true, true, true, x509.KeyUsageCertSign
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	return nil
}

// RFC 3161 wants timestamping to be the only purpose, and critical; crypto/x509
// would write it as an extension that is not.
func stamping(c *x509.Certificate) error {
	purpose, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: purpose}}
	return err
}

// chain makes a root and one certificate below it. They live for long: a token of
// the timestamping authority holds the real time beside that of the instance, and
// both must be within.
func (in *Instance) chain(name string, rootKey, key *ecdsa.PrivateKey, as func(*x509.Certificate) error) (top, below *x509.Certificate, err error) {
	from, to := in.at.AddDate(-1, 0, 0), in.at.AddDate(100, 0, 0)
	t := &x509.Certificate{
		SerialNumber: in.number(), Subject: pkix.Name{Organization: []string{"sigstore.test"}, CommonName: name + "-root"},
		NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if top, err = certify(t, t, rootKey.Public(), rootKey); err != nil {
		return nil, nil, err
	}
	t = &x509.Certificate{SerialNumber: in.number(), Subject: pkix.Name{Organization: []string{"sigstore.test"}, CommonName: name}, NotBefore: from, NotAfter: to}
	if err = as(t); err != nil {
		return nil, nil, err
	}
	below, err = certify(t, top, key.Public(), rootKey)
	return top, below, err
}

// Root is what a verifier has to know to believe this instance.
func (in *Instance) Root() *trust.Root {
	in.t.Helper()
	r, err := trust.Parse("sigstoretest", in.RootJSON())
	if err != nil {
		in.t.Fatal(err)
	}
	return r
}

// RootJSON is a trusted_root.json. It ends with a newline, without which gh reads
// no root at all.
func (in *Instance) RootJSON() []byte {
	in.t.Helper()
	from := in.at.Add(-time.Hour)
	cas := []root.CertificateAuthority{&root.FulcioCertificateAuthority{
		Root: in.caRoot, Intermediates: []*x509.Certificate{in.caCert}, ValidityPeriodStart: from, URI: "https://fulcio.sigstore.test",
	}}
	tsas := []root.TimestampingAuthority{&root.SigstoreTimestampingAuthority{
		Root: in.tsaRoot, Leaf: in.tsaCert, ValidityPeriodStart: from, URI: "https://" + tsaHost,
	}}
	ct, rekor := map[string]*root.TransparencyLog{}, map[string]*root.TransparencyLog{}
	if !in.private {
		for _, log := range []struct {
			logs map[string]*root.TransparencyLog
			host string
			key  *ecdsa.PrivateKey
		}{{ct, "ct.sigstore.test", in.ct}, {rekor, logHost, in.rekor}} {
			id := in.keyID(log.key)
			log.logs[hex.EncodeToString(id)] = &root.TransparencyLog{
				BaseURL: "https://" + log.host, ID: id, ValidityPeriodStart: from,
				HashFunc: crypto.SHA256, PublicKey: log.key.Public(), SignatureHashFunc: crypto.SHA256,
			}
		}
	}
	tr, err := root.NewTrustedRoot(root.TrustedRootMediaType01, cas, ct, tsas, rekor)
	if err != nil {
		in.t.Fatal(err)
	}
	text, err := tr.MarshalJSON()
	if err != nil {
		in.t.Fatal(err)
	}
	return append(text, '\n')
}

// WriteRoot writes trusted_root.json into a folder, for a program, and returns its
// path.
func (in *Instance) WriteRoot(dir string) string {
	in.t.Helper()
	name := filepath.Join(dir, "trusted_root.json")
	if err := os.WriteFile(name, in.RootJSON(), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return name
}

const (
	logHost = "rekor.sigstore.test"
	tsaHost = "tsa.sigstore.test"
)

func newKey() (*ecdsa.PrivateKey, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return k, nil
}

// number is the next serial number.
func (in *Instance) number() *big.Int {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.serial++
	return big.NewInt(in.serial)
}

func certify(c, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	return made, nil
}

// keyID is what RFC 6962 and Rekor name a log by.
func (in *Instance) keyID(k *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		panic(err) // a P-256 key of our own
	}
	id := sha256.Sum256(der)
	return id[:]
}

func signSHA256(k crypto.Signer, text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	sig, err := k.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return sig, nil
}
