package provenance

import "github.com/claw-verified/claw-verified/checks"

const (
	attestAgain   = "`claw-verified attest --commit COMMIT --agent AGENT --model MODEL --operator PERSON --task URI --key claw.key --push` makes one, where the agent's key is."
	attestKeyless = "`claw-verified attest --commit COMMIT --agent AGENT --model MODEL --operator PERSON --task URI --keyless --push` makes one, in a workflow with `id-token: write`; docs/provenance.md shows it."
	fetchFirst    = "If it was attested already, fetch the statements: `git fetch origin 'refs/notes/claw-attestation*:refs/notes/claw-attestation*'`. Else "
)

// Rules about statements, beside those about signatures.
var (
	ruleContradicted = checks.Rule{
		ID: "provenance.attestation-mismatch", Title: "Attestation that contradicts the commit", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "Somebody the policy trusts signed a statement that names this commit and tells something of it that is not so. One of the two was tampered with, or the statement was made for show.",
		Remedy: "Find out which. Then make the commit anew (`git commit --amend --no-edit`) and attest that one: " + attestAgain,
		Detail: "Every digest of the one subject that names the commit is compared with the commit's own: its id, its tree, the SHA-256 of its bytes; further its parents, the digest of its raw difference, and the agent. A statement that names another repository is about something else: it does not count and is not held against the commit.",
	}
	ruleUnattested = checks.Rule{
		ID: "provenance.unattested", Title: "No attestation that counts", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "Nothing that is signed says which agent and which model made this commit, on whose instruction, for which task.",
		Remedy: fetchFirst + attestAgain,
		Detail: "Statements are looked for in git notes (refs/notes/claw-attestations), in the folder .claw/attestations of the head, in the pull request's description and in files that are given. Where one lies never decides, who signed it does: a key, an identity or a DID of an agent in the base's policy. A statement is about exactly one commit: after an amend, a rebase or a squash the new commits are attested again. A commit that only adds attestations of others needs to be signed, not attested. attested-keyless asks for a Sigstore identity instead of a key.",
	}
	ruleUntimed = checks.Rule{
		ID: "provenance.time-unproven", Title: "Genuine certificate, unproven time", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The certificate was for ten minutes. Without an entry of the log nothing proves that the signature was made in them, and not later by whoever kept the key.",
		Remedy: "Let gitsign keep the log entry in the commit (`git config gitsign.rekorMode offline`) and sign again: " + signAgain,
		Detail: "A commit signed with gitsign is proved when its certificate belongs to a trusted root, was logged by its certificate log, holds one listed identity, and the signature is in the transparency log, all found in the commit itself. Without the log entry, gitsign's default, only the certificate is: told apart from a signature that is wrong, and no proof.",
	}
	ruleOperator = checks.Rule{
		ID: "provenance.operator-not-allowed", Title: "Commissioned by somebody who may not", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The agent's own statement says that it worked for somebody whom the policy does not let commission it.",
		Remedy: "If that is a slip, make the commit anew (`git commit --amend --no-edit`) and attest it with `--operator PERSON`, an id, login or address of the policy. Else have an operator of the agent commission the work, or list the person under its operators in a change of its own.",
		Detail: "The operator is read from the principal of a verified statement and looked up among the people of the policy, by id, login or address. Somebody the policy does not know may not commission an agent that is required to be attested.",
	}
	ruleNotCommitter = checks.Rule{
		ID: "provenance.signer-not-committer", Title: "Signed by somebody else than the committer", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The policy asks that whoever signs a commit is its committer. A signature under another name hides who did it from everybody who reads the history.",
		Remedy: "Commit under an address that the policy lists with the key, and sign again: " + signAgain,
		Detail: "Looked at only where provenance.signer_is_committer is true, and only for signatures that are good otherwise: the committer's address must be listed under the owner of the key.",
	}
	ruleAllowedSigners = checks.Rule{
		ID: "provenance.allowed-signers-line", Title: "Line of allowed_signers that does nothing", Severity: checks.SeverityLow, Effect: checks.EffectAllow,
		Why:    "OpenSSH skips a line it does not understand without a word. Whoever wrote it thinks that it counts.",
		Remedy: "Mend or remove the line on the base branch.",
		Detail: "The file is read as ssh-keygen reads it; a line with a mistake is left out, the others count.",
	}
)
