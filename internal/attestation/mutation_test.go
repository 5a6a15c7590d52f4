package attestation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"google.golang.org/protobuf/proto"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// unauthenticated lists every place of a bundle that may be altered without anybody
// noticing, each with the reason why that is no harm. Two bundles that are equal when
// one of these places is cut out are verified with the same result, but for the time
// of signing when a second witness is lost.
var unauthenticated = []struct {
	place, reason string
	cut           func(*protobundle.Bundle)
}{
	{"/mediaType", "v0.2 and v0.3 name the same members", func(b *protobundle.Bundle) { b.MediaType = "" }},
	{"/dsseEnvelope/signatures/0/keyid", "a hint; the key is found by trying", func(b *protobundle.Bundle) {
		for _, s := range b.GetDsseEnvelope().GetSignatures() {
			s.Keyid = ""
		}
	}},
	{"/verificationMaterial/publicKey/hint", "a hint; the key is found by trying", func(b *protobundle.Bundle) {
		if k := b.GetVerificationMaterial().GetPublicKey(); k != nil {
			k.Hint = ""
		}
	}},
	{"/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope, behind the empty line", "names of signers and signatures of witnesses nobody asked for; one by the log itself must hold", func(b *protobundle.Bundle) {
		for _, e := range b.GetVerificationMaterial().GetTlogEntries() {
			if c := e.GetInclusionProof().GetCheckpoint(); c != nil {
				c.Envelope, _, _ = strings.Cut(c.Envelope, "\n\n")
			}
		}
	}},
	{"/verificationMaterial/tlogEntries/0/logId, when a key signed", "the entry is then of a log that nobody knows, and says nothing", func(b *protobundle.Bundle) {
		if b.GetVerificationMaterial().GetPublicKey() != nil {
			for _, e := range b.GetVerificationMaterial().GetTlogEntries() {
				e.LogId = nil
			}
		}
	}},
	{"/verificationMaterial/timestampVerificationData", "a second witness beside the log; where it is the only one, the status around the token, which is not signed", func(b *protobundle.Bundle) {
		b.GetVerificationMaterial().TimestampVerificationData = nil
	}},
}

// TestMutations alters bundles and envelopes one bit at a time. Nothing altered may
// be accepted but what the list above allows.
func TestMutations(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	private := sigstoretest.New(t, signedOn, sigstoretest.Private())
	c := theCommit()
	text, w := agentStatement(t, c), sigstoretest.Workflow(c.Repository, c.ID)
	k, ed := p256(t), edKey(t)
	keys := verifier(t, keyed(policy.Key{Key: pemOf(t, k)}, policy.Key{Key: pemOf(t, ed)}), in.Root())
	keyless := verifier(t, agents(claw()), in.Root(), private.Root())
	rekor2, err := os.ReadFile("../../fixtures/sigstore/conformance/rekor2-dsse-happy-path/bundle.sigstore.json")
	if err != nil {
		t.Fatal(err)
	}
	root2, err := os.ReadFile("../../fixtures/sigstore/conformance/rekor2-dsse-happy-path/trusted_root.json")
	if err != nil {
		t.Fatal(err)
	}
	staging, err := trust.Parse("staging", root2)
	if err != nil {
		t.Fatal(err)
	}
	public, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	real := realBundle(t)
	strange, _ := verifier(t, &policy.Policy{}, public).Verify(fileItem(t, real))
	forge := attestors(policy.Attestor{ID: "forge", Identities: []policy.Identity{{Issuer: githubIssuer, Subject: strange.Signer}}})
	beaconPolicy := agents(policy.Agent{ID: "claw", Identities: []policy.Identity{{Issuer: githubIssuer, Subject: beacon}}})
	for _, tc := range []struct {
		name   string
		raw    []byte
		v      *attestation.Verifier
		stride int
		bits   []byte
		times  []time.Time // that are true beside the one that is told
	}{
		{"envelope, P-256", bare(t, in.SignKey(text, k)), keys, 1, []byte{1, 32}, nil},
		{"envelope, Ed25519", bare(t, in.SignKey(text, ed)), keys, 1, []byte{2}, nil},
		{"bundle, P-256", in.SignKey(text, k), keys, 1, []byte{1}, nil},
		{"bundle, P-256, logged", in.SignKey(text, k, sigstoretest.Logged()), keys, 3, []byte{1}, []time.Time{{}}},
		{"bundle, keyless", in.Sign(text, w), keyless, 13, []byte{1}, nil},
		{"bundle, keyless, stamped", in.Sign(text, w, sigstoretest.Timestamped()), keyless, 17, []byte{1}, []time.Time{signedOn.Add(2 * time.Second)}},
		{"bundle, keyless, private", private.Sign(text, w), keyless, 11, []byte{1}, nil},
		{"message, keyless", in.SignBlob([]byte("the commit object"), w), keyless, 13, []byte{1}, nil},
		{"a real one", real, verifier(t, forge, public), 29, []byte{1}, []time.Time{realLogTime(t, real)}},
		{"Rekor v2", rekor2, verifier(t, beaconPolicy, staging), 23, []byte{1}, nil},
	} {
		mutate(t, tc.name, tc.raw, tc.v, tc.stride, tc.bits, tc.times...)
	}
}

