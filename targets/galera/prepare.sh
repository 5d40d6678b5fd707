#!/bin/sh
# Before each start of a node: sees to it that it has data, and says how it finds the cluster.
#
#   prepare.sh DATA HOME MODE
#   prepare.sh DATA HOME MODE position|found|follow
#
# The first node makes an empty database and founds the cluster with it, once: HOME/found-cluster allows that, and is gone then. Every
# other node begins with nothing, and the cluster sends it everything (a state transfer). One that has data goes on from where that
# ends, which is asked of its storage engine after a crash. Who was the last to leave a cluster may found it again ("safe_to_bootstrap");
# when all of them crashed, they find each other again by themselves (gvwstate.dat, pc.recovery). Where they do not, an operator looks
# where each of them ends (position), lets the one that has most found the cluster (found), and the others join it (follow).
set -eu
data=$1 home=$2 mode=$3
database=$data/db
configuration=$data/my.cnf
export LC_ALL=C

say() { printf '%s\n' "$1" >>"$configuration"; }

# The last thing that went wrong there.
complain() {
  { grep ERROR "$1" || tail -n 3 "$1"; } | tail -n 3 >&2
  exit 1
}

# What remains is which cluster it was in last: without a member that all others remember they would not found it again.
empty() {
  rm -f "$data/gvwstate.dat"
  [ ! -s "$database/gvwstate.dat" ] || cp -p "$database/gvwstate.dat" "$data/gvwstate.dat"
  rm -rf "$database" "$data/complete"
  install -d -o mysql -g mysql -m 750 "$database"
  [ ! -e "$data/gvwstate.dat" ] || mv "$data/gvwstate.dat" "$database/gvwstate.dat"
}

# What is written must be there when the power fails as soon as the server runs.
complete() {
  touch "$data/complete"
  sync -f "$data"
}

make_new() {
  empty
  printf '%s\n' "FLUSH PRIVILEGES;" "CREATE DATABASE assay;" "CREATE USER 'assay'@'%' IDENTIFIED BY 'assay';" \
    "GRANT ALL ON *.* TO 'assay'@'%';" >"$data/first.sql"
  mariadb-install-db --no-defaults --user=mysql --datadir="$database" --tmpdir="$data/tmp" --skip-test-db --skip-name-resolve \
    --innodb-log-file-size=16M --extra-file="$data/first.sql" >"$data/install.log" 2>&1 || complain "$data/install.log"
  complete
}

# Whether what is here is a state of some cluster: not one that never arrived, or only half.
has_state() {
  [ -s "$database/grastate.dat" ] && ! grep -q '^uuid: *00000000-0000-0000-0000-000000000000' "$database/grastate.dat" &&
    [ ! -e "$database/sst_in_progress" ]
}

last_to_leave() {
  [ ! -s "$database/gvwstate.dat" ] && grep -q '^safe_to_bootstrap: *1' "$database/grastate.dat"
}

# Where the storage engine's state ends, "uuid:number".
recovered_position() {
  mariadbd --defaults-file="$configuration" --user=mysql --wsrep-recover >"$data/recover.log" 2>&1 || return 1
  sed -n 's/.*WSREP: Recovered position: *\([^ ,]*\).*/\1/p' "$data/recover.log" | tail -n 1
}

# Who sends everything to another node and loses its majority over it stays unready for ever: on a busy machine the first minutes want
# more patience. When all nodes are there, it is what the run asks for.
be_patient() { sed -i 's/evs\.suspect_timeout=PT[0-9.]*S/evs.suspect_timeout=PT5S/' "$configuration"; }

chmod 711 "$data"
install -d -o mysql -g mysql -m 750 "$data/tmp"
rm -f "$configuration"
cp "$home/my.cnf" "$configuration"
chmod 644 "$configuration"
if [ "$mode" = single ]; then
  [ -e "$data/complete" ] || make_new
  exit 0
fi
case ${4:-start} in
  position)
    [ -e "$data/complete" ] && has_state || exit 1
    say 'wsrep_cluster_address=gcomm://' # it is not asked, but must be there
    position=$(recovered_position)
    number=${position#*:}
    [ -n "$number" ] && [ "$number" -ge 0 ] && echo "$number"
    exit
    ;;
  found | follow)
    rm -f "$database/gvwstate.dat" "$data/gvwstate.dat" "$home/found-again"
    [ "$4" = follow ] || touch "$home/found-again"
    exit
    ;;
esac
members=$(cat "$home/members")
if [ -e "$home/found-cluster" ]; then
  make_new
  be_patient
  rm "$home/found-cluster"
  say 'wsrep_cluster_address=gcomm://'
elif [ ! -e "$data/complete" ] || ! has_state; then
  empty
  complete
  be_patient
  say "wsrep_cluster_address=gcomm://$members"
else
  if last_to_leave || [ -e "$home/found-again" ]; then
    # Who was not the last one needs the word of an operator.
    [ ! -e "$home/found-again" ] || sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$database/grastate.dat"
    rm -f "$home/found-again"
    say 'wsrep_cluster_address=gcomm://'
  else
    say "wsrep_cluster_address=gcomm://$members"
  fi
  if position=$(recovered_position); then
    [ -z "$position" ] || say "wsrep_start_position=$position"
  else
    # Nothing syncs what came by a state transfer: it is sent again.
    mv "$data/recover.log" "$data/broken.log"
    empty
    complete
  fi
fi
