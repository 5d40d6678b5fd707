// Which anomaly refutes which isolation model, and which model implies which: the lattice in which a history's
// anomalies leave a strongest model that is not refuted and a weakest one that is.
//
// Sources: Adya's thesis (1999): PL-1, PL-2, PL-2L, PL-MSR, PL-2+, PL-FCV, PL-CS, PL-2.99, PL-3U, PL-SI, PL-3; Cerone,
// Bernardi & Gotsman (CONCUR 2015) and Cerone & Gotsman (PODC 2016): read atomic, causal, prefix, parallel snapshot
// isolation, and that snapshot isolation forbids every cycle without adjacent anti-dependencies; Bailis et al. (VLDB
// 2013): monotonic atomic view; Daudjee & Salem (VLDB 2006): strong and strong-session variants; Terry et al. (1994):
// session guarantees. Names are Elle's where Elle has one.
//
// Thread safety: pure functions. Complexity: constant (a few thousand steps).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::checkers::elle {

// Sets of models and of anomalies, one bit each, in the order of the tables of lattice.cpp.
using ModelSet = std::uint64_t;
using AnomalySet = std::uint64_t;

// The model of that name or alias ("serializable", "PL-3", "strong-serializable" ...), 0 when there is none.
ModelSet model_named(std::string_view name);
// The anomaly of that name, 0 when there is none. "G-single-item" is "G-single", which means items here; with
// anti-dependencies by predicate it is "G-single-predicate". The same holds for G-nonadjacent.
AnomalySet anomaly_named(std::string_view name);

std::string_view anomaly_name(int bit);
std::string_view model_name(int bit);

// These models and all that they imply.
ModelSet implied_models(ModelSet models);
// These anomalies and all that are present because they are: G0 is a G1c, and so on.
AnomalySet implied_anomalies(AnomalySet anomalies);
// Everything that cannot hold when these anomalies were found.
ModelSet refuted_models(AnomalySet anomalies);

// Of the models that these anomalies do not refute, those that no other of them implies; `besides`: models that something
// else refutes.
std::vector<std::string> strongest_not_refuted(AnomalySet anomalies, ModelSet besides = 0);
// Of the models that are refuted, those that imply no other of them.
std::vector<std::string> weakest_refuted(AnomalySet anomalies, ModelSet besides = 0);

std::vector<std::string> names_of_models(ModelSet models);
std::vector<std::string> names_of_anomalies(AnomalySet anomalies);

}  // namespace assay::checkers::elle
