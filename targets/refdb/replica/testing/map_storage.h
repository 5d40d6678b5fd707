// The storage of a replica under test: rows in memory, written at once.
//
// Thread safety: none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

class MapStorage final : public StorageReader {
 public:
  void scan(std::string_view prefix,
            const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (auto row = rows.lower_bound(std::string(prefix));
         row != rows.end() && row->first.starts_with(prefix); ++row) {
      visit(row->first, row->second);
    }
  }

  void apply(const std::vector<Write>& writes) {
    for (const Write& write : writes) {
      if (write.value) {
        rows[write.key] = *write.value;
      } else {
        rows.erase(write.key);
      }
    }
  }
  void apply(const Effects& effects) {
    apply(effects.writes);
    for (const auto& [first, last] : effects.delete_ranges)
      rows.erase(rows.lower_bound(first), rows.lower_bound(last));
  }

  std::map<std::string, std::string> rows;
};

}  // namespace assay::refdb
