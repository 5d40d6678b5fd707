#include "targets/refdb/net/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace assay::refdb {

namespace {

bool is_numeric(const std::string& host, bool version_6) {
  unsigned char binary[16];
  return ::inet_pton(version_6 ? AF_INET6 : AF_INET, host.c_str(), binary) == 1;
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_dns_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.back() == '.') return false;
  for (const char c : host) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') return false;
  }
  return is_letter(host[host.rfind('.') + 1]) && host.find("..") == std::string_view::npos;
}

}  // namespace

bool Address::is_name() const { return !is_numeric(host, host.find(':') != std::string::npos); }

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
  if (!is_numeric(address.host, version_6)) return std::nullopt;
  return read_port(port, address.port) ? std::optional(address) : std::nullopt;
}

std::optional<Address> parse_address_or_name(std::string_view text) {
  if (auto address = parse_address(text)) return address;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Address address{std::string(text.substr(0, colon)), 0};
  if (!is_dns_name(address.host) || !read_port(text.substr(colon + 1), address.port)) return std::nullopt;
  return address;
}

}  // namespace assay::refdb
