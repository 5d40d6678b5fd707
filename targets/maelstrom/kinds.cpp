#include "targets/maelstrom/kinds.h"

#include <array>

namespace assay::maelstrom {

namespace {

constexpr std::array<KindInfo, 10> kKinds = {{
    {Kind::lin_kv, "lin-kv", "reads, writes and compare-and-sets of keys", "linearizable", "register", ""},
    {Kind::echo, "echo", "messages that come back as they were", "echo", "echo", ""},
    {Kind::broadcast, "broadcast", "messages that every node has in the end", "eventual", "set",
     "demand=eventual elements=integers also=set-full", false},
    {Kind::unique_ids, "unique-ids", "ids that are given once", "unique", "unique-ids", "", false},
    {Kind::g_set, "g-set", "a set that grows", "eventual", "set",
     "demand=eventual elements=integers also=set-full", false},
    {Kind::g_counter, "g-counter", "a counter that grows", "eventual", "counter", "demand=eventual", false},
    {Kind::pn_counter, "pn-counter", "a counter that grows and shrinks", "eventual", "counter",
     "demand=eventual decrements=yes", false},
    {Kind::txn_list_append, "txn-list-append", "transactions of reads of lists and appends to them",
     "strict-serializable", "list-append", ""},
    {Kind::txn_rw_register, "txn-rw-register", "transactions of reads and writes", "strict-serializable",
     "rw-register", ""},
    {Kind::kafka, "kafka", "logs: sends, polls and committed offsets", "logs", "kafka", ""},
}};

}  // namespace

std::span<const KindInfo> all_kinds() { return kKinds; }

const KindInfo* kind_named(std::string_view name) {
  for (const KindInfo& info : kKinds) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace assay::maelstrom
