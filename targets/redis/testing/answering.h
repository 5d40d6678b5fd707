// A server of a test, which answers whatever it is asked with what it is told to.
//
// Thread safety: none; everything happens on the thread that runs the io_context.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <string>
#include <utility>

namespace assay::redis {

// Answers whatever comes with one text, as long as it lives.
class Answering {
 public:
  Answering(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& at) : acceptor_(io, at) {
    accept();
  }

  boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  std::string answer;
  std::string heard;  // all of it
  int connections = 0;

 private:
  struct Peer {
    explicit Peer(boost::asio::ip::tcp::socket connected) : socket(std::move(connected)) {}
    boost::asio::ip::tcp::socket socket;
    std::array<char, 4096> bytes;
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      ++connections;
      peers_.emplace_back(std::move(socket));
      read(peers_.back());
      accept();
    });
  }

  void read(Peer& peer) {
    peer.socket.async_read_some(boost::asio::buffer(peer.bytes),
                                [this, &peer](boost::system::error_code error, std::size_t size) {
                                  if (error) return;
                                  heard.append(peer.bytes.data(), size);
                                  boost::asio::write(peer.socket, boost::asio::buffer(answer), error);
                                  read(peer);
                                });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  std::deque<Peer> peers_;
};

}  // namespace assay::redis