// realBundle is the smallest of the real ones with a log time and a timestamp.
func realBundle(t testing.TB) []byte {
	t.Helper()
	var best []byte
	for _, n := range sourceNotes(t) {
		if bytes.Contains(n.Bundle, []byte("rfc3161Timestamps")) && (best == nil || len(n.Bundle) < len(best)) {
			best = n.Bundle
		}
	}
	if best == nil {
		t.Fatal("no real bundle with a timestamp")
	}
	return best
}

// realLogTime is when the log took it in, as the bundle tells.
func realLogTime(t testing.TB, raw []byte) time.Time {
	t.Helper()
	b := new(bundle.Bundle)
	if err := b.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	return time.Unix(b.VerificationMaterial.TlogEntries[0].IntegratedTime, 0)
}

func mutate(t *testing.T, name string, raw []byte, v *attestation.Verifier, stride int, bits []byte, times ...time.Time) {
	t.Helper()
	format := fileItem(t, raw).Format
	verify := func(raw []byte) (attestation.Verified, error) {
		return v.Verify(attestation.Item{Format: format, Raw: raw})
	}
	good, err := verify(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	times = append(times, good.SignedAt)
	var accepted, tried atomic.Int64
	allowed := sync.Map{}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wg.Go(func() {
			for i := worker * stride; i < len(raw); i += stride * workers {
				for _, bit := range bits {
					bad := bytes.Clone(raw)
					bad[i] ^= bit
					tried.Add(1)
					got, err := verify(bad)
					if err != nil {
						if got.Proof != attestation.ProofNone {
							t.Errorf("%s: byte %d: refused, and proof %q", name, i, got.Proof)
						}
						continue
					}
					accepted.Add(1)
					if d := cmp.Diff(good, got, cmpopts.IgnoreFields(attestation.Verified{}, "Item", "SignedAt")); d != "" {
						t.Errorf("%s: byte %d, bit %d changes what is verified: %s", name, i, bit, d)
					}
					if !slices.ContainsFunc(times, got.SignedAt.Equal) {
						t.Errorf("%s: byte %d, bit %d changes the time to %s", name, i, bit, got.SignedAt)
					}
					if why := harmless(format, raw, bad); why != "" {
						allowed.Store(why, true)
					} else {
						t.Errorf("%s: byte %d, bit %d (%q) is not noticed", name, i, bit, raw[max(0, i-20):min(len(raw), i+20)])
					}
				}
			}
		})
	}
	wg.Wait()
	var reasons []string
	allowed.Range(func(k, _ any) bool { reasons = append(reasons, fmt.Sprint(k)); return true })
	t.Logf("%s: %d of %d accepted: %s", name, accepted.Load(), tried.Load(), strings.Join(reasons, "; "))
}

// harmless says why an altered text may be accepted.
func harmless(format attestation.Format, good, bad []byte) string {
	if format != attestation.FormatBundle {
		var a, b any
		if json.Unmarshal(good, &a) == nil && json.Unmarshal(bad, &b) == nil && cmp.Equal(a, b) {
			return "the same content, spelled otherwise"
		}
		return ""
	}
	a, b := new(bundle.Bundle), new(bundle.Bundle)
	if a.UnmarshalJSON(good) != nil || b.UnmarshalJSON(bad) != nil {
		return ""
	}
	if proto.Equal(a.Bundle, b.Bundle) {
		return "the same content, spelled otherwise" // spaces, and the bits of base64 that stand for nothing
	}
	for _, u := range unauthenticated {
		a, b := proto.CloneOf(a.Bundle), proto.CloneOf(b.Bundle)
		u.cut(a)
		u.cut(b)
		if proto.Equal(a, b) {
			return u.place
		}
	}
	return ""
}
