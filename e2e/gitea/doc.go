// Package gitea holds the check of provenance against a forge that nobody here wrote:
// Gitea 1.24.6 (MIT), a real server with real repositories behind an API that tells of
// commits in the same words as GitHub's.
//
// A commit is made by git and signed by ssh-keygen, pushed over HTTP, and proposed. What
// the API tells of it, payload and signature, must make the very object again, and the
// check must say who made it, by the policy that the base has there. Gitea is told of no
// key, so that its own word is that none of the commits is verified: it plays no part.
//
// What differs from GitHub: Gitea has no GraphQL and no Apps, which our client reads a
// pull request by, so the test asks the API itself and makes the snapshot itself. Only
// the answer to "who made this change?" is looked at. And of a commit's tree Gitea tells
// the commit's own id: the test takes the tree from its listing, and sees to it that the
// wrong one leaves the question undecided.
//
// `make e2e-forge` builds Gitea into .cache/tools with the module's digest in setup.sh,
// which takes minutes, and runs this; it is no part of `make e2e`. It needs gcc, git and
// ssh-keygen; building needs the Go module proxy. CLAW_E2E_GITEA names the program;
// beside it lie its folders options, templates and public. Where it names none the test
// skips and says so.
package gitea
