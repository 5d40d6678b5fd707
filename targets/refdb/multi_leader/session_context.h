// What a client's session has seen, as it travels in the context of requests and answers: all updates of its past (option
// session), and of keys with siblings the versions that it read, so that its write replaces these and no others (Almeida et al.,
// DAIS 2014, as in Riak).
//
// Thread safety: a value. Errors: decoding is total; the reader fails when the bytes are no context.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "harness/core/operation.h"
#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::multi_leader {

struct SessionContext {
  clocks::VersionVector seen;
  std::map<Key, std::set<clocks::Dot>> versions;

  std::string bytes() const {
    std::string result;
    wire::Writer writer(result);
    seen.write(writer);
    writer.number(versions.size());
    for (const auto& [key, dots] : versions) {
      writer.signed_number(key);
      writer.number(dots.size());
      for (const clocks::Dot& dot : dots) clocks::write_dot(writer, dot);
    }
    return result;
  }
  static SessionContext read(wire::Reader& reader) {
    SessionContext result;
    result.seen = clocks::VersionVector::read(reader);
    const std::uint64_t keys = reader.number();
    for (std::uint64_t i = 0; i < keys && reader.ok(); ++i) {
      std::set<clocks::Dot>& dots = result.versions[reader.signed_number()];
      const std::uint64_t count = reader.number();
      for (std::uint64_t j = 0; j < count && reader.ok(); ++j) dots.insert(clocks::read_dot(reader));
    }
    return result;
  }
};

}  // namespace assay::refdb::multi_leader
