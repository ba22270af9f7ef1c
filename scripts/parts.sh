#!/usr/bin/env bash
# parts.sh: makes what the program needs beside its C++: the model bundles and the storefront. Quick when they are up to date.
source "$(dirname "$0")/lib.sh"

stage "model bundles ($models)"
"$venv/bin/python" models/make_bundle.py >&2

web_files() { find web/src web/static web/scripts web/package-lock.json web/vite.config.ts web/vite.widget.config.ts web/tsconfig.json docs/openapi.yaml -type f | LC_ALL=C sort; }
mapfile -t files < <(web_files)
if ! fresh build/.web-stamp "${files[@]}" || [ ! -f build/web/widget/nozama.json ]; then
  stage "storefront (build/web)"
  use_node
  log=$(mktemp)
  (cd web && npm run --silent build) >"$log" 2>&1 || { tail -40 "$log" >&2; die "the storefront does not build" "read the lines above"; }
  rm -f "$log"
  mapfile -t files < <(web_files)
  stamp build/.web-stamp "${files[@]}"
fi
stage_end
