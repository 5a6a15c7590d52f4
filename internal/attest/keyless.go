package attest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	rekor "github.com/sigstore/rekor/pkg/generated/client"
	"github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// The public-good instance of Sigstore.
const (
	PublicFulcio = "https://fulcio.sigstore.dev"
	PublicRekor  = "https://rekor.sigstore.dev"
)

// Instance is the Sigstore instance that signs. The zero value of a URL is a service
// that is not used; [PublicInstance] and [ReadSigningConfig] fill it.
type Instance struct {
	Fulcio string
	Rekor  string // a transparency log
	Tiles  bool   // the log speaks version 2 of Rekor's API; it tells no time, so a TSA is needed
	TSA    string // a timestamping authority's whole address
	Root   *trust.Root
}

// PublicInstance is the public-good instance.
func PublicInstance() (Instance, error) {
	r, err := trust.Public()
	return Instance{Fulcio: PublicFulcio, Rekor: PublicRekor, Root: r}, err
}

// maxSettings bounds a signing configuration and a trusted root.
const maxSettings = trust.MaxBytes

// ReadSigningConfig reads a signing_config.json, as `cosign signing-config create`
// writes it, and picks the services that are in use at the time.
func ReadSigningConfig(path string, now time.Time) (Instance, error) {
	const remedy = "Make one with `cosign signing-config create`, or name the services with --fulcio-url, --rekor-url and --timestamp-url."
	text, err := readFile(path)
	if err != nil {
		return Instance{}, &Problem{Usage: true, Err: err, Message: sentence("The signing configuration %s cannot be read: %s", show(path), plain(err)), Remedy: remedy}
	}
	fail := func(err error) (Instance, error) {
		return Instance{}, &Problem{Usage: true, Err: err, Message: sentence("The signing configuration %s is not understood: %s", show(path), show(err.Error())), Remedy: remedy}
	}
	c, err := root.NewSigningConfigFromJSON(text)
	if err != nil {
		return fail(err)
	}
	var in Instance
	ca, err := root.SelectService(c.FulcioCertificateAuthorityURLs(), sign.FulcioAPIVersions, now)
	if err != nil {
		return fail(fmt.Errorf("certificate authority: %w", err))
	}
	in.Fulcio = ca.URL
	if len(c.RekorLogURLs()) > 0 {
		log, err := root.SelectService(c.RekorLogURLs(), sign.RekorAPIVersions, now)
		if err != nil {
			return fail(fmt.Errorf("transparency log: %w", err))
		}
		in.Rekor, in.Tiles = log.URL, log.MajorAPIVersion == 2
	}
	if len(c.TimestampAuthorityURLs()) > 0 {
		tsa, err := root.SelectService(c.TimestampAuthorityURLs(), sign.TimestampAuthorityAPIVersions, now)
		if err != nil {
			return fail(fmt.Errorf("timestamping authority: %w", err))
		}
		in.TSA = tsa.URL
	}
	return in, nil
}

// ReadRoot reads a trusted_root.json.
func ReadRoot(path string) (*trust.Root, error) {
	text, err := readFile(path)
	if err == nil {
		var r *trust.Root
		if r, err = trust.Parse(path, text); err == nil {
			return r, nil
		}
		return nil, &Problem{Usage: true, Err: err, Message: sentence("The trusted root %s is not understood: %s", show(path), show(err.Error())), Remedy: "Make one with `cosign trusted-root create`."}
	}
	return nil, &Problem{Usage: true, Err: err, Message: sentence("The trusted root %s cannot be read: %s", show(path), plain(err)), Remedy: "Give the path of a trusted_root.json."}
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err == nil && len(text) > maxSettings {
		err = fmt.Errorf("it is larger than %d bytes", maxSettings)
	}
	return text, err
}

