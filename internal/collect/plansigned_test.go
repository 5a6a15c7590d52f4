package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

var (
	signedHead  = strings.Repeat("b1", 20)
	signedOther = strings.Repeat("c1", 20)
	signedMerge = strings.Repeat("d1", 20)
	planDigest  = sha256Of(`{"x":1}`)
	savedDigest = sha256Of("saved")
)

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// saying is what one attestation says, and who says it.
type saying struct {
	in        *sigstoretest.Instance
	claims    sigstoretest.Claims
	opts      []sigstoretest.Option
	statement string
	predicate string
	subjects  []string
	from      [][2]string // resolvedDependencies: a URI and a commit
}

func (s *saying) bundle(t *testing.T) json.RawMessage {
	t.Helper()
	var subjects, from []any
	for i, d := range s.subjects {
		subjects = append(subjects, map[string]any{"name": fmt.Sprint("file ", i), "digest": map[string]string{"sha256": d}})
	}
	for _, d := range s.from {
		from = append(from, map[string]any{"uri": d[0], "digest": map[string]string{"gitCommit": d[1]}})
	}
	text, err := json.Marshal(map[string]any{
		"_type": s.statement, "subject": subjects, "predicateType": s.predicate,
		"predicate": map[string]any{"buildDefinition": map[string]any{"buildType": "https://actions.github.io/buildtypes/workflow/v1", "resolvedDependencies": from}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.in.Sign(text, s.claims, s.opts...)
}

// signed is a plan of a run that nobody believes, because it was started by a push, and
// what the signer of the policy says of it.
func signed(t *testing.T) (*actions, *Producers, *saying) {
	t.Helper()
	a, p := produced(t)
	noon := a.runs[0].CreatedAt
	a.runs[0].HeadSHA, a.runs[0].Event = signedHead, "push"
	p.Pull.Head = signedHead
	p.Policy.Plan.Producers[0].Signers = []policy.Identity{{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}}
	s := &saying{
		in: sigstoretest.New(t, noon.Add(5*time.Minute)), claims: sigstoretest.Workflow("acme/infra", signedHead),
		statement: attestation.StatementType, predicate: attestation.PredicateSLSA, subjects: []string{planDigest, savedDigest},
		from: [][2]string{{"git+https://github.com/acme/infra@refs/heads/agent/x", signedHead}},
	}
	s.claims.SourceID = "9"
	p.Signed = Signed{Roots: []*trust.Root{s.in.Root()}, At: noon.Add(time.Hour)}
	return a, p, s
}

func (a *actions) attest(digest string, bundles ...json.RawMessage) {
	if a.attested == nil {
		a.attested = map[string][]json.RawMessage{}
	}
	a.attested["sha256:"+digest] = append(a.attested["sha256:"+digest], bundles...)
}

// believes fetches, and tells the evidence or the gaps.
func believes(t *testing.T, p *Producers) (*checks.PlanEvidence, string) {
	t.Helper()
	plans, gaps := p.Fetch(t.Context())
	if len(plans) == 1 && len(gaps) == 0 {
		return plans[0].Evidence, ""
	}
	if len(plans) != 0 || len(gaps) != 1 {
		t.Errorf("%d plans, %s", len(plans), told(gaps))
	}
	return nil, told(gaps)
}

func TestSignedPlan(t *testing.T) {
	t.Parallel()
	ours := func(commit string) [][2]string { return [][2]string{{"git+https://github.com/acme/infra", commit}} }
	for name, edit := range map[string]func(*actions, *Producers, *saying){
		"a push":              func(*actions, *Producers, *saying) {},
		"another event":       func(a *actions, _ *Producers, _ *saying) { a.runs[0].Event = "workflow_dispatch" },
		"the workflow edited": func(a *actions, p *Producers, _ *saying) { edited(a, p, ".github/workflows/plan.yml") },
		"an action edited":    func(a *actions, p *Producers, _ *saying) { edited(a, p, ".github/actions/x/action.yml") },
		"a sibling":           func(a *actions, _ *Producers, _ *saying) { a.runs[0].Event, a.pulls = "pull_request", nil },
		"a newer run by chance": func(a *actions, _ *Producers, _ *saying) {
			a.runs = append(a.runs, a.runs[0])
			a.runs[1].HeadSHA, a.runs[1].ID, a.runs[1].CreatedAt = signedOther, 101, a.runs[0].CreatedAt.Add(time.Hour)
		},
		"no commit but the certificate's": func(_ *actions, _ *Producers, s *saying) { s.from = nil },
		"a commit of another repository beside it": func(_ *actions, _ *Producers, s *saying) {
			s.from = append(s.from, [2]string{"git+https://github.com/acme/modules@refs/heads/main", signedOther})
		},
		"a run on the base that names the head": func(_ *actions, _ *Producers, s *saying) {
			s.claims.SourceDigest, s.from = signedOther, ours(signedHead)
		},
		"the certificate asked for the head": func(_ *actions, p *Producers, _ *saying) {
			p.Policy.Plan.Producers[0].Signers[0].SourceDigest = "commit"
		},
		"one of two signers": func(_ *actions, p *Producers, _ *saying) {
			p.Policy.Plan.Producers[0].Signers = append([]policy.Identity{{Issuer: sigstoretest.Issuer, Subject: "https://x.invalid/"}}, p.Policy.Plan.Producers[0].Signers...)
		},
		"without a plan file": func(_ *actions, p *Producers, s *saying) {
			p.Policy.Plan.Producers[0].PlanFile, s.subjects = "", s.subjects[:1]
		},
		"letter case": func(_ *actions, _ *Producers, s *saying) { s.claims.SourceRepository = "https://github.com/Acme/Infra" },
		"GitHub's merge": func(_ *actions, p *Producers, s *saying) {
			s.claims.SourceRef, s.claims.SourceDigest, s.from = "refs/pull/7/merge", signedMerge, ours(signedMerge)
			p.Signed.Merged = func(_ context.Context, id string) (bool, error) { return id == signedMerge, nil }
		},
		"a stranger's attestations before it": func(a *actions, _ *Producers, s *saying) {
			stranger := *s
			stranger.in = sigstoretest.New(t, a.runs[0].CreatedAt)
			a.attest(planDigest, json.RawMessage(`{}`), stranger.bundle(t))
		},
	} {
		a, p, s := signed(t)
		edit(a, p, s)
		a.attest(planDigest, s.bundle(t))
		got, why := believes(t, p)
		if got == nil || got.Believed != checks.BelievedForSignature || got.Signer != sigstoretest.Signer || got.Run != 100 ||
			got.ArtifactDigest != a.left[0].Digest || got.Artifact != "terraform-plan" || got.Producer != ".github/workflows/plan.yml" {
			t.Errorf("%s: %+v %s", name, got, why)
		}
	}
}

func edited(a *actions, p *Producers, path string) {
	a.runs[0].Event = "pull_request"
	p.Files = append(p.Files, checks.File{Path: checks.Path(path), Status: "modified"})
}

// TestPlanSignedWrongly: each differs from a good one in one thing.
func TestPlanSignedWrongly(t *testing.T) {
	t.Parallel()
	const ourURI = "git+https://github.com/acme/infra@refs/heads/agent/x"
	at := func(a *actions, d time.Duration) []sigstoretest.Option {
		on := a.runs[0].CreatedAt.Add(d)
		return []sigstoretest.Option{sigstoretest.IssuedAt(on), sigstoretest.LoggedAt(on.Add(time.Second))}
	}
	signer := func(p *Producers) *policy.Identity { return &p.Policy.Plan.Producers[0].Signers[0] }
	for name, c := range map[string]struct {
		edit func(*actions, *Producers, *saying)
		want string
	}{
		"another signer":      {func(_ *actions, _ *Producers, s *saying) { s.claims.Subject += "x" }, "signed by nobody the policy lists"},
		"another issuer":      {func(_ *actions, _ *Producers, s *saying) { s.claims.Issuer = "https://issuer.invalid" }, "signed by nobody"},
		"another runner":      {func(_ *actions, p *Producers, _ *saying) { signer(p).Runner = "self-hosted" }, "the runner"},
		"no signers":          {func(_ *actions, p *Producers, _ *saying) { p.Policy.Plan.Producers[0].Signers = nil }, "only pull_request counts"},
		"another commit":      {func(_ *actions, _ *Producers, s *saying) { s.from[0][1] = signedOther }, "made from commit"},
		"another one as well": {func(_ *actions, _ *Producers, s *saying) { s.from = append(s.from, [2]string{ourURI, signedOther}) }, "made from commit"},
		"of .git": {func(_ *actions, _ *Producers, s *saying) {
			s.from = append(s.from, [2]string{"git+https://github.com/acme/infra.git", signedOther})
		}, "made from commit"},
		"the certificate's":  {func(_ *actions, _ *Producers, s *saying) { s.from, s.claims.SourceDigest = nil, signedOther }, "made from commit"},
		"no commit anywhere": {func(_ *actions, _ *Producers, s *saying) { s.from, s.claims.SourceDigest = nil, "" }, "made from commit"},
		"the head of another one": {func(_ *actions, _ *Producers, s *saying) {
			s.from[0][0], s.claims.SourceDigest = "git+https://github.com/acme/other", signedOther
		}, "made from commit"},
		"not for the head": {func(_ *actions, p *Producers, s *saying) {
			signer(p).SourceDigest, s.claims.SourceDigest = "commit", signedOther
		}, "issued for commit"},
		"another repository":                 {func(_ *actions, _ *Producers, s *saying) { s.claims.SourceRepository = "https://github.com/eve/infra" }, "issued to a run in"},
		"a repository that was there before": {func(_ *actions, _ *Producers, s *saying) { s.claims.SourceID = "8" }, "issued to a run in"},
		"no repository":                      {func(_ *actions, _ *Producers, s *saying) { s.claims.SourceRepository = "" }, "issued to a run in"},
		"no number of it":                    {func(_ *actions, _ *Producers, s *saying) { s.claims.SourceID = "" }, "issued to a run in"},
		"by http":                            {func(_ *actions, _ *Producers, s *saying) { s.claims.SourceRepository = "http://github.com/acme/infra" }, "issued to a run in"},
		"a repository of no number": {func(a *actions, p *Producers, s *saying) {
			p.Pull.Repository.ID, a.runs[0].RepositoryID, s.claims.SourceID = 0, 0, "0"
		}, "in another repository"},
		"about another file":      {func(_ *actions, _ *Producers, s *saying) { s.subjects[0] = sha256Of("x") }, "it is about something else"},
		"not about the plan file": {func(_ *actions, _ *Producers, s *saying) { s.subjects = s.subjects[:1] }, "does not name the plan file"},
		"another plan file":       {func(_ *actions, _ *Producers, s *saying) { s.subjects[1] = sha256Of("x") }, "does not name the plan file"},
		"no provenance":           {func(_ *actions, _ *Producers, s *saying) { s.predicate = "https://slsa.dev/verification_summary/v1" }, "no SLSA provenance"},
		"an old statement":        {func(_ *actions, _ *Producers, s *saying) { s.statement = "https://in-toto.io/Statement/v0.1" }, "no SLSA provenance"},
		"another root": {func(a *actions, p *Producers, _ *saying) {
			p.Signed.Roots = []*trust.Root{sigstoretest.New(t, a.runs[0].CreatedAt).Root()}
		}, "of no authority"},
		"no root": {func(_ *actions, p *Producers, _ *saying) { p.Signed.Roots = nil }, "no trusted root"},
		"a root that is not there": {func(_ *actions, p *Producers, _ *saying) {
			p.Signed.Roots, p.Signed.Problems = nil, []string{"r.json was not found"}
		}, "r.json was not found"},
		"before the root began": {func(a *actions, _ *Producers, s *saying) { s.opts = at(a, -2*time.Hour) }, "of no authority that trusted root"},
		"not logged":            {func(_ *actions, _ *Producers, s *saying) { s.opts = []sigstoretest.Option{sigstoretest.WithoutLog()} }, "its signature does not hold"},
		"logged too late": {func(a *actions, _ *Producers, s *saying) {
			s.opts = []sigstoretest.Option{sigstoretest.LoggedAt(a.runs[0].CreatedAt.Add(time.Hour))}
		}, "its signature does not hold"},
		"before the run":  {func(a *actions, _ *Producers, s *saying) { s.opts = at(a, -time.Minute) }, "before run 100 began"},
		"no time of ours": {func(_ *actions, p *Producers, _ *saying) { p.Signed.At = time.Time{} }, "signers cannot be used"},

		"a merge that nobody asks after": {func(_ *actions, _ *Producers, s *saying) { merge(s, 7) }, "made from commit"},
		"a merge that is none":           {func(_ *actions, p *Producers, s *saying) { merge(s, 7); p.Signed.Merged = answer(false, nil) }, "made from commit"},
		"of another pull request":        {func(_ *actions, p *Producers, s *saying) { merge(s, 8); p.Signed.Merged = answer(true, nil) }, "made from commit"},
		"a merge on a branch": {func(_ *actions, p *Producers, s *saying) {
			merge(s, 7)
			s.claims.SourceRef = "refs/heads/refs/pull/7/merge"
			p.Signed.Merged = answer(true, nil)
		}, "made from commit"},
		"a merge the run was not for": {func(_ *actions, p *Producers, s *saying) {
			merge(s, 7)
			s.claims.SourceDigest = signedHead
			p.Signed.Merged = answer(true, nil)
		}, "made from commit"},

		"failed": {func(a *actions, _ *Producers, _ *saying) { a.runs[0].Conclusion = "failure" }, "it ended with failure"},
		"failed, by request": {func(a *actions, _ *Producers, _ *saying) {
			a.runs[0].Event, a.runs[0].Conclusion = "pull_request", "failure"
		}, "it ended with failure"},
		"going on":       {func(a *actions, _ *Producers, _ *saying) { a.runs[0].Status = "in_progress" }, "it is still going on"},
		"another head":   {func(a *actions, _ *Producers, _ *saying) { a.runs[0].HeadSHA = signedOther }, "it is of commit"},
		"in the fork":    {func(a *actions, _ *Producers, _ *saying) { a.runs[0].RepositoryID = 10 }, "ran in another repository"},
		"another branch": {func(a *actions, _ *Producers, _ *saying) { a.runs[0].HeadBranch = "y" }, "which proposes the same commit"},
		"expired":        {func(a *actions, _ *Producers, _ *saying) { a.left[0].Expired = true }, "has expired"},
		"two":            {func(a *actions, _ *Producers, _ *saying) { a.left = append(a.left, a.left[0]) }, "2 artifacts of this name"},
		"other bytes":    {func(a *actions, _ *Producers, _ *saying) { a.left[0].Digest = "sha256:00" }, "the digest differs"},
		"a newer run without it": {func(a *actions, _ *Producers, _ *saying) {
			a.runs = append(a.runs, a.runs[0])
			a.runs[1].ID, a.runs[1].CreatedAt, a.runs[1].Conclusion = 101, a.runs[0].CreatedAt.Add(time.Minute), "failure"
			a.left = append(a.left, a.left[0])
			a.left[1].RunID, a.left[1].ID = 101, 6
		}, "run 101"},
		"another plan": {func(a *actions, _ *Producers, _ *saying) {
			a.zips[5], a.left[0].Digest = packed(t, "plan.json", `{"x":2}`, "out/tfplan", "saved"), ""
		}, "nothing is attested of the plan (sha256:"},
		"GitHub fails": {func(a *actions, _ *Producers, _ *saying) { a.failing = "attestations" }, "Could not find out who attests the plan of run 100: it is broken"},
		"and then, of the merge": {func(_ *actions, p *Producers, s *saying) {
			merge(s, 7)
			p.Signed.Merged = answer(false, errors.New("it is broken"))
		}, "Could not find out who attests the plan of run 100: it is broken"},
		"too many": {func(a *actions, _ *Producers, _ *saying) { a.attest(planDigest, make([]json.RawMessage, maxTried)...) }, "more than 100"},
	} {
		a, p, s := signed(t)
		c.edit(a, p, s)
		a.attest(planDigest, s.bundle(t))
		if got, why := believes(t, p); got != nil || !strings.Contains(why, c.want) {
			t.Errorf("%s: %+v %s", name, got, why)
		}
	}
}

func merge(s *saying, n int) {
	s.claims.SourceRef, s.claims.SourceDigest = fmt.Sprintf("refs/pull/%d/merge", n), signedMerge
	s.from = [][2]string{{"git+https://github.com/acme/infra@refs/pull/7/merge", signedMerge}}
}

func answer(is bool, err error) func(context.Context, string) (bool, error) {
	return func(context.Context, string) (bool, error) { return is, err }
}

// TestUnsignedStatements: what is no bundle with a certificate vouches for nothing.
func TestUnsignedStatements(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(json.RawMessage) json.RawMessage{
		"nothing":      func(json.RawMessage) json.RawMessage { return nil },
		"an object":    func(json.RawMessage) json.RawMessage { return json.RawMessage(`{}`) },
		"the envelope": func(b json.RawMessage) json.RawMessage { return part(t, b, "dsseEnvelope") },
		"two bundles":  func(b json.RawMessage) json.RawMessage { return append(append(json.RawMessage{}, b...), b...) },
		"a list of them": func(b json.RawMessage) json.RawMessage {
			return json.RawMessage(`{"attestations":[{"bundle":` + string(b) + `},{"bundle":` + string(b) + `}]}`)
		},
	} {
		a, p, s := signed(t)
		a.attest(planDigest, edit(s.bundle(t)))
		if got, why := believes(t, p); got != nil || !strings.Contains(why, "no Sigstore bundle") {
			t.Errorf("%s: %+v %s", name, got, why)
		}
	}
	a, p, s := signed(t)
	a.attest(planDigest, s.in.SignBlob([]byte(`{"x":1}`), s.claims))
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "plan file") {
		t.Errorf("%+v %s", got, why)
	}
	p.Policy.Plan.Producers[0].PlanFile = ""
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "no signed statement") {
		t.Errorf("%+v %s", got, why)
	}
}

func part(t *testing.T, b json.RawMessage, name string) json.RawMessage {
	t.Helper()
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m[name]
}

// TestEveryByteOfTheSignatureCounts: the bundle with any part of its signature, its
// statement or its certificate altered vouches for nothing.
func TestEveryByteOfTheSignatureCounts(t *testing.T) {
	t.Parallel()
	a, p, s := signed(t)
	bundle := s.bundle(t)
	for _, key := range []string{`"payload":"`, `"sig":"`, `"rawBytes":"`} {
		at := strings.Index(string(bundle), key)
		if at < 0 {
			t.Fatalf("no %s in %s", key, bundle)
		}
		for _, n := range []int{12, 40, 90} {
			b := append(json.RawMessage{}, bundle...)
			if c := &b[at+len(key)+n]; *c == 'A' {
				*c = 'B'
			} else {
				*c = 'A'
			}
			a.attested = nil
			a.attest(planDigest, b)
			if got, why := believes(t, p); got != nil || why == "" {
				t.Errorf("%s, byte %d: %+v", key, n, got)
			}
		}
	}
	a.attested = nil
	a.attest(planDigest, bundle)
	if got, why := believes(t, p); got == nil {
		t.Error(why)
	}
}

// TestBelievedRunNeedsNoSignature, and nobody is asked for one.
func TestBelievedRunNeedsNoSignature(t *testing.T) {
	t.Parallel()
	a, p, _ := signed(t)
	a.runs[0].Event = "pull_request"
	got, why := believes(t, p)
	if got == nil || got.Believed != checks.BelievedForWorkflow || got.Signer != "" || got.ArtifactDigest != a.left[0].Digest {
		t.Errorf("%+v %s", got, why)
	}
	for _, call := range a.calls {
		if strings.HasPrefix(call, "attestations") {
			t.Error(call)
		}
	}
}

var _ ArtifactClient = (*ghapi.Client)(nil)
