#include "harness/cluster/host_names.h"

#include <arpa/inet.h>

#include <algorithm>

#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

// An answer may come too late on a busy machine.
constexpr int kRounds = 4;
// Where nobody is: documentation has these (RFC 5737, RFC 3849).
constexpr char kNobody[] = "192.0.2.1", kNobody6[] = "2001:db8::1";

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

bool is_numeric(const std::string& address) {
  unsigned char bytes[16];
  return ::inet_pton(is_v6(address) ? AF_INET6 : AF_INET, address.c_str(), bytes) == 1;
}

std::vector<Link> all_links(std::size_t count) {
  std::vector<Link> links;
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to)
      links.push_back({static_cast<NodeId>(from), static_cast<NodeId>(to)});
  }
  return links;
}

const char* name_of_trouble(NameTrouble trouble) {
  switch (trouble) {
    case NameTrouble::missing:
      return "missing";
    case NameTrouble::silent:
      return "silent";
    case NameTrouble::wrong:
    case NameTrouble::nowhere:
      break;
  }
  return "wrong";
}

}  // namespace

HostNames::HostNames(const Links& links) : links_(links) {
  std::vector<std::string> lacks(links.size());
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    const std::string lack = link.request("names-ability").text("no-names");
    if (!lack.empty()) lacks[i] = link.host().name + ": " + lack;
  });
  for (std::string& lack : lacks) {
    if (lack_.empty()) lack_ = std::move(lack);
  }
}

void HostNames::serve() {
  Message serving = Message::asking("names-serve");
  for (const auto& link : links_) {
    const Host& host = link->host();
    if (!is_numeric(host.node_address))
      throw InputError(host.name +
                       ": nodes that find one another by name need an IP address as node_address, not \"" +
                       host.node_address + "\"");
    serving.add("name", name_of(host)).add("address", host.node_address);
  }
  for_each_link(links_, [&](std::size_t, HostLink& link) { link.request(serving); });
  const Evidence found = look_up(all_links(links_.size()));
  if (found.proved) return;
  const Value* against = find_fact(found.facts, "not-as-wanted");
  throw HarnessError(
      "programs on some host don't find " + name_of(links_[0]->host()) +
      " and the like where /etc/resolv.conf says (what does \"hosts:\" in its /etc/nsswitch.conf say?): " +
      (against != nullptr ? std::string(against->as_list().front().as_text()) : std::string()));
}

std::string HostNames::name_of(const Host& host) {
  std::string name = host.name + ".assay.test";
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

const Host& HostNames::host(NodeId node) const {
  ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < links_.size());
  return links_[static_cast<std::size_t>(node)]->host();
}

std::string HostNames::told_instead(const TroubledName& name) const {
  if (name.trouble == NameTrouble::wrong) return host(name.instead).node_address;
  if (name.trouble != NameTrouble::nowhere) return {};
  return is_v6(host(name.link.to).node_address) ? kNobody6 : kNobody;
}

void HostNames::trouble(std::span<const TroubledName> names) {
  std::vector<Message> requests(links_.size(), Message::asking("names-trouble"));
  for (const TroubledName& name : names) {
    requests[static_cast<std::size_t>(name.link.from)]
        .add("name", name_of(host(name.link.to)))
        .add("trouble", name_of_trouble(name.trouble))
        .add("instead", told_instead(name));
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

void HostNames::heal() {
  for_each_link(links_, [](std::size_t, HostLink& link) { link.request("names-heal"); });
}

std::int64_t HostNames::misled() {
  std::vector<std::int64_t> misled(links_.size());
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    misled[i] = link.request("names-misled").integer("misled");
  });
  std::int64_t sum = 0;
  for (const std::int64_t one : misled) sum += one;
  return sum;
}

std::vector<HostNames::Found> HostNames::ask(std::span<const Link> links, const std::vector<bool>& settled) {
  std::vector<Message> requests(links_.size(), Message::asking("names-look-up"));
  std::vector<std::vector<std::size_t>> asked(links_.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (settled[i]) continue;
    const auto from = static_cast<std::size_t>(links[i].from);
    requests[from].add("name", name_of(host(links[i].to)));
    asked[from].push_back(i);
  }
  std::vector<Found> found(links.size());
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (asked[i].empty()) return;
    const Message reply = link.request(requests[i]);
    const std::vector<std::string> addresses = reply.all("found"), denied = reply.all("denied"),
                                   ignored = reply.all("ignored");
    if (addresses.size() != asked[i].size() || denied.size() != asked[i].size() ||
        ignored.size() != asked[i].size()) {
      throw HarnessError(link.host().name + ": its agent lost a lookup");
    }
    for (std::size_t k = 0; k < asked[i].size(); ++k)
      found[asked[i][k]] = {addresses[k], std::stoll(denied[k]), std::stoll(ignored[k])};
  });
  return found;
}

// Those that are not as wanted are looked up again.
template <typename Wanted>
Evidence HostNames::look_up_until(std::span<const Link> links, Wanted wanted) {
  std::vector<bool> settled(links.size(), false);
  std::vector<Found> found;
  for (int round = 0; round < kRounds; ++round) {
    if (std::find(settled.begin(), settled.end(), false) == settled.end()) break;
    std::vector<Found> now = ask(links, settled);
    found.resize(links.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (settled[i]) continue;
      found[i] = std::move(now[i]);
      settled[i] = wanted(i, found[i]);
    }
  }
  Evidence evidence{.proved = !links.empty(), .facts = {}};
  std::vector<Value> against;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (settled[i]) continue;
    const std::string what = found[i].addresses.empty() ? "nothing" : found[i].addresses;
    against.push_back(
        Value::text(name_of(host(links[i].to)) + " at " + host(links[i].from).name + ": " + what));
  }
  evidence.proved = evidence.proved && against.empty();
  evidence.facts.push_back({"names-looked-up", static_cast<std::int64_t>(links.size())});
  if (!against.empty()) evidence.facts.push_back({"not-as-wanted", Value::list(std::move(against))});
  return evidence;
}

Evidence HostNames::look_up_troubled(std::span<const TroubledName> names) {
  std::vector<Link> links;
  for (const TroubledName& name : names) links.push_back(name.link);
  return look_up_until(links, [&](std::size_t i, const Found& found) {
    switch (names[i].trouble) {
      case NameTrouble::missing:
        return found.addresses.empty() && found.denied > 0;
      case NameTrouble::silent:
        return found.addresses.empty() && found.ignored > 0;
      case NameTrouble::wrong:
      case NameTrouble::nowhere:
        break;
    }
    return found.addresses == told_instead(names[i]);
  });
}

Evidence HostNames::look_up(std::span<const Link> links) {
  return look_up_until(links, [&](std::size_t i, const Found& found) {
    return found.addresses == host(links[i].to).node_address;
  });
}

}  // namespace assay::cluster
