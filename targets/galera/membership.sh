#!/bin/sh
# What an operator asks of a cluster and orders it (target.json, "membership"). Who is a member is who is there: a node leaves by ending in
# good order, and joins again by being started.
#
#   membership.sh view ADDRESS NAME          whom it knows as members; itself as leader when it takes writes, since all of them do
#   membership.sh remove ADDRESS ITS_NAME NODE ITS_ADDRESS
#                                            ends NODE, if ADDRESS knows it
#   membership.sh serves ADDRESS NAME        whether it has everything
set -eu
command=$1 address=$2

query() { timeout 3 mariadb --no-defaults -h "$1" -u assay -passay --connect-timeout=2 -BNe "$2" 2>&1; }
members() { query "$1" "SELECT node_name FROM mysql.wsrep_cluster_members"; }
status() { query "$1" "SHOW GLOBAL STATUS WHERE variable_name IN ('wsrep_cluster_status', 'wsrep_local_state', 'wsrep_cluster_conf_id')"; }
is_synced() { printf '%s\n' "$1" | grep -q 'wsrep_local_state[[:space:]]4$' && printf '%s\n' "$1" | grep -q '[[:space:]]Primary$'; }

case $command in
  view)
    state=$(status "$address")
    # Without a majority it can't know who left it.
    printf '%s\n' "$state" | grep -q '[[:space:]]Primary$'
    members "$address" | sed 's/^/member /'
    ! is_synced "$state" || echo "leader $3"
    printf '%s\n' "$state" | sed -n 's/^wsrep_cluster_conf_id[[:space:]]*/term /p'
    ;;
  remove)
    known=$(members "$address")
    printf '%s\n' "$known" | grep -qxF "$4" || exit 0
    query "$5" SHUTDOWN
    patience=100
    while members "$address" | grep -qxF "$4"; do
      patience=$((patience - 1))
      [ $patience -gt 0 ] || { echo "$4 does not leave" >&2 && exit 1; }
      sleep 0.1
    done
    ;;
  serves)
    state=$(status "$address")
    is_synced "$state"
    ;;
esac
