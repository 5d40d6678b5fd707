// The agent's conversation with its controller: a request a line on standard input, a reply a line on standard
// output (see message.h). A thread reads, so that signs of life are noticed while a request is worked on;
// requests are worked on one after the other.
//
// Verbs: hello, start, kill, pause, resume, state, reset-data, clock-set, clock-strobe, clock-rate, clock-leap, clock-measure,
// disk-make, power-loss, resources, stop, those of network_duties.h, disk_duties.h and process_duties.h; and beat, which has no
// reply.
#pragma once

#include <cstdint>
#include <string>

namespace assay::agent {

struct ServerOptions {
  std::string home;  // the host's data folder
  std::uint16_t probe_port = 0;
  int dead_man_milliseconds = 10'000;
  bool own_clock = false;
};

// Returns the exit status, when the controller said stop or went away.
int serve(const ServerOptions& options);

}  // namespace assay::agent
