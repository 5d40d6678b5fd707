// Turns parsed lines of a history file into a History: pairs invocations with completions, gives nodes and
// named keys their numbers, and refuses what can't be true. Internal to this folder; json_lines_reader.h is
// the way in.
//
// Thread safety: none. Errors: InputError, one sentence with file and line.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/history.h"
#include "harness/formats/json_lines_reader.h"

namespace assay::formats {

class HistoryAssembler {
 public:
  explicit HistoryAssembler(std::string name) : name_(std::move(name)) {}

  // `line` counts from 1.
  void add(simdjson::dom::element parsed, std::uint64_t line);

  [[noreturn]] void refuse(std::uint64_t line, const std::string& sentence) const;

  // Leaves the assembler empty.
  HistoryFile finish();

 private:
  using Element = simdjson::dom::element;

  // The fields of one line that mean something, as they stood there.
  struct Line {
    std::uint64_t number = 0;
    Nanos time = 0;
    Element process, type, f, value, key, node, due, error, extra, nodes, began, window, verified, evidence;
    // Which of them the line has.
    struct Present {
      bool time = false, process = false, type = false, f = false, value = false, key = false, node = false,
           due = false, error = false, extra = false, nodes = false, began = false, window = false,
           verified = false, evidence = false;
    } has;
  };

  // An operation that was invoked and has not completed.
  struct Open {
    OpId id = 0;
    std::uint64_t line = 0;
    bool tuple = false;  // its value is Jepsen's [key value]
  };

  Line fields_of(simdjson::dom::object object, std::uint64_t number);
  std::int64_t integer(const Line& line, const char* field, Element element) const;
  std::string_view text(const Line& line, const char* field, Element element) const;
  void add_invocation(const Line& line, ProcessId process);
  void add_completion(const Line& line, ProcessId process, Outcome outcome);
  void add_fault(const Line& line);
  void set_window(const Line& line, FaultEvent& event);

  bool request_of(const Line& line);
  void transaction_of(const Line& line, std::vector<Mop>& mops);
  void results_of(const Line& line, const Open& open);
  Fn function_of(const Line& line, std::string_view name, bool txn_allowed) const;
  Key key_of(const Line& line, Element element);
  NodeId node_of(const Line& line, Element element);
  void name_nodes(const Line& line, Element names);

  std::string name_;
  HistoryBuilder builder_;
  std::unordered_map<ProcessId, Open> open_;
  std::map<std::string, NodeId, std::less<>> nodes_;
  std::vector<std::string> node_names_;
  std::map<std::string, Key, std::less<>> named_keys_;
  std::map<std::string, std::uint32_t> open_windows_;  // faults of lines without "window"
  std::uint32_t next_window_ = 1;
  std::vector<Mop> mops_;  // of the line at hand
  std::string error_;
  Nanos last_time_ = -1;
  Nanos last_invoked_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace assay::formats
