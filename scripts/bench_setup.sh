#!/usr/bin/env bash
# bench_setup.sh: installs the indexes that `nozama bench index --peers …` runs beside ours, 760 MiB in an environment of their own.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh compiled-wheels

environment=build/bench-peers/venv
requirements=(bench/index/requirements.txt bench/index/requirements-compiled.txt)
if ! fresh "$environment/.stamp" "${requirements[@]}"; then
  stage "installing the peers ($environment, 760 MiB)"
  mkdir -p build/bench-peers
  [ -x "$environment/bin/pip" ] || /usr/bin/python3 -m venv "$environment" || die "python3 -m venv failed" "apt-get install python3-venv, then try again"
  pip=("$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps)
  "${pip[@]}" --only-binary :all: -r "${requirements[0]}" && "${pip[@]}" --no-build-isolation -r "${requirements[1]}" ||
    die "pip could not install the pinned packages" "check the network; if it is fine, rm -r $environment and try again"
  stamp "$environment/.stamp" "${requirements[@]}"
fi
stage_end
