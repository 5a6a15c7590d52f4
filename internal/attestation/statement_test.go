package attestation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	exampleCommit = Commit{
		ID: "135016bbeda0a95d5745ff9031c1287263ea0a06", Tree: "9f2c1d7a64b0e3f5581c2ad6900b7e4c3d5f6a81",
		Parents: []string{"8ba51c0f6d2e47939ab3c04ed1725f6081e9b3d4"}, Repository: "acme/widgets",
		SHA256:  "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea",
		RawDiff: "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
	}
	exampleAgent = AgentCommit{
		Agent:      Agent{ID: "https://agents.acme.example/refactorer", Version: "2.1.0", Vendor: "Acme"},
		Model:      []Model{{ID: "claude-opus-4-6", Provider: "anthropic"}},
		Principal:  &Principal{ID: "@alice", OnBehalfOf: "acme/platform"},
		Task:       &Task{URI: "https://github.com/acme/widgets/issues/42", Digest: map[string]string{"sha256": strings.Repeat("5e", 32)}},
		Session:    &Session{ID: "0198c7d2-5a3e-7b1c-9d40-2f6e8a1b3c5d"},
		Actions:    &Actions{Log: &Resource{URI: "https://logs.acme.example/runs/0198c7d2", Digest: map[string]string{"sha256": strings.Repeat("7d", 32)}}, Entries: 231},
		Change:     &Change{Files: 3},
		StartedOn:  time.Date(2026, 3, 2, 9, 14, 0, 0, time.UTC),
		FinishedOn: time.Date(2026, 3, 2, 9, 31, 20, 0, time.UTC),
		Tools:      []Tool{{Name: "bash"}, {Name: "github", Version: "2.1"}},
		Usage:      &Usage{InputTokens: 182340, OutputTokens: 9120, Cost: "1.37", Currency: "USD"},
	}
)

// A statement that is made is read back as it was meant, and its bytes do not change
// from one time to the next.
func TestNewStatement(t *testing.T) {
	t.Parallel()
	s, err := NewStatement(exampleCommit, exampleAgent)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := s.Encode()
		if err != nil || string(again) != string(first) {
			t.Fatalf("%s\n%s\n%v", first, again, err)
		}
	}
	back, err := parseStatement(first)
	if err != nil {
		t.Fatal(err)
	}
	v := Verified{Statement: back, Agent: "refactorer", Proof: ProofKey}
	if err := interpret(&v); err != nil {
		t.Fatal(err)
	}
	want := exampleAgent
	want.Parents = []GitCommit{{Digest: map[string]string{"gitCommit": exampleCommit.Parents[0]}}}
	want.Change = &Change{RawDiffDigest: map[string]string{"sha256": exampleCommit.RawDiff[7:]}, Base: map[string]string{"gitCommit": exampleCommit.Parents[0]}, Files: 3}
	if d := cmp.Diff(&want, v.AgentCommit); d != "" || v.Kind != KindAgentCommit {
		t.Error(v.Kind, d)
	}
	if exampleAgent.Change.RawDiffDigest != nil || exampleAgent.Parents != nil {
		t.Error("the caller's value was written to")
	}
	wantSubject := []Subject{{
		Name:   "git+https://github.com/acme/widgets@" + exampleCommit.ID,
		Digest: map[string]string{"gitCommit": exampleCommit.ID, "gitTree": exampleCommit.Tree, "sha256": exampleCommit.SHA256},
	}}
	if d := cmp.Diff(wantSubject, back.Subject); d != "" {
		t.Error(d)
	}
	if err := Bind(&v, exampleCommit); err != nil {
		t.Errorf("what was made of a commit is not about it: %v", err)
	}
	other := exampleCommit
	other.ID = strings.Repeat("0", 40)
	if err := Bind(&v, other); !errors.Is(err, ErrOther) {
		t.Errorf("another commit: %v", err)
	}
}

// The smallest statement holds nothing that was left out.
func TestSmallestStatement(t *testing.T) {
	t.Parallel()
	c := exampleCommit
	c.Parents, c.RawDiff = nil, ""
	s, err := NewStatement(c, AgentCommit{Agent: Agent{ID: "refactorer"}})
	if err != nil || string(s.Predicate) != `{"agent":{"id":"refactorer"}}` {
		t.Fatalf("%s, %v", s.Predicate, err)
	}
}

func TestNewStatementRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Commit, *AgentCommit)
		want   string
	}{
		"no repository":     {func(c *Commit, _ *AgentCommit) { c.Repository = "" }, `repository "" is not of the form owner/name`},
		"repository as URL": {func(c *Commit, _ *AgentCommit) { c.Repository = "https://github.com/acme/widgets" }, "not of the form owner/name"},
		"repository with @": {func(c *Commit, _ *AgentCommit) { c.Repository = "acme/widgets@main" }, "not of the form owner/name"},
		"short id":          {func(c *Commit, _ *AgentCommit) { c.ID = c.ID[:7] }, "no full object id"},
		"upper case":        {func(c *Commit, _ *AgentCommit) { c.ID = strings.ToUpper(c.ID) }, "no full object id"},
		"no tree":           {func(c *Commit, _ *AgentCommit) { c.Tree = "" }, "tree of commit"},
		"tree of SHA-256":   {func(c *Commit, _ *AgentCommit) { c.Tree = strings.Repeat("a", 64) }, "tree of commit"},
		"no SHA-256":        {func(c *Commit, _ *AgentCommit) { c.SHA256 = "" }, "SHA-256 of commit"},
		"no agent":          {func(_ *Commit, a *AgentCommit) { a.Agent.ID = "" }, "/agent/id is missing"},
		"other parents":     {func(_ *Commit, a *AgentCommit) { a.Parents = []GitCommit{} }, "the parents are not those"},
		"other change": {func(_ *Commit, a *AgentCommit) {
			a.Change = &Change{RawDiffDigest: map[string]string{"sha256": strings.Repeat("a", 64)}}
		}, "the digest of the change"},
		"other base":          {func(_ *Commit, a *AgentCommit) { a.Change = &Change{Base: map[string]string{}} }, "the base of the change"},
		"change, no raw diff": {func(c *Commit, _ *AgentCommit) { c.RawDiff = "" }, "/change/rawDiffDigest has no digest"},
	} {
		commit, agent := exampleCommit, exampleAgent
		c.change(&commit, &agent)
		if s, err := NewStatement(commit, agent); err == nil || !strings.Contains(err.Error(), c.want) || s != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := (&Statement{Type: StatementType}).Encode(); err == nil {
		t.Error("half a statement is encoded")
	}
}

