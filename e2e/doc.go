// Package e2e runs what is shipped, the way it is shipped: the images built from
// the unmodified Dockerfile, the action with the flags of GitHub's runner, and a
// workflow with the action in it under act.
//
// Most of it has the build tag e2e and is started by `make e2e`. It needs root,
// podman, runc or crun, mmdebstrap, git, ssh-keygen and, for act, the program that
// CLAW_E2E_ACT names (make builds it). No registry and no Docker engine is used:
// the two base images are made here under the names the Dockerfile gives them, from
// Debian's packages and the Go that runs the test, and kept in .cache/e2e. Building
// the images needs Debian's mirror and the Go module proxy.
//
// Where something of that is missing the tests skip and say what; with CI=true they
// fail.
//
// What differs from GitHub: the base images are stand-ins, podman stands for
// Docker, and act knows neither the limits of annotations nor the paths of the
// runner. The runner's flags, paths and owners are those of the contract tests, not
// those of act.
//
// The tests without the tag read the workflows, the action and the Dockerfile and
// hold them to the rules that no linter knows; they are part of `make test`.
package e2e
