package scenario

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// statement is an attestation of a story.
type statement struct {
	Commit     string `yaml:"commit"`     // the commit it is about
	By         string `yaml:"by"`         // whose PEM key signs: ${pem:NAME} in the policy
	Keyless    string `yaml:"keyless"`    // in place of By: the certificate's name; its issuer is GitHub's
	Agent      string `yaml:"agent"`      // the predicate's agent; By unless said
	Model      string `yaml:"model"`      //
	Operator   string `yaml:"operator"`   // the predicate's principal
	Task       string `yaml:"task"`       // a URI
	Repository string `yaml:"repository"` // acme/infra unless said
	Carrier    string `yaml:"carrier"`    // notes unless said
	Type       string `yaml:"type"`       // another predicate type, with an empty predicate
	// Approvers makes it an approval of the commit's tree, as gittuf's app attests it:
	// "bob+2", login and account.
	Approvers []string `yaml:"approvers"`
	Dismissed []string `yaml:"dismissed"` // with approvers: who was dismissed
	From      string   `yaml:"from"`      // with approvers: the commit it was a change of; the base unless said
	Ref       string   `yaml:"ref"`       // with approvers: refs/heads/main unless said
	Body      string   `yaml:"body"`      // a file of the archive or of fixtures, in place of all else
	// Tamper: "payload" (another one after signing), "signature" (a bit of it), "tree",
	// "sha256", "diff", "parents" (a statement that is not so, signed well), "split" (the
	// commit and its tree in two subjects), "no-log" (keyless without the log's entry),
	// "other-root" (keyless by another instance).
	Tamper string `yaml:"tamper"`
}

// rootPath is where a policy of a story finds the root of the keyless statements.
const rootPath = ".github/trusted_root.json"

// attestations makes the bundles of a story and what the policy needs to read them.
func (b *builder) attestations(st *story, s *checks.Snapshot, load func(string) ([]byte, error)) (err error) {
	if len(st.Attestations) == 0 {
		return nil
	}
	defer func() {
		if r := recover(); r != nil { // the instance's Fatal
			err = fmt.Errorf("make attestation: %v", r)
		}
	}()
	for i := range s.Commits {
		s.Commits[i].RawDiff = digest([]byte("diff of " + s.Commits[i].ID))
	}
	instance := sigstoretest.New(bench{}, b.now.Add(-5*time.Minute))
	for i := range st.Attestations {
		body, err := b.attest(&st.Attestations[i], s, instance, load)
		if err != nil {
			return fmt.Errorf("attestation %d: %w", i+1, err)
		}
		s.Attestations = append(s.Attestations, checks.Attestation{
			Carrier: checks.Carrier(cmp.Or(st.Attestations[i].Carrier, string(checks.CarrierNotes))),
			Name:    "refs/notes/claw-attestations", Commit: b.id(st.Attestations[i].Commit), Body: body,
		})
	}
	text := instance.RootJSON()
	s.Trust = append(s.Trust, checks.TrustFile{Path: rootPath, Digest: digest(text), Text: text})
	return nil
}

func (b *builder) attest(a *statement, s *checks.Snapshot, in *sigstoretest.Instance, load func(string) ([]byte, error)) ([]byte, error) {
	if a.Body != "" {
		return load(a.Body)
	}
	st, err := b.statement(a, s)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	if a.Keyless != "" {
		id := sigstoretest.Workflow(cmp.Or(a.Repository, s.Repository.Name), b.id(a.Commit))
		id.Subject, id.BuildSigner = a.Keyless, a.Keyless
		var opts []sigstoretest.Option
		switch a.Tamper {
		case "no-log":
			opts = append(opts, sigstoretest.WithoutLog())
		case "other-root":
			in = sigstoretest.New(bench{}, b.now.Add(-5*time.Minute))
		}
		return in.Sign(payload, id, opts...), nil
	}
	return envelope(pemKey(a.By), payload, a.Tamper)
}

