package attestation

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"regexp"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// verifyClaw checks a proof of Claw's with the key that its own DID holds, and reads
// what it says. That the signature holds proves nothing yet: anybody makes a key.
// Whether the DID counts is the caller's to look up.
//
// No time in these formats is believed: createdAt is typed by the signer, issued_at
// and expires_at are not even signed. SignedAt stays zero.
//
// A proof that says a thing that does not count, such as a short commit id, is an
// error though its signature holds. With an error, did is the signer where one was
// read; it is proved only when the error is not ErrInvalid.
func verifyClaw(it Item) (v Verified, did string, err error) {
	if err := Strict(it.Raw); err != nil {
		return Verified{Item: it}, "", fmt.Errorf("read Claw proof: %w", err)
	}
	v = Verified{Item: it, Proof: ProofKey}
	switch it.Format {
	case FormatClawM1:
		did, err = v.clawM1()
	case FormatClawProof:
		did, err = v.clawEnvelope("commit_proof", v.clawCommitProof)
	case FormatClawBundle:
		did, err = v.clawEnvelope("proof_bundle", v.clawProofBundle)
	default:
		err = fmt.Errorf("%w: no format of Claw's", ErrUnsupported)
	}
	v.Signer = did
	if err != nil {
		return Verified{Item: it, Kind: v.Kind, Signer: did}, did, fmt.Errorf("read Claw proof: %w", err)
	}
	return v, did, nil
}

// m1Envelope is Claw's "m1": commit.sig.json. The signature is over the canonical
// JSON (RFC 8785) of all of it, with an empty signature in its place.
type m1Envelope struct {
	Version   string         `json:"version"`
	Type      string         `json:"type"`
	Algo      string         `json:"algo"`
	DID       string         `json:"did"`
	Message   string         `json:"message"`
	CreatedAt string         `json:"createdAt"`
	Signature string         `json:"signature"`
	Hash      jsontext.Value `json:"hash"`     // of artifact_signature, as the next two
	Artifact  jsontext.Value `json:"artifact"` //
	Metadata  jsontext.Value `json:"metadata"`
}

// reM1Message is what Claw's own verifier takes, in any case and at any length. It is
// matched first so that a message about something else is told apart from a commit
// that is named badly.
var reM1Message = regexp.MustCompile(`^commit:([0-9A-Fa-f]{7,64})$`)

func (v *Verified) clawM1() (did string, err error) {
	v.Kind = KindClawCommit
	var e m1Envelope
	if err := decode(v.Item.Raw, &e, true); err != nil {
		return "", err
	}
	switch {
	case e.Version != "m1":
		return e.DID, fmt.Errorf("%w: version %s, only m1 is read", ErrUnsupported, quote(e.Version))
	case e.Algo != "ed25519":
		return e.DID, fmt.Errorf("%w: algo %s, only ed25519 is read", ErrUnsupported, quote(e.Algo))
	}
	key, err := signature.ParseDID(e.DID)
	if err != nil {
		return e.DID, fmt.Errorf("%w: %s is no did:key of an Ed25519 key: %s", ErrUnsupported, quote(e.DID), err.Error())
	}
	if e.Type == "artifact_signature" {
		if err := verifyM1(v.Item.Raw, key, e.Signature); err != nil {
			return e.DID, err
		}
		return e.DID, fmt.Errorf("%w: it signs a file and names no commit", ErrUnsupported)
	}
	if e.Type != "message_signature" {
		return e.DID, fmt.Errorf("%w: type %s, only message_signature is read", ErrUnsupported, quote(e.Type))
	}
	m := reM1Message.FindStringSubmatch(e.Message)
	if m == nil {
		return e.DID, fmt.Errorf(`%w: message %s is not "commit:" and a commit id`, ErrMalformed, quote(e.Message))
	}
	if err := verifyM1(v.Item.Raw, key, e.Signature); err != nil {
		return e.DID, err
	}
	if err := fullID(m[1]); err != nil {
		return e.DID, err
	}
	v.Commits = []string{m[1]}
	v.Notes = append(v.Notes, "It names no agent, model or task.",
		note("Its time, %s, is what its signer typed.", e.CreatedAt))
	return e.DID, nil
}

// fullID refuses short ids. One of 7 digits can be met by trying, so that a proof
// made for one commit holds for another; Claw's own check takes them.
func fullID(s string) error {
	if gitobject.IsFullID(s) {
		return nil
	}
	return fmt.Errorf("%w: it names the commit as %s; only a full id of 40 or 64 lower-case hex digits counts, because a shortened one can be made to fit another commit: sign the full id", ErrMalformed, quote(s))
}

// verifyM1 checks the signature of an m1 envelope.
func verifyM1(raw []byte, key ed25519.PublicKey, packed string) error {
	sig, err := base64.StdEncoding.Strict().DecodeString(packed)
	// The decoder passes over line breaks; the length does not.
	if err != nil || len(sig) != ed25519.SignatureSize || len(packed) != base64.StdEncoding.EncodedLen(ed25519.SignatureSize) {
		return fmt.Errorf("%w: signature is not 64 bytes in base64", ErrMalformed)
	}
	signed, err := m1Signed(raw)
	if err != nil {
		return err
	}
	if !ed25519.Verify(key, signed, sig) {
		return ErrInvalid
	}
	return nil
}

// m1Signed is what an m1 signature is over.
func m1Signed(raw []byte) ([]byte, error) {
	m := map[string]jsontext.Value{}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, plainly(err)
	}
	m["signature"] = jsontext.Value(`""`)
	unsigned, err := json.Marshal(m)
	if err != nil {
		return nil, plainly(err)
	}
	return canonical(unsigned)
}

// canonical is RFC 8785, the JSON Canonicalization Scheme.
func canonical(raw []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(raw))
	if err := v.Canonicalize(); err != nil {
		return nil, plainly(err)
	}
	return v, nil
}

// compact is what JSON.stringify(JSON.parse(raw)) gives: the members in the order in
// which they came, no spaces, strings and numbers in their one spelling. (Names that
// are whole numbers JavaScript would move to the front. Such a document is refused
// for its hash, and no known maker has any.)
func compact(raw []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(raw))
	err := v.Format(jsontext.Multiline(false), jsontext.SpaceAfterColon(false), jsontext.SpaceAfterComma(false),
		jsontext.PreserveRawStrings(false), jsontext.CanonicalizeRawInts(true), jsontext.CanonicalizeRawFloats(true))
	if err != nil {
		return nil, plainly(err)
	}
	return v, nil
}
