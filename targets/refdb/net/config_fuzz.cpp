// Whatever a configuration file holds: it is accepted, or refused with one sentence, and nothing else happens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/core/error.h"
#include "targets/refdb/net/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::refdb;
  try {
    const ServerConfig config =
        parse_server_config(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.json");
    if (config.replica.self >= config.peers.size()) std::abort();
  } catch (const assay::InputError& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
  return 0;
}
