package policy

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// keyAt remembers a key's place for Lint.
type keyAt struct {
	node     *yaml.Node
	what     string // "key" or "DID"
	notAfter time.Time
	revoked  bool
	pgp      *signature.PGPKey
	owner    *owner
}

func (r *reader) keys(dst *[]Key, o *owner) func(*yaml.Node) {
	return listOrOne(r, dst, func(n *yaml.Node, k *Key) {
		keyNode := n
		if n.Kind == yaml.MappingNode {
			keyNode = r.keyMapping(n, k, o)
		} else {
			r.keyText(&k.Key, o)(n)
		}
		if k.Key == "" && k.File == "" {
			return
		}
		at := keyAt{node: keyNode, what: "key", notAfter: k.NotAfter, revoked: !k.RevokedAt.IsZero(), owner: o}
		switch {
		case k.File != "":
			r.claimOnce("", "key file", k.File, k.File, o, keyNode)
		case signature.IsPGPKey(k.Key):
			at.pgp = r.claimPGP(k, o, keyNode)
		case signature.IsPEMKey(k.Key):
			r.claimPEM(k, o, keyNode)
		default:
			r.claimSSH(k, o, keyNode)
		}
		r.keysAt = append(r.keysAt, at)
	})
}

// listOrOne reads a list whose entries are text or mappings; one text stands for a
// list of one.
func listOrOne[T any](r *reader, dst *[]T, read func(*yaml.Node, *T)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			*dst = make([]T, 1)
			read(n, &(*dst)[0])
			return
		}
		items(r, dst, nil, read)(n)
	}
}

// keyMapping reads a key with its dates and returns the node of the key itself.
func (r *reader) keyMapping(n *yaml.Node, k *Key, o *owner) *yaml.Node {
	keyNode := n
	var textAt, fileAt, authorityAt, principalsAt *yaml.Node
	l := life{what: "key", notBefore: &k.NotBefore, notAfter: &k.NotAfter, revokedAt: &k.RevokedAt, reason: &k.Reason}
	if !r.mapping(n, "a key", append([]field{
		opt("key", func(v *yaml.Node) { textAt, keyNode = v, v; r.keyText(&k.Key, o)(v) }),
		opt("file", func(v *yaml.Node) { fileAt, keyNode = v, v; r.keyFile(&k.File, o)(v) }),
		opt("cert_authority", func(v *yaml.Node) { authorityAt = v; r.boolean(&k.CertAuthority)(v) }),
		opt("principals", func(v *yaml.Node) { principalsAt = v; r.strings(&k.Principals, r.isExact)(v) }),
	}, r.lifeFields(&l)...)...) {
		return keyNode
	}
	switch {
	case hasKey(n, "key") && hasKey(n, "file"):
		if fileAt != nil {
			r.bad(fileAt, "keep one of them", "a key stands here or in a file, and this one does both")
		}
		k.File = ""
		if textAt != nil {
			keyNode = textAt
		}
	case !hasKey(n, "key") && !hasKey(n, "file"):
		r.bad(n, "add the key key, or for a PEM key in a file the key file", "a key needs the key %q", "key")
	}
	notSSH := fileAt != nil || signature.IsPGPKey(k.Key) || signature.IsPEMKey(k.Key)
	switch {
	case authorityAt != nil && scalarKindOf(authorityAt) == kindBool && !k.CertAuthority:
		r.bad(authorityAt, "leave the key out", "%q cannot be false", "cert_authority")
	case authorityAt != nil && signature.IsPGPKey(k.Key):
		r.bad(authorityAt, "leave the key out, or give an SSH key", "an OpenPGP key is no certificate authority")
	case authorityAt != nil && notSSH:
		r.bad(authorityAt, "leave the key out, or give an SSH key", "a PEM key is no certificate authority")
	case authorityAt != nil && principalsAt == nil:
		r.bad(authorityAt, "add principals: the names in certificates that mean this owner", "a certificate authority needs the key %q", "principals")
	case principalsAt != nil && authorityAt == nil:
		hint := "add cert_authority: true, or remove the principals"
		if notSSH {
			hint = "remove the principals"
		}
		r.bad(principalsAt, hint, "%q belongs to a certificate authority, and this key is none", "principals")
	}
	r.checkLife(&l)
	return keyNode
}

// isKey wants exactly one key on one line, so that what is shown is what counts:
// the reader of authorized_keys would skip comment lines and take options.
func (r *reader) isKey(n *yaml.Node, s string) bool {
	if _, err := signature.ParseKey(s); err != nil {
		r.bad(n, "give one line of the form \"ssh-ed25519 AAAA… comment\", as in the .pub file", "this is no usable SSH public key: %s", because(err, "read SSH public key: "))
		return false
	}
	return true
}

// because writes what a library says of foreign text, as foreign text.
func because(err error, prefix string) string {
	return strings.Trim(strconv.Quote(clip(strings.TrimPrefix(err.Error(), prefix))), `"`)
}

