package provenance

import "github.com/claw-verified/claw-verified/checks"

const (
	signAgain = "`git rebase --exec 'git commit --amend --no-edit -S' BASE`."
	resign    = "Have the commit signed by a key the policy lists and push again: " + signAgain
)

// The rules, in the order of their page. Ids are never reused.
var (
	ruleMismatch = checks.Rule{
		ID: "provenance.object-mismatch", Title: "Commit bytes that are not the commit", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "What was read is not what the id names, so nothing said about it would be true of the commit that merges.",
		Remedy: "Fetch the repository again; if it happens again, the object store is damaged or was tampered with.",
		Detail: "The id of every commit is computed again from its bytes, with SHA-1 or SHA-256 as the repository has it, and compared with the id it was asked for by.",
	}
	ruleMalformed = checks.Rule{
		ID: "provenance.malformed-commit", Title: "Malformed commit object", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "Two programs can read two different commits out of a malformed object: one checks the signature, the other merges.",
		Remedy: "Make the commit again with git itself: `git commit --amend`.",
		Detail: "Refused are: header lines twice or out of git's order, identities without exactly one pair of angle brackets, NUL in the header, ids that are not full, unknown headers that begin with gpgsig (git leaves them out of what is signed), and objects of more than 1 MiB.",
	}
	ruleBadSignature = checks.Rule{
		ID: "provenance.bad-signature", Title: "Signature that does not match", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "The commit was changed after it was signed, or the signature was copied from another one.",
		Remedy: resign,
		Detail: "The signature is checked over the raw object without its signature header, in the namespace \"git\". A signature that fails is refused whatever level the policy asks for: it is worse than none.",
	}
	ruleSeveral = checks.Rule{
		ID: "provenance.several-signatures", Title: "More than one signature", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "Tools differ in which of several signatures they look at, so one can be shown and another checked.",
		Remedy: resign,
		Detail: "A commit has at most one signature header, of either kind.",
	}
	ruleWeak = checks.Rule{
		ID: "provenance.weak-key", Title: "Weak key or algorithm", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "SHA-1 signatures, DSA and RSA keys below 2048 bits can be forged with means that are for hire.",
		Remedy: "Sign with an Ed25519 or P-256 key: `ssh-keygen -t ed25519`.",
		Detail: "ssh-rsa (SHA-1) signatures, OpenPGP signatures with SHA-1 or MD5, DSA, and RSA keys of fewer than 2048 bits are refused, also where gpg and GitHub accept them; rsa-sha2-256 and rsa-sha2-512 are accepted.",
	}
	ruleUnsupported = checks.Rule{
		ID: "provenance.signature-unsupported", Title: "Signature of a kind that is not verified", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A signature nobody has verified proves nothing, whatever badge a platform shows beside it.",
		Remedy: "Sign with an SSH or OpenPGP key the policy lists: `git config gpg.format ssh`.",
		Detail: "This version verifies SSH signatures by keys and by certificates of users without critical options, and OpenPGP signatures over bytes, of version 4 or 6, by RSA, ECDSA and EdDSA keys that may sign. Of X.509 signatures those by gitsign are verified, with SHA-256 and a certificate of a Sigstore authority; S/MIME certificates of other authorities are recognised and do not count.",
	}
	ruleUnsigned = checks.Rule{
		ID: "provenance.unsigned", Title: "Unsigned commit", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The name in an unsigned commit is whatever its maker typed. Anybody with push access could have made it.",
		Remedy: resign,
		Detail: "Every commit between base and head is looked at, by all parents, not only the newest. A signature by the platform on the merge says nothing about them.",
	}
	ruleUnknownKey = checks.Rule{
		ID: "provenance.unknown-key", Title: "Key that nobody lists", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "Anybody can make a key. Only the policy on the base branch says whose a key is.",
		Remedy: "If the key is right, list it under the agent or person it belongs to, in a change of its own that the gate owners approve; else sign again with a listed key.",
		Detail: "An SSH signature holds its key, and is good; the key is compared byte for byte with the keys of agents and people. An OpenPGP signature only names its key by fingerprint, so that without the key nothing can be verified. An SSH certificate is judged by its authority and the names in it: the policy must list that authority with one of these names, and with one owner only. Names, comments and e-mail addresses play no part, nor do those inside an OpenPGP key.",
	}
	ruleExpired = checks.Rule{
		ID: "provenance.key-expired", Title: "Key outside its validity", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The policy says that the key counts only for a time, and this is not it.",
		Remedy: "Sign again with a current key, or extend not_after in the policy.",
		Detail: "The time that counts is the time of the check. Dates inside commits and signatures are whatever their maker typed and are never used. An OpenPGP key has an expiry of its own: it counts as well as the policy's dates, also for signatures that claim to be older, which gpg would accept.",
	}
	ruleRevoked = checks.Rule{
		ID: "provenance.key-revoked", Title: "Revoked key", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "Who holds a revoked key is not known.",
		Remedy: "Find out who made the commit. If it is right, have it signed again with a current key.",
		Detail: "A revoked key fails every commit after its revocation, at whatever level, also a commit that claims an earlier date. An OpenPGP key can be revoked by the policy, or by a revocation inside it, which gpg tells and accepts.",
	}
	ruleTime = checks.Rule{
		ID: "provenance.signature-time", Title: "Signature at a time that cannot be right", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A signature from the future, from before its key, or past its own end was made to be believed at another time, or on a machine with a wrong clock.",
		Remedy: "Set the clock of the machine that signs, and sign again: " + signAgain,
		Detail: "OpenPGP signatures hold a time. It proves nothing and is only compared: not more than 10 minutes ahead of the check, not before the key was made, not past the signature's own expiry.",
	}
	rulePlatform = checks.Rule{
		ID: "provenance.platform-signed", Title: "Signed by the platform itself", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "GitHub signs whatever is committed through its web editor, merge button and API, for everybody who may press the button. The green badge says that the commit went through GitHub, not who wrote it.",
		Remedy: resign,
		Detail: "Both of GitHub's web-flow keys are built in, and the signature was verified with one of them. It is never provenance: a policy cannot list these keys. Where the policy asks for names only, the signature is told and changes nothing.",
	}
	ruleUndeclared = checks.Rule{
		ID: "provenance.undeclared-agent", Title: "Mark of an agent that the policy does not list", Severity: checks.SeverityMedium, Effect: checks.EffectAllow,
		Why:    "An agent took part that nobody has declared, so nobody has said who may commission it.",
		Remedy: "List the agent under agents, with its keys and operators.",
		Detail: "Marks are trailers, addresses and names that agents' tools are known to write. A mark can be forged and can be left out: it only ever adds demands.",
	}
	rulePersonKey = checks.Rule{
		ID: "provenance.agent-under-person-key", Title: "Agent's work under a person's key", Severity: checks.SeverityLow, Effect: checks.EffectAllow,
		Why:    "A person signed what an agent made. The person answers for it and cannot be the one who approves it.",
		Remedy: "Nothing to do. Giving the agent a key of its own would tell the two apart.",
		Detail: "The commit counts as agent-made, and its signer as the operator.",
	}
)

// Rules implements checks.Check.
func (Check) Rules() []checks.Rule {
	return []checks.Rule{
		ruleMismatch, ruleMalformed, ruleBadSignature, ruleSeveral, ruleRevoked, ruleWeak, ruleUnsupported,
		ruleContradicted, ruleUnsigned, rulePlatform, ruleUnknownKey, ruleExpired, ruleTime, ruleUntimed, ruleUnattested,
		ruleOperator, ruleNotCommitter, ruleUndeclared, rulePersonKey, ruleAllowedSigners,
	}
}
