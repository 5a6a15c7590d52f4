package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/artifact"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// Signed is what a signature on a plan is verified with. The zero value believes none.
type Signed struct {
	Roots    []*trust.Root // that the policy names
	Problems []string      // why a root that the policy names cannot be used
	At       time.Time     // our time

	// Merged reports whether a commit is the merge of the head into what the base is
	// or was, and has no other parents. Nil: it is not asked, and no commit is.
	Merged func(ctx context.Context, commit string) (bool, error)
}

// maxTried is how many attestations of one plan are verified: whoever may write them
// could have us verify for hours.
const maxTried = 100

// vouched looks for a signer of the producer who vouches for a plan whose run is not
// believed. It returns the signer; or why there is none; or that nobody could tell.
//
// A statement vouches for a plan when all of this holds:
//
//   - it is SLSA provenance v1, in a Sigstore bundle whose certificate is of one of the
//     producer's signers, under a trusted root of the policy, with its log entry and a
//     signed time;
//   - the certificate was issued to a run in this repository, by its number and name;
//   - its subjects are the plan, and the plan file where the policy names one, by
//     SHA-256: one statement about both, because each for itself says nothing of
//     whether they belong together;
//   - every commit of this repository that it says the plan was made from is the head;
//     where it names none, the commit that the certificate was issued for is. The head
//     may be merged into the base by GitHub itself, as refs/pull/N/merge;
//   - it was signed after the run began whose artifact it is about, so that an older
//     plan of the same head, which somebody liked better, is not brought again.
func (f *fetching) vouched(p *policy.Producer, run *artifact.Run, plan *FetchedPlan) (signer, why string, err error) {
	digest, err := digestOfEntry(plan.JSON)
	if err != nil {
		return "", err.Error(), nil //nolint:nilerr // it is the reason, and no failure of ours
	}
	bundles, err := f.Client.Attestations(f.ctx, f.Pull.Repository.Repository, digest)
	if err != nil {
		return "", "", err
	}
	if len(bundles) == 0 {
		return "", fmt.Sprintf("nothing is attested of the plan (%s), or the token may not read it", digest), nil
	}
	if len(bundles) > maxTried {
		return "", fmt.Sprintf("there are more than %d attestations of the plan", maxTried), nil
	}
	signers := &policy.Policy{Provenance: policy.Provenance{Attestors: []policy.Attestor{{ID: "signer", Identities: p.Signers}}}}
	verifier, err := attestation.NewVerifier(signers, nil, f.Signed.Roots, f.Signed.At)
	if err != nil {
		return "", sentenceless("the policy's signers cannot be used: %v", err), nil
	}
	subjects := []string{digest}
	if plan.Saved != nil {
		sum := sha256.Sum256(plan.Saved)
		subjects = append(subjects, "sha256:"+hex.EncodeToString(sum[:]))
	}
	stranger := true
	for _, b := range bundles {
		name, err := f.vouches(verifier, b, subjects, run)
		var failed *askError
		switch {
		case err == nil:
			return name, "", nil
		case errors.As(err, &failed):
			return "", "", failed.err
		case why == "" || stranger && !errors.Is(err, attestation.ErrUntrusted):
			why, stranger = err.Error(), errors.Is(err, attestation.ErrUntrusted)
		}
	}
	if len(f.Signed.Problems) > 0 {
		why += "; " + strings.Join(f.Signed.Problems, "; ")
	}
	return "", why, nil
}

// askError is a question to GitHub that was not answered.
type askError struct{ err error }

func (e *askError) Error() string { return e.err.Error() }

// vouches verifies one bundle, and returns the name of who signed it.
func (f *fetching) vouches(v *attestation.Verifier, bundle []byte, subjects []string, run *artifact.Run) (string, error) {
	items := attestation.Read(checks.Attestation{Carrier: checks.CarrierGitHub, Name: "attestation", Body: bundle})
	if len(items) != 1 || items[0].Format != attestation.FormatBundle {
		return "", fmt.Errorf("%w: it is no Sigstore bundle", attestation.ErrUnsupported)
	}
	var by attestation.Verified
	for _, s := range subjects {
		a, ok := attestation.ParseArtifact(s)
		if !ok {
			return "", fmt.Errorf("%w: a digest that is none", attestation.ErrMalformed)
		}
		var err error
		if by, err = v.VerifyArtifact(items[0], a); errors.Is(err, attestation.ErrOther) {
			return "", fmt.Errorf("%w: it does not name the plan file %s beside the plan", attestation.ErrOther, s)
		} else if err != nil {
			return "", err
		}
	}
	if by.Proof != attestation.ProofKeyless || by.Run == nil {
		return "", fmt.Errorf("%w: it is not signed with a certificate", attestation.ErrUnsupported)
	}
	built, err := attestation.BuiltFrom(&by)
	if err != nil {
		return "", err
	}
	if err := f.ours(by.Run); err != nil {
		return "", err
	}
	if err := f.ofHead(&by, built); err != nil {
		return "", err
	}
	if by.SignedAt.IsZero() || by.SignedAt.Before(run.CreatedAt) {
		return "", fmt.Errorf("%w: it was signed at %s, before run %d began", attestation.ErrOther, by.SignedAt.Format(time.RFC3339), run.ID)
	}
	return by.Signer, nil
}

