#!/usr/bin/env bash
# Times the start of a program: startup.sh PROGRAM ARG... With hyperfine where that
# is installed, else as the mean of 50 runs.
set -euo pipefail

if command -v hyperfine >/dev/null; then
  exec hyperfine --warmup 3 --shell=none "$*"
fi
runs=50
start=$(date +%s%N)
for ((i = 0; i < runs; i++)); do "$@" >/dev/null; done
end=$(date +%s%N)
echo "$*: $(((end - start) / runs / 1000)) µs, mean of $runs runs"
