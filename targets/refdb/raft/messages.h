// Raft's messages as bytes, inside wire's envelope.
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

std::string encode_message(const Message& message, std::uint64_t cluster_id);

// The message is without from and to, which the driver knows.
using DecodedMessage = wire::Decoded<Message>;
DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id);
// What is inside the envelope; for tests that feed it garbage.
std::optional<Message> decode_message_body(std::string_view body);

}  // namespace assay::refdb::raft
