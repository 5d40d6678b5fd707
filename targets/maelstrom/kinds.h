// Maelstrom's workloads by name, and what they are here: the mode of the target (which messages are spoken) and the workload of
// Assay that asks and names the judges, with its options.
//
// https://github.com/jepsen-io/maelstrom, doc/workloads.md. Thread safety: constant tables.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace assay::maelstrom {

enum class Kind : std::uint8_t {
  lin_kv,
  echo,
  broadcast,
  unique_ids,
  g_set,
  g_counter,
  pn_counter,
  txn_list_append,
  txn_rw_register,
  kafka,
};

struct KindInfo {
  Kind kind;
  std::string_view name;  // Maelstrom's, and that of the mode
  std::string_view summary;
  std::string_view claims;
  std::string_view workload;
  std::string_view options;  // of the workload: "demand=eventual elements=integers"
  bool keyed = true;         // false: the protocol has one object, which needs no key
};

// The first is the usual one.
std::span<const KindInfo> all_kinds();
// Null when there is none of that name.
const KindInfo* kind_named(std::string_view name);

}  // namespace assay::maelstrom
