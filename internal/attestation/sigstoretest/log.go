package sigstoretest

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"golang.org/x/mod/sumdb/tlog"
)

// A log is cut into trees, as Rekor's is: the number of an entry in the whole log is
// not its number in the tree, and whoever confuses the two shall fail.
const (
	firstOfTree = 4096
	treeID      = 7
)

// LogHashed enters a signature over the SHA-256 of something into the log, as
// hashedrekord 0.0.1: what gitsign and cosign sign-blob do. verifier is the PEM of
// the certificate or the public key.
func (in *Instance) LogHashed(digest [sha256.Size]byte, signature, verifier []byte, opts ...Option) *protorekor.TransparencyLogEntry {
	in.t.Helper()
	body, err := hashedBody(digest[:], signature, verifier)
	if err != nil {
		in.t.Fatal(err)
	}
	e, err := in.enter("hashedrekord", body, in.order(opts))
	if err != nil {
		in.t.Fatal(err)
	}
	return e
}

// CertificatePEM is a certificate as the log writes it.
func CertificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

type object = map[string]any

// Both bodies are in canonical form: encoding/json sorts the keys of maps.
func hashedBody(digest, signature, verifier []byte) ([]byte, error) {
	return json.Marshal(object{"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": object{
		"data":      object{"hash": object{"algorithm": "sha256", "value": hex.EncodeToString(digest)}},
		"signature": object{"content": signature, "publicKey": object{"content": verifier}},
	}})
}

func dsseBody(envelope, payload []byte, signatures [][]byte, verifier []byte) ([]byte, error) {
	e, p := sha256.Sum256(envelope), sha256.Sum256(payload)
	var sigs []any
	for _, s := range signatures {
		sigs = append(sigs, object{"signature": s, "verifier": verifier})
	}
	return json.Marshal(object{"apiVersion": "0.0.1", "kind": "dsse", "spec": object{
		"envelopeHash": object{"algorithm": "sha256", "value": hex.EncodeToString(e[:])},
		"payloadHash":  object{"algorithm": "sha256", "value": hex.EncodeToString(p[:])},
		"signatures":   sigs,
	}})
}

// tilesBody is the entry of Rekor v2, for a P-256 key: of a digest only, whatever was
// signed.
func tilesBody(digest, signature []byte, verifier *pem.Block) ([]byte, error) {
	v := object{"keyDetails": "PKIX_ECDSA_P256_SHA_256"}
	if verifier.Type == "CERTIFICATE" {
		v["x509Certificate"] = object{"rawBytes": verifier.Bytes}
	} else {
		v["publicKey"] = object{"rawBytes": verifier.Bytes}
	}
	return json.Marshal(object{"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": object{"hashedRekordV002": object{
		"data":      object{"algorithm": "SHA2_256", "digest": digest},
		"signature": object{"content": signature, "verifier": v},
	}}})
}

// leaf is an entry's place in the tree, and the tree as it then was.
type leaf struct {
	index, size int64
	root        tlog.Hash
	proof       tlog.RecordProof
}

// ReadHashes gives the tree its own earlier hashes. It is called under the lock.
func (in *Instance) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	got := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		got[i] = in.hashes[n]
	}
	return got, nil
}

func (in *Instance) append(body []byte) (leaf, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	l := leaf{index: in.size, size: in.size + 1}
	more, err := tlog.StoredHashes(l.index, body, in)
	if err != nil {
		return leaf{}, fmt.Errorf("append to log: %w", err)
	}
	in.hashes, in.size = append(in.hashes, more...), l.size
	if l.root, err = tlog.TreeHash(l.size, in); err != nil {
		return leaf{}, fmt.Errorf("hash log: %w", err)
	}
	if l.proof, err = tlog.ProveRecord(l.size, l.index, in); err != nil {
		return leaf{}, fmt.Errorf("prove log entry: %w", err)
	}
	return l, nil
}

// enter appends a body and signs for it twice: the promise, which holds the time,
// and the checkpoint.
func (in *Instance) enter(kind string, body []byte, o *order) (*protorekor.TransparencyLogEntry, error) {
	l, err := in.append(body)
	if err != nil {
		return nil, err
	}
	id, setKey, noteKey := in.keyID(in.rekor), in.rekor, in.rekor
	if o.unknownLog {
		id = in.keyID(in.foreignLog)
	}
	if o.foreignSET {
		setKey = in.foreignLog
	}
	if o.foreignProof {
		noteKey = in.foreignLog
	}
	e := &protorekor.TransparencyLogEntry{
		LogIndex: firstOfTree + l.index, LogId: &protocommon.LogId{KeyId: id}, IntegratedTime: o.logged.Unix(),
		KindVersion: &protorekor.KindVersion{Kind: kind, Version: "0.0.1"}, CanonicalizedBody: body,
	}
	if o.noTime {
		e.IntegratedTime = 0
	}
	origin := fmt.Sprintf("%s - %d", logHost, treeID)
	if o.tiles {
		e.LogIndex, e.KindVersion.Version = l.index, "0.0.2"
		if !o.oldCheckpoint {
			origin = logHost
		}
	}
	if !o.noSET {
		promise := fmt.Sprintf(`{"body":"%s","integratedTime":%d,"logID":"%x","logIndex":%d}`,
			base64.StdEncoding.EncodeToString(body), e.IntegratedTime, id, e.LogIndex)
		sig, err := signSHA256(setKey, []byte(promise))
		if err != nil {
			return nil, err
		}
		e.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: sig}
	}
	if !o.noProof {
		text := fmt.Sprintf("%s\n%d\n%s\n", origin, l.size, base64.StdEncoding.EncodeToString(l.root[:]))
		sig, err := signSHA256(noteKey, []byte(text))
		if err != nil {
			return nil, err
		}
		e.InclusionProof = &protorekor.InclusionProof{
			LogIndex: l.index, RootHash: bytes.Clone(l.root[:]), TreeSize: l.size,
			Checkpoint: &protorekor.Checkpoint{Envelope: fmt.Sprintf("%s\n— %s %s\n", text, logHost,
				base64.StdEncoding.EncodeToString(append(bytes.Clone(id[:4]), sig...)))},
		}
		for _, h := range l.proof {
			e.InclusionProof.Hashes = append(e.InclusionProof.Hashes, bytes.Clone(h[:]))
		}
	}
	return e, nil
}
