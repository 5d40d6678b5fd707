#!/bin/sh
# Before each start of a node: sees to it that it has a database.
#
#   prepare.sh DATA HOME NUMBER NAME FENCING PEER...
#
# A node without one copies that of a primary. Where no other node answers, the first node makes a new one. With FENCING "on" an old
# primary that finds another primary in its place copies that one's database and becomes its standby; what only it had is gone.
set -eu
data=$1 home=$2 number=$3 name=$4 fencing=$5
shift 5
database=$data/db
bin=/usr/lib/postgresql/15/bin
export PGUSER=assay PGPASSWORD=assay PGDATABASE=postgres PGCONNECT_TIMEOUT=2 LC_ALL=C

as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }

find_primary() {
  for peer; do
    [ "$(psql -h "$peer" -AtXc 'SELECT NOT pg_is_in_recovery()' 2>/dev/null)" = t ] || continue
    echo "$peer"
    return
  done
}

anybody() {
  for peer; do
    "$bin/pg_isready" -q -h "$peer" -t 2 && return 0
  done
  return 1
}

empty() {
  rm -rf "$database" "$data/complete"
  install -d -o postgres -g postgres -m 700 "$database"
}

# Programs of PostgreSQL sync what they write; the power may fail as soon as the server runs.
complete() {
  touch "$data/complete"
  sync "$data/complete" "$data"
}

copy_from() {
  empty
  as_postgres "$bin/pg_basebackup" -D "$database" -X stream -c fast -R -d "host=$1 application_name=$name" >&2
  complete
}

make_new() {
  empty
  (umask 022 && printf '%s\n' "$PGPASSWORD" >"$data/password")
  as_postgres "$bin/initdb" -D "$database" -U "$PGUSER" --pwfile="$data/password" -A scram-sha-256 -E UTF8 --locale=C >&2
  rm "$data/password"
  printf 'host all all all scram-sha-256\nhost replication all all scram-sha-256\n' >>"$database/pg_hba.conf"
  [ ! -e "$home/synchronous.conf" ] || cat "$home/synchronous.conf" >>"$database/postgresql.conf"
  sync "$database/pg_hba.conf" "$database/postgresql.conf"
  complete
}

chmod 711 "$data"
if [ -e "$data/complete" ]; then
  rm -f "$database/postmaster.pid" # of a server that was killed
  if [ "$fencing" = on ] && [ ! -e "$database/standby.signal" ]; then
    primary=$(find_primary "$@")
    [ -z "$primary" ] || copy_from "$primary"
  fi
  exit 0
fi
attempt=0
while [ "$attempt" -lt 40 ]; do
  primary=$(find_primary "$@")
  if [ -n "$primary" ]; then
    copy_from "$primary"
    exit 0
  fi
  if [ "$number" = 0 ] && ! anybody "$@"; then
    make_new
    exit 0
  fi
  attempt=$((attempt + 1))
  sleep 0.5
done
echo "there is no primary whose database could be copied" >&2
exit 1
