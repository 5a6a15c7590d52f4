package policy

import (
	"iter"
	"slices"
	"strings"
)

// PublicGood names the built-in trusted root of the public Sigstore instance; every
// other entry of trusted_roots is a file.
const PublicGood = "public-good"

// DefaultDirectory is the folder of the tree in which attestations lie.
const DefaultDirectory = ".claw/attestations"

// TrustFiles lists the files of the repository that say whom to trust because the
// policy refers to them: allowed_signers, trusted roots, keys. Sorted, each once.
// They are read from where the policy is read from, never from the change.
func (p *Policy) TrustFiles() []string { return slices.Compact(slices.Sorted(p.trustFiles())) }

// trustFiles names them in the order of the policy, one perhaps several times.
func (p *Policy) trustFiles() iter.Seq[string] {
	return func(yield func(string) bool) {
		all := func(keys []Key) bool {
			for i := range keys {
				if f := keys[i].File; f != "" && !yield(f) {
					return false
				}
			}
			return true
		}
		if f := p.Provenance.AllowedSigners; f != "" && !yield(f) {
			return
		}
		for _, f := range p.Provenance.TrustedRoots {
			if f != "" && f != PublicGood && !yield(f) {
				return
			}
		}
		for i := range p.Agents {
			if !all(p.Agents[i].Keys) {
				return
			}
		}
		for i := range p.Provenance.Attestors {
			if !all(p.Provenance.Attestors[i].Keys) {
				return
			}
		}
		for i := range p.People { // Parse lets none through; should one come here, it protects
			if !all(p.People[i].Keys) {
				return
			}
		}
	}
}

// isTrustFile also takes what would stand in a folder of that name.
func (p *Policy) isTrustFile(path string) bool {
	for f := range p.trustFiles() {
		if rest, ok := strings.CutPrefix(path, f); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
