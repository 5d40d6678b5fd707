// Histories as JSON lines, with Jepsen's field names so that other tools read them; docs/history.md describes
// the format. The encoder turns events into lines while a run goes on; write_json_lines() exports a finished
// history.
//
// Thread safety: a const encoder may be used by any number of threads. Complexity: linear; more than two
// million lines a second on one core.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/core/history.h"
#include "harness/core/recorder.h"

namespace assay::formats {

class JsonLinesEncoder final : public EventEncoder {
 public:
  // `node_names`: what NodeId 0, 1, ... are called; the line with index 0 also lists them. `key_names`: the
  // keys that are not plain numbers.
  explicit JsonLinesEncoder(std::vector<std::string> node_names, std::map<Key, std::string> key_names = {});

  void invoked(const Operation& operation, std::uint64_t index, std::string& out) const override;
  void completed(const Operation& operation, Nanos at, std::uint64_t index, std::string& out) const override;
  void fault(const FaultEvent& event, std::uint64_t index, std::string& out) const override;

 private:
  void begin_line(Nanos time, std::uint64_t index, std::string& out) const;
  void append_request(const Operation& operation, bool with_results, std::string& out) const;
  void append_key(Key key, std::string& out) const;
  void append_rows(const Value& rows, std::string& out) const;
  void append_mop(const Mop& mop, bool with_results, std::string& out) const;
  void append_node(NodeId node, std::string& out) const;

  std::vector<std::string> node_names_;
  std::vector<std::string> quoted_nodes_;
  std::map<Key, std::string> key_names_;
  std::string first_line_;  // the field that only the line with index 0 has
};

// Every event of the history, in order of time, appended to `out`. Reading it back gives the same digest.
// When an info operation was given up is not part of a history: its info line stands just before its process
// invokes again, else at the end.
void write_json_lines(const History& history, std::string& out);

}  // namespace assay::formats
