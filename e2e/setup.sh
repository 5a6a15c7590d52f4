#!/usr/bin/env bash
# Sees to it that the programs of the e2e tests are there. As root, with apt-get and
# CI=true, it installs what is missing; otherwise it only says what that is.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }
need podman podman runc netavark
need mmdebstrap mmdebstrap debian-archive-keyring
need git git
need ssh-keygen openssh-client
if [[ ${#missing[@]} == 0 ]]; then exit 0; fi

if [[ ${CI:-} != true ]]; then
  echo "e2e: missing: ${missing[*]}. Install them, or run with CI=true as root to have it done." >&2
  exit 0 # the tests skip, and say so
fi
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "e2e: missing: ${missing[*]}. Only root on a system with apt-get can have them installed." >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "e2e: cannot install ${missing[*]}" >&2
  exit 1
fi
