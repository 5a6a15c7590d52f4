package run

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
)

// ReadAttestations reads the files that a call names; root is the folder that names
// are relative to, empty for the current one. A file that is part of the checkout is
// read like any other, unlike a plan or a list of reviews: whether an attestation
// counts is decided by who signed it, so it does not matter who put it there.
func ReadAttestations(root string, names []string) ([]checks.Attestation, error) {
	var out []checks.Attestation
	for _, name := range names {
		body, err := readAttestation(root, name)
		if err != nil {
			return nil, err
		}
		out = append(out, checks.Attestation{Carrier: checks.CarrierFile, Name: checks.Path(filepath.ToSlash(name)), Body: body})
	}
	return out, nil
}

func readAttestation(root, name string) ([]byte, error) {
	f, err := open("The attestation file", root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, collect.MaxAttestationFile+1))
	switch {
	case err != nil:
		return nil, &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("The attestation file %q cannot be read: %v.", name, err), Remedy: "Mend that and run the check again.", Err: err}
	case len(body) > collect.MaxAttestationFile:
		return nil, &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("The attestation file %q is larger than %d MiB.", name, collect.MaxAttestationFile>>20), Remedy: "Give only attestations of this change's commits, in several files if need be."}
	case len(body) == 0:
		return nil, &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("The attestation file %q is empty.", name), Remedy: "See to it that the step that makes it succeeds, or leave the file out."}
	}
	return body, nil
}
