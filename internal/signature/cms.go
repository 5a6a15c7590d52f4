package signature

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// Bounds of a CMS signature. One of gitsign holds one certificate, three signed
// attributes and at most one other.
const (
	maxCertificates = 16
	maxAttributes   = 16
)

const (
	cmsBegin = "-----BEGIN SIGNED MESSAGE-----"
	cmsEnd   = "-----END SIGNED MESSAGE-----"
)

// Names of RFC 5652, RFC 5754, RFC 8017 and of Sigstore.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSASHA256     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	// The value is a TransparencyLogEntry of Sigstore's protobuf-specs, without what
	// the signature itself says.
	oidLogEntry = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
)

// cms is a detached CMS signature (RFC 5652) as git carries it, read but not
// verified. There is one signer and one way to write what is signed; everything
// that two readers could read differently is refused.
//
// Nothing but signed is covered by the signature: neither the certificates nor the
// log entry, which prove themselves, nor the algorithms, of which only one is
// accepted for each kind of key.
type cms struct {
	certificate []byte                // the signer's, DER
	digest      []byte                // SHA-256 of what is signed, as the signer says
	signed      []byte                // the signed attributes, as the SET over which the signature is made
	algorithm   asn1.ObjectIdentifier // of the signature
	signature   []byte
	entry       []byte // the log entry, protobuf; nil when there is none
}

// readCMS reads a signature. The error wraps ErrInvalid when it is not well-formed,
// ErrUnsupported or ErrWeak when it is and uses what is not accepted.
func readCMS(armoured []byte) (*cms, error) {
	raw, err := cmsBytes(armoured)
	if err != nil {
		return nil, err
	}
	in := cryptobyte.String(raw)
	var info, content, signedData cryptobyte.String
	var kind asn1.ObjectIdentifier
	switch {
	case !in.ReadASN1(&info, tags.SEQUENCE) || !in.Empty():
		return nil, malformed("it is not one DER sequence")
	case !info.ReadASN1ObjectIdentifier(&kind) || !info.ReadASN1(&content, explicit0) || !info.Empty():
		return nil, malformed("it is no ContentInfo")
	case !kind.Equal(oidSignedData):
		return nil, fmt.Errorf("CMS content of type %s: %w", kind, ErrUnsupported)
	case !content.ReadASN1(&signedData, tags.SEQUENCE) || !content.Empty():
		return nil, malformed("it is no SignedData")
	}
	return readSignedData(signedData)
}

