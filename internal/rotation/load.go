package rotation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// AgentName stands for a key file in [Load]: the SSH agent at SSH_AUTH_SOCK has the
// key.
const AgentName = "agent"

// PasswordVariable holds the passphrase of encrypted keys.
const PasswordVariable = attest.PasswordVariable

const maxPrivate = 64 << 10

// Load finds the private key that belongs to a public one, as a policy has it: in a
// file, SSH or PEM, or in the SSH agent. password opens an encrypted file.
func Load(name, public string, password []byte) (Signer, error) {
	switch {
	case signature.IsPGPKey(public):
		return Signer{}, errors.New("an OpenPGP key does not sign receipts: rotate it with gpg and change the policy by hand")
	case signature.IsPEMKey(public):
		key, _, err := attest.LoadKey(name, password)
		return Signer{PEM: key}, err
	case name == AgentName:
		return fromAgent(public)
	}
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return Signer{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPrivate))
	if err != nil {
		return Signer{}, fmt.Errorf("read %q: %w", name, err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if e := (*ssh.PassphraseMissingError)(nil); errors.As(err, &e) {
		if len(password) == 0 {
			return Signer{}, fmt.Errorf("%q is encrypted: put its passphrase into %s, or load it with ssh-add and name it %s", name, PasswordVariable, AgentName)
		}
		key, err = ssh.ParsePrivateKeyWithPassphrase(text, password)
	}
	if err != nil {
		return Signer{}, fmt.Errorf("read %q: it is no SSH private key that can be used: %w", name, err)
	}
	return Signer{SSH: key}, nil
}

func fromAgent(public string) (Signer, error) {
	want, err := signature.ParseKey(public)
	if err != nil {
		return Signer{}, err
	}
	path := os.Getenv("SSH_AUTH_SOCK")
	if path == "" {
		return Signer{}, errors.New("there is no SSH agent: SSH_AUTH_SOCK is not set")
	}
	// The connection ends with the program: its signers use it.
	conn, err := net.Dial("unix", path) //nolint:noctx,gosec // a local socket of whoever runs the command
	if err != nil {
		return Signer{}, fmt.Errorf("reach the SSH agent: %w", err)
	}
	list, err := agent.NewClient(conn).Signers()
	if err != nil {
		return Signer{}, fmt.Errorf("ask the SSH agent for its keys: %w", err)
	}
	for _, s := range list {
		if bytes.Equal(s.PublicKey().Marshal(), []byte(want.Key)) {
			return Signer{SSH: s}, nil
		}
	}
	return Signer{}, fmt.Errorf("the SSH agent does not have the key %s: load it with ssh-add", want.Fingerprint)
}
