package attestation_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// about is what a statement of our predicate says when it is verified.
func about(t testing.TB, c attestation.Commit) *attestation.Verified {
	t.Helper()
	st := new(attestation.Statement)
	if err := json.Unmarshal(agentStatement(t, c), st); err != nil {
		t.Fatal(err)
	}
	a := new(attestation.AgentCommit)
	if err := json.Unmarshal(st.Predicate, a); err != nil {
		t.Fatal(err)
	}
	return &attestation.Verified{Kind: attestation.KindAgentCommit, Proof: attestation.ProofKey, Agent: "claw", Statement: st, AgentCommit: a}
}

// of is a verified statement of another predicate.
func of(kind attestation.Kind, subjects ...attestation.Subject) *attestation.Verified {
	return &attestation.Verified{Kind: kind, Proof: attestation.ProofKey, Attestor: "forge", Statement: &attestation.Statement{Subject: subjects}}
}

type digestSet = map[string]string

func TestBindOurs(t *testing.T) {
	t.Parallel()
	c := theCommit()
	other := strings.Repeat("0", 40)
	subject := func(v *attestation.Verified) *attestation.Subject { return &v.Statement.Subject[0] }
	for name, tc := range map[string]struct {
		verified func(*attestation.Verified)
		commit   func(*attestation.Commit)
		want     error
	}{
		"good": {},
		// The law is bound to the bytes: what an agent says of one commit is said of no other.
		"amended":                 {commit: func(c *attestation.Commit) { c.ID = other }, want: attestation.ErrOther},
		"another tree":            {commit: func(c *attestation.Commit) { c.Tree = other }, want: attestation.ErrMismatch},
		"a collision of ids":      {commit: func(c *attestation.Commit) { c.SHA256 = strings.Repeat("0", 64) }, want: attestation.ErrMismatch},
		"another parent":          {commit: func(c *attestation.Commit) { c.Parents = []string{other, c.Parents[1]} }, want: attestation.ErrMismatch},
		"parents turned around":   {commit: func(c *attestation.Commit) { slices.Reverse(c.Parents) }, want: attestation.ErrMismatch},
		"a parent less":           {commit: func(c *attestation.Commit) { c.Parents = c.Parents[:1] }, want: attestation.ErrMismatch},
		"another change":          {commit: func(c *attestation.Commit) { c.RawDiff = "sha256:" + strings.Repeat("0", 64) }, want: attestation.ErrMismatch},
		"a change not looked at":  {commit: func(c *attestation.Commit) { c.RawDiff = "" }},
		"a fork":                  {commit: func(c *attestation.Commit) { c.Repository = "evil/widgets" }, want: attestation.ErrOther},
		"another repository":      {commit: func(c *attestation.Commit) { c.Repository = "acme/widgets2" }, want: attestation.ErrOther},
		"repository, other case":  {commit: func(c *attestation.Commit) { c.Repository = "Acme/Widgets" }},
		"repository, Kelvin sign": {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/\u212a@" + c.ID }, commit: func(c *attestation.Commit) { c.Repository = "acme/k" }, want: attestation.ErrOther},
		"repository not known":    {commit: func(c *attestation.Commit) { c.Repository = "" }, want: attestation.ErrOther},
		"nothing known":           {commit: func(c *attestation.Commit) { *c = attestation.Commit{} }, want: attestation.ErrMismatch},
		"no tree known":           {commit: func(c *attestation.Commit) { c.Tree = "" }, want: attestation.ErrMismatch},

		"no tree said": {verified: func(v *attestation.Verified) { delete(subject(v).Digest, "gitTree") }, want: attestation.ErrMismatch},
		"sha256 alone": {verified: func(v *attestation.Verified) { subject(v).Digest = digestSet{"sha256": c.SHA256} }},
		"sha256 alone, of other bytes": {verified: func(v *attestation.Verified) {
			subject(v).Digest = digestSet{"sha256": strings.Repeat("0", 64)}
		}, want: attestation.ErrMismatch},
		"sha256 alone, another commit's name": {verified: func(v *attestation.Verified) {
			subject(v).Digest, subject(v).Name = digestSet{"sha256": c.SHA256}, "git+https://github.com/acme/widgets@"+other
		}, want: attestation.ErrOther},
		"sha256 alone, a file's name": {verified: func(v *attestation.Verified) {
			subject(v).Digest, subject(v).Name = digestSet{"sha256": c.SHA256}, "commit"
		}, want: attestation.ErrOther},
		"of a fork, and wrong": {verified: func(v *attestation.Verified) {
			subject(v).Name, subject(v).Digest["gitTree"] = "git+https://github.com/mallory/widgets@"+c.ID, other
		}, want: attestation.ErrOther},
		"of another server, and wrong": {verified: func(v *attestation.Verified) {
			subject(v).Name, subject(v).Digest["sha256"] = "git+https://gitlab.com/acme/widgets@"+c.ID, strings.Repeat("0", 64)
		}, want: attestation.ErrOther},
		"sha512 alone":   {verified: func(v *attestation.Verified) { subject(v).Digest = digestSet{"sha512": strings.Repeat("0", 128)} }, want: attestation.ErrOther},
		"no sha256 said": {verified: func(v *attestation.Verified) { delete(subject(v).Digest, "sha256") }, want: attestation.ErrMismatch},
		"no commit said": {verified: func(v *attestation.Verified) { delete(subject(v).Digest, "gitCommit") }, want: attestation.ErrOther},
		"sha1 for gitCommit": {verified: func(v *attestation.Verified) {
			delete(subject(v).Digest, "gitCommit")
			subject(v).Digest["sha1"] = c.ID
		}, want: attestation.ErrOther},
		"sha1 beside":           {verified: func(v *attestation.Verified) { subject(v).Digest["sha1"] = c.ID }, want: attestation.ErrMismatch},
		"a digest not known":    {verified: func(v *attestation.Verified) { subject(v).Digest["sha512"] = strings.Repeat("0", 128) }, want: attestation.ErrMismatch},
		"a short id":            {verified: func(v *attestation.Verified) { subject(v).Digest["gitCommit"] = c.ID[:12] }, want: attestation.ErrOther},
		"upper case":            {verified: func(v *attestation.Verified) { subject(v).Digest["gitCommit"] = strings.ToUpper(c.ID) }, want: attestation.ErrOther},
		"no name":               {verified: func(v *attestation.Verified) { subject(v).Name = "" }, want: attestation.ErrMismatch},
		"a bare name":           {verified: func(v *attestation.Verified) { subject(v).Name = "acme/widgets" }, want: attestation.ErrMismatch},
		"a name without commit": {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/widgets" }, want: attestation.ErrMismatch},
		"a name, other commit":  {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/widgets@" + other }, want: attestation.ErrMismatch},
		"a name with a path":    {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/widgets/x@" + c.ID }, want: attestation.ErrMismatch},
		"a name with .git":      {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/widgets.git@" + c.ID }},
		"a name with a query":   {verified: func(v *attestation.Verified) { subject(v).Name = "git+https://github.com/acme/widgets?x@" + c.ID }, want: attestation.ErrMismatch},
		"a name by http":        {verified: func(v *attestation.Verified) { subject(v).Name = "git+http://github.com/acme/widgets@" + c.ID }, want: attestation.ErrMismatch},
		"named elsewhere":       {verified: func(v *attestation.Verified) { v.Repository = "evil/widgets" }, want: attestation.ErrMismatch},

		"digests of two subjects": {verified: func(v *attestation.Verified) {
			// One subject has the commit, another one the tree and the rest.
			s := *subject(v)
			subject(v).Digest = digestSet{"gitCommit": c.ID}
			s.Digest = digestSet{"gitCommit": other, "gitTree": c.Tree, "sha256": c.SHA256}
			v.Statement.Subject = append(v.Statement.Subject, s)
		}, want: attestation.ErrMismatch},
		"the commit twice": {verified: func(v *attestation.Verified) { v.Statement.Subject = append(v.Statement.Subject, *subject(v)) }, want: attestation.ErrMismatch},
		"several commits": {verified: func(v *attestation.Verified) {
			v.Statement.Subject = append(v.Statement.Subject, attestation.Subject{Digest: digestSet{"gitCommit": other}})
		}},
		"parents not said":          {verified: func(v *attestation.Verified) { v.AgentCommit.Parents = nil }},
		"said to have no parents":   {verified: func(v *attestation.Verified) { v.AgentCommit.Parents = []attestation.GitCommit{} }, want: attestation.ErrMismatch},
		"a parent by other digests": {verified: func(v *attestation.Verified) { v.AgentCommit.Parents[0].Digest["sha256"] = "0" }, want: attestation.ErrMismatch},
		"change not said":           {verified: func(v *attestation.Verified) { v.AgentCommit.Change = nil }},
		"a change from elsewhere":   {verified: func(v *attestation.Verified) { v.AgentCommit.Change.Base = digestSet{"gitCommit": c.Parents[1]} }, want: attestation.ErrMismatch},
		"a change from nothing":     {verified: func(v *attestation.Verified) { v.AgentCommit.Change.Base = nil }, want: attestation.ErrMismatch},
		"a certificate for another": {verified: func(v *attestation.Verified) { v.SourceIsHead, v.Source = true, other }, want: attestation.ErrMismatch},
		"a certificate for none":    {verified: func(v *attestation.Verified) { v.SourceIsHead = true }, want: attestation.ErrMismatch},
		"a certificate for it":      {verified: func(v *attestation.Verified) { v.SourceIsHead, v.Source = true, c.ID }},
		"not proved":                {verified: func(v *attestation.Verified) { v.Proof = attestation.ProofNone }, want: attestation.ErrOther},
		"zero":                      {verified: func(v *attestation.Verified) { *v = attestation.Verified{} }, want: attestation.ErrOther},
		"proved, and nothing else":  {verified: func(v *attestation.Verified) { *v = attestation.Verified{Proof: attestation.ProofKeyless} }, want: attestation.ErrOther},
	} {
		v, commit := about(t, c), theCommit()
		if tc.verified != nil {
			tc.verified(v)
		}
		if tc.commit != nil {
			tc.commit(&commit)
		}
		if err := attestation.Bind(v, commit); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A first commit.
	c.Parents = nil
	v := about(t, c)
	if err := attestation.Bind(v, c); err != nil {
		t.Errorf("a first commit: %v", err)
	}
	c.Parents = []string{other}
	if err := attestation.Bind(v, c); !errors.Is(err, attestation.ErrMismatch) {
		t.Errorf("a first commit that is none: %v", err)
	}
}

func TestBindForeign(t *testing.T) {
	t.Parallel()
	c := theCommit()
	other := strings.Repeat("0", 40)
	sub := func(d digestSet) attestation.Subject { return attestation.Subject{Digest: d} }
	named := func(v *attestation.Verified, repository string) *attestation.Verified {
		v.Repository = repository
		return v
	}
	blob := func(digest string) *attestation.Verified {
		return &attestation.Verified{Kind: attestation.KindOther, Proof: attestation.ProofKeyless, Agent: "claw", Blob: digest}
	}
	claw := func(repository string, ids ...string) *attestation.Verified {
		return &attestation.Verified{Kind: attestation.KindClawCommit, Proof: attestation.ProofKey, Agent: "claw", Commits: ids, Repository: repository}
	}
	lines := func(hint string, ids ...string) *attestation.Verified {
		return &attestation.Verified{Kind: attestation.KindLines, Item: attestation.Item{Hint: hint}, Commits: ids}
	}
	for name, tc := range map[string]struct {
		v    *attestation.Verified
		want error
	}{
		"vsa":                    {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID})), "acme/widgets"), nil},
		"vsa, the second":        {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": other}), sub(digestSet{"gitCommit": c.ID})), "acme/widgets"), nil},
		"vsa of a fork":          {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID})), "evil/widgets"), attestation.ErrOther},
		"vsa of nowhere":         {of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID})), attestation.ErrOther},
		"source of nowhere":      {of(attestation.KindSource, sub(digestSet{"gitCommit": c.ID})), attestation.ErrOther},
		"provenance of nowhere":  {of(attestation.KindSLSA, sub(digestSet{"gitCommit": c.ID})), attestation.ErrOther},
		"vsa, wrong tree":        {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID, "gitTree": other})), "acme/widgets"), attestation.ErrMismatch},
		"vsa, wrong sha256":      {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID, "sha256": other})), "acme/widgets"), attestation.ErrMismatch},
		"vsa, a digest more":     {named(of(attestation.KindVSA, sub(digestSet{"gitCommit": c.ID, "sha512": other})), "acme/widgets"), nil},
		"vsa of a tree":          {named(of(attestation.KindVSA, sub(digestSet{"gitTree": c.Tree})), "acme/widgets"), attestation.ErrOther},
		"gitsign":                {of(attestation.KindOther, sub(digestSet{"sha1": c.ID})), nil},
		"gitsign, contradictory": {of(attestation.KindOther, sub(digestSet{"sha1": c.ID, "gitCommit": other})), attestation.ErrMismatch},
		"another, wrong name":    {of(attestation.KindOther, attestation.Subject{URI: "git+https://github.com/evil/widgets", Digest: digestSet{"gitCommit": c.ID}}), attestation.ErrOther},
		"another, wrong commit":  {of(attestation.KindOther, attestation.Subject{Name: "git+https://github.com/acme/widgets@" + other, Digest: digestSet{"gitCommit": c.ID}}), attestation.ErrMismatch},
		"sha256 alone":           {of(attestation.KindOther, sub(digestSet{"sha256": c.SHA256})), attestation.ErrOther},
		"no subjects":            {of(attestation.KindOther), attestation.ErrOther},
		"an empty id":            {of(attestation.KindOther, sub(digestSet{"gitCommit": ""})), attestation.ErrOther},
		"approval of a tree":     {of(attestation.KindApproval, sub(digestSet{"gitTree": c.Tree})), nil},
		"approval of a commit":   {of(attestation.KindApproval, sub(digestSet{"gitCommit": c.ID})), nil},
		"approval of another":    {of(attestation.KindApproval, sub(digestSet{"gitTree": other})), attestation.ErrOther},
		"approval, both, wrong":  {of(attestation.KindApproval, sub(digestSet{"gitCommit": other, "gitTree": c.Tree})), attestation.ErrOther},
		"blob":                   {blob("sha256:" + c.SHA256), nil},
		"another blob":           {blob("sha256:" + strings.Repeat("0", 64)), attestation.ErrOther},
		"a blob by sha512":       {blob("sha512:" + strings.Repeat("0", 128)), attestation.ErrOther},
		"claw":                   {claw("", c.ID), nil},
		"claw, here":             {claw("acme/widgets", other, c.ID), nil},
		"claw, elsewhere":        {claw("evil/widgets", c.ID), attestation.ErrOther},
		"claw, another":          {claw("", other), attestation.ErrOther},
		"claw, short":            {claw("", c.ID[:12]), attestation.ErrOther},
		"claw bundle":            {&attestation.Verified{Kind: attestation.KindClawBundle, Proof: attestation.ProofKey, Commits: []string{c.ID}}, attestation.ErrOther},
		"lines":                  {lines(c.ID), nil},
		"lines, elsewhere":       {lines(other), attestation.ErrOther},
		"lines, by revision":     {lines("", c.ID), nil},
		"lines, other revision":  {lines(c.ID, other), attestation.ErrOther},
	} {
		if err := attestation.Bind(tc.v, c); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		n := len(tc.v.Notes)
		if _ = attestation.Bind(tc.v, c); len(tc.v.Notes) != n {
			t.Errorf("%s: the same notes twice: %q", name, tc.v.Notes)
		}
	}
	// In a repository of SHA-256 ids a foreign sha256 may mean the id.
	long := c
	long.ID, long.Tree = strings.Repeat("c0", 32), strings.Repeat("7e", 32)
	for digest, want := range map[string]error{long.ID: nil, long.SHA256: nil, strings.Repeat("0", 64): attestation.ErrMismatch} {
		if err := attestation.Bind(of(attestation.KindOther, sub(digestSet{"gitCommit": long.ID, "sha256": digest})), long); !errors.Is(err, want) {
			t.Errorf("sha256 %s: %v", digest, err)
		}
	}
}

