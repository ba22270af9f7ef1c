#!/usr/bin/env bash
# setup.sh [GROUP…]: installs what is missing: packages of the groups of apt-packages.txt (build is always one), the private
# Python environment with Node, and the storefront's npm packages. Does nothing, and needs no root, when all is there.
source "$(dirname "$0")/lib.sh"

packages_of() { awk -v group="# $1" '/^#/ { on = ($0 == group); next } on && NF' scripts/apt-packages.txt; }

mapfile -t wanted < <(for group in build "$@"; do packages_of "$group"; done)
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | grep -vxFf <(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p'))

if [ ${#missing[@]} -gt 0 ]; then
  stage "installing Debian packages"
  printf "    %s\n" "${missing[*]}" >&2
  command -v apt-get >/dev/null || die "apt-get is missing" "Nozama builds on Debian 12 or newer; elsewhere use the Containerfile in packaging/"
  install=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
  if [ "$(id -u)" -eq 0 ]; then
    run=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run=(sudo)
  else
    die "these packages are missing, and installing them needs root" "sudo apt-get update && sudo ${install[*]}"
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${run[@]}" apt-get update -qq >/dev/null || true
  log=$(mktemp)
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >"$log" 2>&1 || { tail -20 "$log" >&2; die "apt-get could not install them" "read the lines above; then run: ${install[*]}"; }
  rm -f "$log"
fi

requirements=(scripts/requirements.txt scripts/requirements-test.txt scripts/requirements-dev.txt)
if ! fresh "$venv/.stamp" "${requirements[@]}"; then
  stage "installing the private Python environment ($venv)"
  mkdir -p build
  [ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv" || die "python3 -m venv failed" "apt-get install python3-venv, then try again"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps \
    "${requirements[@]/#/-r}" || die "pip could not install the pinned packages" "check the network; if it is fine, rm -r $venv and try again"
  stamp "$venv/.stamp" "${requirements[@]}"
fi

if ! fresh build/.npm-stamp web/package-lock.json || [ ! -d web/node_modules ]; then
  stage "installing the storefront's packages (npm)"
  use_node
  (cd web && npm ci --no-audit --no-fund --loglevel=error) || die "npm could not install the pinned packages" "check the network, then try again"
  stamp build/.npm-stamp web/package-lock.json
fi

if [ "${1:-}" = test ] && { ! fresh build/.npm-oidc-stamp tests/oidc/package-lock.json || [ ! -d tests/oidc/node_modules ]; }; then
  stage "installing the tests' sign-in provider (npm)"
  use_node
  (cd tests/oidc && npm ci --no-audit --no-fund --loglevel=error) || die "npm could not install the pinned packages" "check the network, then try again"
  stamp build/.npm-oidc-stamp tests/oidc/package-lock.json
fi
stage_end
