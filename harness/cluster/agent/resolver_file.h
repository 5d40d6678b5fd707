// Makes the C library's resolver on this host ask NameServer: a resolv.conf of ours is bound over /etc/resolv.conf, which is not
// changed itself and is there again when ours is unmounted, be it by a restart of the machine. It is known by its first line.
// Where there is no such file, an empty one is made to bind it to, and removed again.
//
// Who has a mount namespace of its own that gets no mounts of ours (a container on the host) goes on reading the host's.
//
// Thread safety: one thread at a time. Errors: AgentError.
#pragma once

#include <string>

#include "harness/cluster/agent/journal.h"

namespace assay::agent {

// The first name server of the host's own; empty: none.
std::string own_name_server();
// Requires: it is not asked already. `home`: where our file is kept.
void ask_our_name_server(const std::string& home, Journal& journal);
bool our_name_server_is_asked();
// True when nothing of ours is left. `made`: the host had no such file.
bool restore_resolver(bool made);

}  // namespace assay::agent
