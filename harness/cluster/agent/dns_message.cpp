#include "harness/cluster/agent/dns_message.h"

#include <arpa/inet.h>

namespace assay::agent {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28, kClassInternet = 1;

std::uint16_t number_at(std::string_view packet, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(packet[at]) << 8 |
                                    static_cast<unsigned char>(packet[at + 1]));
}

void append_number(std::string& packet, std::uint16_t number) {
  packet += static_cast<char>(number >> 8);
  packet += static_cast<char>(number & 0xff);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The address as it stands in an answer; empty when it is none of that type.
std::string binary_address(const std::string& address, std::uint16_t type) {
  unsigned char bytes[16];
  if (type == kTypeA && ::inet_pton(AF_INET, address.c_str(), bytes) == 1)
    return {reinterpret_cast<char*>(bytes), 4};
  if (type == kTypeAaaa && ::inet_pton(AF_INET6, address.c_str(), bytes) == 1)
    return {reinterpret_cast<char*>(bytes), 16};
  return {};
}

}  // namespace

std::optional<DnsQuestion> read_question(std::string_view packet) {
  if (packet.size() < kHeaderSize) return std::nullopt;
  const std::uint16_t flags = number_at(packet, 2);
  const bool plain = (flags & 0xf800) == 0;  // a question, of the standard kind
  if (!plain || number_at(packet, 4) != 1 || number_at(packet, 6) != 0) return std::nullopt;
  DnsQuestion question;
  std::size_t at = kHeaderSize;
  while (at < packet.size() && packet[at] != 0) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(packet[at]));
    if (length > 63 || at + 1 + length >= packet.size()) return std::nullopt;
    if (!question.name.empty()) question.name += '.';
    for (const char c : packet.substr(at + 1, length)) question.name += lower(c);
    at += 1 + length;
  }
  if (question.name.size() > 253 || at + 5 > packet.size()) return std::nullopt;
  question.type = number_at(packet, at + 1);
  if (number_at(packet, at + 3) != kClassInternet) return std::nullopt;
  question.end = at + 5;
  return question;
}

std::string dns_reply(std::string_view packet, const DnsQuestion& question, DnsCode code,
                      const std::string& address) {
  const std::string binary =
      code == DnsCode::no_error ? binary_address(address, question.type) : std::string();
  const auto recursion_desired = static_cast<std::uint16_t>(number_at(packet, 2) & 0x0100);
  std::string reply(packet.substr(0, 2));
  // A reply, with authority, and recursion would be available.
  append_number(reply, static_cast<std::uint16_t>(0x8480 | recursion_desired | static_cast<unsigned>(code)));
  append_number(reply, 1);
  append_number(reply, binary.empty() ? 0 : 1);
  append_number(reply, 0);
  append_number(reply, 0);
  reply += packet.substr(kHeaderSize, question.end - kHeaderSize);
  if (binary.empty()) return reply;
  append_number(reply, 0xc000 | kHeaderSize);  // the name stands in the question
  append_number(reply, question.type);
  append_number(reply, kClassInternet);
  append_number(reply, 0);  // time to live
  append_number(reply, 0);
  append_number(reply, static_cast<std::uint16_t>(binary.size()));
  return reply + binary;
}

}  // namespace assay::agent
