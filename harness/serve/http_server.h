// A small web server for one person on this machine: it listens on the loopback address only, answers GET and HEAD, and gives
// every answer to a function of path and query.
//
// A page of another site must not read what is served here: a request whose Host is not this server's own loopback name is
// refused (that is what DNS rebinding needs), answers may not be embedded, and nothing is cached.
//
// Thread safety: run() on one thread; stop() from any. Errors: HarnessError when the port can't be had. Trouble with one
// connection ends that connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace assay::serve {

struct WebRequest {
  std::string path;                               // decoded, begins with "/"
  std::multimap<std::string, std::string> query;  // decoded

  // The first value of that name, or an empty text.
  std::string value(const std::string& name) const;
};

struct WebAnswer {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
  std::string file;        // not empty: this file is the body
  std::string policy;      // content security policy
  std::string attachment;  // not empty: the name under which a browser saves it
};

using WebHandler = std::function<WebAnswer(const WebRequest&)>;

class HttpServer {
 public:
  // Port 0: any that is free.
  HttpServer(std::uint16_t port, WebHandler handler);
  ~HttpServer();

  std::uint16_t port() const;
  // Serves until stop(), or until `interrupted` is set.
  void run(const std::atomic<bool>* interrupted = nullptr);
  void stop();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// "a%20b+c" as "a b c"; false when it is no proper encoding.
bool decode_percent(std::string_view text, bool plus_is_space, std::string& out);
// Whether a request that says this is for a server on this port of the loopback address.
bool is_own_host(std::string_view host, std::uint16_t port);

}  // namespace assay::serve