// note is one line of fixtures/sigstore/source-notes.
type sourceNote struct {
	Commit string          `json:"commit"`
	Bundle json.RawMessage `json:"bundle"`
}

func sourceNotes(t testing.TB) []sourceNote {
	t.Helper()
	b, err := os.ReadFile("../../fixtures/sigstore/source-notes/bundles.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var notes []sourceNote
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var n sourceNote
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			t.Fatal(err)
		}
		notes = append(notes, n)
	}
	if len(notes) == 0 {
		t.Fatal("no notes")
	}
	return notes
}

// TestSourceNotes: real attestations of real commits, by the public instance.
func TestSourceNotes(t *testing.T) {
	t.Parallel()
	public, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	verified, kinds := 0, map[attestation.Kind]int{}
	for _, n := range sourceNotes(t) {
		it := fileItem(t, n.Bundle)
		if got := it.Subjects(); !slices.Contains(got, n.Commit) {
			t.Errorf("%s: subjects %q", n.Commit, got)
		}
		// First nobody is listed: each is a stranger's, and says whose.
		got, err := verifier(t, &policy.Policy{}, public).Verify(it)
		if !errors.Is(err, attestation.ErrUntrusted) || got.Signer == "" {
			t.Errorf("%s: %v", n.Commit, err)
			continue
		}
		id := policy.Identity{Issuer: githubIssuer, Subject: got.Signer, Runner: "github-hosted"}
		got, err = verifier(t, attestors(policy.Attestor{ID: "forge", Identities: []policy.Identity{id}}), public).Verify(it)
		if err != nil {
			t.Errorf("%s: %v", n.Commit, err)
			continue
		}
		kinds[got.Kind]++
		c := theCommit()
		c.ID, c.Repository = n.Commit, got.Repository
		if err := attestation.Bind(&got, c); err != nil {
			t.Errorf("%s: %v", n.Commit, err)
		}
		c.Repository = "evil/fork"
		if err := attestation.Bind(&got, c); !errors.Is(err, attestation.ErrOther) {
			t.Errorf("%s in a fork: %v", n.Commit, err)
		}
		if got.Source != n.Commit || got.SignedAt.IsZero() || got.Agent != "" {
			t.Errorf("%s: %+v", n.Commit, got)
		}
		verified++
	}
	t.Log(verified, kinds)
	if verified < 15 {
		t.Errorf("%d are verified", verified)
	}
}
