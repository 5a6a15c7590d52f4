// Package emulate holds our GitHub client against a GitHub that nobody here wrote:
// emulate 0.11.2 (vercel-labs, Apache-2.0), an emulator that runs under Node.
//
// Between the two stands the validator of package ghtest, so that a request which the
// emulator takes and GitHub would not is found as well. What the emulator itself gets
// wrong is allowed for by name, in defects, and nothing else is.
//
// It covers what goes over REST: an App's JWT, the installation of a repository, tokens
// that are scoped down, and what they may then do; check runs written, changed and
// listed; comparisons; runs, artifacts and pull requests of a branch. The emulator has
// no GraphQL, which most of a pull request is read by: there stands only that the
// client takes its absence for an error. GraphQL is held against GitHub's schema in
// package ghtest alone.
//
// It takes every token that it does not know for that of its first user. So the test
// itself sees to it that the client uses the tokens it was given, and none other.
//
// `make e2e-emulate` installs the emulator into .cache/tools with the versions and
// digests of tools/emulate/package-lock.json, and runs this. It needs Node 20 or later
// and npm. Where they are missing the test skips and says so; with CI=true they are
// installed, from Debian and npm, or it fails.
package emulate
