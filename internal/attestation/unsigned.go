package attestation

import (
	"bytes"
	"fmt"
	"strings"
)

// readUnsigned reads what nobody signed: which lines of a commit a program wrote, by
// its own account. It proves nothing, and the notes are all that becomes of it; so it
// is read with patience, members that are not known passed over.
func readUnsigned(it Item) (Verified, error) {
	v := Verified{Item: it, Kind: KindLines, Proof: ProofNone, Commits: otherSubjects(&it)}
	var err error
	switch it.Format {
	case FormatGitAI:
		v.Notes, err = readGitAI(it.Raw)
	case FormatAgentTrace:
		v.Notes, err = readAgentTrace(it.Raw)
	default:
		err = fmt.Errorf("%w: no format that is read unsigned", ErrUnsupported)
	}
	if err != nil {
		return Verified{Item: it, Kind: KindLines}, fmt.Errorf("read line authorship: %w", err)
	}
	return v, nil
}

// gitAISchema is what the schema versions begin with that are read.
// (https://github.com/git-ai-project/git-ai/blob/main/specs/git_ai_standard_v3.0.0.md)
const gitAISchema = "authorship/3."

type gitAIRecord struct {
	AgentID struct {
		Tool  string `json:"tool"`
		Model string `json:"model"`
	} `json:"agent_id"`
}

// readGitAI tells which programs and models a git-ai note names, and in how many
// files. Who sat before them it names too; that is not repeated, because nobody
// asked these people.
func readGitAI(raw []byte) ([]string, error) {
	lines, meta, ok := splitGitAI(raw)
	if !ok {
		return nil, fmt.Errorf("%w: no line --- between the lines and the rest", ErrMalformed)
	}
	var m struct {
		Schema   string                 `json:"schema_version"`
		Sessions map[string]gitAIRecord `json:"sessions"`
		Prompts  map[string]gitAIRecord `json:"prompts"`
	}
	if err := decode(meta, &m, false); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(m.Schema, gitAISchema) {
		return nil, fmt.Errorf("%w: schema %s, only %s is read", ErrUnsupported, quote(m.Schema), gitAISchema+"x")
	}
	files := 0
	for line := range bytes.Lines(lines) {
		if len(bytes.TrimSpace(line)) > 0 && line[0] != ' ' {
			files++
		}
	}
	used := map[string]bool{}
	for _, records := range []map[string]gitAIRecord{m.Sessions, m.Prompts} {
		for _, r := range records {
			used[strings.TrimSpace(r.AgentID.Tool+" "+r.AgentID.Model)] = true
		}
	}
	return []string{
		"A note of git-ai, which nobody signed.",
		fmt.Sprintf("It attributes lines in %d files.", files),
		enumerate("Programs and models it names", sortedKeys(used)),
	}, nil
}

// readAgentTrace does the same for a record of Agent Trace.
// (https://github.com/cursor/agent-trace, version 0.1)
func readAgentTrace(raw []byte) ([]string, error) {
	type contributor struct {
		Type    string `json:"type"`
		ModelID string `json:"model_id"`
	}
	var r struct {
		Version string `json:"version"`
		Tool    struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"tool"`
		Files []struct {
			Conversations []struct {
				Contributor contributor `json:"contributor"`
				Ranges      []struct {
					Contributor contributor `json:"contributor"`
				} `json:"ranges"`
			} `json:"conversations"`
		} `json:"files"`
	}
	if err := decode(raw, &r, false); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(r.Version, "0.1.") {
		return nil, fmt.Errorf("%w: Agent Trace %s, only 0.1 is read", ErrUnsupported, quote(r.Version))
	}
	used := map[string]bool{}
	add := func(c contributor) {
		if s := strings.TrimSpace(c.Type + " " + c.ModelID); s != "" {
			used[s] = true
		}
	}
	for _, f := range r.Files {
		for _, c := range f.Conversations {
			add(c.Contributor)
			for _, lines := range c.Ranges {
				add(lines.Contributor)
			}
		}
	}
	notes := []string{
		"A record of Agent Trace, which nobody signed.",
		fmt.Sprintf("It attributes lines in %d files.", len(r.Files)),
		enumerate("Contributors it names", sortedKeys(used)),
	}
	if r.Tool.Name != "" {
		notes = append(notes, note("It was made by %s.", strings.TrimSpace(r.Tool.Name+" "+r.Tool.Version)))
	}
	return notes, nil
}
