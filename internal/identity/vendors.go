package identity

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Marks by which coding agents show themselves when nobody hides them, as
// observed in public commits, in the agents' own sources and documents, up to
// 2026-08. Their presence makes a commit count as agent-made; their absence proves
// nothing: some agents leave none, and every user can switch them off.
//
// Addresses that a person may have too are not listed, nor are names alone:
// "Devin Smith" and "Claude Monet" are people. Automation that is no coding agent
// (dependabot, renovate, github-actions) is not listed either.

type vendor struct {
	name   string
	emails []string // whole addresses, lower case
	logins []string // GitHub logins, also as the login part of a noreply address; without [bot]
}

var vendors = []vendor{
	{"Claude", []string{"noreply@anthropic.com", "claude@anthropic.ai"}, []string{"claude", "claude-code", "anthropic-code-agent", "anthropic-claude", "claude-code-action"}},
	{"Cursor", []string{"cursoragent@cursor.com", "agent@cursor.com", "noreply@cursor.com"}, []string{"cursor"}},
	{"Codex", []string{"codex@openai.com", "noreply@openai.com"}, []string{"codex", "openai-code-agent", "chatgpt-codex-connector", "openai-codex"}},
	{"Copilot", []string{"copilot@github.com"}, []string{"copilot", "copilot-swe-agent"}},
	{"Devin", []string{"noreply@cognition.ai"}, []string{"devin-ai-integration"}},
	{"Jules", nil, []string{"google-labs-jules"}},
	{"Gemini", []string{"gemini-code-assist@google.com"}, []string{"gemini-code-assist", "gemini-cli"}},
	{"Amazon Q", nil, []string{"amazon-q-developer"}},
	{"Factory", nil, []string{"factory-droid"}},
	{"OpenHands", []string{"openhands@all-hands.dev"}, []string{"openhands-agent"}},
	{"aider", []string{"noreply@aider.chat", "aider@aider.chat"}, nil},
	{"opencode", []string{"noreply@opencode.ai", "opencode@sst.dev"}, []string{"opencode-agent"}},
	{"Amp", []string{"amp@ampcode.com"}, nil},
	{"Windsurf", []string{"windsurf@codeium.com", "noreply@windsurf.com", "noreply@codeium.com"}, nil},
	{"Roo Code", []string{"roomote@roocode.com"}, nil},
	{"Cline", nil, []string{"cline"}},
	{"Continue", nil, []string{"continue"}},
	{"Cody", nil, []string{"sourcegraph-cody"}},
	{"JetBrains", nil, []string{"jetbrains-ai", "jetbrains-junie"}},
	{"CodeRabbit", nil, []string{"coderabbitai"}},
	{"Sweep", nil, []string{"sweep-ai"}},
	{"Codegen", nil, []string{"codegen-sh"}},
	{"Lovable", nil, []string{"lovable-dev", "gpt-engineer-app"}},
	{"v0", nil, []string{"v0"}},
}

// botOnly are logins that a person could have; they mark an agent only with
// GitHub's "[bot]" behind them or as the login of a noreply address with a number.
var botOnly = []string{"cursor", "cline", "continue", "v0"}

// trailerKeys are keys of trailers that only agents' tools write, lower case.
var trailerKeys = map[string]string{
	"claude-session": "Claude", "codex-session": "Codex", "cursor-session": "Cursor", "agent-logs-url": "Copilot",
	"ai-assisted-by": "an AI agent", "assisted-by": "an AI agent", "ai-agent": "an AI agent", "ai-tool": "an AI agent",
	"ai-assisted": "an AI agent", "ai-generated": "an AI agent",
	"entire-checkpoint": "Entire", "entire-session": "Entire", "entire-agent": "Entire",
	"replit-commit-author": "Replit", "replit-commit-session-id": "Replit",
	"harness-run": "Harness", "harness-run-agent": "Harness", "claw-attestation": "an attested agent",
}

func vendorByEmail(email string) string {
	login, isNoreply := noreplyLogin(email)
	for _, v := range vendors {
		if slices.Contains(v.emails, email) {
			return v.name
		}
		// "198982749+Copilot@…" and "209825114+claude[bot]@…": the number tells that
		// GitHub made the address; a bare "claude@users.noreply…" is a person of that name.
		if isNoreply && strings.Contains(email, "+") && slices.Contains(v.logins, foldLogin(login)) {
			return v.name
		}
	}
	return ""
}

func vendorByLogin(login string) string {
	isBot := strings.HasSuffix(strings.ToLower(login), "[bot]")
	l := foldLogin(login)
	if !isBot && slices.Contains(botOnly, l) {
		return ""
	}
	for _, v := range vendors {
		if slices.Contains(v.logins, l) {
			return v.name
		}
	}
	return ""
}

// vendorByName knows the one tool that marks people's names: "Jane Doe (aider)".
func vendorByName(name string) string {
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(name)), "(aider)") {
		return "aider"
	}
	return ""
}

func vendorByTrailer(t gitobject.Trailer) string {
	return trailerKeys[strings.ToLower(t.Key)]
}