// statement says what the story says, or something else where it is tampered with.
func (b *builder) statement(a *statement, s *checks.Snapshot) (*attestation.Statement, error) {
	id := b.id(a.Commit)
	var object []byte
	for i := range s.Commits {
		if s.Commits[i].ID == id {
			object = s.Commits[i].Object
		}
	}
	g, err := gitobject.Parse(object, b.format)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", a.Commit, err)
	}
	sum := sha256.Sum256(object)
	c := attestation.Commit{
		ID: id, Tree: g.Tree, Parents: g.Parents, SHA256: hex.EncodeToString(sum[:]), RawDiff: digest([]byte("diff of " + id)),
		Repository: cmp.Or(a.Repository, s.Repository.Name),
	}
	switch a.Tamper {
	case "tree":
		c.Tree = name2id(b.format, "another tree")
	case "sha256":
		c.SHA256 = hex.EncodeToString(make([]byte, 32))
	case "diff":
		c.RawDiff = digest([]byte("another diff"))
	case "parents":
		c.Parents = []string{name2id(b.format, "another parent")}
	}
	claim := attestation.AgentCommit{Agent: attestation.Agent{ID: cmp.Or(a.Agent, a.By, "urn:agent")}, Change: &attestation.Change{Files: 1}}
	if a.Model != "" {
		claim.Model = []attestation.Model{{ID: a.Model}}
	}
	if a.Operator != "" {
		claim.Principal = &attestation.Principal{ID: a.Operator}
	}
	if a.Task != "" {
		claim.Task = &attestation.Task{URI: a.Task}
	}
	st, err := attestation.NewStatement(c, claim)
	if err != nil {
		return nil, err
	}
	if a.Tamper == "split" {
		second := st.Subject[0]
		second.Digest = map[string]string{"gitTree": c.Tree, "sha256": c.SHA256}
		st.Subject[0].Digest = map[string]string{"gitCommit": c.ID}
		st.Subject = append(st.Subject, second)
	}
	if len(a.Approvers)+len(a.Dismissed) > 0 {
		subject := attestation.Subject{Digest: map[string]string{"gitTree": c.Tree}}
		if a.Repository != "" {
			subject.URI = "git+https://github.com/" + a.Repository
		}
		st.Subject = []attestation.Subject{subject}
		st.PredicateType = attestation.PredicateGittuf
		st.Predicate, err = json.Marshal(map[string]any{
			"targetRef": cmp.Or(a.Ref, "refs/heads/main"), "fromRevisionID": cmp.Or(name2idIf(b.format, a.From), s.Base.Commit), "targetTreeID": c.Tree,
			"approvers": append([]string{}, a.Approvers...), "dismissedApprovers": a.Dismissed,
		})
		if err != nil {
			return nil, err
		}
	}
	if a.Type != "" {
		st.PredicateType, st.Predicate = a.Type, []byte("{}")
	}
	return st, nil
}

// envelope is a bundle with a public key, as anybody could write it who has read the
// format's description.
func envelope(key ed25519.PrivateKey, payload []byte, tamper string) ([]byte, error) {
	sig := ed25519.Sign(key, sigstoretest.PAE(attestation.PayloadType, payload))
	switch tamper {
	case "signature":
		sig[10] ^= 1
	case "payload":
		payload = bytes.Replace(payload, []byte(`"id":"`), []byte(`"id":"x`), 1)
	}
	return json.Marshal(map[string]any{
		"mediaType":            attestation.BundleMediaType,
		"verificationMaterial": map[string]any{"publicKey": map[string]string{"hint": "test"}},
		"dsseEnvelope": map[string]any{
			"payload": base64.StdEncoding.EncodeToString(payload), "payloadType": attestation.PayloadType,
			"signatures": []map[string]string{{"sig": base64.StdEncoding.EncodeToString(sig)}},
		},
	})
}

func pemKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("claw-verified scenario PEM key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// PEMPublicKey is the public half of the key that attests under that name.
func PEMPublicKey(name string) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(pemKey(name).Public())
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// KeyAsPEM is the public half of an SSH key, in the other form.
func KeyAsPEM(name string) (string, error) {
	public, ok := Signer(name).PublicKey().(ssh.CryptoPublicKey)
	if !ok {
		return "", errors.New("the key has no other form")
	}
	der, err := x509.MarshalPKIXPublicKey(public.CryptoPublicKey())
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// name2idIf makes an object id out of a word, if there is one.
func name2idIf(format, word string) string {
	if word == "" {
		return ""
	}
	return name2id(format, word)
}

// bench stands in for the test that sigstoretest wants: a story is parsed before
// there is one, and its mistakes are errors.
type bench struct{ testing.TB }

func (bench) Helper()           {}
func (bench) Cleanup(func())    {}
func (bench) Fatal(args ...any) { panic(errors.New(fmt.Sprint(args...))) }
func (bench) Fatalf(format string, args ...any) {
	panic(fmt.Errorf(format, args...))
}
