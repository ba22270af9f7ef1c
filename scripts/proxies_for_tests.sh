#!/usr/bin/env bash
# proxies_for_tests.sh: nginx and Caddy of Debian's packages, unpacked into build/proxies: not installed, so nothing of them is started or set up on this machine.
# Prints the folders for PATH, of those that run; where none can be had it says so, and their tests are skipped.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
folder=$PWD/build/proxies

fetch() {
  mkdir -p "$folder"
  (cd "$folder" && apt-get download -qq "$1" 2>/dev/null && dpkg -x "$1"_*.deb .) || return 1
}

found=
for proxy in nginx:usr/sbin caddy:usr/bin; do
  name=${proxy%:*} place=$folder/${proxy#*:}
  command -v "$name" >/dev/null && continue
  [ -x "$place/$name" ] || fetch "$name" || true
  # "nginx -v" and "caddy version"
  if "$place/$name" -v >/dev/null 2>&1 || "$place/$name" version >/dev/null 2>&1; then
    found+=$place:
  else
    echo "    no $name: its test is skipped" >&2
  fi
done
echo "$found"
