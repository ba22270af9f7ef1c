#!/usr/bin/env bash
# clients.sh: makes the TypeScript and Python clients from docs/openapi.yaml: build/clients/*.tgz and *.whl. Quick when they are up to date.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh
made=$PWD/build/clients
mapfile -t sources < <(git ls-files --cached --others --exclude-standard clients docs/openapi.yaml scripts/clients.sh)
if fresh "$made/.stamp" "${sources[@]}"; then exit; fi

python_environment "$made/venv" "the generator of the Python client" clients/python/requirements.txt
stage "Python client"
rm -rf "$made"/python "$made"/*.whl
mkdir -p "$made/python"
(
  cd "$made/python"
  PATH=$made/venv/bin:$PATH openapi-python-client generate --path ../../../docs/openapi.yaml --config ../../../clients/python/generator.yml --meta none --output-path nozama_client
) >"$made/python.log" 2>&1 || { tail -20 "$made/python.log" >&2; die "the Python client could not be made" "read the lines above"; }
if grep -q 'WARNING\|Unable' "$made/python.log"; then
  cat "$made/python.log" >&2
  die "the generator left something out" "describe it in docs/openapi.yaml as the generator understands it, or give its type in clients/python/generator.yml"
fi
cp clients/python/__init__.py clients/python/shop.py "$made/python/nozama_client/"
cp clients/python/pyproject.toml "$made/python/"
cp docs/clients.md "$made/python/README.md"
"$made/venv/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$made" "$made/python"

stage "TypeScript client"
use_node
rm -rf "$made"/typescript/{src,dist} "$made"/*.tgz
mkdir -p "$made/typescript"
cp -r clients/typescript/. docs/openapi.yaml "$made/typescript/"
cp docs/clients.md "$made/typescript/README.md"
(
  cd "$made/typescript"
  npm ci --no-audit --no-fund --loglevel=error
  npm run --silent build
  npm pack --silent --pack-destination ..
) >"$made/typescript.log" 2>&1 || { tail -20 "$made/typescript.log" >&2; die "the TypeScript client could not be made" "check the network and read the lines above"; }
stamp "$made/.stamp" "${sources[@]}"
stage_end
