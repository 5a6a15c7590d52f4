#!/usr/bin/env bash
# Installs the emulator, once for each state of its lock file, and says where: prints
# the folder and the Node to run it with. Without Node 20 and npm it prints nothing, and
# the test says what is missing; with CI=true it gets them, and fails where it cannot.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec 3>&1 1>&2

scripts/need.sh node:nodejs npm:npm
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then exit 0; fi

# install FOLDER: what the lock file in tools/FOLDER names, and nothing else. No script
# of a package is run.
install() {
  local dir
  dir=$PWD/.cache/tools/$(cat "tools/$1/package.json" "tools/$1/package-lock.json" | cksum | tr -d ' ')
  if [[ ! -e $dir/done ]]; then
    echo "installing $1 (once)"
    mkdir -p "$dir"
    cp "tools/$1/package.json" "tools/$1/package-lock.json" "$dir"
    npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error
    touch "$dir/done"
  fi
  installed=$dir
}

node=$(command -v node)
if [[ $(node -p 'process.versions.node.split(".")[0]') -lt 20 ]]; then # Debian 12 has 18
  if [[ ${CI:-} != true ]]; then
    echo "node is older than 20"
    exit 0
  fi
  install emulate/node
  for bin in "$installed"/node_modules/node-linux-*/bin/node; do node=$bin; done
  "$node" --version
fi
install emulate
echo "$installed $node" >&3
