// Turns a finished history back into the events that it was made of, in order of time, and has an encoder write them.
// Internal to this folder; json_lines.h and edn_writer.h use it.
//
// When an info operation was given up is not part of a history: its info event stands just before its process invokes
// again, else at the end.
//
// Thread safety: plain functions. Complexity: n log n.
#pragma once

#include <map>
#include <string>

#include "harness/core/history.h"
#include "harness/core/recorder.h"

namespace assay::formats {

void export_events(const History& history, const EventEncoder& encoder, std::string& out);

// The keys of the history that are not plain numbers.
std::map<Key, std::string> named_keys(const History& history);

}  // namespace assay::formats
