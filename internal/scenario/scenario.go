// Package scenario builds snapshots for tests out of short stories that a person
// can read who does not know Go.
//
// A scenario is one txtar file: a first paragraph saying what it shows, then
// policy.yml, story.yml and want.txt, and whatever files the story names. The
// story tells of commits, plans and reviews in a few words; this package makes
// real commit objects of them, signed with real keys, so that nothing in a
// scenario is pretended but the people.
//
// Files below base/ and head/ are Terraform source before and after the change.
// CODEOWNERS, in one of its places, is that of the base.
//
// Test keys are derived from their names, so that every run makes the same
// commits. They protect nothing.
package scenario

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/checks"
)

// include, as the first line of policy.yml, stands for the policy that most
// scenarios share; without a policy.yml it is the whole policy.
const include = "#include house.yml"

// Now is the time at which every scenario is judged unless it says otherwise.
var Now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Scenario is one parsed file.
type Scenario struct {
	About    string
	Snapshot *checks.Snapshot
	Want     string // want.txt
	archive  *txtar.Archive
}

// ReadPlan turns a plan file into facts. It is a parameter because the reader's
// own tests use scenarios too.
type ReadPlan func(name string, data []byte) checks.Plan

// Parse reads a scenario. load finds files that are not in the archive, such as
// plans that several scenarios share.
func Parse(data []byte, readPlan ReadPlan, load func(name string) ([]byte, error)) (*Scenario, error) {
	ar := txtar.Parse(data)
	sc := &Scenario{About: strings.TrimSpace(string(ar.Comment)), archive: ar, Want: string(file(ar, "want.txt"))}
	var st story
	if err := yaml.Load(file(ar, "story.yml"), &st, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("read story.yml: %w", err)
	}
	get := func(name string) ([]byte, error) {
		if b := file(ar, name); b != nil {
			return b, nil
		}
		return load(name)
	}
	text := file(ar, "policy.yml")
	if text == nil {
		text = []byte(include + "\n")
	}
	if bytes.HasPrefix(text, []byte(include)) {
		house, err := load("house.yml")
		if err != nil {
			return nil, err
		}
		text = slices.Concat(house, bytes.TrimPrefix(text, []byte(include)))
	}
	text, err := expand(text)
	if err != nil {
		return nil, err
	}
	s, err := st.snapshot(text, readPlan, get)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(ar.Files))
	for i := range ar.Files {
		names[i] = ar.Files[i].Name
	}
	if s.Source, err = source(names, get); err != nil {
		return nil, err
	}
	s.Codeowners = owners(ar, st.Owners, s.Base.Commit)
	if head := file(ar, "policy.head.yml"); head != nil {
		text, err := expand(head)
		if err != nil {
			return nil, err
		}
		b := checks.Bytes(text)
		s.Policy.Head = &b
	}
	if org := file(ar, "organization.yml"); org != nil {
		text, err := expand(org)
		if err != nil {
			return nil, err
		}
		s.Organization = &checks.PolicyText{
			Origin: checks.PolicyFromOrganization, Repository: "acme/.github", Path: "claw-verified.yml", Commit: name2id("sha1", "organization"), Digest: digest(text), Text: text,
		}
	}
	sc.Snapshot = s
	return sc, nil
}

// Update returns the file with want.txt replaced.
func (sc *Scenario) Update(want string) []byte {
	for i := range sc.archive.Files {
		if sc.archive.Files[i].Name == "want.txt" {
			sc.archive.Files[i].Data = []byte(want)
			return txtar.Format(sc.archive)
		}
	}
	sc.archive.Files = append(sc.archive.Files, txtar.File{Name: "want.txt", Data: []byte(want)})
	return txtar.Format(sc.archive)
}

func file(ar *txtar.Archive, name string) []byte {
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

var keyRef = regexp.MustCompile(`\$\{(key|pgp|pem|keypem):([a-z0-9-]+)\}`)

// expand replaces ${key:NAME} by the SSH public key of that name, and ${pgp:NAME} and
// ${pem:NAME}, which must stand in double quotes, by the OpenPGP one and by the one
// that attests; ${keypem:NAME} by the SSH key written as PEM.
func expand(policy []byte) ([]byte, error) {
	var failed error
	out := keyRef.ReplaceAllFunc(policy, func(m []byte) []byte {
		kind, name := string(keyRef.FindSubmatch(m)[1]), string(keyRef.FindSubmatch(m)[2])
		if kind == "key" {
			return []byte(PublicKey(name))
		}
		public := PGPPublicKey
		switch kind {
		case "pem":
			public = PEMPublicKey
		case "keypem":
			public = KeyAsPEM
		}
		text, err := public(name)
		if err != nil {
			failed = err
		}
		return []byte(strings.ReplaceAll(text, "\n", `\n`))
	})
	return out, failed
}

// Signer is the test key of that name.
func Signer(name string) ssh.Signer {
	seed := sha256.Sum256([]byte("claw-verified scenario key " + name))
	s, err := ssh.NewSignerFromSigner(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err) // an Ed25519 key always makes a signer
	}
	return s
}

// PublicKey is the public half, as it stands in a policy.
func PublicKey(name string) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(Signer(name).PublicKey()))) + " " + name
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
