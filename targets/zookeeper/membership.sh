#!/bin/sh
# What an operator asks of ZooKeeper and orders it (target.json, "membership"): questions by its four letters, orders by its own command
# line program. ADDRESS is that of a server that answers. What is done already is done again with success.
#
#   membership.sh view ADDRESS HOME             whom it knows as members, and as leader, in which epoch
#   membership.sh remove ADDRESS HOME NODE
#   membership.sh add ADDRESS HOME NODE         prints the members of then, as ZooKeeper writes them
#   membership.sh join HOME                     on the new member's host, where it does not run: begins with the members that standard
#                                               input names
#
# HOME/nodes has a line "ORDINAL NODE ADDRESS" for each node.
set -eu
command=$1 address=$2 home=${3:-$2}
java_home=/usr/share/java

# What a server answers to four letters. An empty answer is none.
ask() {
  answer=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/2181" && printf %s "$1" >&3 && cat <&3' "$address" "$1" 2>/dev/null) || return 1
  [ -n "$answer" ] && printf '%s\n' "$answer"
}
configured() { ask conf | grep '^server\.[0-9]*=.*:participant'; }
ordinal_of() { awk -v node="$1" '$2 == node { print $1 }' "$home/nodes"; }

# A change of the members, of somebody who may do everything there.
order() {
  said=$(printf '%s\n' 'addauth digest super:assay' "$1" | timeout 15 java -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp $java_home/zookeeper.jar:$java_home/slf4j-simple.jar \
    org.apache.zookeeper.ZooKeeperMain -server "$address:2181" 2>&1) || true
  case $said in
    *"Committed new configuration"*) ;;
    *)
      echo "$said" | tail -n 1 >&2
      exit 1
      ;;
  esac
}

case $command in
  view)
    status=$(ask srvr)
    mode=$(echo "$status" | sed -n 's/^Mode: //p')
    [ -n "$mode" ]
    members=$(configured)
    # A follower names nobody, but is connected with its leader alone.
    leader=$address
    [ "$mode" = leader ] || leader=$(ss -Htn state established '( dport = :2888 )' | awk '{ print $NF }' | sed 's/:2888$//; s/^\[//; s/\]$//; s/^::ffff://' | head -n 1)
    echo "$members" | sed 's/^server\.\([0-9]*\)=.*/\1/' | while read -r ordinal; do
      awk -v ordinal="$ordinal" '$1 == ordinal { print "member", $2 }' "$home/nodes"
    done
    awk -v leader="$leader" '$3 == leader { print "leader", $2 }' "$home/nodes"
    transaction=$(echo "$status" | sed -n 's/^Zxid: //p')
    echo "term $((transaction >> 32))"
    ;;
  remove)
    ordinal=$(ordinal_of "$4")
    before=$(configured)
    ! echo "$before" | grep -q "^server\.$ordinal=" || order "reconfig -remove $ordinal"
    ;;
  add)
    ordinal=$(ordinal_of "$4")
    new=$(awk -v node="$4" '$2 == node { print $3 }' "$home/nodes")
    before=$(configured)
    echo "$before" | grep -q "^server\.$ordinal=" || order "reconfig -add server.$ordinal=$new:2888:3888:participant;$new:2181"
    configured
    ;;
  join)
    rm -f "$home"/zoo.cfg.dynamic*
    cat >"$home/zoo.cfg.dynamic"
    [ -s "$home/zoo.cfg.dynamic" ]
    sed -i "s|^dynamicConfigFile=.*|dynamicConfigFile=$home/zoo.cfg.dynamic|" "$home/zoo.cfg"
    ;;
esac
