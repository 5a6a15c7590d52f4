package attest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// PasswordVariable holds the passphrase of an encrypted key, as it does for cosign.
const PasswordVariable = "COSIGN_PASSWORD"

const (
	maxKeyFile      = 64 << 10
	pemPlain        = "PRIVATE KEY"
	pemEC           = "EC PRIVATE KEY"
	pemSigstore     = "ENCRYPTED SIGSTORE PRIVATE KEY"
	pemCosign       = "ENCRYPTED COSIGN PRIVATE KEY"
	makeOne         = "Make one with `claw-verified attest keygen --out claw.key`, and list claw.pub in the policy."
	wantedAlgorithm = "P-256, P-384 and Ed25519 keys are used. " + makeOne
)

// LoadKey reads a private key: PEM, as `attest keygen`, `cosign generate-key-pair`
// or `openssl genpkey` write it. password is for an encrypted one. warn, when not
// empty, is a sentence for people.
func LoadKey(path string, password []byte) (key crypto.Signer, warn string, err error) {
	f, err := os.Open(path) //nolint:gosec // whoever runs the command names it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", &Problem{Usage: true, Err: err, Message: sentence("There is no key file %s", show(path)), Remedy: makeOne}
	}
	if err != nil {
		return nil, "", &Problem{Usage: true, Err: err, Message: sentence("The key file %s cannot be read: %s", show(path), plain(err)), Remedy: "Let the account that attests read it, and no other: chmod 600."}
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return nil, "", misuse("Name the file with the private key.", "The key file %s is not a regular file", show(path))
	}
	if st.Mode().Perm()&0o077 != 0 {
		warn = fmt.Sprintf("The key file %s can be read by other accounts: chmod 600 it.", show(path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, "", failure(err, "Try again.", "Could not read the key file %s: %s", show(path), plain(err))
	}
	key, err = parseKey(text, password)
	if p := (&Problem{}); errors.As(err, &p) {
		p.Message = fmt.Sprintf("The key file %s: %s", show(path), p.Message)
	}
	return key, warn, err
}

func parseKey(text, password []byte) (crypto.Signer, error) {
	if len(text) > maxKeyFile {
		return nil, misuse(makeOne, "it is too large for a key")
	}
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, misuse(makeOne, "it holds no PEM block")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, misuse("Leave the private key alone in its file.", "something follows the first PEM block")
	}
	der := block.Bytes
	switch {
	case block.Type == pemSigstore || block.Type == pemCosign:
		var err error
		if der, err = encrypted.Decrypt(block.Bytes, password); err != nil {
			if len(password) == 0 {
				return nil, misuse("Put the passphrase into the variable "+PasswordVariable+".", "it is encrypted, and there is no passphrase")
			}
			return nil, misuse("Check the variable "+PasswordVariable+".", "the passphrase does not open it, or it is damaged")
		}
	case block.Type == pemEC:
		k, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return nil, misuse(makeOne, "it cannot be parsed")
		}
		return usable(k)
	case strings.Contains(block.Type, "PUBLIC KEY"):
		return nil, misuse("Name the private key that belongs to it: the file without .pub.", "it is a public key")
	case block.Type == "OPENSSH PRIVATE KEY":
		return nil, misuse("ssh keys sign commits (git config gpg.format ssh). For attestations: "+makeOne, "it is an ssh key")
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, misuse("Encrypt it as cosign does: `cosign import-key-pair --key FILE`, or "+makeOne, "it is encrypted as openssl does, which is not read")
	case block.Type != pemPlain:
		return nil, misuse(makeOne, "it is a %s", show(block.Type))
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, misuse(makeOne, "it cannot be parsed")
	}
	return usable(k)
}

func usable(k any) (crypto.Signer, error) {
	switch k := k.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return k, nil
		}
		return nil, misuse(wantedAlgorithm, "it is a key on the curve %s", k.Curve.Params().Name)
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, misuse(wantedAlgorithm, "it is a key of another algorithm (%T)", k)
}

// GenerateKey makes a key, P-256 unless useEd25519, and writes the private one to
// out and the public one beside it; the folder is made if it is missing. A file that is there is never overwritten. With
// a passphrase the private key is encrypted as cosign does.
func GenerateKey(out string, useEd25519 bool, password []byte) (public string, err error) {
	var key crypto.Signer
	if useEd25519 {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	typ := pemPlain
	if len(password) > 0 {
		typ = pemSigstore
		if der, err = encrypted.Encrypt(der, password); err != nil {
			return "", fmt.Errorf("encrypt key: %w", err)
		}
	}
	public = publicPath(out)
	if public == out {
		return "", misuse("Name the file for the private key: --out claw.key.", "%s is the name of a public key", show(out))
	}
	// Such as ~/.config of a new account. More than one folder would be a slip.
	if err := os.Mkdir(filepath.Dir(out), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", failure(err, "Make it first: mkdir -p -m 700 "+filepath.Dir(out), "Could not make the folder %s: %s", show(filepath.Dir(out)), plain(err))
	}
	// The public one first: when it is there already, nothing was written.
	if err := create(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}), 0o644); err != nil {
		return "", err
	}
	if err := create(out, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}), 0o600); err != nil {
		return "", errors.Join(err, os.Remove(public))
	}
	return public, nil
}

// publicPath is where the public key of a private one is written.
func publicPath(out string) string {
	return strings.TrimSuffix(out, filepath.Ext(filepath.Base(out))) + ".pub"
}

func create(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // whoever runs the command names it
	if errors.Is(err, fs.ErrExist) {
		return misuse("Choose another name, or move the old key away yourself.", "%s is there already, and is left as it is", show(path))
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return failure(err, "Choose another folder.", "Could not write %s: %s", show(path), plain(err))
	}
	return nil
}
