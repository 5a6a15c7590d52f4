package attestation

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// clawEnvelope is Claw's "SignedEnvelope". Its signature is over the text of
// payload_hash_b64u and over nothing else: not the envelope's type, not the signer,
// no time. What it says is in the payload, and a payload of one kind cannot pass for
// another because each has its own version member and no other member is let in.
type clawEnvelope struct {
	EnvelopeVersion string         `json:"envelope_version"`
	EnvelopeType    string         `json:"envelope_type"`
	Payload         jsontext.Value `json:"payload"`
	PayloadHash     string         `json:"payload_hash_b64u"`
	HashAlgorithm   string         `json:"hash_algorithm"`
	Signature       string         `json:"signature_b64u"`
	Algorithm       string         `json:"algorithm"`
	SignerDID       string         `json:"signer_did"`
	IssuedAt        string         `json:"issued_at"`
	ExpiresAt       string         `json:"expires_at"`
}

// clawEnvelope checks an envelope and hands its payload on.
func (v *Verified) clawEnvelope(typ string, read func(payload []byte, did string) error) (did string, err error) {
	v.Kind = KindClawCommit
	if typ == "proof_bundle" {
		v.Kind = KindClawBundle
	}
	var e clawEnvelope
	if err := decode(v.Item.Raw, &e, true); err != nil {
		return "", err
	}
	switch {
	case e.EnvelopeVersion != "1" || e.EnvelopeType != typ:
		return e.SignerDID, fmt.Errorf("%w: envelope %s version %s, only %s version 1 is read", ErrUnsupported, quote(e.EnvelopeType), quote(e.EnvelopeVersion), typ)
	case e.HashAlgorithm != "SHA-256" || e.Algorithm != "Ed25519":
		return e.SignerDID, fmt.Errorf("%w: %s with %s, only Ed25519 with SHA-256 is read", ErrUnsupported, quote(e.Algorithm), quote(e.HashAlgorithm))
	}
	key, err := signature.ParseDID(e.SignerDID)
	if err != nil {
		return e.SignerDID, fmt.Errorf("%w: %s is no did:key of an Ed25519 key: %s", ErrUnsupported, quote(e.SignerDID), err.Error())
	}
	sig, ok := rawURL(e.Signature, ed25519.SignatureSize)
	if !ok {
		return e.SignerDID, fmt.Errorf("%w: signature_b64u is not 64 bytes in base64url", ErrMalformed)
	}
	hash, ok := rawURL(e.PayloadHash, sha256.Size)
	if !ok {
		return e.SignerDID, fmt.Errorf("%w: payload_hash_b64u is not 32 bytes in base64url", ErrMalformed)
	}
	if !ed25519.Verify(key, []byte(e.PayloadHash), sig) {
		return e.SignerDID, ErrInvalid
	}
	if err := hashes(e.Payload, hash); err != nil {
		return e.SignerDID, err
	}
	v.Notes = append(v.Notes, "Its issued_at and expires_at are not signed, and not read.")
	return e.SignerDID, read(e.Payload, e.SignerDID)
}

// rawURL decodes n bytes from base64url without padding, in their one spelling. The
// decoder passes over line breaks; the length does not.
func rawURL(s string, n int) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && len(b) == n && len(s) == base64.RawURLEncoding.EncodedLen(n)
}

// hashes compares a payload with its hash. Claw's specification hashes the canonical
// form, its programs the members in the order in which they were written: both are
// taken, since they are the same members.
func hashes(payload, hash []byte) error {
	for _, form := range []func([]byte) ([]byte, error){compact, canonical} {
		text, err := form(payload)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(text); slices.Equal(sum[:], hash) {
			return nil
		}
	}
	return fmt.Errorf("%w: the payload is not the one that was signed", ErrInvalid)
}