// badPredicates are predicates that are refused, each with what the error says. The
// schema refuses those too that are not marked as a matter of the program alone.
var badPredicates = map[string]struct {
	json, want string
	program    bool // beyond what a schema can say
}{
	"empty":                  {`{}`, "/agent/id is missing", false},
	"no object":              {`[]`, "is not what it should be", false},
	"agent without id":       {`{"agent":{"version":"1"}}`, "/agent/id is missing", false},
	"a prompt":               {`{"agent":{"id":"a"},"prompt":"make it fast"}`, `member "/prompt" is not known`, false},
	"a transcript":           {`{"agent":{"id":"a"},"transcript":[{"role":"user"}]}`, `member "/transcript" is not known`, false},
	"messages":               {`{"agent":{"id":"a"},"messages":[]}`, `member "/messages" is not known`, false},
	"prompt of the task":     {`{"agent":{"id":"a"},"task":{"uri":"https://x.example/1","prompt":"make it fast"}}`, `member "/task/prompt" is not known`, false},
	"text of the task":       {`{"agent":{"id":"a"},"task":{"digest":{"sha256":"` + strings.Repeat("a", 64) + `"},"content":"bWFrZQ=="}}`, `member "/task/content" is not known`, false},
	"log itself":             {`{"agent":{"id":"a"},"actions":{"log":[{"tool":"bash"}]}}`, `"/actions/log" is not what it should be`, false},
	"environment":            {`{"agent":{"id":"a"},"env":{"TOKEN":"x"}}`, `member "/env" is not known`, false},
	"prompt as data URI":     {`{"agent":{"id":"a"},"task":{"uri":"data:text/plain;base64,bWFrZSBpdCBmYXN0"}}`, "scheme data, which is refused", true},
	"prompt as data id":      {`{"agent":{"id":"a"},"session":{"id":"data:,bWFrZSBpdCBmYXN0"}}`, "scheme data, which is refused", true},
	"token in a fragment":    {`{"agent":{"id":"a"},"task":{"uri":"https://x.example/1#access_token=s"}}`, "holds a secret in its query", true},
	"prose as an id":         {`{"agent":{"id":"make it fast"}}`, `/agent/id "make it fast" has spaces`, false},
	"prose as a session":     {`{"agent":{"id":"a"},"session":{"id":"the user asked for it"}}`, "/session/id", false},
	"other case":             {`{"Agent":{"id":"a"}}`, `member "/Agent" is not known`, false},
	"twice":                  {`{"agent":{"id":"a"},"agent":{"id":"b"}}`, `member "/agent" is given twice`, true},
	"twice, by case":         {`{"agent":{"id":"a","ID":"b"}}`, "differ only by case", false},
	"null":                   {`{"agent":{"id":"a"},"task":null}`, `"/task" is null`, false},
	"null text":              {`{"agent":{"id":"a","version":null}}`, `"/agent/version" is null`, false},
	"something behind":       {`{"agent":{"id":"a"}} {}`, "follows", true},
	"number for text":        {`{"agent":{"id":7}}`, `"/agent/id" is not what it should be`, false},
	"control character":      {`{"agent":{"id":"a\u0007"}}`, "characters that do not print", false},
	"text turned round":      {`{"agent":{"id":"a","vendor":"emca\u202e"}}`, "/agent/vendor", true},
	"invisible":              {`{"agent":{"id":"a\u200b"}}`, "/agent/id", true},
	"half a surrogate":       {`{"agent":{"id":"a\ud800"}}`, "no good JSON", true},
	"long id":                {`{"agent":{"id":"` + strings.Repeat("a", 2049) + `"}}`, "/agent/id is longer than 2048 bytes", false},
	"long name":              {`{"agent":{"id":"a","vendor":"` + strings.Repeat("a", 257) + `"}}`, "/agent/vendor is longer than 256 bytes", false},
	"many models":            {`{"agent":{"id":"a"},"model":[` + strings.Repeat(`{"id":"m"},`, 64) + `{"id":"m"}]}`, "/model has 65 members", false},
	"model without id":       {`{"agent":{"id":"a"},"model":[{"provider":"p"}]}`, "/model/0/id is missing", false},
	"empty task":             {`{"agent":{"id":"a"},"task":{}}`, "/task has neither uri nor digest", false},
	"relative task":          {`{"agent":{"id":"a"},"task":{"uri":"issues/42"}}`, "begin it with a scheme", true},
	"task without a host":    {`{"agent":{"id":"a"},"task":{"uri":"https:///issues/42"}}`, "names no host", true},
	"password":               {`{"agent":{"id":"a"},"task":{"uri":"https://bob:secret@x.example/1"}}`, "/task has a uri that holds a user name or a password", true},
	"user name":              {`{"agent":{"id":"https://token@x.example/1"}}`, "/agent/id holds a user name or a password", true},
	"signed address":         {`{"agent":{"id":"a"},"actions":{"log":{"uri":"https://s3.example/l?X-Amz-Signature=aa","digest":{"sha256":"` + strings.Repeat("a", 64) + `"}}}}`, "holds a secret in its query", true},
	"script":                 {`{"agent":{"id":"a"},"task":{"uri":"javascript:alert(1)"}}`, "scheme javascript", true},
	"file of the machine":    {`{"agent":{"id":"a"},"task":{"uri":"file:///home/bob/task.md"}}`, "scheme file", true},
	"weak digest":            {`{"agent":{"id":"a"},"task":{"digest":{"md5":"` + strings.Repeat("a", 32) + `"}}}`, `digest by "md5"`, false},
	"short digest":           {`{"agent":{"id":"a"},"task":{"digest":{"sha256":"abc"}}}`, "not 64 lower-case hex digits", false},
	"upper-case digest":      {`{"agent":{"id":"a"},"task":{"digest":{"sha256":"` + strings.Repeat("A", 64) + `"}}}`, "not 64 lower-case hex digits", false},
	"log without digest":     {`{"agent":{"id":"a"},"actions":{"log":{"uri":"https://x.example/1"}}}`, "/actions/log has no digest", false},
	"parent by SHA-256":      {`{"agent":{"id":"a"},"parents":[{"digest":{"sha256":"` + strings.Repeat("a", 64) + `"}}]}`, "/parents/0/digest has a digest by sha256", true},
	"short parent":           {`{"agent":{"id":"a"},"parents":[{"digest":{"gitCommit":"135016b"}}]}`, "/parents/0/digest has a gitCommit", false},
	"change without digest":  {`{"agent":{"id":"a"},"change":{"rawDiffDigest":{},"base":{},"files":1}}`, "/change/rawDiffDigest has no digest", true},
	"change without base":    {`{"agent":{"id":"a"},"change":{"rawDiffDigest":{"sha256":"` + strings.Repeat("a", 64) + `"},"files":1}}`, "/change/base is missing", false},
	"patch id":               {`{"agent":{"id":"a"},"change":{"patchId":"aa","rawDiffDigest":{"sha256":"` + strings.Repeat("a", 64) + `"},"base":{},"files":1}}`, `member "/change/patchId" is not known`, false},
	"base is no parent":      {`{"agent":{"id":"a"},"parents":[{"digest":{"gitCommit":"` + strings.Repeat("a", 40) + `"}}],"change":{"rawDiffDigest":{"sha256":"` + strings.Repeat("a", 64) + `"},"base":{"gitCommit":"` + strings.Repeat("b", 40) + `"},"files":1}}`, "/change/base is not the first of the parents", true},
	"files below zero":       {`{"agent":{"id":"a"},"change":{"rawDiffDigest":{"sha256":"` + strings.Repeat("a", 64) + `"},"base":{},"files":-1}}`, "/change/files is below zero", false},
	"finished before it was": {`{"agent":{"id":"a"},"startedOn":"2026-03-02T09:14:01Z","finishedOn":"2026-03-02T09:14:00Z"}`, "/finishedOn is before startedOn", true},
	"no time":                {`{"agent":{"id":"a"},"startedOn":"yesterday"}`, `"/startedOn" is not what it should be`, false},
	"time before agents":     {`{"agent":{"id":"a"},"startedOn":"1970-01-01T00:00:00Z"}`, "/startedOn is no time at which an agent worked", true},
	"entries below zero":     {`{"agent":{"id":"a"},"actions":{"entries":-1}}`, "/actions/entries is below zero", false},
	"tokens below zero":      {`{"agent":{"id":"a"},"usage":{"inputTokens":-1}}`, "/usage/inputTokens is below zero", false},
	"tokens beyond counting": {`{"agent":{"id":"a"},"usage":{"inputTokens":1e30}}`, `"/usage/inputTokens" is not what it should be`, true},
	"cost as a number":       {`{"agent":{"id":"a"},"usage":{"cost":1.37,"currency":"USD"}}`, `"/usage/cost" is not what it should be`, false},
	"cost in words":          {`{"agent":{"id":"a"},"usage":{"cost":"about 1","currency":"USD"}}`, "is no decimal number", false},
	"cost of nothing":        {`{"agent":{"id":"a"},"usage":{"cost":"1.37"}}`, "a cost without a currency", false},
	"unknown currency":       {`{"agent":{"id":"a"},"usage":{"cost":"1.37","currency":"dollars"}}`, "is no currency", false},
	"tool without a name":    {`{"agent":{"id":"a"},"tools":[{"version":"1"}]}`, "/tools/0/name is missing", false},
	"principal without id":   {`{"agent":{"id":"a"},"principal":{"onBehalfOf":"x"}}`, "/principal/id is missing", false},
	"too much":               {`{"agent":{"id":"a"},"task":{"digest":{` + manyDigests() + `}}}`, "more than 4096 values", false},
}

