// Turns the operations of a history file, as forms, into a History: pairs invocations with completions, gives nodes and
// named keys their numbers, and refuses what can't be true. Every reader ends here. Internal to this folder;
// history_file.h is the way in.
//
// Thread safety: none. Errors: InputError, one sentence with file and line.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/history.h"
#include "harness/formats/form.h"
#include "harness/formats/history_file.h"

namespace assay::formats {

class HistoryAssembler {
 public:
  explicit HistoryAssembler(std::string name) : name_(std::move(name)) {}

  // Other tools order a history by its lines; their times, taken by different threads, may tell otherwise. From now on
  // a time that is not later than that of the line before becomes a nanosecond later than it. A file whose first line
  // has node_names is ours, and its times stay.
  void order_by_lines() { by_lines_ = true; }
  // Knossos' meaning of a read that found nil: it says nothing. From now on such a read is info.
  void let_nil_reads_say_nothing() { nil_reads_say_nothing_ = true; }

  // `line` counts from 1. Requires: operation is a map.
  void add(Form operation, std::uint64_t line);

  [[noreturn]] void refuse(std::uint64_t line, const std::string& sentence) const;

  // Leaves the assembler empty.
  HistoryFile finish();

 private:
  // The fields of one line that mean something; those that it has not are no forms.
  struct Line {
    std::uint64_t number = 0;
    Nanos time = 0;
    Form process, type, f, value, key, node, due, error, extra, nodes, began, window, verified, evidence,
        node_names, when;
  };

  // Lines of Jepsen's workloads that are no plain functions; see workload_lines.cpp.
  enum class Special : std::uint8_t { none, transfer, drain, increment, transaction, log, universe, insert };

  // An operation that was invoked and has not completed.
  struct Open {
    OpId id = 0;
    std::uint64_t line = 0;
    bool transaction = false;
    bool tuple = false;  // its value is Jepsen's [key value]
    Special special = Special::none;
  };

  Line fields_of(Form operation, std::uint64_t number);
  Nanos moment(const Line& line, Form form) const;
  bool is_client(const Line& line) const;
  ProcessId process_of(const Line& line);
  void retire(ProcessId process);
  std::int64_t integer(const Line& line, const char* field, Form form) const;
  std::string_view text(const Line& line, const char* field, Form form) const;
  void add_invocation(const Line& line, ProcessId process);
  void add_completion(const Line& line, ProcessId process, Outcome outcome);
  void add_fault(const Line& line);
  void set_window(const Line& line, FaultEvent& event);

  void request_of(const Line& line, Open& open);
  void transaction_of(const Line& line, std::vector<Mop>& mops);
  void results_of(const Line& line, const Open& open, Outcome outcome);
  Fn function_of(const Line& line, std::string_view name, bool txn_allowed) const;
  Key key_of(const Line& line, Form form);
  Key key_named(std::string_view name);
  NodeId node_of(const Line& line, Form form);

  // Where a consumer of a log stands, as far as its polls are concerned.
  struct Consumer {
    bool subscribed = false;  // anybody may have moved it
    bool assigned = false;
    std::set<Key> polled;  // keys in which it goes on where it stopped
  };
  // An open invocation without a process.
  struct Unnamed {
    std::string f;
    Value value;
    ProcessId process = 0;
  };
  Key key_of_field(const Line& line, Form form);
  bool passed_over(const Line& line, ProcessId process);
  ProcessId unnamed_process(const Line& line);
  Value predicate_of(const Line& line, Form form) const;
  Value rows_of(const Line& line, Form form);
  bool predicate_request(const Line& line, std::string_view f, Open& open);
  bool workload_request(const Line& line, std::string_view f, Open& open);
  void workload_results(const Line& line, const Open& open, Outcome outcome);
  bool unknown_poll(const Line& line, Form parts, std::vector<Mop>& mops);
  void finish_mop(Mop& mop, Mop& after) const;
  void log_results(const Line& line, bool ok);
  void set_position(ProcessId process, Mop& poll);
  void keep_shape(OpId id);
  bool read_of_map(const Line& line, const Open& open);
  History rewritten(const History& history);
  Value key_value(const History& history, Key key) const;
  static bool are_comments(const History& history);
  void warn_of_workload(std::vector<std::string>& warnings) const;

  std::string name_;
  HistoryBuilder builder_;
  std::unordered_map<ProcessId, Open> open_;
  std::map<std::string, NodeId, std::less<>> nodes_;
  std::vector<std::string> node_names_;
  std::map<std::string, Key, std::less<>> named_keys_;
  std::map<std::string, std::uint32_t> open_windows_;  // faults of lines without "window"
  std::uint32_t next_window_ = 1;
  std::vector<Mop> mops_;   // of the line at hand
  std::vector<Mop> after_;  // of a transaction's completion
  std::string error_;
  Nanos last_time_ = -1;
  Nanos last_invoked_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t nil_reads_ = 0;
  bool by_lines_ = false;
  bool nil_reads_say_nothing_ = false;

  bool own_ = false;                                     // the first line has node_names
  std::unordered_map<OpId, std::vector<Mop>> replaced_;  // operations of other lengths than their invocations
  std::vector<Mop> accounts_;                            // what the latest read of a map read
  std::vector<OpId> tuples_;                             // operations whose values were taken for [key value]
  bool elements_are_tuples_ = false;                     // which was wrong
  bool lists_are_read_ = false;
  std::map<ProcessId, Consumer> consumers_;
  std::vector<Unnamed> unnamed_open_;
  std::uint64_t unnamed_ = 0;
  std::map<std::string, std::int64_t, std::less<>> clients_;  // whose processes are texts
  std::map<std::int64_t, ProcessId> gone_on_;                 // by process: as whom it counts by now
  std::set<ProcessId> retired_;                               // since an operation of unknown outcome
  std::uint64_t successors_ = 0;
  std::uint64_t asides_ = 0;
};

}  // namespace assay::formats
