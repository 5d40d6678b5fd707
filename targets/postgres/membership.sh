#!/bin/sh
# What an operator asks of PostgreSQL and orders it, in SQL (target.json, "membership"). Members are those whom a commit may wait for
# (synchronous_standby_names), the same on every node, whoever is promoted. Who is none any more goes on receiving the log.
#
#   membership.sh view HOME ADDRESS NAME           whom it has as members, whom it takes for the primary, on which timeline
#   membership.sh remove HOME ADDRESS NODE COUNT   so many acknowledgements a commit waits for
#   membership.sh add HOME ADDRESS NODE COUNT      prints what they are then
#   membership.sh enter HOME ADDRESS               on the new member's host: takes over what standard input says; ends with 0 when it
#                                                  receives the log
#
# HOME/nodes has a line "NODE ADDRESS" for each node.
set -eu
command=$1 home=$2 address=$3 node=${4:-} count=${5:-}
export PGUSER=assay PGPASSWORD=assay PGDATABASE=postgres PGCONNECT_TIMEOUT=2 LC_ALL=C

fail() {
  echo "$1" >&2
  exit 1
}
query() { timeout 5 psql -h "$1" -AtXqc "$2" </dev/null; }
# "ANY 1 ("n1", "n2")" as a name a line.
members() { query "$1" 'SHOW synchronous_standby_names' | grep -o '"[^"]*"' | tr -d '"'; }
is_primary() { [ "$(query "$1" 'SELECT pg_is_in_recovery()')" = f ]; }

# On every node that answers. A node that was away has another list until it is set again, and never fewer acknowledgements.
set_members() {
  wanted="ANY $count ($(echo "$1" | sed 's/.*/"&"/' | paste -sd, -))"
  while read -r other its; do
    query "$its" "ALTER SYSTEM SET synchronous_standby_names = '$wanted'" 2>/dev/null || continue
    query "$its" 'SELECT pg_reload_conf()' >/dev/null
  done <"$home/nodes"
}

case $command in
  view)
    known=$(members "$address")
    echo "$known" | sed 's/^/member /'
    if is_primary "$address"; then
      echo "leader $node"
      timeline=$(query "$address" "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")
      echo "term $((0x$timeline))"
    else
      query "$address" "SELECT sender_host, received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming'" | tr '|' ' ' | while read -r its timeline; do
        awk -v its="$its" '$2 == its { print "leader", $1 }' "$home/nodes"
        echo "term $timeline"
      done
    fi
    ;;
  remove)
    known=$(members "$address")
    echo "$known" | grep -qxF "$node" || exit 0
    is_primary "$address" || fail "no primary answers"
    ! is_primary "$(awk -v node="$node" '$1 == node { print $2 }' "$home/nodes")" 2>/dev/null || fail "$node is the primary"
    left=$(echo "$known" | grep -vxF "$node")
    [ "$(echo "$left" | wc -l)" -gt "$count" ] || fail "commits wait for $count standbys: none can be left out"
    set_members "$left"
    ;;
  add)
    known=$(members "$address")
    set_members "$(printf '%s\n%s\n' "$known" "$node" | sort -u)"
    echo "$wanted"
    ;;
  enter)
    read -r wanted
    query "$address" "ALTER SYSTEM SET synchronous_standby_names = '$wanted'"
    query "$address" 'SELECT pg_reload_conf()' >/dev/null
    query "$address" 'SELECT status FROM pg_stat_wal_receiver' | grep -qx streaming
    ;;
esac
