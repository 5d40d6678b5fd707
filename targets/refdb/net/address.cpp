#include "targets/refdb/net/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace assay::refdb {

std::string Address::to_string() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return shown + ":" + std::to_string(port);
}

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool version_6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (version_6) host = host.substr(1, host.size() - 2);

  Address address{std::string(host), 0};
  unsigned char binary[16];
  if (::inet_pton(version_6 ? AF_INET6 : AF_INET, address.host.c_str(), binary) != 1) return std::nullopt;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) return std::nullopt;
  return address;
}

}  // namespace assay::refdb
