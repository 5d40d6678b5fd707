// Questions and answers of DNS as the C library's resolver asks them: one question for the addresses of one name (RFC 1035,
// RFC 3596). Answers may not be kept (their time to live is 0).
//
// Thread safety: pure. Errors: read_question() gives nothing for whatever is no such question, however it was made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::agent {

struct DnsQuestion {
  std::string name;  // lower case, without the dot at its end
  std::uint16_t type = 0;
  std::size_t end = 0;  // of the question in the packet
};

std::optional<DnsQuestion> read_question(std::string_view packet);

enum class DnsCode : std::uint8_t { no_error = 0, server_failure = 2, no_such_name = 3 };

// The reply to a packet that this question was read from. `address`: of the name, numeric; it is told when the question is for
// one of its kind.
std::string dns_reply(std::string_view packet, const DnsQuestion& question, DnsCode code,
                      const std::string& address = {});

}  // namespace assay::agent
