#!/usr/bin/env bash
# Sees to it that programs are there: need.sh PROGRAM:PACKAGE[,PACKAGE…]… As root, with
# apt-get and CI=true, it installs what is missing; otherwise it only says what that is.
set -euo pipefail

missing=()
for want in "$@"; do
  if ! command -v "${want%%:*}" >/dev/null; then
    IFS=, read -ra packages <<<"${want#*:}"
    missing+=("${packages[@]}")
  fi
done
if [[ ${#missing[@]} == 0 ]]; then exit 0; fi

if [[ ${CI:-} != true ]]; then
  echo "missing: ${missing[*]}. Install them, or run with CI=true as root to have it done." >&2
  exit 0 # the tests that need them skip, and say so
fi
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}. Only root on a system with apt-get can have them installed." >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "cannot install ${missing[*]}" >&2
  exit 1
fi
