//go:build e2e

package cosign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
)

// build makes our program, with no flags of its own: so the packages that this test
// was compiled from are not compiled again.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claw-verified")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/claw-verified")
	cmd.Dir = "../.."
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	return path
}

// gate is a policy that takes the word of an agent's own key or of its workflow, and
// asks nobody for a review.
const gate = `version: 1
agents:
  - id: claw
    emails: [claw@agents.example]
    keys: [{file: keys/claw.pub}]
    identities:
      - issuer: https://token.actions.githubusercontent.com
        subject: https://github.com/acme/agents/.github/workflows/agent.yml@refs/tags/v1
        source_digest: commit
    operators: [alice]
people:
  - {id: alice, github_ids: [1], emails: [alice@example.com]}
provenance:
  require: attested
  trusted_roots: [keys/trusted_root.json]
review:
  tiers:
    - {id: infrastructure, when: {paths: ["infra/**"]}, need: [{count: 1}]}
`

// change is a repository with the policy on main and a commit of the agent on a
// branch.
func change(t *testing.T, pub, root []byte) (dir, head string) {
	t.Helper()
	dir, _ = repository(t)
	for name, content := range map[string]string{".github/claw-verified.yml": gate, "keys/claw.pub": string(pub), "keys/trusted_root.json": string(root)} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "Say who may do what")
	git(t, dir, "checkout", "-q", "-b", "agent/change")
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("How we deploy.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "Explain the deployment")
	return dir, strings.TrimSpace(string(git(t, dir, "rev-parse", "HEAD")))
}

// verdict wants our program to say that word of the branch, and to exit with its
// code.
func (p *program) verdict(t *testing.T, claw, dir, want string) {
	t.Helper()
	said, err := p.run(t, claw, "check", "--repo", dir, "--repository", "acme/widgets", "--base", "main", "--head", "agent/change")
	if (err == nil) != (want == "VERIFIED") || !strings.Contains(said, want) {
		t.Errorf("claw-verified check ends with %v, want %s:\n%s", err, want, said)
	}
}

func TestTheWholeWay(t *testing.T) {
	newProgram(t) // skips before anything is built
	claw := build(t)
	t.Run("with a key", func(t *testing.T) { wholeWayWithKey(t, claw) })
	t.Run("keyless", func(t *testing.T) { wholeWayKeyless(t, claw) })
}

// A key of cosign's signs with our program, the bundle travels as a git note, and
// both programs verify what arrives in a clone.
func wholeWayWithKey(t *testing.T, claw string) {
	p := newProgram(t)
	p.must(t, "generate-key-pair")
	pub := p.dir + "/cosign.pub"
	dir, head := change(t, read(t, pub), elsewhere(t))
	p.verdict(t, claw, dir, "REFUSED")
	if said, err := p.run(t, claw, "attest", "--repo", dir, "--repository", "acme/widgets", "--agent", "claw", "--model", "claude-opus-4-5", "--operator", "alice", "--key", p.dir+"/cosign.key"); err != nil {
		t.Fatalf("claw-verified attest: %v\n%s", err, said)
	}
	p.verdict(t, claw, dir, "VERIFIED")

	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--branch", "agent/change", "file://"+dir, clone)
	git(t, clone, "branch", "-q", "main", "origin/main")
	p.verdict(t, claw, clone, "REFUSED") // a clone does not bring notes along
	git(t, clone, "fetch", "-q", "origin", "refs/notes/*:refs/notes/*")
	p.verdict(t, claw, clone, "VERIFIED")

	bundle := p.file(t, "note.json", git(t, clone, "notes", "--ref=claw-attestations", "show", head))
	object, root := p.file(t, "commit.obj", git(t, clone, "cat-file", "commit", head)), p.file(t, "root.json", []byte(emptyRoot))
	p.must(t, byKey(pub, root, bundle, attestation.PredicateAgentCommit, object)...)
	p.must(t, byKey(pub, root, bundle, attestation.PredicateAgentCommit, "--digest", head, "--digestAlg", "gitCommit")...)

	// Amended, it is another commit, and nobody attested that one.
	git(t, clone, "commit", "-q", "--amend", "-m", "Explain something else")
	p.verdict(t, claw, clone, "REFUSED")
}

// The same as a workflow signs, without a lasting key: our program asks GitHub's
// token, Fulcio and Rekor as they are served here.
func wholeWayKeyless(t *testing.T, claw string) {
	p := newProgram(t)
	dir, head := change(t, publicPEM(t, newKey(t)), elsewhere(t))
	s := newService(t, p, head)
	git(t, dir, "checkout", "-q", "main")
	if err := os.WriteFile(filepath.Join(dir, "keys/trusted_root.json"), s.instance.RootJSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "commit", "-q", "-a", "-m", "Trust this instance")
	git(t, dir, "checkout", "-q", "agent/change")
	p.env = append(p.env, "ACTIONS_ID_TOKEN_REQUEST_URL="+s.TokenURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+s.TokenSecret)
	p.verdict(t, claw, dir, "REFUSED")
	said, err := p.run(t, claw, "attest", "--repo", dir, "--repository", "acme/widgets", "--agent", "claw", "--operator", "alice",
		"--keyless", "--signing-config", s.config, "--trusted-root", s.root)
	if err != nil {
		t.Fatalf("claw-verified attest --keyless: %v\n%s", err, said)
	}
	p.verdict(t, claw, dir, "VERIFIED")
	bundle := p.file(t, "note.json", git(t, dir, "notes", "--ref=claw-attestations", "show", head))
	p.must(t, byIdentity(s.root, bundle, s.id.Issuer, s.id.Subject, p.file(t, "commit.obj", git(t, dir, "cat-file", "commit", head)))...)
	p.refuses(t, "expected SAN value", byIdentity(s.root, bundle, s.id.Issuer, s.id.Subject+"0", p.dir+"/commit.obj")...)
}

// elsewhere is the root of an instance that signs nothing here.
func elsewhere(t *testing.T) []byte {
	t.Helper()
	return sigstoretest.New(t, at).RootJSON()
}
