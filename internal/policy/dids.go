package policy

import (
	"crypto/ed25519"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// dids reads did:key identifiers, each as text or with its life.
func (r *reader) dids(dst *[]DID, o *owner) func(*yaml.Node) {
	return listOrOne(r, dst, func(n *yaml.Node, d *DID) {
		at := n
		var pub ed25519.PublicKey
		isDID := func(n *yaml.Node, s string) bool {
			var err error
			if pub, err = signature.ParseDID(s); err != nil {
				r.bad(n, "give it like did:key:z6Mk…, whole and without a fragment", "%q is no did:key of an Ed25519 key: %s", clip(s), because(err, "read DID: "))
				return false
			}
			return true
		}
		if n.Kind == yaml.MappingNode {
			l := life{what: "DID", notBefore: &d.NotBefore, notAfter: &d.NotAfter, revokedAt: &d.RevokedAt, reason: &d.Reason}
			if r.mapping(n, "a DID", append([]field{need("did", func(v *yaml.Node) { at = v; r.check(&d.DID, isDID)(v) })}, r.lifeFields(&l)...)...) {
				r.checkLife(&l)
			}
		} else {
			r.check(&d.DID, isDID)(n)
		}
		if d.DID == "" {
			return
		}
		if wire, err := signature.WireKey(pub); err == nil {
			r.claims = append(r.claims, claim{what: "DID", space: "key", value: wire, shown: d.DID, form: "did", once: true, owner: o, at: at})
		}
		r.keysAt = append(r.keysAt, keyAt{node: at, what: "DID", notAfter: d.NotAfter, revoked: !d.RevokedAt.IsZero(), owner: o})
	})
}
