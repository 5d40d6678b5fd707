#!/bin/sh
# What an operator asks of Redis and orders it, with redis-cli (target.json, "membership"). What is done already is done again with success.
#
#   membership.sh MODE view HOME ADDRESS              whom it knows as members (cluster), as primary, and in which epoch
#   membership.sh MODE transfer HOME ADDRESS NODE     ADDRESS is the primary's
#   membership.sh cluster remove HOME ADDRESS NODE    a primary with slots hands them to a replica first
#   membership.sh cluster add HOME ADDRESS NODE       nothing yet: who is to be met must run
#   membership.sh cluster join HOME DATA              on the new member's host, where it does not run: forgets what it was
#   membership.sh cluster enter HOME ADDRESS          there, when it runs: meets the cluster, and follows the primary that has fewest replicas
#
# HOME/nodes has a line "NODE ADDRESS" for each node. In a cluster the primary whose epoch is the latest counts as the leader.
set -eu
mode=$1 command=$2 home=$3 address=$4 node=${5:-}
port=6379

fail() {
  echo "$1" >&2
  exit 1
}
# redis-cli ends with 0 whatever it was answered; an error begins with a word in capitals.
ask() {
  asked=$1
  shift
  said=$(timeout 2 redis-cli -h "$asked" "$@" 2>&1) || fail "$asked: $said"
  case $said in
    ERR* | NOGOODSLAVE* | INPROG* | LOADING* | CLUSTERDOWN* | "Could not connect"*) fail "$asked: $said" ;;
  esac
  printf '%s\n' "$said"
}
address_of() { awk -v node="$1" '$1 == node { print $2 }' "$home/nodes"; }
name_of() { awk -v address="$1" '$2 == address { print $1 }' "$home/nodes"; }

# "ID ADDRESS FLAGS PRIMARY EPOCH SLOTS..." of every member that a server knows.
members() { ask "$1" cluster nodes | awk '$3 !~ /handshake|noaddr/ { sub(/:.*/, "", $2); print $1, $2, $3, $4, $7, $9 }'; }

view_of_cluster() {
  known=$(members "$address")
  echo "$known" | while read -r id its rest; do
    its_name=$(name_of "$its")
    [ -z "$its_name" ] || echo "member $its_name"
  done
  echo "$known" | awk '$3 ~ /master/ && $3 !~ /fail/ && $6 != "" { print $5, $2 }' | sort -n | tail -n 1 | while read -r epoch its; do
    echo "leader $(name_of "$its")"
    echo "term $epoch"
  done
}

view_of_sentinel() {
  [ "$(ask "$address" ping)" = PONG ]
  primary=$(ask "$address" -p 26379 sentinel get-master-addr-by-name assay | head -n 1)
  [ -z "$primary" ] || echo "leader $(name_of "$primary")"
  echo "term $(ask "$address" -p 26379 sentinel master assay | grep -A 1 '^config-epoch' | tail -n 1)"
}

# Tenths of a second, and what is to succeed within them.
await() {
  tenths=$1
  shift
  until "$@"; do
    tenths=$((tenths - 1))
    [ $tenths -gt 0 ] || return 1
    sleep 0.1
  done
}
plays() { [ "$(redis-cli -h "$1" role 2>/dev/null | head -n 1)" = "$2" ]; }
has_data() { redis-cli -h "$1" info replication 2>/dev/null | grep -q '^master_link_status:up'; }
await_role() { await 30 plays "$1" "$2" || fail "$(name_of "$1") is no $2 yet"; }
# A replica takes over from its primary, which waits until the replica has everything. Asked twice it would begin anew.
take_over() {
  ask "$1" cluster failover >/dev/null
  await_role "$1" master
}

# Of those that follow this primary and are there, one that has its data.
replica_of() {
  members "$address" | awk -v id="$1" '$4 == id && $3 !~ /fail/ { print $2 }' | while read -r its; do
    ! has_data "$its" || { echo "$its" && break; }
  done
}

# A primary of other slots has the latest epoch when it has handed them over and got them back.
hand_over() {
  to=$(address_of "$node")
  line=$(members "$address" | awk -v its="$to" '$2 == its')
  case $line in
    *master*)
      replica=$(replica_of "${line%% *}")
      [ -n "$replica" ] || fail "$node has no replica"
      take_over "$replica"
      await_role "$to" slave
      await 30 has_data "$to" || fail "$(name_of "$to") has not got the primary's data"
      take_over "$to"
      ;;
    *slave*) take_over "$to" ;;
    *) fail "$node is no member" ;;
  esac
}

