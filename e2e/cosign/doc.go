// Package cosign holds our attestations against the cosign program: what we sign
// it must verify, what it signs we must verify, and what either refuses the other
// must refuse too.
//
// The tests have the build tag e2e and are started by `make e2e`, which builds
// cosign once and names it in CLAW_E2E_COSIGN. They need git besides, nothing that
// the rest of the e2e tests needs, and no network: cosign runs in a network
// namespace of its own where the user may make one, and every time with proxies
// that lead nowhere and an empty home.
//
// Without CLAW_E2E_COSIGN they skip and say so; with CI=true they fail.
package cosign