// cmsBytes undoes the armour, which has no headers and one way to be written, but
// for its line ends.
func cmsBytes(armoured []byte) ([]byte, error) {
	b, begins := bytes.CutPrefix(bytes.TrimSpace(armoured), []byte(cmsBegin))
	b, ends := bytes.CutSuffix(b, []byte(cmsEnd))
	if !begins || !ends {
		return nil, malformed(fmt.Sprintf("it does not begin with %q and end with %q", cmsBegin, cmsEnd))
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Strict().Decode(raw, b)
	if err != nil {
		return nil, malformed("the armour is damaged: " + err.Error())
	}
	return raw[:n], nil
}

func readSignedData(in cryptobyte.String) (*cms, error) {
	var version int
	var digests, encapsulated, certificates, signers, signer cryptobyte.String
	var kind asn1.ObjectIdentifier
	var hasCertificates bool
	switch {
	case !in.ReadASN1Integer(&version):
		return nil, malformed("it has no version")
	case version != 1:
		// Other versions: attribute certificates, or a content that is no plain data.
		return nil, fmt.Errorf("CMS version %d: %w", version, ErrUnsupported)
	case !in.ReadASN1(&digests, tags.SET),
		!in.ReadASN1(&encapsulated, tags.SEQUENCE),
		!encapsulated.ReadASN1ObjectIdentifier(&kind),
		!in.ReadOptionalASN1(&certificates, &hasCertificates, explicit0):
		return nil, malformed("it is no SignedData")
	case !kind.Equal(oidData) || !encapsulated.Empty():
		// What is signed is the commit and stands outside; content inside is another.
		return nil, fmt.Errorf("CMS signature that is not detached: %w", ErrUnsupported)
	case in.PeekASN1Tag(explicit1):
		return nil, fmt.Errorf("CMS signature with revocation lists: %w", ErrUnsupported)
	case !in.ReadASN1(&signers, tags.SET) || !in.Empty() || !signers.ReadASN1(&signer, tags.SEQUENCE):
		return nil, malformed("it has no signer")
	case !signers.Empty():
		return nil, fmt.Errorf("CMS signature by more than one signer: %w", ErrUnsupported)
	}
	// The list of digests only helps readers that read once. One that differs from
	// the signer's own is a second opinion of what is signed.
	if err := readDigestAlgorithm(&digests); err != nil {
		return nil, err
	}
	if !digests.Empty() {
		return nil, fmt.Errorf("CMS signature with several digests: %w", ErrUnsupported)
	}
	return readSigner(signer, certificates)
}

func readSigner(in, certificates cryptobyte.String) (*cms, error) {
	var version int
	var id, issuer, serial, signed, algorithm, unsigned cryptobyte.String
	var hasUnsigned bool
	c := &cms{}
	switch {
	case !in.ReadASN1Integer(&version):
		return nil, malformed("its signer has no version")
	case version != 1:
		return nil, fmt.Errorf("CMS signer not named by issuer and serial number: %w", ErrUnsupported)
	case !in.ReadASN1(&id, tags.SEQUENCE) || !id.ReadASN1Element(&issuer, tags.SEQUENCE) || !id.ReadASN1Element(&serial, tags.INTEGER) || !id.Empty():
		return nil, malformed("its signer is not named")
	}
	if err := readDigestAlgorithm(&in); err != nil {
		return nil, err
	}
	if !in.PeekASN1Tag(explicit0) {
		return nil, fmt.Errorf("CMS signature without signed attributes: %w", ErrUnsupported)
	}
	switch {
	case !in.ReadASN1Element(&signed, explicit0),
		!in.ReadASN1(&algorithm, tags.SEQUENCE),
		!in.ReadASN1Bytes(&c.signature, tags.OCTET_STRING),
		!in.ReadOptionalASN1(&unsigned, &hasUnsigned, explicit1),
		!in.Empty():
		return nil, malformed("its signer cannot be read")
	case !algorithm.ReadASN1ObjectIdentifier(&c.algorithm) || !noParameters(algorithm):
		return nil, malformed("its signature's algorithm cannot be read")
	}
	// The signature is over the attributes under the tag of a SET (RFC 5652, 5.4).
	c.signed = bytes.Clone(signed)
	c.signed[0] = byte(tags.SET)
	if err := c.readSigned(); err != nil {
		return nil, err
	}
	if hasUnsigned {
		if err := c.readUnsigned(unsigned); err != nil {
			return nil, err
		}
	}
	var err error
	c.certificate, err = findCertificate(certificates, issuer, serial)
	return c, err
}

// readSigned reads the attributes that the signature covers. They must say of what
// they are, once: an attribute that stands twice is read first by one reader and
// last by another. Others, as the signing time, are the signer's word and not used.
func (c *cms) readSigned() error {
	outer := cryptobyte.String(c.signed)
	var in cryptobyte.String
	if !outer.ReadASN1(&in, tags.SET) || !outer.Empty() {
		return malformed("its signed attributes cannot be read")
	}
	list, err := readAttributes(in)
	if err != nil {
		return err
	}
	for i := range list {
		// The set is signed as DER writes it. Another order would be the same set and
		// other bytes.
		if i > 0 && bytes.Compare(list[i-1].element, list[i].element) >= 0 {
			return malformed("its signed attributes are not in the order of DER")
		}
	}
	var kind asn1.ObjectIdentifier
	value, ok := one(list, oidContentType)
	if !ok || !value.ReadASN1ObjectIdentifier(&kind) || !value.Empty() || !kind.Equal(oidData) {
		return malformed("its signed attributes do not say that it is over data")
	}
	value, ok = one(list, oidMessageDigest)
	if !ok || !value.ReadASN1Bytes(&c.digest, tags.OCTET_STRING) || !value.Empty() || len(c.digest) != sha256.Size {
		return malformed("its signed attributes do not hold one SHA-256 digest")
	}
	return nil
}

// readUnsigned looks for the log entry among attributes that nobody signed. The
// entry names this signature and is signed by the log. Others are not looked at.
func (c *cms) readUnsigned(in cryptobyte.String) error {
	list, err := readAttributes(in)
	if err != nil {
		return err
	}
	for i := range list {
		if !list[i].kind.Equal(oidLogEntry) {
			continue
		}
		value, ok := one(list, oidLogEntry)
		switch {
		case ok && !value.PeekASN1Tag(tags.OCTET_STRING):
			return fmt.Errorf("CMS signature with a log entry in the form of early versions of gitsign: %w", ErrUnsupported)
		case !ok || !value.ReadASN1Bytes(&c.entry, tags.OCTET_STRING) || !value.Empty() || len(c.entry) == 0:
			return malformed("its log entry cannot be read")
		}
	}
	return nil
}

type attribute struct {
	kind    asn1.ObjectIdentifier
	values  cryptobyte.String
	element []byte // the whole, as it is written
}

func readAttributes(in cryptobyte.String) ([]attribute, error) {
	var list []attribute
	for !in.Empty() {
		var a attribute
		var element, inner cryptobyte.String
		if !in.ReadASN1Element(&element, tags.SEQUENCE) {
			return nil, malformed("its attributes cannot be read")
		}
		a.element = element
		if !element.ReadASN1(&inner, tags.SEQUENCE) || !inner.ReadASN1ObjectIdentifier(&a.kind) || !inner.ReadASN1(&a.values, tags.SET) || !inner.Empty() || a.values.Empty() {
			return nil, malformed("one of its attributes cannot be read")
		}
		for i := range list {
			if list[i].kind.Equal(a.kind) {
				return nil, malformed(fmt.Sprintf("it has two attributes %s", a.kind))
			}
		}
		if list = append(list, a); len(list) > maxAttributes {
			return nil, malformed(fmt.Sprintf("it has more than %d attributes", maxAttributes))
		}
	}
	return list, nil
}

// one returns the values of an attribute; that there is one value, the caller shows
// by reading it.
func one(list []attribute, kind asn1.ObjectIdentifier) (values cryptobyte.String, ok bool) {
	for i := range list {
		if list[i].kind.Equal(kind) {
			return list[i].values, true
		}
	}
	return nil, false
}

// findCertificate finds the one certificate with this issuer and serial number. The
// others are not needed, and not read: a chain leads to a root that is trusted by
// what the root itself brings.
func findCertificate(in cryptobyte.String, issuer, serial []byte) ([]byte, error) {
	var found []byte
	for n := 1; !in.Empty(); n++ {
		var element, certificate, body, number, name cryptobyte.String
		if n > maxCertificates {
			return nil, malformed(fmt.Sprintf("it holds more than %d certificates", maxCertificates))
		}
		if !in.ReadASN1Element(&element, tags.SEQUENCE) {
			return nil, malformed("it holds something else than certificates")
		}
		whole := []byte(element)
		switch {
		case !element.ReadASN1(&certificate, tags.SEQUENCE),
			!certificate.ReadASN1(&body, tags.SEQUENCE),
			!body.SkipOptionalASN1(explicit0), // version
			!body.ReadASN1Element(&number, tags.INTEGER),
			!body.SkipASN1(tags.SEQUENCE), // algorithm
			!body.ReadASN1Element(&name, tags.SEQUENCE):
			return nil, malformed("one of its certificates cannot be read")
		case !bytes.Equal(number, serial) || !bytes.Equal(name, issuer):
			continue
		case found != nil:
			return nil, malformed("two of its certificates have the signer's name")
		}
		found = whole
	}
	if found == nil {
		return nil, malformed("the signer's certificate is not in it")
	}
	return found, nil
}

// readDigestAlgorithm wants SHA-256: what gitsign and smimesign use, and the only one
// that a log entry can be rebuilt for.
func readDigestAlgorithm(in *cryptobyte.String) error {
	var algorithm cryptobyte.String
	var kind asn1.ObjectIdentifier
	switch {
	case !in.ReadASN1(&algorithm, tags.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&kind) || !noParameters(algorithm):
		return malformed("its digest's algorithm cannot be read")
	case kind.Equal(oidSHA1):
		return fmt.Errorf("CMS signature uses SHA-1: %w", ErrWeak)
	case !kind.Equal(oidSHA256):
		return fmt.Errorf("CMS signature with the digest %s, only SHA-256 is accepted: %w", kind, ErrUnsupported)
	}
	return nil
}

// noParameters says whether an algorithm's parameters are absent or NULL, which mean
// the same.
func noParameters(in cryptobyte.String) bool {
	if in.Empty() {
		return true
	}
	var null cryptobyte.String
	return in.ReadASN1(&null, tags.NULL) && null.Empty() && in.Empty()
}

// The tags [0] and [1] around several things, whether explicit or in place of a SET.
var (
	explicit0 = tags.Tag(0).ContextSpecific().Constructed()
	explicit1 = tags.Tag(1).ContextSpecific().Constructed()
)

// parsed reads the signer's certificate.
func (c *cms) parsed() (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(c.certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", malformed("the signer's certificate cannot be read"), err)
	}
	return cert, nil
}

func malformed(why string) error { return fmt.Errorf("CMS: %w: %s", ErrInvalid, why) }
