// Raft's messages as bytes, inside wire's envelope, in one of two formats: the newer one has a checksum with every entry, so that
// what was damaged on its way through memory or a disk is found where it arrives. A build of format level 2 understands both and
// speaks the older one to everybody whom it has not heard speak the newer (RaftReplica). The log keeps the older format: a build
// that came with an upgrade can be taken back.
//
// Errors: decoding is total; nothing when the bytes are no message. Entries are sent without their indexes,
// which follow from the message's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "targets/refdb/raft/types.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::raft {

inline constexpr std::size_t kEntriesPerMessageMax = 4'096;

inline constexpr int kNewerLevel = wire::kNewerProtocolVersion;

std::string encode_message(const Message& message, std::uint64_t cluster_id, int level = 1);

// The message is without from and to, which the driver knows.
struct DecodedMessage : wire::Decoded<Message> {
  int level = 1;  // that it was written in
};
DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id, int level_max = 1);
// What is inside the envelope; for tests that feed it garbage.
std::optional<Message> decode_message_body(std::string_view body, int level = 1);

// A command with a checksum, which builds of level 1 take for nonsense; builds of level 2 read it, and the next ones may write
// it. (The seeded bug new-commands-early writes it at once.)
std::string in_newer_format(std::string_view command);
// The command inside; the whole where it is not of that format or damaged.
std::string_view from_newer_format(std::string_view bytes);

}  // namespace assay::refdb::raft
