#!/bin/sh
# What an operator asks of etcd and orders it, with etcdctl (target.json, "membership"). Each command but join is given the address of a
# member that answers. What is done already is done again with success.
#
#   membership.sh view ADDRESS                     whom it knows as started members, and as leader, in which term
#   membership.sh remove ADDRESS NODE
#   membership.sh add ADDRESS NODE ITS_NAME        prints "NAME=PEER_URL,...": the members of then
#   membership.sh transfer ADDRESS NODE            ADDRESS leads
#   membership.sh join HOME DATA                   on the new member's host, where it does not run: forgets what it was, and begins with
#                                                  the members that standard input names
set -eu
command=$1 address=${2:-}
ask() { ETCDCTL_API=3 timeout 3 etcdctl --dial-timeout=500ms --command-timeout=2s --endpoints="http://$address:2379" "$@"; }
# "ID NAME PEER_URL" of each; a member that never started has no name, told as "-".
members() {
  listed=$(ask member list -w simple) || return 1
  echo "$listed" | awk -F', *' '{ print $1, ($3 == "" ? "-" : $3), $4 }'
}
case $command in
  view)
    # etcdctl takes two seconds to say that nobody listens.
    timeout 1 bash -c ': 2>/dev/null >"/dev/tcp/$0/2379"' "$address"
    # One after the other, so that each must answer.
    listed=$(ask member list -w fields)
    status=$(ask endpoint status -w fields)
    printf '%s\n' "$listed" "$status" | tr -d '"' | awk '
      $1 == "ID" { id = $3 }
      $1 == "Name" && $3 != "" { name[id] = $3; print "member", $3 }
      $1 == "Leader" { leader = $3 }
      $1 == "RaftTerm" { term = $3 }
      END { if (leader in name) print "leader", name[leader]; print "term", term + 0 }'
    ;;
  remove)
    known=$(members)
    id=$(echo "$known" | awk -v name="$3" '$2 == name { print $1 }')
    [ -z "$id" ] || ask member remove "$id"
    ;;
  add)
    url=http://$4:2380
    known=$(members)
    if ! echo "$known" | grep -q " $url\$"; then
      ask member add "$3" --peer-urls="$url" >/dev/null
      known=$(members)
    fi
    echo "$known" | awk -v name="$3" -v url="$url" '{ printf "%s%s=%s", (NR > 1 ? "," : ""), ($3 == url ? name : $2), $3 } END { print "" }'
    ;;
  transfer)
    known=$(members)
    ask move-leader "$(echo "$known" | awk -v name="$3" '$2 == name { print $1 }')"
    ;;
  join)
    read -r known
    rm -rf "$3/member"
    sed -i "s|^initial-cluster:.*|initial-cluster: $known|; s|^initial-cluster-state:.*|initial-cluster-state: existing|" "$2/etcd.yml"
    ;;
esac
