package scenario

import (
	"bytes"
	"cmp"
	"crypto"
	"fmt"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

const pgpSignature = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"

func (b *builder) commit(i int, c *commit, load func(string) ([]byte, error)) (checks.Commit, error) {
	name := cmp.Or(c.Name, fmt.Sprintf("commit%d", i+1))
	if c.Object != "" {
		return b.real(name, c, load)
	}
	when := b.now.Add(-time.Hour)
	if c.Date != "" {
		t, err := time.Parse(time.RFC3339, c.Date)
		if err != nil {
			return checks.Commit{}, fmt.Errorf("commit %s: %w", name, err)
		}
		when = t
	}
	tree := name2id(b.format, "tree "+cmp.Or(c.Tree, name))
	parents := c.Parents
	if parents == nil {
		parents = []string{cmp.Or(b.last, "base")}
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&head, "parent %s\n", b.id(p))
	}
	fmt.Fprintf(&head, "author %s %d +0000\n", c.Author, when.Unix())
	fmt.Fprintf(&head, "committer %s %d +0000\n", cmp.Or(c.Committer, c.Author), when.Unix())
	object, err := b.sign(head.Bytes(), cmp.Or(c.Message, name+"\n"), c, when)
	if err != nil {
		return checks.Commit{}, fmt.Errorf("commit %s: %w", name, err)
	}
	id, err := gitobject.Hash(b.format, "commit", object)
	if err != nil {
		return checks.Commit{}, err
	}
	if c.Tamper == "object" {
		object = append(object, "a line nobody hashed\n"...)
	}
	if b.trees == nil {
		b.trees = map[string]string{}
	}
	b.ids[name], b.trees[name], b.last = id, tree, name
	return checks.Commit{ID: id, Object: object}, nil
}

// real takes a commit out of the fixtures. With tamper: message, one letter of it
// is another one, and the id is that of the changed commit.
func (b *builder) real(name string, c *commit, load func(string) ([]byte, error)) (checks.Commit, error) {
	object, err := load(c.Object)
	if err != nil {
		return checks.Commit{}, err
	}
	object = bytes.Clone(object)
	if c.Tamper == "message" {
		i := bytes.Index(object, []byte("\n\n")) + 2
		object[i] ^= 0x20
	}
	g, err := gitobject.Parse(object, b.format)
	if err != nil {
		return checks.Commit{}, fmt.Errorf("commit %s: %w", name, err)
	}
	id, err := gitobject.Hash(b.format, "commit", object)
	if err != nil {
		return checks.Commit{}, err
	}
	if b.trees == nil {
		b.trees = map[string]string{}
	}
	b.ids[name], b.trees[name], b.last = id, g.Tree, name
	return checks.Commit{ID: id, Object: object}, nil
}

// signer is the commit's SSH key, with its certificate if it has one.
func (b *builder) signer(c *commit) (ssh.Signer, error) {
	s := Signer(c.Key)
	if c.CA == "" {
		return s, nil
	}
	from := b.now.Add(-24 * time.Hour)
	if c.Tamper == "old" {
		from = from.Add(-48 * time.Hour)
	}
	cert := &ssh.Certificate{
		Key: s.PublicKey(), CertType: ssh.UserCert, KeyId: c.Key, ValidPrincipals: c.For,
		ValidAfter: uint64(from.Unix()), ValidBefore: uint64(from.Add(48 * time.Hour).Unix()), //nolint:gosec // after 1970
	}
	if err := cert.SignCert(&stream{name: c.Key}, Signer(c.CA)); err != nil {
		return nil, err
	}
	return ssh.NewCertSigner(cert, s)
}

// sign puts the commit together the way git commit -S does.
func (b *builder) sign(head []byte, message string, c *commit, when time.Time) ([]byte, error) {
	key, tamper, format := c.Key, c.Tamper, b.format
	if !strings.HasSuffix(message, "\n") {
		message += "\n"
	}
	unsigned := append(append(bytes.Clone(head), '\n'), message...)
	if key == "" && c.PGP == "" && tamper != "pgp" && tamper != "garbage" {
		return unsigned, nil
	}
	armoured := []byte(pgpSignature)
	switch {
	case tamper == "pgp":
	case c.PGP != "":
		hash := crypto.SHA256
		switch tamper {
		case "sha1":
			hash = crypto.SHA1
		case "future":
			when = b.now.Add(24 * time.Hour)
		}
		text, err := pgpSign(c.PGP, unsigned, when, hash)
		if err != nil {
			return nil, err
		}
		armoured = []byte(text)
	case tamper == "garbage":
		armoured = []byte("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")
	default:
		signer, err := b.signer(c)
		if err != nil {
			return nil, err
		}
		sig, err := sshsig.Sign(bytes.NewReader(unsigned), signer, sshsig.HashSHA512, "git")
		if err != nil {
			return nil, err
		}
		armoured = sshsig.Armor(sig)
	}
	header := "gpgsig"
	if format == "sha256" {
		header = "gpgsig-sha256"
	}
	out := bytes.Clone(head)
	fold := header + " " + strings.ReplaceAll(strings.TrimSuffix(string(armoured), "\n"), "\n", "\n ") + "\n"
	out = append(out, fold...)
	if tamper == "twice" {
		out = append(out, fold...)
	}
	if tamper == "message" {
		message = strings.ToUpper(message)
	}
	return append(append(out, '\n'), message...), nil
}
