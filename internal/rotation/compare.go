package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/claw-verified/claw-verified/internal/policy"
)

// Digest is how a receipt names the text of a policy.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Differences tells, a sentence each, where a policy file is not what the receipt
// says it became: another file, or another owner or life of one of the two keys.
func (r *Receipt) Differences(text []byte, p *policy.Policy, files policy.KeyFiles) []string {
	var out []string
	if d := Digest(text); d != r.Policy.After {
		out = append(out, fmt.Sprintf("the file is %s, and the receipt is for %s", d, r.Policy.After))
	}
	older, listed := p.KeyOf(r.Owner, r.Old.Fingerprint, files)
	switch {
	case !listed:
		out = append(out, fmt.Sprintf("the old key %s is not listed under %s", r.Old.Fingerprint, r.Owner))
	case r.OldUntil.IsZero() && !older.RevokedAt.Equal(r.RotatedOn):
		out = append(out, fmt.Sprintf("the old key %s is not revoked at the time of the receipt", r.Old.Fingerprint))
	case !r.OldUntil.IsZero() && (!older.NotAfter.Equal(r.OldUntil) || !older.RevokedAt.IsZero()):
		out = append(out, fmt.Sprintf("the old key %s has another end than the receipt says", r.Old.Fingerprint))
	}
	newer, listed := p.KeyOf(r.Owner, r.New.Fingerprint, files)
	switch {
	case !listed:
		out = append(out, fmt.Sprintf("the new key %s is not listed under %s", r.New.Fingerprint, r.Owner))
	case !newer.NotBefore.Equal(r.RotatedOn) || !newer.NotAfter.IsZero() || !newer.RevokedAt.IsZero():
		out = append(out, fmt.Sprintf("the new key %s counts from or until another time than the receipt says", r.New.Fingerprint))
	}
	return out
}
