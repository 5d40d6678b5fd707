#include "targets/refdb/net/testing/mode_client.h"

#include <gtest/gtest.h>

#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {

std::string mode_fields(std::string_view mode, const Facts& options) {
  std::string text = ", \"mode\": \"" + std::string(mode) + "\", \"options\": {";
  for (const Fact& option : options) {
    if (&option != &options.front()) text += ", ";
    text += "\"" + option.name + "\": \"" + std::string(option.value.as_text()) + "\"";
  }
  return text + "}";
}

std::unique_ptr<ClientLoop> client_of(const ProcessCluster& cluster, std::string_view mode,
                                      const Facts& options, PeerId node, std::uint64_t id) {
  const ProtocolPlugin* protocol = find_protocol(mode);
  ClientConfig config;
  config.client_id = id;
  config.seed = id;
  config.cluster_size = static_cast<PeerId>(cluster.size());
  config.first_node = node;
  config.options = make_options(*protocol, options, static_cast<int>(cluster.size()));
  return std::make_unique<ClientLoop>(cluster.endpoints(), protocol->make_client(config));
}

void write_numbers(ClientLoop& client, int first, int last) {
  for (int i = first; i < last; ++i) {
    const Completion completion = client.write(i, i * 10);
    ASSERT_EQ(completion.outcome, Outcome::ok) << completion.error;
  }
}

void expect_numbers(ClientLoop& client, int first, int last) {
  for (int i = first; i < last; ++i) {
    const Completion completion = client.read(i);
    ASSERT_EQ(completion.outcome, Outcome::ok) << completion.error;
    EXPECT_EQ(completion.mops.at(0).result, Value(i * 10)) << i;
  }
}

}  // namespace assay::refdb
