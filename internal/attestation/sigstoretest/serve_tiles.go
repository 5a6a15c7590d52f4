package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	tilespb "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"
	"google.golang.org/protobuf/encoding/protojson"
)

// serveTile is version 2 of Rekor's API: it checks the signature over the digest, and
// answers with the entry as it stands in a bundle, without a time.
func (in *Instance) serveTile(body []byte, opts []Option) (reply, error) {
	req := &tilespb.CreateEntryRequest{}
	if err := protojson.Unmarshal(body, req); err != nil {
		return reply{}, fmt.Errorf("read proposed entry: %w", err)
	}
	r := req.GetHashedRekordRequestV002()
	sig, v := r.GetSignature(), r.GetSignature().GetVerifier()
	block := &pem.Block{Type: "PUBLIC KEY", Bytes: v.GetPublicKey().GetRawBytes()}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if der := v.GetX509Certificate().GetRawBytes(); der != nil {
		block = &pem.Block{Type: "CERTIFICATE", Bytes: der}
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(der); err == nil {
			public = c.PublicKey
		}
	}
	if err != nil {
		return reply{}, fmt.Errorf("read public key: %w", err)
	}
	if k, ok := public.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(k, r.GetDigest(), sig.GetContent()) {
		return reply{}, errors.New("the signature is wrong")
	}
	entry, err := tilesBody(r.GetDigest(), sig.GetContent(), block)
	if err != nil {
		return reply{}, fmt.Errorf("write entry: %w", err)
	}
	e, err := in.enter("hashedrekord", entry, in.order(append([]Option{Tiles()}, opts...)))
	if err != nil {
		return reply{}, err
	}
	text, err := protojson.Marshal(e)
	return reply{status: http.StatusCreated, kind: jsonType, value: text}, err
}