// clawCommitProof reads commit_proof v1.
func (v *Verified) clawCommitProof(payload []byte, _ string) error {
	var p struct {
		ProofVersion string         `json:"proof_version"`
		RepoClaimID  string         `json:"repo_claim_id"`
		CommitSHA    string         `json:"commit_sha"`
		Repository   string         `json:"repository"`
		Branch       string         `json:"branch"`
		RunID        string         `json:"run_id"`
		BundleHash   string         `json:"proof_bundle_hash_b64u"`
		Harness      jsontext.Value `json:"harness"`
		Metadata     jsontext.Value `json:"metadata"`
	}
	if err := decode(payload, &p, true); err != nil {
		return err
	}
	if p.ProofVersion != "1" {
		return fmt.Errorf("%w: proof_version %s, only 1 is read", ErrUnsupported, quote(p.ProofVersion))
	}
	if err := fullID(p.CommitSHA); err != nil {
		return err
	}
	if err := repository(p.Repository); err != nil {
		return fmt.Errorf("%w: %s", ErrMalformed, err.Error())
	}
	sum := sha256.Sum256([]byte(strings.ToLower(p.Repository)))
	if want := "claim_" + hex.EncodeToString(sum[:])[:32]; p.RepoClaimID != want {
		return fmt.Errorf("%w: repo_claim_id %s does not belong to the repository %s, whose is %s", ErrMalformed, quote(p.RepoClaimID), p.Repository, want)
	}
	v.Commits, v.Repository = []string{p.CommitSHA}, p.Repository
	v.Notes = append(v.Notes, "It names no agent, model or task.")
	if p.Branch != "" {
		v.Notes = append(v.Notes, note("It says it was made on the branch %s.", p.Branch))
	}
	if p.RunID != "" {
		v.Notes = append(v.Notes, note("It says it is of the run %s.", p.RunID))
	}
	return nil
}

// Lists in a proof bundle whose lengths are told.
var clawLists = []struct{ member, what string }{
	{"event_chain", "events"},
	{"receipts", "gateway receipts"},
	{"tool_receipts", "tool receipts"},
	{"side_effect_receipts", "side-effect receipts"},
	{"human_approval_receipts", "human approval receipts"},
	{"delegation_receipts", "delegation receipts"},
	{"web_receipts", "web receipts"},
	{"vir_receipts", "VIR receipts"},
	{"attestations", "attestations"},
}

// clawProofBundle reads proof_bundle v1: how much is in it, not what. Nothing in its
// form says which commit came of the run, so it vouches for none, whatever commit id
// stands in a free member of it. Its receipts are not verified.
func (v *Verified) clawProofBundle(payload []byte, did string) error {
	var p struct {
		BundleVersion string `json:"bundle_version"`
		BundleID      string `json:"bundle_id"`
		AgentDID      string `json:"agent_did"`
	}
	if err := decode(payload, &p, false); err != nil {
		return err
	}
	switch {
	case p.BundleVersion != "1":
		return fmt.Errorf("%w: bundle_version %s, only 1 is read", ErrUnsupported, quote(p.BundleVersion))
	case p.BundleID == "":
		return fmt.Errorf("%w: bundle_id is missing", ErrMalformed)
	case p.AgentDID != did:
		return fmt.Errorf("%w: agent_did %s is not the signer", ErrMalformed, quote(p.AgentDID))
	}
	all := members(payload)
	var counts []string
	for _, l := range clawLists {
		n, err := length(all[l.member])
		if err != nil {
			return fmt.Errorf("%w: %s is no list", ErrMalformed, l.member)
		}
		if n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, l.what))
		}
	}
	held := "none"
	if len(counts) > 0 {
		held = strings.Join(counts, ", ")
	}
	v.Notes = append(v.Notes, "It is bound to no commit.", "It holds, not verified: "+held+".")
	for _, name := range []string{"proof_tier", "tier"} {
		if tier, ok := all[name]; ok {
			v.Notes = append(v.Notes, fmt.Sprintf("It claims the tier %s, which is not believed.", clip(string(tier), maxQuoted)))
		}
	}
	return nil
}

// length counts the members of a JSON list; nothing has none.
func length(v jsontext.Value) (int, error) {
	if v == nil {
		return 0, nil
	}
	var list []jsontext.Value
	err := decode(v, &list, false)
	return len(list), err
}
