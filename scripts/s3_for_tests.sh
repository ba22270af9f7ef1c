#!/usr/bin/env bash
# s3_for_tests.sh start|stop FOLDER: an S3 server of its own (SeaweedFS) on free ports, with its files in FOLDER (made). `start` prints the
# place of an empty bucket as --blobs takes it; its key is nozama-test and the secret nozama-test-secret.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
command=$1 folder=$2
server=$PWD/$venv/bin/weed

free_ports() {
  python3 -c 'import socket
sockets = [socket.socket() for _ in range(8)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))'
}

case $command in
  start)
    [ -x "$server" ] || die "there is no S3 server in $venv" "run ./dev setup test"
    mkdir -p "$folder/data"
    cat >"$folder/identities.json" <<'JSON'
{"identities": [{"name": "nozama", "credentials": [{"accessKey": "nozama-test", "secretKey": "nozama-test-secret"}], "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}
JSON
    read -r master master_grpc volume volume_grpc filer filer_grpc s3 s3_grpc < <(free_ports)
    # Of the environment it keeps nothing: credentials there would become identities of its own.
    env -i PATH="$PATH" HOME="$folder" GOMAXPROCS=2 "$server" server -dir="$folder/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false \
      -master.port="$master" -master.port.grpc="$master_grpc" -master.volumeSizeLimitMB=64 -volume.max=20 -volume.port="$volume" -volume.port.grpc="$volume_grpc" \
      -filer -filer.port="$filer" -filer.port.grpc="$filer_grpc" -filer.localSocket="$folder/filer.sock" \
      -s3 -s3.port="$s3" -s3.port.grpc="$s3_grpc" -s3.port.iceberg=0 -s3.port.lance=0 -s3.config="$folder/identities.json" -s3.localSocket="$folder/s3.sock" \
      -s3.autoCreateBucket=false -s3.domainName=localhost >"$folder/server.log" 2>&1 &
    echo $! >"$folder/pid"
    for _ in $(seq 120); do
      if curl -sf -o /dev/null --max-time 5 --aws-sigv4 aws:amz:us-east-1:s3 --user nozama-test:nozama-test-secret -X PUT "http://127.0.0.1:$s3/nozama"; then
        echo "s3://nozama?endpoint=http://127.0.0.1:$s3"
        exit 0
      fi
      kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
      sleep 0.5
    done
    tail -20 "$folder/server.log" >&2
    die "the S3 server does not start" "read the lines above"
    ;;
  stop)
    if [ -f "$folder/pid" ]; then
      kill "$(cat "$folder/pid")" 2>/dev/null || true
      for _ in $(seq 50); do kill -0 "$(cat "$folder/pid")" 2>/dev/null || break; sleep 0.1; done
      kill -9 "$(cat "$folder/pid")" 2>/dev/null || true
    fi
    rm -rf "$folder"
    ;;
  *) die "unknown command $command" "s3_for_tests.sh start|stop FOLDER" ;;
esac
