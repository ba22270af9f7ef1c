#!/usr/bin/env bash
# bench_seed.sh [OPTIONS] [PHOTOS]: the first system's way, in Python, beside ours in one run; see bench/seed_pipeline/README.md.
# Its packages (1.6 GiB) go into an environment of their own, which nothing else needs.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh compiled-wheels
scripts/build.sh release

environment=build/seed-pipeline/venv
requirements=(bench/seed_pipeline/requirements.txt bench/seed_pipeline/requirements-annoy.txt)
if ! fresh "$environment/.stamp" "${requirements[@]}"; then
  stage "installing the first system's packages ($environment, 1.6 GiB)"
  mkdir -p build/seed-pipeline
  [ -x "$environment/bin/pip" ] || /usr/bin/python3 -m venv "$environment" || die "python3 -m venv failed" "apt-get install python3-venv, then try again"
  pip=("$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps)
  "${pip[@]}" --only-binary :all: -r "${requirements[0]}" && "${pip[@]}" --no-build-isolation -r "${requirements[1]}" ||
    die "pip could not install the pinned packages" "check the network; if it is fine, rm -r $environment and try again"
  stamp "$environment/.stamp" "${requirements[@]}"
fi
stage "the first system and nozama, side by side"
"$environment/bin/python" bench/seed_pipeline/compare.py --program "$release" "$@"
stage_end