// keyText reads a key: one line of SSH, or an armoured OpenPGP block or a PEM
// block, which are the values of the language that have lines.
func (r *reader) keyText(dst *string, o *owner) func(*yaml.Node) {
	return func(n *yaml.Node) {
		text := strings.TrimSpace(n.Value)
		switch isText := scalarKindOf(n) == kindText; {
		case isText && signature.IsPEMKey(text):
			r.pemKey(dst, o, n, text)
		case isText && strings.HasPrefix(text, "-----BEGIN") && strings.Contains(text, "PRIVATE KEY"):
			r.bad(n, "make a new key, and give its public half: whoever can read this file has the old one", "this is a private key")
		case o.kind == kindAttestor:
			r.attestorKey(n)
		case isText && signature.IsPGPKey(text):
			r.pgpKey(dst, n, text)
		case isText && strings.HasPrefix(text, "-----BEGIN"):
			r.bad(n, "give the public key: the one line of the .pub file, what gpg --armor --export prints, or a PEM block that begins with -----BEGIN PUBLIC KEY-----", "this is neither an SSH, an OpenPGP nor a PEM public key but another block")
		default:
			r.check(dst, r.isKey)(n)
		}
	}
}

// attestorKey tells why what is no PEM key cannot stand under an attestor.
func (r *reader) attestorKey(n *yaml.Node) {
	if scalarKindOf(n) != kindText {
		r.wrongType(n, wantText)
		return
	}
	r.bad(n, "give a PEM block that begins with -----BEGIN PUBLIC KEY-----", "an attestor signs statements, with a PEM key: this is none")
}

func (r *reader) pgpKey(dst *string, n *yaml.Node, s string) {
	if !plainBlock(s) {
		r.bad(n, "give what gpg --armor --export prints, without a comment", "this OpenPGP key holds a character that is not plain ASCII")
		return
	}
	if _, err := signature.ParsePGP(s); err != nil {
		r.bad(n, "give one public key, as gpg --armor --export FINGERPRINT prints it", "this is no usable OpenPGP public key: %s", because(err, "read OpenPGP key: "))
		return
	}
	*dst = s
}

const peopleMakeNone = "list it under the agent that attests with it, or under provenance.attestors; people sign with SSH and OpenPGP keys"

func (r *reader) pemKey(dst *string, o *owner, n *yaml.Node, s string) {
	if o.kind == kindPerson {
		r.bad(n, peopleMakeNone, "a PEM key signs attestations, and people make none")
		return
	}
	if !plainBlock(s) {
		r.bad(n, "give what openssl pkey -pubout prints", "this PEM key holds a character that is not plain ASCII")
		return
	}
	if _, _, err := signature.ParsePEM(s); err != nil {
		r.bad(n, "give one public key, as cosign generate-key-pair or openssl pkey -pubout writes it", "this is no usable PEM public key: %s", because(err, "read PEM public key: "))
		return
	}
	*dst = s
}

func (r *reader) keyFile(dst *string, o *owner) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if o.kind == kindPerson {
			r.bad(n, peopleMakeNone, "a key in a file signs attestations, and people make none")
			return
		}
		r.trustFile(dst, r.isFile)(n)
	}
}

func plainBlock(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') })
}

func (r *reader) claimSSH(k *Key, o *owner, at *yaml.Node) {
	s, err := signature.ParseKey(k.Key)
	if err != nil {
		return
	}
	if !k.CertAuthority {
		r.claimOnce("ssh", "key", s.Key, s.Fingerprint, o, at)
		return
	}
	// One authority may vouch for many, each by a name of their own.
	for _, name := range k.Principals {
		r.claim("certificate name", s.Key+"\n"+name, name, o, at)
	}
}

// claimPEM claims the key in the form it would have for SSH: the same key must not
// sign commits for one owner and attestations for another.
func (r *reader) claimPEM(k *Key, o *owner, at *yaml.Node) {
	pub, fingerprint, err := signature.ParsePEM(k.Key)
	if err != nil {
		return
	}
	if wire, err := signature.WireKey(pub); err == nil {
		r.claimOnce("pem", "key", wire, fingerprint, o, at)
	}
}

// claimPGP claims the key and its subkeys, so that none of them stands for two
// owners. A key that its owner has revoked is listed only as a revoked one.
func (r *reader) claimPGP(k *Key, o *owner, at *yaml.Node) *signature.PGPKey {
	pk, err := signature.ParsePGP(k.Key)
	if err != nil {
		return nil
	}
	for _, fp := range pk.All {
		r.claimOnce("pgp", "key", fp, fp, o, at)
	}
	if pk.Revoked && k.RevokedAt.IsZero() {
		r.bad(at, "remove it, or add revoked_at and reason", "this key was revoked by its own owner: %s", pk.Fingerprint)
	}
	return pk
}
