package sigstoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"

	// The kinds of entry that the log takes register themselves.
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1"
)

// Services is an instance on loopback.
type Services struct {
	Fulcio string // base URL; Fulcio's API v2, its signing call
	Rekor  string // base URL; Rekor's API v1 and v2, their calls for a new entry
	TSA    string // the whole URL of a call for a timestamp

	Token string // an OpenID token of the claims, for Fulcio

	// Where a GitHub workflow asks for its token, and the secret it asks with: what
	// ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN hold there.
	TokenURL, TokenSecret string

	failing *sync.Map
}

// The calls, as [Services.Fail] names them.
const (
	CallFulcio = "/api/v2/signingCert"
	CallRekor  = "/api/v1/log/entries"
	CallTiles  = "/api/v2/log/entries"
	CallTSA    = "/api/v1/timestamp"
	CallToken  = "/token"
)

// Fail makes a call answer with an HTTP status from now on; 0 mends it.
func (s *Services) Fail(call string, status int) { s.failing.Store(call, status) }

// longest is what a request may have; theirs have some KiB.
const longest = 1 << 20

// Serve shows the instance on loopback until the test ends, to somebody whose claims
// these are. Options apply to whatever it makes.
func (in *Instance) Serve(t testing.TB, id Claims, opts ...Option) *Services {
	t.Helper()
	s := &Services{TokenSecret: "a secret of the test", failing: &sync.Map{}}
	o := in.order(opts)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+CallFulcio, answer(func(r *http.Request, body []byte) (reply, error) { return in.serveCertificate(r, body, o) }))
	mux.HandleFunc("POST "+CallRekor, answer(func(r *http.Request, body []byte) (reply, error) { return in.serveEntry(r, body, o) }))
	mux.HandleFunc("POST "+CallTiles, answer(func(_ *http.Request, body []byte) (reply, error) { return in.serveTile(body, opts) }))
	mux.HandleFunc("GET /api/v1/log/publicKey", answer(func(*http.Request, []byte) (reply, error) { return in.servePublicKey() }))
	mux.HandleFunc("POST "+CallTSA, answer(func(_ *http.Request, body []byte) (reply, error) { return in.serveTimestamp(body, o) }))
	mux.HandleFunc("GET "+CallToken, answer(func(r *http.Request, _ []byte) (reply, error) {
		if r.Header.Get("Authorization") != "Bearer "+s.TokenSecret {
			return reply{}, errors.New("the token for the token is wrong")
		}
		token, err := in.Token(id, r.URL.Query().Get("audience"))
		return reply{status: http.StatusOK, kind: jsonType, value: object{"value": token, "count": len(token)}}, err
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, _ := s.failing.Load(r.URL.Path); status != nil && status != 0 {
			http.Error(w, "made to fail", status.(int))
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	token, err := in.Token(id, "sigstore")
	if err != nil {
		t.Fatal(err)
	}
	s.Fulcio, s.Rekor, s.TSA, s.Token, s.TokenURL = server.URL, server.URL, server.URL+CallTSA, token, server.URL+CallToken+"?api-version=1"
	return s
}

// SigningConfig is a signing_config.json that names these services, for cosign.
func (s *Services) SigningConfig(from time.Time, tsa bool) []byte {
	service := func(url string) []any {
		return []any{object{"url": url, "majorApiVersion": 1, "validFor": object{"start": from.UTC().Format(time.RFC3339)}, "operator": "sigstore.test"}}
	}
	any1 := object{"selector": "ANY"}
	c := object{
		"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json", "caUrls": service(s.Fulcio), "oidcUrls": service(s.Fulcio),
		"rekorTlogUrls": service(s.Rekor), "rekorTlogConfig": any1,
	}
	if tsa {
		c["tsaUrls"], c["tsaConfig"] = service(s.TSA), any1
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(text, '\n')
}

const jsonType = "application/json"

type reply struct {
	status int
	kind   string
	value  any // written as JSON, unless it is []byte
	etag   string
}

// answer is a call: its request is read whole, its error is a refusal with words.
func answer(call func(*http.Request, []byte) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longest))
		var rep reply
		if err == nil {
			rep, err = call(r, body)
		}
		text, isText := rep.value.([]byte)
		if err == nil && !isText {
			text, err = json.Marshal(rep.value)
		}
		if err != nil {
			rep = reply{status: http.StatusBadRequest, kind: jsonType}
			text, _ = json.Marshal(object{"code": rep.status, "message": err.Error()})
		}
		w.Header().Set("Content-Type", rep.kind)
		if rep.etag != "" {
			w.Header().Set("ETag", rep.etag)
		}
		w.WriteHeader(rep.status)
		_, _ = w.Write(text)
	}
}

// serveCertificate believes a token that it signed itself, and wants to see that
// who asks has the key.
func (in *Instance) serveCertificate(r *http.Request, body []byte, o *order) (reply, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return reply{}, errors.New("no bearer token")
	}
	claims, subject, err := in.believe(token)
	if err != nil {
		return reply{}, err
	}
	var req struct {
		PublicKeyRequest struct {
			PublicKey struct {
				Content string `json:"content"`
			} `json:"publicKey"`
			ProofOfPossession []byte `json:"proofOfPossession"`
		} `json:"publicKeyRequest"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return reply{}, fmt.Errorf("read request: %w", err)
	}
	block, _ := pem.Decode([]byte(req.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return reply{}, errors.New("read public key: no PEM")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return reply{}, fmt.Errorf("read public key: %w", err)
	}
	if !possessed(public, subject, req.PublicKeyRequest.ProofOfPossession) {
		return reply{}, errors.New("the proof of possession is wrong")
	}
	cert, err := o.ca.issue(claims, public, o)
	if err != nil {
		return reply{}, err
	}
	var chain []string
	for _, c := range []*x509.Certificate{cert, o.ca.caCert, o.ca.caRoot} {
		chain = append(chain, string(CertificatePEM(c)))
	}
	name := "signedCertificateEmbeddedSct"
	if o.noSCT {
		name = "signedCertificateDetachedSct"
	}
	return reply{status: http.StatusOK, kind: jsonType, value: object{name: object{"chain": object{"certificates": chain}}}}, nil
}

func possessed(public any, subject string, proof []byte) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256([]byte(subject))
		return ecdsa.VerifyASN1(k, sum[:], proof)
	case ed25519.PublicKey:
		return ed25519.Verify(k, []byte(subject), proof)
	}
	return false
}

// serveEntry has Rekor's own types read the proposal: they check the signature in it
// and write it in canonical form.
func (in *Instance) serveEntry(r *http.Request, body []byte, o *order) (reply, error) {
	proposed, err := models.UnmarshalProposedEntry(strings.NewReader(string(body)), jsonConsumer{})
	if err != nil {
		return reply{}, fmt.Errorf("read proposed entry: %w", err)
	}
	entry, err := types.CreateVersionedEntry(proposed)
	if err != nil {
		return reply{}, fmt.Errorf("read proposed entry: %w", err)
	}
	canonical, err := types.CanonicalizeEntry(r.Context(), entry)
	if err != nil {
		return reply{}, fmt.Errorf("write entry: %w", err)
	}
	e, err := in.enter(proposed.Kind(), canonical, o)
	if err != nil {
		return reply{}, err
	}
	sum := sha256.Sum256(append([]byte{0}, canonical...))
	uuid := fmt.Sprintf("%016x%x", treeID, sum)
	return reply{status: http.StatusCreated, kind: jsonType, value: object{uuid: v1Entry(e)}, etag: uuid}, nil
}

// v1Entry is an entry as Rekor's API tells it.
func v1Entry(e *protorekor.TransparencyLogEntry) object {
	hashes := []string{}
	for _, h := range e.GetInclusionProof().GetHashes() {
		hashes = append(hashes, hex.EncodeToString(h))
	}
	p := e.GetInclusionProof()
	return object{
		"body": e.GetCanonicalizedBody(), "integratedTime": e.GetIntegratedTime(), "logIndex": e.GetLogIndex(),
		"logID": hex.EncodeToString(e.GetLogId().GetKeyId()),
		"verification": object{
			"signedEntryTimestamp": e.GetInclusionPromise().GetSignedEntryTimestamp(),
			"inclusionProof": object{
				"checkpoint": p.GetCheckpoint().GetEnvelope(), "hashes": hashes, "logIndex": p.GetLogIndex(),
				"rootHash": hex.EncodeToString(p.GetRootHash()), "treeSize": p.GetTreeSize(),
			},
		},
	}
}

func (in *Instance) servePublicKey() (reply, error) {
	der, err := x509.MarshalPKIXPublicKey(in.rekor.Public())
	return reply{status: http.StatusOK, kind: "application/x-pem-file", value: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, err
}

func (in *Instance) serveTimestamp(body []byte, o *order) (reply, error) {
	req, err := timestamp.ParseRequest(body)
	if err != nil {
		return reply{}, fmt.Errorf("read timestamp request: %w", err)
	}
	token, err := in.stamp(req, o)
	return reply{status: http.StatusCreated, kind: "application/timestamp-reply", value: token}, err
}

// jsonConsumer reads as Rekor's server does.
type jsonConsumer struct{}

func (jsonConsumer) Consume(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	return d.Decode(v)
}

// provider is the key of the OpenID provider, one for all instances of a run: an
// RSA key takes long to make, and cosign takes a token with an ECDSA signature for
// the name of a file.
var provider = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// Token is an OpenID token of somebody, good for ten minutes of the instance's time.
func (in *Instance) Token(id Claims, audience string) (string, error) {
	key, err := provider()
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	claims, err := json.Marshal(id.token(audience, in.at.Unix(), in.at.Add(10*time.Minute).Unix()))
	if err != nil {
		return "", fmt.Errorf("write token: %w", err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(`{"alg":"RS256","typ":"JWT","kid":"1"}`)) + "." + b64(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text + "." + b64(sig), nil
}

// believe checks a token, and says whose it is and what its owner signs to prove
// that a key is his.
func (in *Instance) believe(token string) (c Claims, subject string, err error) {
	key, err := provider()
	if err != nil {
		return Claims{}, "", fmt.Errorf("make key: %w", err)
	}
	text, sig, _ := cutLast(token, ".")
	_, payload, _ := strings.Cut(text, ".")
	rawSig, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		return Claims{}, "", fmt.Errorf("read token: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], rawSig); err != nil {
		return Claims{}, "", fmt.Errorf("read token: %w", err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return Claims{}, "", fmt.Errorf("read token: %w", err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		return Claims{}, "", fmt.Errorf("read token: %w", err)
	}
	if claims["aud"] != "sigstore" {
		return Claims{}, "", fmt.Errorf("the token is for %q, not for sigstore", claims["aud"])
	}
	if exp, _ := claims["exp"].(float64); int64(exp) <= in.at.Unix() {
		return Claims{}, "", errors.New("the token has expired")
	}
	subject, _ = claims["sub"].(string)
	return claimed(claims), subject, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
