package attestation

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// sniffOther recognises, by their form, the formats that are neither a Sigstore
// bundle nor a DSSE envelope. It is generous: what only looks like a format is
// refused, with its reason, when it is read.
func sniffOther(raw []byte) Format {
	if _, meta, ok := splitGitAI(raw); ok {
		if strings.HasPrefix(text(members(meta)["schema_version"]), gitAISchema) {
			return FormatGitAI
		}
	}
	m := members(raw)
	has := func(names ...string) bool {
		for _, n := range names {
			if m[n] == nil {
				return false
			}
		}
		return true
	}
	if t := text(m["type"]); has("did", "signature") && (t == "message_signature" || t == "artifact_signature") {
		return FormatClawM1
	}
	if has("payload", "payload_hash_b64u") {
		switch text(m["envelope_type"]) {
		case "commit_proof":
			return FormatClawProof
		case "proof_bundle":
			return FormatClawBundle
		}
	}
	if has("version", "files", "timestamp") && m["files"].Kind() == '[' && !has("payload") {
		return FormatAgentTrace
	}
	return FormatUnknown
}

// text is the content of a JSON string, or "".
func text(v jsontext.Value) string {
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s, jsontext.AllowInvalidUTF8(true)) != nil {
		return ""
	}
	return s
}

// otherSubjects lists the full commit ids that such an item says it is about, without
// verifying anything. A short id is none. A git-ai note names no commit of its own:
// what it holds as its base is the parent with one version of the program and the
// commit with another.
func otherSubjects(it *Item) []string {
	var named string
	m := members(it.Raw)
	switch it.Format {
	case FormatClawM1:
		named = strings.TrimPrefix(text(m["message"]), "commit:")
	case FormatClawProof:
		named = text(members(m["payload"])["commit_sha"])
	case FormatAgentTrace:
		if vcs := members(m["vcs"]); text(vcs["type"]) == "git" {
			named = text(vcs["revision"])
		}
	}
	if !gitobject.IsFullID(named) {
		return nil
	}
	return []string{named}
}

// splitGitAI takes a git-ai note apart at the line that holds "---" and nothing else.
func splitGitAI(raw []byte) (lines, meta []byte, ok bool) {
	if meta, ok := bytes.CutPrefix(raw, []byte("---\n")); ok {
		return nil, meta, true // no file was attributed
	}
	return bytes.Cut(raw, []byte("\n---\n"))
}