func manyDigests() string {
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(`"x` + strings.Repeat("i", i%50) + strings.Repeat("j", i/50) + `":"",`)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestBadPredicates(t *testing.T) {
	t.Parallel()
	for name, c := range badPredicates {
		v := Verified{Statement: &Statement{Type: StatementType, PredicateType: PredicateAgentCommit, Predicate: []byte(c.json)}}
		err := interpret(&v)
		if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), c.want) || v.AgentCommit != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: the message is %d bytes long", name, len(err.Error()))
		}
	}
}

func TestInterpretOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		predicate string
		err       error
		kind      Kind
	}{
		{"https://claw-verified.dev/agent-commit/v0.2", ErrUnsupported, ""},
		{"https://claw-verified.dev/agent-commit/v0.10", ErrUnsupported, ""},
		{"https://claw-verified.dev/agent-commit/v0.1/", ErrUnsupported, ""},
		{"https://example.com/anything", nil, KindOther},
		{"", nil, KindOther},
	} {
		v := Verified{Statement: &Statement{Type: StatementType, PredicateType: c.predicate, Predicate: []byte(`{"agent":{"id":"a"}}`)}}
		if err := interpret(&v); !errors.Is(err, c.err) || err == nil && v.Kind != c.kind || v.AgentCommit != nil {
			t.Errorf("%q: %v, %+v", c.predicate, err, v)
		}
	}
	if err := interpret(&Verified{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("no statement: %v", err)
	}
}

func FuzzAgentCommit(f *testing.F) {
	for _, c := range badPredicates {
		if len(c.json) < 2000 {
			f.Add([]byte(c.json))
		}
	}
	s, err := NewStatement(exampleCommit, exampleAgent)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(s.Predicate))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := decodeAgentCommit(raw)
		if err != nil {
			return
		}
		// What is accepted can be made again, and means the same.
		c := exampleCommit
		c.Parents, c.RawDiff = nil, ""
		for _, p := range a.Parents {
			c.Parents = append(c.Parents, p.Digest["gitCommit"])
		}
		if a.Change != nil && (len(c.Parents) == 0) != (len(a.Change.Base) == 0) {
			return
		}
		s, err := NewStatement(c, *a)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		b, err := decodeAgentCommit(s.Predicate)
		if err != nil {
			t.Fatalf("%s: %v", s.Predicate, err)
		}
		if d := cmp.Diff(a, b); d != "" && len(a.Parents) > 0 {
			t.Fatal(d)
		}
	})
}