// ours holds the repository in a certificate against the one under review. The number
// is GitHub's for good; a name can be given to another one.
func (f *fetching) ours(r *attestation.Run) error {
	repo := &f.Pull.Repository
	rest, ok := strings.CutPrefix(r.Repository, "https://")
	_, name, _ := strings.Cut(rest, "/")
	if !ok || repo.ID == 0 || !strings.EqualFold(name, repo.String()) || r.RepositoryID != strconv.FormatInt(repo.ID, 10) {
		return fmt.Errorf("%w: its certificate was issued to a run in %s, not in %s", attestation.ErrOther, show(r.Repository), repo)
	}
	return nil
}

// ofHead holds the commits that a plan is said to be made from against the head. What
// the statement says goes before the certificate: a workflow may check out another
// commit than it was started for, and then it says so.
func (f *fetching) ofHead(by *attestation.Verified, built []attestation.Built) error {
	if by.SourceIsHead && by.Run.Commit != f.Pull.Head {
		return fmt.Errorf("%w: its certificate was issued for commit %s, and the head is %s", attestation.ErrOther, show(by.Run.Commit), f.Pull.Head)
	}
	var commits []string
	for _, b := range built {
		if sameAddress(b.URI, by.Run.Repository) {
			commits = append(commits, b.Commit)
		}
	}
	if len(commits) == 0 {
		commits = []string{by.Run.Commit}
	}
	for _, c := range commits {
		if c == f.Pull.Head && c != "" {
			continue
		}
		merge, err := f.isMerge(by.Run, c)
		if err != nil {
			return &askError{err}
		}
		if !merge {
			return fmt.Errorf("%w: it is of a plan made from commit %s, and the head is %s", attestation.ErrOther, show(c), f.Pull.Head)
		}
	}
	return nil
}

// isMerge reports whether a commit is GitHub's own merge of the head into the base: the
// run was started for the ref that GitHub alone writes, and had that commit there.
func (f *fetching) isMerge(r *attestation.Run, commit string) (bool, error) {
	if f.Signed.Merged == nil || r.Ref != fmt.Sprintf("refs/pull/%d/merge", f.Pull.Number) || r.Commit != commit || commit == "" {
		return false, nil
	}
	return f.Signed.Merged(f.ctx, commit)
}

// sameAddress reports whether a URI of SLSA, "git+https://HOST/OWNER/NAME@REF", is of a
// repository with that address.
func sameAddress(uri, repository string) bool {
	address, ok := strings.CutPrefix(uri, "git+")
	address, _, _ = strings.Cut(address, "@")
	return ok && strings.EqualFold(strings.TrimSuffix(address, ".git"), repository)
}

func digestOfEntry(e *artifact.Entry) (string, error) {
	r, err := e.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

func sentenceless(format string, args ...any) string {
	return strings.TrimSuffix(fmt.Sprintf(format, args...), ".")
}

// merged reports whether a commit has exactly two parents, the second of them the head
// and the first one the base or a commit that the base contains. A base that the
// pull request had before is none of it: who wrote that, nobody knows.
func (c *collector) merged(pr *ghapi.PullRequest) func(context.Context, string) (bool, error) {
	return func(ctx context.Context, id string) (bool, error) {
		client, repo := c.o.GitHub.Client, pr.Repository.Repository
		m, err := gitrepo.Remote(client.Objects(repo), formatOf(pr.Head)).Resolve(ctx, id)
		if err != nil {
			return false, err
		}
		if m.ID != id || len(m.Parents) != 2 || m.Parents[1] != pr.Head {
			return false, nil
		}
		if m.Parents[0] == pr.Base.ID {
			return true, nil
		}
		between, err := client.Compare(ctx, repo, pr.Base.ID, m.Parents[0])
		if err != nil {
			return false, err
		}
		return between.MergeBase == m.Parents[0], nil
	}
}
