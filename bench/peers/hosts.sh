# What the comparisons on hosts share: hosts up and down, stores started and ended by their process ids, processor time.
# Sourced; wants $build and a function `fail`.
names=() addresses=() identity='' known_hosts='' data=''
declare -a pids=()
# on HOST-INDEX COMMAND: runs it inside the host, as any user of the host would.
on() {
  local address=${addresses[$1]}; shift
  ssh -q -o BatchMode=yes -o UserKnownHostsFile="$known_hosts" -i "$identity" "root@$address" "$@"
}

# Ends the running store's processes by their ids and removes its data.
stop_store() {
  local i
  for i in "${!pids[@]}"; do
    on "$i" "kill ${pids[$i]} 2>/dev/null; n=0; while kill -0 ${pids[$i]} 2>/dev/null && [ \$n -lt 50 ]; do sleep 0.1;
      n=\$((n + 1)); done; kill -9 ${pids[$i]} 2>/dev/null; rm -rf $data/peers" </dev/null || true
  done
  pids=()
}
finish() {
  local code=$?
  trap - EXIT
  trap '' INT TERM
  stop_store
  "$build/bench/peers/bench_hosts" down || code=255
  exit "$code"
}

# start HOST-INDEX COMMAND: in the background; keeps its id.
start() {
  pids[$1]=$(on "$1" "cd $data/peers && { nohup $2 >log 2>&1 </dev/null & echo \$!; }" </dev/null)
}

# Processor time so far, in ticks: of the whole machine (what is not idle), and of the store and its driver.
machine_ticks() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9 }' /proc/stat; }
own_ticks() {
  local i
  {
    for i in "${!pids[@]}"; do on "$i" "cut -d' ' -f14,15 /proc/${pids[$i]}/stat" </dev/null; done
    cut -d' ' -f16,17 /proc/$$/stat
  } | awk '{ sum += $1 + $2 } END { print sum }'
}

median() {
  tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -g |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# bring_up COUNT: hosts that go again when the script ends, however it does.
bring_up() {
  trap finish EXIT
  trap 'exit 255' INT TERM
  local listing
  listing=$("$build/bench/peers/bench_hosts" up "$1") || fail "the hosts can't be brought up"
  while read -r name address _; do names+=("$name") addresses+=("$address"); done <<<"$listing"
  # The same for all hosts.
  read -r _ _ identity known_hosts data <<<"${listing%%$'\n'*}"
}
