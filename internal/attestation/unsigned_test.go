package attestation

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A note in git-ai's form: a session, a known human, a record of the older form.
const gitAINote = `src/main.rs
  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10,15-20
  h_31dce776f88375 42-50
"src/my file.rs"
  abcd1234abcd1234 1-50
---
{"schema_version":"authorship/3.0.0","git_ai_version":"1.4.5","base_commit_sha":"7734793b756b3921c88db5375a8c156e9532447b",
 "prompts":{"abcd1234abcd1234":{"agent_id":{"tool":"cursor","id":"old","model":"gpt-4"},"human_author":"Dev <dev@example.com>","total_additions":50}},
 "humans":{"h_31dce776f88375":{"author":"Dev <dev@example.com>"}},
 "sessions":{"s_c9883b05a2487d":{"agent_id":{"tool":"claude","id":"conv_abc123","model":"claude-sonnet-4-5"},"human_author":"dev@example.com"}}}
`

const agentTrace = `{"version":"0.1.0","id":"550e8400-e29b-41d4-a716-446655440000","timestamp":"2026-01-23T14:30:00Z",
 "vcs":{"type":"git","revision":"135016bbeda0a95d5745ff9031c1287263ea0a06"},"tool":{"name":"cursor","version":"2.4.0"},
 "files":[{"path":"a.ts","conversations":[{"url":"https://x.example/1","contributor":{"type":"ai","model_id":"anthropic/claude-opus-4-5"},
   "ranges":[{"start_line":42,"end_line":67,"contributor":{"type":"mixed"}}]}]},{"path":"b.ts","conversations":[]}],
 "metadata":{"confidence":0.95}}`

func TestUnsigned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw     string
		format  Format
		commits []string
		notes   []string
	}{
		"git-ai": {gitAINote, FormatGitAI, nil, []string{
			"A note of git-ai, which nobody signed.", "It attributes lines in 2 files.",
			`Programs and models it names: "claude claude-sonnet-4-5", "cursor gpt-4".`,
		}},
		"git-ai without lines": {"---\n" + `{"schema_version":"authorship/3.1.0","prompts":{}}`, FormatGitAI, nil, []string{
			"A note of git-ai, which nobody signed.", "It attributes lines in 0 files.", "Programs and models it names: none.",
		}},
		"Agent Trace": {agentTrace, FormatAgentTrace, []string{"135016bbeda0a95d5745ff9031c1287263ea0a06"}, []string{
			"A record of Agent Trace, which nobody signed.", "It attributes lines in 2 files.",
			`Contributors it names: "ai anthropic/claude-opus-4-5", "mixed".`, `It was made by "cursor 2.4.0".`,
		}},
	} {
		it := Item{Format: sniffOther([]byte(c.raw)), Raw: []byte(c.raw)}
		v, err := readUnsigned(it)
		if d := cmp.Diff(c.notes, v.Notes); err != nil || d != "" || it.Format != c.format || v.Kind != KindLines || v.Proof != ProofNone || v.Agent != "" {
			t.Error(name, it.Format, err, d)
		}
		if d := cmp.Diff(c.commits, v.Commits); d != "" {
			t.Error(name, d)
		}
	}
}

// What people and sessions are called stays where it is.
func TestUnsignedTellsNoPeople(t *testing.T) {
	t.Parallel()
	v, err := readUnsigned(Item{Format: FormatGitAI, Raw: []byte(gitAINote)})
	if all := strings.Join(v.Notes, " "); err != nil || strings.Contains(all, "example.com") || strings.Contains(all, "conv_abc123") {
		t.Errorf("%q, %v", all, err)
	}
}

func TestUnsignedRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format Format
		raw    string
		want   error
	}{
		"no divider":            {FormatGitAI, "src/main.rs\n  abcd 1\n", ErrMalformed},
		"another schema":        {FormatGitAI, "---\n" + `{"schema_version":"authorship/4.0.0"}`, ErrUnsupported},
		"sessions no object":    {FormatGitAI, "---\n" + `{"schema_version":"authorship/3.0.0","sessions":[]}`, ErrMalformed},
		"schema twice":          {FormatGitAI, "---\n" + `{"schema_version":"authorship/3.0.0","schema_version":"x"}`, ErrMalformed},
		"another Agent Trace":   {FormatAgentTrace, strings.Replace(agentTrace, "0.1.0", "1.0.0", 1), ErrUnsupported},
		"files no list":         {FormatAgentTrace, `{"version":"0.1.0","files":{}}`, ErrMalformed},
		"something else":        {FormatClawM1, agentTrace, ErrUnsupported},
		"nested beyond reading": {FormatAgentTrace, `{"version":"0.1.0","files":[],"metadata":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, ErrMalformed},
	} {
		if v, err := readUnsigned(Item{Format: c.format, Raw: []byte(c.raw)}); !errors.Is(err, c.want) || v.Notes != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSniffOther(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Format{
		"":                             FormatUnknown,
		"---\n":                        FormatUnknown,
		"---\n{}":                      FormatUnknown,
		"Reviewed-by: me":              FormatUnknown,
		`{}`:                           FormatUnknown,
		`[]`:                           FormatUnknown,
		`{"type":"message_signature"}`: FormatUnknown,
		`{"type":"message_signature","did":"x","signature":""}`:                            FormatClawM1,
		`{"type":"artifact_signature","did":"x","signature":"","version":"m99"}`:           FormatClawM1,
		`{"envelope_type":"commit_proof","payload":{},"payload_hash_b64u":""}`:             FormatClawProof,
		`{"envelope_type":"proof_bundle","payload":{},"payload_hash_b64u":""}`:             FormatClawBundle,
		`{"envelope_type":"gateway_receipt","payload":{},"payload_hash_b64u":""}`:          FormatUnknown,
		`{"envelope_type":"commit_proof","payload_hash_b64u":""}`:                          FormatUnknown,
		`{"version":"0.1.0","timestamp":"","files":[]}`:                                    FormatAgentTrace,
		`{"version":"0.1.0","timestamp":"","files":{}}`:                                    FormatUnknown,
		`{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[]}`:      FormatUnknown,
		"f\n  abcd 1\n---\n" + `{"schema_version":"authorship/3.0.0"}`:                     FormatGitAI,
		"f\n  abcd 1\r\n---\r\n" + `{"schema_version":"authorship/3.0.0"}`:                 FormatUnknown,
		"A change\n---\n" + `{"message":"schema_version","x":"authorship/3.0.0"}`:          FormatUnknown,
		`{"type":"message_signature","did":"x","signature":"","envelope_type":"` + "\xff}": FormatUnknown,
	} {
		if got := sniffOther([]byte(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func FuzzUnsigned(f *testing.F) {
	f.Add([]byte(gitAINote))
	f.Add([]byte(agentTrace))
	f.Add([]byte("---\n{\"schema_version\":\"authorship/3.0.0\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, format := range []Format{sniffOther(raw), FormatGitAI, FormatAgentTrace} {
			it := Item{Format: format, Raw: raw}
			v, err := readUnsigned(it)
			if v.Proof != ProofNone || v.Agent != "" || v.Attestor != "" || err != nil && v.Notes != nil {
				t.Fatalf("%+v, %v", v, err)
			}
			for _, n := range v.Notes {
				if !printable(n) || len(n) > 8000 {
					t.Fatalf("note %q", n)
				}
			}
			for _, id := range it.Subjects() {
				if len(id) != 40 && len(id) != 64 {
					t.Fatalf("about %q", id)
				}
			}
		}
	})
}