// WithToken signs as whoever an identity token names: with a key that is made now
// and never kept, a certificate of Fulcio for it, and an entry in a public log. The
// name in the certificate and a digest of the statement are published there.
func WithToken(in Instance, token string) (Signer, error) {
	s := &keyless{in: in, token: token}
	if in.Root == nil {
		return nil, misuse("Name it: --trusted-root FILE.", "There is no trusted root to verify with what comes back")
	}
	if in.Rekor == "" && in.TSA == "" {
		return nil, misuse("Name a log with --rekor-url, or a timestamping authority with --timestamp-url.", "Nobody would say when the signature was made: a certificate is good for ten minutes")
	}
	if in.Tiles && in.TSA == "" {
		return nil, misuse("Name a timestamping authority too: --timestamp-url, or tsaUrls in the signing configuration.", "Version 2 of Rekor does not say when a signature was made")
	}
	var err error
	if s.fulcioURL, err = service("certificate authority (Fulcio)", in.Fulcio); err != nil {
		return nil, err
	}
	if in.Rekor != "" {
		if s.rekorURL, err = service("transparency log (Rekor)", in.Rekor); err != nil {
			return nil, err
		}
	}
	if in.TSA != "" {
		if s.tsaURL, err = service("timestamping authority", in.TSA); err != nil {
			return nil, err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	s.pair, err = newKeypair(key)
	return s, err
}

type keyless struct {
	in                          Instance
	token                       string
	fulcioURL, rekorURL, tsaURL *url.URL
	pair                        *keypair
	certificate                 []byte // of the pair; one serves all commits of a run
	name                        string
}

func (s *keyless) String() string {
	if s.name == "" {
		return "an identity of " + s.fulcioURL.Host
	}
	return s.name
}

// Made is never so: each certificate is another.
func (s *keyless) Made(_, _ []byte) bool { return false }

func (s *keyless) Sign(ctx context.Context, statement []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*callTimeout)
	defer cancel()
	o := sign.BundleOptions{Context: ctx, CertificateProvider: s, CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: s.token}}
	if s.tsaURL != nil {
		o.TimestampAuthorities = []*sign.TimestampAuthority{sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: s.in.TSA, Timeout: callTimeout, Transport: newWire(s.tsaURL)})}
	}
	if s.rekorURL != nil {
		o.TransparencyLogs = []sign.Transparency{s.log()}
	}
	b, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: attestation.PayloadType}, s.pair, o)
	if err != nil {
		return nil, failure(errors.New("keyless signing"), "Check that the services can be reached from here and that the token is for the audience sigstore; then try again, or sign with a key: --key.",
			"Could not sign without a key: %s", withoutSecrets(err, s.token))
	}
	text, err := encode(b)
	if err != nil {
		return nil, err
	}
	if err := s.verify(text, statement); err != nil {
		return nil, failure(err, "The trusted root must be that of the services used: --trusted-root.", "What %s made does not verify: %s", s.fulcioURL.Host, withoutSecrets(err, s.token))
	}
	return text, nil
}

// verify trusts what came back as little as a reader will. Whose name is in the
// certificate is told, not judged: the policy does that.
func (s *keyless) verify(text, statement []byte) error {
	options := []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	if len(s.in.Root.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	if s.rekorURL != nil || len(s.in.Root.RekorLogs()) > 0 { // an instance that has a log is asked for its word
		options = append(options, verify.WithTransparencyLog(1))
	}
	if s.tsaURL != nil {
		options = append(options, verify.WithSignedTimestamps(1))
	}
	return check(text, statement, s.in.Root, options, verify.WithoutIdentitiesUnsafe())
}

// GetCertificate asks Fulcio once; the pair is the same for all commits of a run.
func (s *keyless) GetCertificate(ctx context.Context, pair sign.Keypair, o *sign.CertificateProviderOptions) ([]byte, error) {
	if s.certificate != nil {
		if c, err := x509.ParseCertificate(s.certificate); err == nil && time.Now().Before(c.NotAfter.Add(-2*time.Minute)) {
			return s.certificate, nil
		}
	}
	f := sign.NewFulcio(&sign.FulcioOptions{BaseURL: strings.TrimSuffix(s.in.Fulcio, "/"), Timeout: callTimeout, Transport: newWire(s.fulcioURL)})
	der, err := f.GetCertificate(ctx, pair, o)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	s.certificate, s.name = der, subject(c)
	return der, nil
}

// subject is the name in a certificate.
func subject(c *x509.Certificate) string {
	for _, u := range c.URIs {
		return u.String()
	}
	for _, e := range c.EmailAddresses {
		return e
	}
	return "an identity without a name"
}

// log is the client of the transparency log, over a wire of ours: the library's own
// follows to other hosts, and that of version 1 reads without bounds.
func (s *keyless) log() sign.Transparency {
	if s.in.Tiles {
		return sign.NewRekor(&sign.RekorOptions{BaseURL: s.in.Rekor, Version: 2, ClientV2: newTiles(s.rekorURL)})
	}
	path := s.rekorURL.Path
	if path == "" {
		path = rekor.DefaultBasePath
	}
	t := httptransport.NewWithClient(s.rekorURL.Host, path, []string{s.rekorURL.Scheme}, &http.Client{Transport: newWire(s.rekorURL), Timeout: callTimeout})
	t.Consumers["application/json"] = runtime.JSONConsumer()
	t.Producers["application/json"] = runtime.JSONProducer()
	formats := strfmt.NewFormats()
	formats.Add("signedCheckpoint", &util.SignedNote{}, util.SignedCheckpointValidator)
	return sign.NewRekor(&sign.RekorOptions{BaseURL: s.in.Rekor, Timeout: callTimeout, Client: rekor.New(t, formats).Entries})
}
