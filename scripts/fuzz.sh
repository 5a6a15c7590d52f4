#!/usr/bin/env bash
# Runs every fuzz test of the repository for FUZZTIME each. `go test -fuzz` takes
# one at a time, so they are found by name.
set -euo pipefail
cd "$(dirname "$0")/.."

found=0
while IFS=: read -r file line; do
  file=${file#./}
  name=${line#func }
  name=${name%%(*}
  echo "== $name in ${file%/*}"
  # Making an input smaller takes minutes for those that hold signatures, and finds nothing.
  go test -run '^$' -fuzz "^${name}\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 1x "./${file%/*}"
  found=$((found + 1))
done < <(find . -name '.?*' -prune -o -name '*_test.go' -exec grep -HE '^func Fuzz[A-Za-z0-9_]*\(\w+ \*testing\.F\)' {} + | sort)

if [[ $found == 0 ]]; then
  echo "no fuzz test found" >&2
  exit 1
fi
echo "== $found fuzz tests, no failure"
