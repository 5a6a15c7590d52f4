#!/usr/bin/env bash
# Sees to it that the programs of the e2e tests are there, see scripts/need.sh.
set -euo pipefail
exec "$(dirname "$0")/../scripts/need.sh" \
  podman:podman,runc,netavark \
  mmdebstrap:mmdebstrap,debian-archive-keyring \
  git:git \
  ssh-keygen:openssh-client
