#!/usr/bin/env bash
# postgres_for_tests.sh start|stop FOLDER [durable]: a PostgreSQL server of its own on a free port, with its files in FOLDER (made, outside of
# this repository: the server's user must reach it). `start` prints the URL of an empty database. The server never runs as root. Without
# `durable` it does not wait for the disk: quick, but nothing to measure.
set -euo pipefail
command=$1 folder=$2 fsync=off
[ "${3:-}" != durable ] || fsync=on

die() {
  printf '\n%s\n  remedy: %s\n' "$1" "$2" >&2
  exit 1
}

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] && [ -x "$programs/initdb" ] || die "there is no PostgreSQL server here" "apt-get install postgresql-15"
as_server=()
if [ "$(id -u)" -eq 0 ]; then
  getent passwd postgres >/dev/null || die "the server's user is missing" "apt-get install --reinstall postgresql-common"
  as_server=(runuser -u postgres --)
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

case $command in
  start)
    mkdir -p "$folder"
    chmod 700 "$folder"
    echo "nozama-test" >"$folder/password"
    [ ${#as_server[@]} -eq 0 ] || chown -R postgres: "$folder"
    cd "$folder"
    log=$folder/server.log
    "${as_server[@]}" "$programs/initdb" -D "$folder/data" -U nozama --pwfile="$folder/password" --auth-local=trust --auth-host=scram-sha-256 \
      -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; die "initdb failed" "read the lines above"; }
    for _ in 1 2 3; do  # another process may take the port first
      port=$(free_port)
      settings="-p $port -h 127.0.0.1 -k '$folder' -c fsync=$fsync -c max_connections=200 -c shared_buffers=128MB"
      if "${as_server[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$log" -o "$settings" -w -s start >&2; then
        "${as_server[@]}" "$programs/createdb" -h "$folder" -p "$port" -U nozama nozama
        echo "postgresql://nozama:nozama-test@127.0.0.1:$port/nozama"
        exit 0
      fi
    done
    cat "$log" >&2
    die "the PostgreSQL server does not start" "read the lines above"
    ;;
  stop)
    cd /
    [ ! -d "$folder/data" ] || "${as_server[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate -w -s stop >&2 || true
    rm -rf "$folder"
    ;;
  *) die "unknown command $command" "postgres_for_tests.sh start|stop FOLDER [durable]" ;;
esac
