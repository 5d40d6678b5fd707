// Addresses as Boost.Asio wants them.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "targets/refdb/net/address.h"

namespace assay::refdb {

// Requires: an address that is no name.
inline boost::asio::ip::tcp::endpoint to_endpoint(const Address& address) {
  return {boost::asio::ip::make_address(address.host), address.port};
}

}  // namespace assay::refdb
