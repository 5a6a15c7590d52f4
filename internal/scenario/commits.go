package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

const pgpSignature = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"

func (b *builder) commit(i int, c *commit) (checks.Commit, error) {
	name := cmp.Or(c.Name, fmt.Sprintf("commit%d", i+1))
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
	object, err := sign(head.Bytes(), cmp.Or(c.Message, name+"\n"), c.Key, c.Tamper, b.format)
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

// sign puts the commit together the way git commit -S does.
func sign(head []byte, message, key, tamper, format string) ([]byte, error) {
	if !strings.HasSuffix(message, "\n") {
		message += "\n"
	}
	unsigned := append(append(bytes.Clone(head), '\n'), message...)
	if key == "" && tamper != "pgp" && tamper != "garbage" {
		return unsigned, nil
	}
	armoured := []byte(pgpSignature)
	switch tamper {
	case "pgp":
	case "garbage":
		armoured = []byte("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")
	default:
		sig, err := sshsig.Sign(bytes.NewReader(unsigned), Signer(key), sshsig.HashSHA512, "git")
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
