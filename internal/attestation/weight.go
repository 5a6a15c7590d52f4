package attestation

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/digitorus/pkcs7"
	"github.com/go-json-experiment/json/jsontext"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
)

// What a bundle may bring along to be verified with. The libraries below verify
// with the keys that a log entry and a timestamp bring before they ask whose these
// are, and what an RSA key costs grows with the square of its length: a key as long
// as a bundle may be keeps a processor for minutes. Real entries, tokens and
// certificates have less than 8 KiB, real bundles one or two of each.
const (
	maxPartBytes = 16 << 10
	maxParts     = 4 // certificates, log entries, tokens, of each kind
	maxRSA       = 4096
	maxExponent  = 65537
)

// checkWeight refuses a bundle that would cost more than a bundle is worth. It
// decides nothing else.
func checkWeight(pb *protobundle.Bundle) error {
	m := pb.GetVerificationMaterial()
	tokens := m.GetTimestampVerificationData().GetRfc3161Timestamps()
	certs := m.GetX509CertificateChain().GetCertificates()
	for _, parts := range []struct {
		what string
		n    int
	}{{"log entries", len(m.GetTlogEntries())}, {"timestamps", len(tokens)}, {"certificates", len(certs)}} {
		if parts.n > maxParts {
			return fmt.Errorf("%w: %d %s, at most %d are read", ErrTooLarge, parts.n, parts.what, maxParts)
		}
	}
	for _, c := range append(certs, m.GetCertificate()) {
		if err := lightCertificate(c.GetRawBytes()); err != nil {
			return fmt.Errorf("its certificate: %w", err)
		}
	}
	for _, e := range m.GetTlogEntries() {
		if err := lightEntry(e.GetCanonicalizedBody()); err != nil {
			return fmt.Errorf("its log entry: %w", err)
		}
	}
	for _, t := range tokens {
		if err := lightToken(t.GetSignedTimestamp()); err != nil {
			return fmt.Errorf("its timestamp: %w", err)
		}
	}
	return nil
}

func light(part []byte) error {
	if len(part) > maxPartBytes {
		return fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(part), maxPartBytes)
	}
	return nil
}

func lightKey(public any) error {
	if k, ok := public.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSA {
		return fmt.Errorf("%w: an RSA key of %d bits, at most %d are used", ErrTooLarge, k.N.BitLen(), maxRSA)
	}
	if k, ok := public.(*rsa.PublicKey); ok && k.E > maxExponent {
		return fmt.Errorf("%w: an RSA key with the exponent %d, at most %d is used", ErrTooLarge, k.E, maxExponent)
	}
	return nil
}

// lightCertificate passes over what it cannot read: that is for whoever uses it.
func lightCertificate(der []byte) error {
	if err := light(der); err != nil {
		return err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	return lightKey(c.PublicKey)
}

// lightEntry looks at every text of a log entry's body that is a key or a
// certificate, wherever the entry's kind has it.
func lightEntry(body []byte) error {
	if err := light(body); err != nil {
		return err
	}
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // its end, or no JSON: checkKinds refuses that
		}
		if t.Kind() != '"' {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(t.String())
		if err != nil {
			continue
		}
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if public, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
				if err := lightKey(public); err != nil {
					return err
				}
			}
			if public, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
				if err := lightKey(public); err != nil {
					return err
				}
			}
			if err := lightCertificate(block.Bytes); err != nil {
				return err
			}
		}
	}
}

// lightToken looks at the certificates in a timestamp token.
func lightToken(der []byte) error {
	if err := light(der); err != nil {
		return err
	}
	var response struct {
		Status asn1.RawValue
		Token  asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &response); err != nil {
		return nil //nolint:nilerr // no token: it proves nothing
	}
	if len(response.Token.FullBytes) == 0 {
		return nil
	}
	p, err := pkcs7.Parse(response.Token.FullBytes)
	if err != nil {
		return nil //nolint:nilerr // likewise
	}
	// Each signer is verified with the token's own certificates. RFC 3161, section
	// 2.4.2, wants one.
	if len(p.Signers) != 1 || len(p.Certificates) > maxParts {
		return fmt.Errorf("%w: %d signers and %d certificates in one token, one and at most %d are read", ErrTooLarge, len(p.Signers), len(p.Certificates), maxParts)
	}
	for _, c := range p.Certificates {
		if err := lightKey(c.PublicKey); err != nil {
			return err
		}
	}
	return nil
}
