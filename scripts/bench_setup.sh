#!/usr/bin/env bash
# bench_setup.sh: installs the indexes that `nozama bench index --peers …` runs beside ours, 760 MiB in an environment of their own.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh compiled-wheels
python_environment build/bench-peers/venv "the other indexes, 760 MiB" bench/index/requirements.txt bench/index/requirements-compiled.txt
stage_end