each_sentinel() { awk '{ print $2 }' "$home/nodes"; }
hurry() {
  for its in $(each_sentinel); do timeout 2 redis-cli -h "$its" -p 26379 sentinel debug info-period "$1" >/dev/null 2>&1 || true; done
}
# "ADDRESS ROLE PRIORITY" of the replicas that a sentinel knows, as it heard it last.
heard_by() {
  timeout 2 redis-cli -h "$1" -p 26379 sentinel replicas assay 2>/dev/null | awk '
    NR % 2 == 1 { field = $0; next }
    field == "ip" { ip = $0 }
    field == "role-reported" { role = $0 }
    field == "slave-priority" { print ip, role, $0 }'
}
# Who has not heard yet that it follows makes it follow again, and ends the failover.
all_have_heard() {
  for its in $(each_sentinel); do
    [ "$(redis-cli -h "$its" -p 26379 ping 2>/dev/null)" != PONG ] || heard_by "$its" | grep -qxF "$1 slave 1" || return 1
  done
}

is_under_way() {
  ask "$address" -p 26379 sentinel master assay | grep -q failover_in_progress ||
    [ "$(ask "$address" -p 26379 sentinel get-master-addr-by-name assay | head -n 1)" = "$1" ]
}

# By priority. Sentinels ask every ten seconds, and five times a second while they are to hear of it.
choose_by_sentinel() {
  to=$(address_of "$node")
  ! is_under_way "$to" || return 0
  while read -r other its; do
    priority=100
    [ "$other" != "$node" ] || priority=1
    timeout 2 redis-cli -h "$its" config set replica-priority $priority </dev/null >/dev/null 2>&1 || true
  done <"$home/nodes"
  hurry 200
  heard=yes
  await 150 all_have_heard "$to" || heard=no
  hurry 10000
  [ $heard = yes ] || fail "not every sentinel takes $node for a replica that is preferred"
  ask "$address" -p 26379 sentinel failover assay >/dev/null
}

case $mode-$command in
  cluster-view) view_of_cluster ;;
  sentinel-view) view_of_sentinel ;;
  cluster-transfer) hand_over ;;
  sentinel-transfer) choose_by_sentinel ;;
  cluster-remove)
    gone=$(address_of "$node")
    line=$(members "$address" | awk -v its="$gone" '$2 == its')
    case $line in
      *master*[0-9]-[0-9]*)
        replica=$(replica_of "${line%% *}")
        [ -n "$replica" ] || fail "$node has slots, and no replica that could take them"
        take_over "$replica"
        await_role "$gone" slave
        ;;
    esac
    # Everybody has to forget it within a minute, or is told of it again by who has not.
    while read -r other its; do
      [ "$other" != "$node" ] || continue
      known=$(members "$its" | awk -v gone="$gone" '$2 == gone { print $1 }')
      for id in $known; do ask "$its" cluster forget "$id" </dev/null >/dev/null; done
    done <"$home/nodes"
    redis-cli -h "$gone" cluster reset soft >/dev/null 2>&1 || true
    ;;
  cluster-add) ask "$address" ping >/dev/null ;;
  cluster-join) rm -rf "$4/nodes.conf" "$4/appendonlydir" ;;
  cluster-enter)
    known=$(members "$address")
    if [ "$(echo "$known" | wc -l)" -lt 2 ]; then
      while read -r other its; do
        [ "$its" = "$address" ] || ! timeout 2 redis-cli -h "$its" cluster info </dev/null 2>/dev/null | grep -q '^cluster_size:[1-9]' ||
          ask "$address" cluster meet "$its" $port </dev/null >/dev/null
      done <"$home/nodes"
      fail "it gets to know the cluster"
    fi
    case $(echo "$known" | grep myself) in
      *master*)
        fewest=$(echo "$known" | awk '
          $3 ~ /master/ && $6 != "" { replicas[$1] += 0 }
          $4 != "-" { replicas[$4]++ }
          END { for (id in replicas) print replicas[id], id }' | sort -n | head -n 1)
        [ -n "$fewest" ] || fail "it knows no primary yet"
        ask "$address" cluster replicate "${fewest#* }" >/dev/null
        fail "it begins to follow a primary"
        ;;
    esac
    ask "$address" info replication | grep -q '^master_link_status:up' || fail "it has not got the data yet"
    ;;
  *) fail "no such order: $mode $command" ;;
esac
