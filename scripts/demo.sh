#!/usr/bin/env bash
# demo.sh [--check|--widget]: everything from a fresh clone to the sample shop on http://127.0.0.1:8080.
# --widget: beside it, on http://127.0.0.1:8081, another shop's page with the search elements (docs/widget-demo).
# --check: on a free port, sends one photo, prints the answer and ends.
source "$(dirname "$0")/lib.sh"
scripts/build.sh release

if [ "${1:-}" = --widget ]; then
  "$venv/bin/python" -m http.server 8081 --bind 127.0.0.1 --directory docs/widget-demo >/dev/null 2>&1 &
  trap 'kill %1' EXIT
  stage "the other shop: http://127.0.0.1:8081; Ctrl-C ends both"
  "$release" demo --data "$demo_data" --demo-dir demo --listen 127.0.0.1:8080 --cors-origins http://127.0.0.1:8081
  exit
fi
if [ "${1:-}" != --check ]; then
  stage "the sample shop; Ctrl-C ends it"
  exec "$release" demo --data "$demo_data" --demo-dir demo --listen "${NOZAMA_LISTEN:-127.0.0.1:8080}"
fi

stage "importing the sample shop ($demo_data)"
"$release" demo --data "$demo_data" --demo-dir demo --prepare-only
stage "serving it, and sending one photo"
output=$(mktemp)
"$release" serve --data "$demo_data" --listen 127.0.0.1:0 --log-level warning >"$output" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$output"' EXIT
for _ in $(seq 600); do
  address=$(sed -n 's/^listening on //p' "$output")
  [ -n "$address" ] && break
  kill -0 "$server" 2>/dev/null || die "the server ended before it listened" "run: $release doctor --data $demo_data"
  sleep 0.1
done
[ -n "${address:-}" ] || die "the server did not listen within a minute" "run: $release doctor --data $demo_data"
photos=(demo/queries/*.webp)
photo=${photos[0]}
printf '%s → %s/api/v1/search\n' "$photo" "$address"
answer=$(curl --noproxy '*' --silent --show-error --fail-with-body -F "image=@$photo" -F limit=5 "$address/api/v1/search") || die "the search failed: $answer" "run: $release doctor --data $demo_data"
"$venv/bin/python" - "$answer" <<'PYTHON'
import json
import sys

answer = json.loads(sys.argv[1])
print("categories:", ", ".join(f"{c['name']} {100 * c['probability']:.1f} %" for c in answer["query"]["categories"]))
print("timings_ms:", answer["query"]["timings_ms"])
for rank, hit in enumerate(answer["results"], 1):
    print(f"{rank:3}  {hit['score']:.3f}  {hit['product']['id']}  {hit['product']['title']}")
sys.exit(0 if answer["results"] else "the sample photo found nothing")
PYTHON
kill -TERM "$server"
wait "$server"
trap - EXIT
rm -f "$output"
stage_end
echo "ok: the sample shop answers photos; ./dev demo serves it"
