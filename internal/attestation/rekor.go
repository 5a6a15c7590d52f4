package attestation

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/claw-verified/claw-verified/internal/trust"
)

// The kinds of log entries that bundles are verified with.
var kinds = map[string]bool{"hashedrekord 0.0.1": true, "hashedrekord 0.0.2": true, "dsse 0.0.1": true, "intoto 0.0.2": true}

// checkKinds lets no log entry of another kind come near the library, whose readers of
// old kinds are many, and which prints what it cannot read to standard error, where a
// workflow's commands are read from. What an entry is called must be what it is.
func checkKinds(entries []*protorekor.TransparencyLogEntry) error {
	for _, e := range entries {
		var body struct {
			Kind    string `json:"kind"`
			Version string `json:"apiVersion"`
		}
		if err := Strict(e.GetCanonicalizedBody()); err != nil {
			return fmt.Errorf("its log entry: %w", err)
		}
		if err := decode(e.GetCanonicalizedBody(), &body, false); err != nil {
			return fmt.Errorf("its log entry: %w", err)
		}
		kind := body.Kind + " " + body.Version
		switch name := e.GetKindVersion(); {
		case !kinds[kind]:
			return fmt.Errorf("%w: its log entry is of the kind %s", ErrUnsupported, quote(kind))
		case kind != name.GetKind()+" "+name.GetVersion():
			return fmt.Errorf("%w: its log entry is of the kind %s and called %s", ErrMalformed, quote(kind), quote(name.GetKind()+" "+name.GetVersion()))
		}
	}
	return nil
}

// treeID ends the origin of a checkpoint of Rekor v1.
var treeID = regexp.MustCompile(` - [0-9]+$`)

// checkEntry looks at what sigstore-go passes over in a log entry of Rekor v2. It
// proves nothing by itself: the checkpoint's signature, and that the entry is about
// this very bundle, sigstore-go verifies.
//
// An entry of v2 below a checkpoint of v1 is refused. sigstore-go chooses by the
// checkpoint how to prove inclusion, and by the entry whether to compare it with the
// bundle: of the mixture it would prove that something was logged, and not what.
//
// Of a good one it makes the entry anew from the bundle and proves that this was
// logged. The text of the entry that the bundle brings it does not look at, nor at
// what repeats the checkpoint: they must say the same, for people read them.
func checkEntry(e *tlog.Entry) error {
	if !e.IsRekorV2() {
		return nil
	}
	entry := e.TransparencyLogEntry()
	p := entry.GetInclusionProof()
	lines := strings.Split(p.GetCheckpoint().GetEnvelope(), "\n")
	if len(lines) < 4 {
		return fmt.Errorf("%w: its log entry has no checkpoint", ErrInvalid)
	}
	if treeID.MatchString(lines[0]) {
		return fmt.Errorf("%w: its log entry is of Rekor v2, the checkpoint of Rekor v1", ErrInvalid)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return fmt.Errorf("%w: its log entry's checkpoint has no size", ErrInvalid)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil {
		return fmt.Errorf("%w: its log entry's checkpoint has no root", ErrInvalid)
	}
	if entry.GetLogIndex() < 0 || p.GetLogIndex() != entry.GetLogIndex() || p.GetTreeSize() != int64(size) || !bytes.Equal(p.GetRootHash(), root) { //nolint:gosec // of 63 bits
		return fmt.Errorf("%w: its log entry's proof is not for its checkpoint", ErrInvalid)
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(entry.GetCanonicalizedBody())
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(entry.GetLogIndex()), size, leaf, p.GetHashes(), root); err != nil { //nolint:gosec // not negative
		return fmt.Errorf("%w: its log entry is not what was logged: %s", ErrInvalid, said(err))
	}
	return nil
}

// logged checks that the logs were in use when it was signed, which sigstore-go does
// for the log's own time alone: the key of a log that was retired signs nothing new.
func logged(entries []*tlog.Entry, r *trust.Root, res *verify.VerificationResult) error {
	for _, e := range entries {
		log := r.RekorLogs()[hexOf([]byte(e.LogKeyID()))]
		if log == nil {
			continue
		}
		for _, t := range res.VerifiedTimestamps {
			if !log.ValidityPeriodStart.IsZero() && t.Timestamp.Before(log.ValidityPeriodStart) ||
				!log.ValidityPeriodEnd.IsZero() && t.Timestamp.After(log.ValidityPeriodEnd) {
				return fmt.Errorf("%w: it was signed at %s, when the log of its entry was not in use", ErrInvalid, t.Timestamp.UTC().Format(time.RFC3339))
			}
		}
	}
	return nil
}
