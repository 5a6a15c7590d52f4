package attestation

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/signature"
)

const clawDID = "did:key:z6MktzmKpfCNcKSUp7qzTrZK3c89QFvhgmK7V1GXxMH9m8XW"

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"../../fixtures"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// clawItem is an item as Read would make it.
func clawItem(raw []byte) Item { return Item{Format: sniffOther(raw), Raw: raw} }

// A real maker's proofs: every signature holds, bit for bit, and three of them name
// no commit that counts.
func TestRealClawProofs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../fixtures/claw/proofs/*.json")
	if err != nil || len(files) != 57 {
		t.Fatalf("57 proofs are wanted, there are %d: %v", len(files), err)
	}
	key, err := signature.ParseDID(clawDID)
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var e struct{ Signature, Message string }
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if err := verifyM1(raw, key, e.Signature); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		it := clawItem(raw)
		v, did, err := verifyClaw(it)
		switch {
		case did != clawDID:
			t.Errorf("%s: signed by %q", f, did)
		case err != nil:
			refused[e.Message] = err.Error()
			if !errors.Is(err, ErrMalformed) || v.Commits != nil || v.Proof != ProofNone || it.Subjects() != nil && strings.HasPrefix(e.Message, "commit:") {
				t.Errorf("%s: %v, with %+v", f, err, v)
			}
		case "commit:"+v.Commits[0] != e.Message || v.Kind != KindClawCommit || !v.SignedAt.IsZero() || v.Repository != "":
			t.Errorf("%s: %+v", f, v)
		case !slices.Equal(it.Subjects(), v.Commits):
			t.Errorf("%s: it is said to be about %q", f, it.Subjects())
		}
	}
	want := map[string]string{
		"commit:13bec7c": `read Claw proof: not readable: it names the commit as "13bec7c"; only a full id of 40 or 64 lower-case hex digits counts, because a shortened one can be made to fit another commit: sign the full id`,
		"commit:0212053": `read Claw proof: not readable: it names the commit as "0212053"; only a full id of 40 or 64 lower-case hex digits counts, because a shortened one can be made to fit another commit: sign the full id`,
		"583447f4039b9b93a436f1b19bee4fbeb865f5d7": `read Claw proof: not readable: message "583447f4039b9b93a436f1b19bee4fbeb865f5d7" is not "commit:" and a commit id`,
	}
	if d := cmp.Diff(want, refused); d != "" {
		t.Error(d)
	}
}

// Claw's own conformance vectors, each refused for its own reason.
func TestClawVectors(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		err  error
		text string
	}{
		"commit_sig_pass.v1.json":                       {},
		"commit_sig_fail_bad_did.v1.json":               {ErrUnsupported, `"did:web:example.com:agent:1234" is no did:key of an Ed25519 key`},
		"commit_sig_fail_bad_message.v1.json":           {ErrMalformed, `message "not-a-commit-ref" is not "commit:" and a commit id`},
		"commit_sig_fail_bad_version.v1.json":           {ErrUnsupported, `version "m99", only m1 is read`},
		"commit_sig_fail_tampered.v1.json":              {ErrInvalid, "its signature does not hold"},
		"bundles/pass.v1.json":                          {},
		"bundles/real.v1.json":                          {},
		"bundles/pass_mixed_receipts.v1.json":           {ErrMalformed, "signature_b64u is not 64 bytes in base64url"}, // Claw expects HASH_MISMATCH
		"bundles/fail_invalid_signature.v1.json":        {ErrInvalid, "its signature does not hold"},
		"bundles/fail_wrong_signer.v1.json":             {ErrUnsupported, "is no did:key of an Ed25519 key"},
		"bundles/fail_unknown_hash_algo.v1.json":        {ErrUnsupported, "only Ed25519 with SHA-256 is read"},
		"bundles/fail_unknown_envelope_version.v1.json": {ErrUnsupported, "only proof_bundle version 1 is read"},
		"bundles/fail_missing_envelope_field.v1.json":   {ErrUnsupported, `"" with "SHA-256", only Ed25519 with SHA-256 is read`},
	} {
		v, _, err := verifyClaw(clawItem(read(t, "claw", name)))
		if !errors.Is(err, want.err) || err != nil && !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v, want %v: %s", name, err, want.err, want.text)
		}
		if err == nil && v.Kind == KindClawBundle && (v.Commits != nil || v.Repository != "") {
			t.Errorf("%s: a bundle vouches for %q in %q", name, v.Commits, v.Repository)
		}
	}
}

// The golden vector, byte for byte: derivation of the DID, canonical form, signature.
func TestClawGoldenVector(t *testing.T) {
	t.Parallel()
	var g struct {
		Seed      string          `json:"seed_hex"`
		Public    string          `json:"public_key_hex"`
		DID       string          `json:"did"`
		Envelope  json.RawMessage `json:"signature_envelope"`
		Canonical string          `json:"canonical_jcs"`
		Signature string          `json:"signature_base64"`
	}
	if err := json.Unmarshal(read(t, "claw/protocol-m-golden-vector.v1.json"), &g); err != nil {
		t.Fatal(err)
	}
	seed, err := hex.DecodeString(g.Seed)
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	key, err := signature.ParseDID(g.DID)
	if err != nil || hex.EncodeToString(key) != g.Public || !key.Equal(private.Public()) {
		t.Fatalf("DID gives %x, %v", key, err)
	}
	signed, err := m1Signed(g.Envelope)
	if err != nil || string(signed) != g.Canonical {
		t.Fatalf("signed is\n%s\nwant\n%s\n%v", signed, g.Canonical, err)
	}
	if got := base64.StdEncoding.EncodeToString(ed25519.Sign(private, signed)); got != g.Signature {
		t.Fatalf("signature is %s, want %s", got, g.Signature)
	}
	// The envelope is good and about a file.
	whole := bytes.Replace(g.Envelope, []byte(`"signature": ""`), []byte(`"signature": "`+g.Signature+`"`), 1)
	if _, did, err := verifyClaw(clawItem(whole)); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "signs a file and names no commit") || did != g.DID {
		t.Errorf("%q: %v", did, err)
	}
	whole = bytes.Replace(whole, []byte(`"size": 12`), []byte(`"size": 13`), 1)
	if _, _, err := verifyClaw(clawItem(whole)); !errors.Is(err, ErrInvalid) {
		t.Errorf("altered: %v", err)
	}
}

// clawKey is a key of the tests' own, and its DID.
func clawKey(seed byte) (ed25519.PrivateKey, string) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	raw := append([]byte{0xed, 0x01}, private.Public().(ed25519.PublicKey)...)
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var out []byte
	for len(raw) > 0 { // long division by 58
		rest := 0
		var quotient []byte
		for _, b := range raw {
			rest = rest<<8 | int(b)
			if q := rest / 58; len(quotient) > 0 || q > 0 {
				quotient = append(quotient, byte(q))
			}
			rest %= 58
		}
		out, raw = append(out, digits[rest]), quotient
	}
	slices.Reverse(out)
	return private, "did:key:z" + string(out)
}

func m1(t testing.TB, private ed25519.PrivateKey, did, message string) []byte {
	t.Helper()
	raw := []byte(fmt.Sprintf(`{"version":"m1","type":"message_signature","algo":"ed25519","did":%q,"message":%q,"createdAt":"2026-02-12T14:49:03.328Z","signature":""}`, did, message))
	signed, err := m1Signed(raw)
	if err != nil {
		t.Fatal(err)
	}
	sig := base64.StdEncoding.EncodeToString(ed25519.Sign(private, signed))
	return bytes.Replace(raw, []byte(`"signature":""`), []byte(`"signature":"`+sig+`"`), 1)
}

const clawCommit = "135016bbeda0a95d5745ff9031c1287263ea0a06"

// The attack that passes Claw's own check: a stranger's key over the shortened id of
// a commit that is not even in the change. Each form of an id that is not the full
// one is refused, though the signature holds.
func TestShortClawIDs(t *testing.T) {
	t.Parallel()
	private, did := clawKey(1)
	for _, id := range []string{clawCommit[:7], clawCommit[:8], clawCommit[:39], clawCommit + "0", strings.ToUpper(clawCommit), "135016BBEDA0a95d5745ff9031c1287263ea0a06", clawCommit + clawCommit[:23]} {
		it := clawItem(m1(t, private, did, "commit:"+id))
		v, got, err := verifyClaw(it)
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "shortened") || v.Commits != nil || got != did {
			t.Errorf("m1 %s: %v, %v", id, err, v.Commits)
		}
		if it.Subjects() != nil {
			t.Errorf("m1 %s: about %q", id, it.Subjects())
		}
		it = clawItem(commitProof(t, private, did, id, "acme/widgets", "", nil))
		if v, _, err := verifyClaw(it); !errors.Is(err, ErrMalformed) || v.Commits != nil || it.Subjects() != nil {
			t.Errorf("commit_proof %s: %v, %v", id, err, v.Commits)
		}
	}
	for _, message := range []string{clawCommit, " commit:" + clawCommit, "commit:" + clawCommit + "\n", "commit: " + clawCommit, "Commit:" + clawCommit, "commit:", "commit:" + clawCommit + " and all others"} {
		if _, _, err := verifyClaw(clawItem(m1(t, private, did, message))); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", message, err)
		}
	}
	for _, id := range []string{clawCommit, strings.Repeat("0a", 32)} {
		if v, got, err := verifyClaw(clawItem(m1(t, private, did, "commit:"+id))); err != nil || got != did || !slices.Equal(v.Commits, []string{id}) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// commitProof makes a commit_proof v1. change, when given, alters the payload's text
// before it is hashed.
func commitProof(t testing.TB, private ed25519.PrivateKey, did, commit, repository, claim string, change func(string) string) []byte {
	t.Helper()
	if claim == "" {
		sum := sha256.Sum256([]byte(strings.ToLower(repository)))
		claim = "claim_" + hex.EncodeToString(sum[:])[:32]
	}
	// The order of Claw's program, which is not sorted.
	payload := fmt.Sprintf(`{"proof_version":"1","repo_claim_id":%q,"commit_sha":%q,"repository":%q,"branch":"feat/x"}`, claim, commit, repository)
	if change != nil {
		payload = change(payload)
	}
	return clawEnveloped(t, private, did, "commit_proof", payload, []byte(payload))
}

func clawEnveloped(t testing.TB, private ed25519.PrivateKey, did, typ, payload string, hashed []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(hashed)
	hash := base64.RawURLEncoding.EncodeToString(sum[:])
	sig := base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, []byte(hash)))
	return []byte(fmt.Sprintf(`{"envelope_version":"1","envelope_type":%q,"payload":%s,"payload_hash_b64u":%q,"hash_algorithm":"SHA-256","signature_b64u":%q,"algorithm":"Ed25519","signer_did":%q,"issued_at":"2026-03-01T00:00:00Z"}`,
		typ, payload, hash, sig, did))
}

func TestClawCommitProof(t *testing.T) {
	t.Parallel()
	private, did := clawKey(2)
	good := func(raw []byte) {
		t.Helper()
		it := clawItem(raw)
		v, got, err := verifyClaw(it)
		if err != nil || got != did || v.Repository != "Acme/widgets" || !slices.Equal(v.Commits, []string{clawCommit}) || v.Kind != KindClawCommit || !v.SignedAt.IsZero() {
			t.Errorf("%+v, %v", v, err)
		}
		if !slices.Equal(it.Subjects(), []string{clawCommit}) {
			t.Errorf("about %q", it.Subjects())
		}
	}
	plain := commitProof(t, private, did, clawCommit, "Acme/widgets", "", nil)
	good(plain)

	// Written anew with spaces, as people keep it.
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, plain, "", "  "); err != nil {
		t.Fatal(err)
	}
	good(pretty.Bytes())

	// Hashed as the specification says: canonical.
	var e struct{ Payload json.RawMessage }
	if err := json.Unmarshal(plain, &e); err != nil {
		t.Fatal(err)
	}
	sorted, err := canonical(e.Payload)
	if err != nil || bytes.Equal(sorted, e.Payload) {
		t.Fatalf("canonical form: %s, %v", sorted, err)
	}
	good(clawEnveloped(t, private, did, "commit_proof", string(e.Payload), sorted))

	// What is not signed may say what it likes, and is not repeated.
	lied := bytes.Replace(plain, []byte("2026-03-01T00:00:00Z"), []byte("1999-12-31T00:00:00Z"), 1)
	good(lied)
	if v, _, _ := verifyClaw(clawItem(lied)); strings.Contains(strings.Join(v.Notes, " "), "1999") {
		t.Errorf("notes repeat an unsigned time: %q", v.Notes)
	}

	insert := func(member string) func(string) string {
		return func(s string) string { return strings.TrimSuffix(s, "}") + "," + member + "}" }
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
		text string
	}{
		"another repository's claim": {commitProof(t, private, did, clawCommit, "acme/widgets", "claim_00000000000000000000000000000000", nil), ErrMalformed, "does not belong to the repository acme/widgets"},
		"no repository":              {commitProof(t, private, did, clawCommit, "acme", "", nil), ErrMalformed, "not of the form owner/name"},
		"path for a repository":      {commitProof(t, private, did, clawCommit, "acme/..", "", nil), ErrMalformed, "not of the form owner/name"},
		"member more":                {commitProof(t, private, did, clawCommit, "acme/widgets", "", insert(`"tier":"tee"`)), ErrMalformed, `"/tier" is not known`},
		"a second commit":            {commitProof(t, private, did, clawCommit, "acme/widgets", "", insert(`"commit_sha":"`+strings.Repeat("0", 40)+`"`)), ErrMalformed, `"/payload/commit_sha" is given twice`},
		"a second commit, by case":   {commitProof(t, private, did, clawCommit, "acme/widgets", "", insert(`"Commit_SHA":"`+strings.Repeat("0", 40)+`"`)), ErrMalformed, "differ only by case"},
		"version 2":                  {commitProof(t, private, did, clawCommit, "acme/widgets", "", func(s string) string { return strings.Replace(s, `"1"`, `"2"`, 1) }), ErrUnsupported, `proof_version "2"`},
		"called a bundle":            {bytes.Replace(plain, []byte("commit_proof"), []byte("proof_bundle"), 1), ErrUnsupported, "bundle_version"},
		"payload of a bundle":        {clawEnveloped(t, private, did, "commit_proof", `{"bundle_version":"1","bundle_id":"b","agent_did":"`+did+`"}`, []byte(`{"bundle_version":"1","bundle_id":"b","agent_did":"`+did+`"}`)), ErrMalformed, "not known"},
		"another's name":             {bytes.Replace(plain, []byte(did), []byte(clawDID), 1), ErrInvalid, ""},
		"another payload":            {bytes.Replace(plain, []byte(clawCommit), []byte(strings.Repeat("0", 40)), 1), ErrInvalid, "not the one that was signed"},
	} {
		v, _, err := verifyClaw(clawItem(c.raw))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || v.Commits != nil || v.Repository != "" {
			t.Errorf("%s: %v, %+v", name, err, v.Commits)
		}
	}
}

func TestClawBundleTellsNothing(t *testing.T) {
	t.Parallel()
	private, did := clawKey(3)
	payload := `{"bundle_version":"1","bundle_id":"b","agent_did":"` + did + `","proof_tier":"tee","commit_sha":"` + clawCommit + `","receipts":[{},{}],"tool_receipts":[{}]}`
	it := clawItem(clawEnveloped(t, private, did, "proof_bundle", payload, []byte(payload)))
	v, _, err := verifyClaw(it)
	want := []string{
		"Its issued_at and expires_at are not signed, and not read.",
		"It is bound to no commit.",
		"It holds, not verified: 2 gateway receipts, 1 tool receipts.",
		`It claims the tier "tee", which is not believed.`,
	}
	if err != nil || v.Commits != nil || v.Kind != KindClawBundle || it.Subjects() != nil {
		t.Errorf("%+v, %v", v, err)
	}
	if d := cmp.Diff(want, v.Notes); d != "" {
		t.Error(d)
	}
}

// Whatever one byte is changed to, nothing that is signed is accepted altered.
func TestClawMutations(t *testing.T) {
	t.Parallel()
	private, did := clawKey(4)
	for name, raw := range map[string][]byte{
		"m1":           m1(t, private, did, "commit:"+clawCommit),
		"commit_proof": commitProof(t, private, did, clawCommit, "acme/widgets", "", nil),
	} {
		it := clawItem(raw)
		good, _, err := verifyClaw(it)
		if err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for i := range raw {
			// Every bit, and what means something to JSON, base64 and hex.
			values := []byte{'"', '\\', ' ', '}', '0', 'A', 'a', '=', '/', '_', 0}
			for bit := range 8 {
				values = append(values, raw[i]^1<<bit)
			}
			for _, b := range values {
				if b == raw[i] {
					continue
				}
				mutant := bytes.Clone(raw)
				mutant[i] = b
				v, by, err := verifyClaw(Item{Format: it.Format, Raw: mutant})
				if err != nil {
					continue
				}
				accepted++
				if by != did || !slices.Equal(v.Commits, good.Commits) || v.Repository != good.Repository || v.Kind != good.Kind {
					t.Errorf("%s: byte %d as %q says %q by %s", name, i, b, v.Commits, by)
				}
				if name == "m1" { // all of it is signed
					a, errA := canonical(raw)
					b, errB := canonical(mutant)
					if errA != nil || errB != nil || !bytes.Equal(a, b) {
						t.Errorf("m1: byte %d is not signed: %s", i, mutant)
					}
				} else if at := bytes.Index(mutant, []byte(`"issued_at":"`)); i < at+len(`"issued_at":"`) {
					t.Errorf("%s: byte %d is not signed: %s", name, i, mutant)
				}
			}
		}
		if name == "m1" && accepted != 0 || name == "commit_proof" && accepted == 0 {
			t.Errorf("%s: %d mutants accepted", name, accepted)
		}
	}
}

func FuzzClaw(f *testing.F) {
	private, did := clawKey(5)
	f.Add(m1(f, private, did, "commit:"+clawCommit))
	f.Add(commitProof(f, private, did, clawCommit, "acme/widgets", "", nil))
	f.Add(read(f, "claw/bundles/real.v1.json"))
	f.Add([]byte(`{"type":"message_signature","did":"did:key:z6Mk","signature":"\ud800"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, format := range []Format{sniffOther(raw), FormatClawM1, FormatClawProof, FormatClawBundle} {
			it := Item{Format: format, Raw: raw}
			v, by, err := verifyClaw(it)
			if err != nil && (v.Commits != nil || v.Proof != ProofNone) {
				t.Fatalf("%v, and yet %+v", err, v)
			}
			if err == nil && (Strict(raw) != nil || by == "" || len(v.Commits) > 0 && !slices.Equal(it.Subjects(), v.Commits)) {
				t.Fatalf("accepted %+v", v)
			}
		}
	})
}
