package signature

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"hash"
	"math/big"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// verifies reports whether the key made the signature over what h was given.
//
// RSA is most of what is signed with OpenPGP, GitHub's own keys among it, and for
// 4096 bits crypto/rsa takes four times as long as the one exponentiation does that
// it consists of: it works in constant time, which a public key has no use for, and
// prepares the modulus anew each time. So the usual keys are checked here, with
// math/big; every other key, and whatever is not quite usual, goes to the library.
func (s *pgpSigner) verifies(h hash.Hash, sig *packet.Signature) bool {
	pub, ok := s.PublicKey.(*rsa.PublicKey)
	usual := ok && sig.Version == 4 && sig.PubKeyAlgo == s.PubKeyAlgo && s.CanSign() &&
		(sig.PubKeyAlgo == packet.PubKeyAlgoRSA || sig.PubKeyAlgo == packet.PubKeyAlgoRSASignOnly) && usualRSA(pub, sig.Hash)
	if !usual {
		return s.VerifySignature(h, sig) == nil
	}
	h.Write(sig.HashSuffix)
	return verifyRSA(pub, sig.Hash, h.Sum(nil), sig.RSASignature.Bytes())
}

// digestInfo is the DER in front of a digest in a signature, RFC 8017, section 9.2.
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// usualRSA reports whether [verifyRSA] takes the key and the hash.
func usualRSA(pub *rsa.PublicKey, h crypto.Hash) bool {
	return digestInfo[h] != nil && pub.E == 65537 && pub.N.Sign() > 0 && pub.N.Bit(0) == 1 && pub.N.BitLen() >= minRSABits && pub.N.BitLen() <= 8192
}

// verifyRSA checks a PKCS #1 v1.5 signature the one way in which it cannot be
// forged: it writes down the whole block that a good one decrypts to, every byte of
// the padding, and compares. Nothing of the signature is parsed. Leading zeros of the
// signature may be missing, as OpenPGP leaves them out.
func verifyRSA(pub *rsa.PublicKey, h crypto.Hash, digest, sig []byte) bool {
	size := pub.Size()
	s := new(big.Int).SetBytes(sig)
	if len(sig) > size || s.Cmp(pub.N) >= 0 || len(digest) != h.Size() {
		return false
	}
	info := digestInfo[h]
	want := bytes.Repeat([]byte{0xff}, size)
	want[0], want[1] = 0, 1
	at := size - len(info) - len(digest)
	want[at-1] = 0
	copy(want[at:], info)
	copy(want[at+len(info):], digest)
	got := s.Exp(s, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, size))
	return bytes.Equal(got, want)
}
