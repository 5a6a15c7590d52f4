#!/usr/bin/env bash
# Builds Gitea, once, out of the Go module proxy, and prints where the program is. It
# takes minutes. Without what that needs it prints nothing, and the test says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec 3>&1 1>&2

version=1.24.6
sum=h1:BrHATK2cfr/hkJc8cc2W/1lWTVhyCxa1NQMHvEVeLWM= # of the module; its go.sum has those of the rest
dir=$PWD/.cache/tools/gitea-$version

scripts/need.sh gcc:gcc,libc6-dev git:git ssh-keygen:openssh-client
for program in gcc git ssh-keygen; do
  if ! command -v "$program" >/dev/null; then exit 0; fi
done

# Its go.mod replaces modules, so that `go install` refuses it: it is built in a copy.
if [[ ! -e $dir/gitea ]]; then
  echo "building Gitea $version (once, six minutes or more)"
  told=$(cd / && go mod download -json "code.gitea.io/gitea@v$version")
  if [[ $told != *"\"Sum\": \"$sum\""* ]]; then
    echo "the module is not the one that is expected: $told"
    exit 1
  fi
  rm -rf "$dir"
  mkdir -p "$dir"
  trap 'rm -rf "$dir/src"' EXIT
  cp -R --no-preserve=mode "$(sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p' <<<"$told")" "$dir/src"
  CGO_ENABLED=1 go build -C "$dir/src" -tags 'sqlite sqlite_unlock_notify' -ldflags "-s -w -X main.Version=$version" -o "$dir/built" .
  # What it reads at run time; its pages are not needed, the lists and templates are.
  cp -R "$dir/src/options" "$dir/src/templates" "$dir/src/public" "$dir"
  mv "$dir/built" "$dir/gitea"
fi
echo "$dir/gitea" >&3
