// One question to several servers, one after the other, until one of them gives the answer that was wanted: who is the primary, which
// slots are whose.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: shared; handlers hold it, so cancel() it
// to be rid of it. Errors: a server that refuses, breaks off or is silent for 300 ms is passed over.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "targets/redis/resp.h"

namespace assay::redis {

class AskInTurn : public std::enable_shared_from_this<AskInTurn> {
 public:
  using Accepts = std::function<bool(const Reply&)>;  // takes what it wants from the reply
  using Done = std::function<void(bool answered)>;

  // `question`: a command, ready to be sent.
  AskInTurn(boost::asio::io_context& io, std::vector<boost::asio::ip::tcp::endpoint> servers,
            std::string question, Accepts accepts, Done done);

  void begin() { ask(); }
  // Neither function is called from now on.
  void cancel();

 private:
  using Error = boost::system::error_code;
  void ask();
  void send();
  void receive();
  void take();
  void hang_up();
  void next_one();
  void tell(bool answered);

  const std::vector<boost::asio::ip::tcp::endpoint> servers_;
  const std::string question_;
  Accepts accepts_;
  Done done_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<Parser> parser_;
  std::array<char, 4096> received_;
  std::size_t at_ = 0;
  std::uint64_t turn_ = 0;  // handlers of an earlier one are none of this one's business
};

}  // namespace assay::redis
