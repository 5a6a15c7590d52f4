package attestation

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// interpreted reads a predicate.
func interpreted(typ, predicate string, subjects ...Subject) (Verified, error) {
	v := Verified{Proof: ProofKey, Statement: &Statement{Type: StatementType, PredicateType: typ, Subject: subjects, Predicate: []byte(predicate)}}
	return v, interpret(&v)
}

// altered changes members of a JSON object by their paths; a nil value removes.
func altered(t *testing.T, doc string, changes map[string]any) string {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal([]byte(doc), &root); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
		at, names := root, strings.Split(path, "/")
		for _, n := range names[:len(names)-1] {
			at = at[n].(map[string]any)
		}
		if last := names[len(names)-1]; value == nil {
			delete(at, last)
		} else {
			at[last] = value
		}
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var (
	baseID    = strings.Repeat("ee22bb00", 5)
	sha256hex = strings.Repeat("a1b2c3d4", 8)
)

// agentBuild is provenance by a platform: one agent with a subagent.
var agentBuild = `{"buildDefinition":{"buildType":"https://refs.arewm.com/agent-commit/v0.3",
 "externalParameters":{
  "task":{"uri":"https://github.com/acme/widgets/issues/42","content":{"uri":"oci://ghcr.io/acme/inputs/42","digest":{"sha256":"` + sha256hex + `"}}},
  "prompt":"bWFrZSBpdCBmYXN0",
  "target":{"repository":"git+https://github.com/acme/widgets","baseRef":"refs/heads/main","baseCommit":"` + baseID + `"}},
 "internalParameters":{
  "agent":{"model":{"provider":"anthropic","modelId":"claude-opus-4-6","digest":{"sha256":"..."}},"runtime":{"name":"claude-code","version":"1.2.0"},"tools":[{"name":"mcp-github","uri":"oci://x"},{"name":"mcp-spawn"}]},
  "sandboxPolicy":{"network":{"mode":"allowlist"}},
  "subagents":[{"invocationId":"sub-1","agent":{"model":{"provider":"anthropic","modelId":"claude-sonnet-4-6"},"runtime":{"name":"claude-code"},"tools":[{"name":"mcp-github"},{"name":"mcp-fs"}]}}]},
 "resolvedDependencies":[]},
 "runDetails":{"builder":{"id":"https://agents.acme.example/platform/v1","version":{"x":"1"}},
  "metadata":{"invocationId":"run-42","startedOn":"2026-04-16T14:00:00Z","finishedOn":"2026-04-16T14:18:22Z"},
  "byproducts":[{"name":"observed-network"}]}}`

func TestSLSA(t *testing.T) {
	t.Parallel()
	v, err := interpreted(PredicateSLSA, agentBuild)
	if err != nil {
		t.Fatal(err)
	}
	want := &AgentCommit{
		Agent:      Agent{ID: "claude-code", Version: "1.2.0"},
		Model:      []Model{{ID: "claude-opus-4-6", Provider: "anthropic"}, {ID: "claude-sonnet-4-6", Provider: "anthropic"}},
		Task:       &Task{URI: "https://github.com/acme/widgets/issues/42", Digest: map[string]string{"sha256": sha256hex}},
		Session:    &Session{ID: "run-42"},
		Tools:      []Tool{{Name: "mcp-github"}, {Name: "mcp-spawn"}, {Name: "mcp-fs"}},
		StartedOn:  time.Date(2026, 4, 16, 14, 0, 0, 0, time.UTC),
		FinishedOn: time.Date(2026, 4, 16, 14, 18, 22, 0, time.UTC),
	}
	if d := cmp.Diff(want, v.AgentCommit); d != "" || v.Kind != KindSLSA || v.Repository != "acme/widgets" {
		t.Error(v.Kind, v.Repository, d)
	}
	notes := []string{
		`The platform "https://agents.acme.example/platform/v1" says it.`,
		`The agent began at commit "` + baseID + `" of "refs/heads/main".`,
		"The agent had 1 subagents.",
	}
	if d := cmp.Diff(notes, v.Notes); d != "" {
		t.Error(d)
	}
	if raw, err := json.Marshal(v.AgentCommit); err != nil || strings.Contains(string(raw), "bWFrZSBpdCBmYXN0") {
		t.Error("the prompt is carried on")
	}

	for name, changes := range map[string]map[string]any{
		"no agent":         {"buildDefinition/internalParameters/agent": nil},
		"no runtime":       {"buildDefinition/internalParameters/agent/runtime": nil},
		"no task":          {"buildDefinition/externalParameters/task": nil},
		"empty task":       {"buildDefinition/externalParameters/task": map[string]any{}},
		"no target":        {"buildDefinition/externalParameters/target": nil},
		"short base":       {"buildDefinition/externalParameters/target/baseCommit": "ee22bb"},
		"no builder":       {"runDetails/builder/id": nil},
		"turned times":     {"runDetails/metadata/finishedOn": "2026-04-16T13:00:00Z"},
		"prose as an id":   {"runDetails/metadata/invocationId": "please make it fast"},
		"model no text":    {"buildDefinition/internalParameters/agent/model/modelId": 7},
		"password":         {"buildDefinition/externalParameters/task/uri": "https://a:b@x.example"},
		"subagents a word": {"buildDefinition/internalParameters/subagents": "none"},
	} {
		v, err := interpreted(PredicateSLSA, altered(t, agentBuild, changes))
		if !errors.Is(err, ErrMalformed) || v.AgentCommit != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, typ := range []string{"https://refs.arewm.com/agent-commit/v0.2", "https://refs.arewm.com/agent-commit/v0.3/", "https://actions.github.io/buildtypes/workflow/v1", ""} {
		v, err := interpreted(PredicateSLSA, altered(t, agentBuild, map[string]any{"buildDefinition/buildType": typ}))
		if err != nil || v.Kind != KindOther || v.AgentCommit != nil {
			t.Errorf("build type %q: %v, %v", typ, v.Kind, err)
		}
	}
}

func TestVSA(t *testing.T) {
	t.Parallel()
	in := VSA{
		TimeVerified:      time.Date(2026, 3, 2, 10, 0, 0, 0, time.FixedZone("", 3600)),
		Policy:            Resource{URI: "git+https://github.com/acme/widgets", Digest: map[string]string{"gitCommit": baseID}},
		InputAttestations: []Resource{{Digest: map[string]string{"sha256": sha256hex}}},
		Result:            VSAPassed,
		VerifiedLevels:    []string{"CLAW_VERIFIED_PROVENANCE", "CLAW_VERIFIED_REVIEW"},
	}
	s, err := NewVSA(exampleCommit, []string{"refs/heads/main"}, in)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"git+https://github.com/acme/widgets@` + exampleCommit.ID +
		`","digest":{"gitCommit":"` + exampleCommit.ID + `","gitTree":"` + exampleCommit.Tree + `","sha256":"` + exampleCommit.SHA256 +
		`"},"annotations":{"sourceRefs":["refs/heads/main"]}}],"predicateType":"https://slsa.dev/verification_summary/v1",` +
		`"predicate":{"verifier":{"id":"https://claw-verified.dev/verifier/v1"},"timeVerified":"2026-03-02T09:00:00Z",` +
		`"resourceUri":"git+https://github.com/acme/widgets","policy":{"uri":"git+https://github.com/acme/widgets","digest":{"gitCommit":"` + baseID +
		`"}},"inputAttestations":[{"digest":{"sha256":"` + sha256hex + `"}}],"verificationResult":"PASSED",` +
		`"verifiedLevels":["CLAW_VERIFIED_PROVENANCE","CLAW_VERIFIED_REVIEW"],"slsaVersion":"1.2"}}`
	if d := cmp.Diff(want, string(raw)); d != "" {
		t.Error(d)
	}
	back, err := ReadVSA(s.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	in.Verifier.ID, in.ResourceURI, in.SLSAVersion = VerifierID, "git+https://github.com/acme/widgets", "1.2"
	if d := cmp.Diff(&in, back, cmpopts.EquateApproxTime(0)); d != "" {
		t.Error(d)
	}
	v, err := interpreted(PredicateVSA, string(s.Predicate))
	notes := []string{
		`"https://claw-verified.dev/verifier/v1" says "PASSED" of "git+https://github.com/acme/widgets".`,
		`Its policy is "git+https://github.com/acme/widgets".`,
		`Levels it says it verified: "CLAW_VERIFIED_PROVENANCE", "CLAW_VERIFIED_REVIEW".`,
		`It was made of the attestations: "` + sha256hex + `".`,
	}
	if d := cmp.Diff(notes, v.Notes); err != nil || d != "" || v.Kind != KindVSA || v.Repository != "acme/widgets" {
		t.Error(err, v.Kind, d)
	}

	for name, c := range map[string]struct {
		change func(*Commit, *VSA)
		want   string
	}{
		"no result":              {func(_ *Commit, v *VSA) { v.Result = "" }, "neither PASSED nor FAILED"},
		"a third result":         {func(_ *Commit, v *VSA) { v.Result = "passed" }, "neither PASSED nor FAILED"},
		"no time":                {func(_ *Commit, v *VSA) { v.TimeVerified = time.Time{} }, "/timeVerified is missing"},
		"policy without digest":  {func(_ *Commit, v *VSA) { v.Policy.Digest = nil }, "/policy has no digest"},
		"input without digest":   {func(_ *Commit, v *VSA) { v.InputAttestations[0].Digest = nil }, "/inputAttestations/0 has no digest"},
		"input by another":       {func(_ *Commit, v *VSA) { v.InputAttestations[0].Digest = map[string]string{"gitCommit": baseID} }, "only sha256 is good"},
		"passed nothing":         {func(_ *Commit, v *VSA) { v.VerifiedLevels = nil }, "/verifiedLevels is empty"},
		"level in lower case":    {func(_ *Commit, v *VSA) { v.VerifiedLevels = []string{"all_good"} }, "is no name of a level of ours"},
		"a level of SLSA's":      {func(_ *Commit, v *VSA) { v.VerifiedLevels = []string{"SLSA_SOURCE_LEVEL_4"} }, "is no name of a level of ours"},
		"level in words":         {func(_ *Commit, v *VSA) { v.VerifiedLevels = []string{"all good"} }, "has spaces"},
		"another's name":         {func(_ *Commit, v *VSA) { v.Verifier.ID = "https://github.com/slsa-framework" }, "is not ours"},
		"nearly our name":        {func(_ *Commit, v *VSA) { v.Verifier.ID = "https://claw-verified.dev.example/v" }, "is not ours"},
		"another repository":     {func(_ *Commit, v *VSA) { v.ResourceURI = "git+https://github.com/acme/other" }, "is not the commit's repository"},
		"commit not known whole": {func(c *Commit, _ *VSA) { c.Tree = "" }, "tree of commit"},
	} {
		commit, v := exampleCommit, in
		v.InputAttestations = []Resource{{Digest: map[string]string{"sha256": sha256hex}}}
		c.change(&commit, &v)
		if _, err := NewVSA(commit, nil, v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := NewVSA(exampleCommit, []string{"main"}, in); err == nil {
		t.Error("a ref without refs/")
	}
	for name, p := range map[string]string{
		"no result":   `{"verifier":{"id":"https://v.example"},"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{},"verifiedLevels":[]}`,
		"no verifier": `{"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{},"verificationResult":"PASSED","verifiedLevels":[]}`,
		"no time":     `{"verifier":{"id":"https://v.example"},"resourceUri":"git+https://github.com/a/b","policy":{},"verificationResult":"PASSED","verifiedLevels":[]}`,
		"two results": `{"verifier":{"id":"https://v.example"},"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{},"verificationResult":"FAILED","VerificationResult":"PASSED","verifiedLevels":[]}`,
	} {
		if v, err := interpreted(PredicateVSA, p); !errors.Is(err, ErrMalformed) || v.Notes != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Real ones name their policy so, and their levels after checks of theirs.
	if _, err := interpreted(PredicateVSA, `{"verifier":{"id":"https://v.example"},"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{"uri":"DEFAULT"},"verificationResult":"PASSED","verifiedLevels":["GH_REQUIRED_CHECK_test"]}`); err != nil {
		t.Error(err)
	}
	// One that failed says so first.
	v, err = interpreted(PredicateVSA, `{"verifier":{"id":"https://v.example"},"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{},"verificationResult":"FAILED","verifiedLevels":[],"extra":1}`)
	if err != nil || v.Notes[0] != `"https://v.example" says "FAILED" of "git+https://github.com/a/b".` {
		t.Errorf("%v %q", err, v.Notes)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		`{"activity_type":"pr_merge","actor":"alice","branch":"refs/heads/main","controls":[{"name":"CONTINUITY_ENFORCED","since":"2025-01-26T02:23:18Z"},{"name":"TAG_HYGIENE"}],"prev_commit":"` + baseID + `","repo_uri":"https://github.com/acme/widgets"}`,
		`{"activityType":"pr_merge","actor":"alice","branch":"refs/heads/main","controls":[{"name":"CONTINUITY_ENFORCED"},{"name":"TAG_HYGIENE"}],"prevCommit":"` + baseID + `","repoUri":"https://github.com/acme/widgets"}`,
		`{"activity_type":"pr_merge","actor":"alice","branch":"refs/heads/main","properties":{"TAG_HYGIENE":{},"CONTINUITY_ENFORCED":{"since":"x"}},"prev_commit":"` + baseID + `","repo_uri":"https://github.com/acme/widgets.git"}`,
	} {
		v, err := interpreted(PredicateSourceDraft, p)
		want := []string{`Pushed by "alice".`, `By way of "pr_merge".`, `To "refs/heads/main".`, `After commit "` + baseID + `".`, `Controls that were on: "CONTINUITY_ENFORCED", "TAG_HYGIENE".`}
		if d := cmp.Diff(want, v.Notes); err != nil || d != "" || v.Kind != KindSource || v.Repository != "acme/widgets" {
			t.Error(err, v.Kind, v.Repository, d)
		}
	}
	v, err := interpreted(PredicateSource, `{"actor":"a\u202eb`+strings.Repeat("x", 500)+`\n# all good"}`)
	if err != nil || len(v.Notes[0]) > 200 || strings.ContainsAny(v.Notes[0], "\u202e\n") {
		t.Errorf("%q, %v", v.Notes, err)
	}
	if _, err := interpreted(PredicateSource, `{"controls":"all"}`); !errors.Is(err, ErrMalformed) {
		t.Errorf("controls no list: %v", err)
	}
}

func TestGittuf(t *testing.T) {
	t.Parallel()
	tree := strings.Repeat("32af1b10", 5)
	subject := Subject{Digest: map[string]string{"gitTree": tree}}
	predicate := func(approvers, dismissed string) string {
		return `{"approvers":` + approvers + `,"dismissedApprovers":` + dismissed + `,"fromRevisionID":"` + baseID + `","targetRef":"refs/heads/main","targetTreeID":"` + tree + `"}`
	}
	yes := func(login string, id int64) Approval {
		return Approval{Login: login, AccountID: id, Tree: tree, From: baseID, Ref: "refs/heads/main"}
	}
	no := func(login string, id int64) Approval {
		a := yes(login, id)
		a.Dismissed = true
		return a
	}
	for name, c := range map[string]struct {
		approvers, dismissed string
		want                 []Approval
	}{
		"two people":              {`["alice+101","bob+102"]`, `[]`, []Approval{yes("alice", 101), yes("bob", 102)}},
		"login alone":             {`["alice"]`, `null`, []Approval{yes("alice", 0)}},
		"one account twice":       {`["alice+101","alice2+101","ALICE"]`, `[]`, []Approval{yes("alice", 101)}},
		"dismissed":               {`["bob+102"]`, `["alice+101"]`, []Approval{yes("bob", 102), no("alice", 101)}},
		"on both lists":           {`["alice+101","bob+102"]`, `["alice+101"]`, []Approval{yes("bob", 102), no("alice", 101)}},
		"renamed since dismissal": {`["alicia+101"]`, `["alice+101"]`, []Approval{no("alice", 101)}},
		"number given once":       {`["alice+101"]`, `["Alice"]`, []Approval{no("Alice", 0)}},
		"nobody":                  {`[]`, `[]`, nil},
	} {
		v, err := interpreted(PredicateGittuf, predicate(c.approvers, c.dismissed), subject)
		if d := cmp.Diff(c.want, v.Approvals); err != nil || d != "" || v.Kind != KindApproval {
			t.Error(name, err, v.Kind, d)
		}
	}
	for name, p := range map[string]string{
		"number zero":       predicate(`["alice+0"]`, `[]`),
		"number below zero": predicate(`["alice+-101"]`, `[]`),
		"number with zeros": predicate(`["alice+0101"]`, `[]`),
		"no number":         predicate(`["alice+"]`, `[]`),
		"no login":          predicate(`["+101"]`, `[]`),
		"two numbers":       predicate(`["alice+101+102"]`, `[]`),
		"huge number":       predicate(`["alice+9223372036854775808"]`, `[]`),
		"no text":           predicate(`[101]`, `[]`),
		"many":              predicate(`[`+strings.Repeat(`"alice+101",`, 64)+`"bob"]`, `[]`),
		"another tree":      strings.ReplaceAll(predicate(`["alice+101"]`, `[]`), tree, strings.Repeat("0", 40)),
		"short tree":        strings.ReplaceAll(predicate(`["alice+101"]`, `[]`), tree, tree[:7]),
		"tag":               strings.ReplaceAll(predicate(`["alice+101"]`, `[]`), "refs/heads/main", "refs/tags/v1"),
		"member more":       strings.Replace(predicate(`["alice+101"]`, `[]`), "{", `{"comment":"x",`, 1),
	} {
		if v, err := interpreted(PredicateGittuf, p, subject); err == nil || v.Approvals != nil {
			t.Errorf("%s: accepted %+v", name, v.Approvals)
		}
	}
	for name, subjects := range map[string][]Subject{
		"none": nil, "two": {subject, subject},
		"commit": {{Digest: map[string]string{"gitCommit": tree}}},
	} {
		if v, err := interpreted(PredicateGittuf, predicate(`["alice+101"]`, `[]`), subjects...); !errors.Is(err, ErrMalformed) || v.Approvals != nil {
			t.Errorf("subjects %s: %v", name, err)
		}
	}
}

func TestRepositoryOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"git+https://github.com/acme/widgets":                 "acme/widgets",
		"https://github.com/acme/widgets.git":                 "acme/widgets",
		"https://github.com/acme/widgets/":                    "acme/widgets",
		"git+https://github.com/acme/widgets@refs/heads/main": "acme/widgets",
		"https://github.com/acme/widgets/tree/main":           "",
		"https://github.com.example/acme/widgets":             "",
		"https://user@github.com/acme/widgets":                "",
		"git+ssh://github.com/acme/widgets":                   "",
		"acme/widgets":                                        "",
		"https://github.com/acme/..":                          "",
		"":                                                    "",
	} {
		if got := repositoryOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func FuzzInterpret(f *testing.F) {
	types := []string{PredicateAgentCommit, PredicateSLSA, PredicateVSA, PredicateSource, PredicateSourceDraft, PredicateGittuf, "x"}
	for i := range types {
		f.Add(i, []byte(agentBuild))
	}
	f.Add(2, []byte(`{"verifier":{"id":"https://v.example"},"timeVerified":"2026-01-01T00:00:00Z","resourceUri":"git+https://github.com/a/b","policy":{},"verificationResult":"FAILED","verifiedLevels":[]}`))
	f.Add(3, []byte(`{"actor":"a","controls":[{"name":"X"}],"repo_uri":"https://github.com/a/b"}`))
	tree := strings.Repeat("a", 40)
	f.Add(5, []byte(`{"approvers":["a+1","b"],"dismissedApprovers":["b"],"fromRevisionID":"`+tree+`","targetRef":"refs/heads/main","targetTreeID":"`+tree+`"}`))
	f.Fuzz(func(t *testing.T, typ int, raw []byte) {
		if typ < 0 || typ >= len(types) {
			return
		}
		v, err := interpreted(types[typ], string(raw), Subject{Digest: map[string]string{"gitTree": tree}})
		for _, n := range v.Notes {
			if len(n) > 8000 || !printable(n) {
				t.Fatalf("note %q", n)
			}
		}
		if err != nil && (v.AgentCommit != nil || v.Approvals != nil) {
			t.Fatalf("%v, and yet %+v", err, v)
		}
		if v.AgentCommit != nil && v.AgentCommit.Validate() != nil {
			t.Fatal("a predicate that is not valid")
		}
	})
}
