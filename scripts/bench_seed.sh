#!/usr/bin/env bash
# bench_seed.sh [OPTIONS] [PHOTOS]: the first system's way, in Python, beside ours in one run; see bench/seed_pipeline/README.md.
# Its packages (1.6 GiB) go into an environment of their own, which nothing else needs.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh compiled-wheels
scripts/build.sh release

environment=build/seed-pipeline/venv
python_environment "$environment" "the first system's packages, 1.6 GiB" bench/seed_pipeline/requirements.txt bench/seed_pipeline/requirements-annoy.txt
stage "the first system and nozama, side by side"
"$environment/bin/python" bench/seed_pipeline/compare.py --program "$release" "$@"
stage_end
