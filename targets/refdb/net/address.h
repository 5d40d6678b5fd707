// A numeric IP address and a port, as configuration files and command lines write them: 10.0.0.1:7000, [::1]:7000. Of peers
// there may be a name instead, n1.example:7000, which is looked up for each connection; elsewhere a test bed must not depend on
// a resolver.
//
// Thread safety: pure. Errors: nothing is returned for a text that is no such address.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::refdb {

struct Address {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool is_name() const;
  std::string to_string() const;
  friend bool operator==(const Address&, const Address&) = default;
};

std::optional<Address> parse_address(std::string_view text);
// The same, or a name: letters, digits, - and dots, the last part of which begins with a letter.
std::optional<Address> parse_address_or_name(std::string_view text);

}  // namespace assay::refdb
