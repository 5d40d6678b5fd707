// report.html in a real browser: its script runs under its content security policy, nothing complains, nothing is requested, and
// hostile values stay text. Skipped where there is no Chromium.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "harness/core/testing/temporary_folder.h"
#include "reports/page/page.h"
#include "reports/samples/sample_runs.h"

namespace assay::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Opened {
  std::string document;    // as it is once the script is done
  std::string complaints;  // what the browser's console said
};

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium >/dev/null 2>&1") != 0) GTEST_SKIP() << "chromium is not installed";
  }

  Opened open(const std::string& page) {
    const std::string& folder = folder_.path();
    folder_.write("page.html", page);
    const std::string command =
        "timeout 60 chromium --headless=new --no-sandbox --disable-gpu --disable-background-networking "
        "--no-first-run --enable-logging=stderr --virtual-time-budget=5000 --user-data-dir='" +
        folder + "/profile' --dump-dom 'file://" + folder + "/page.html' >'" + folder + "/document' 2>'" +
        folder + "/log'";
    EXPECT_EQ(std::system(command.c_str()), 0) << folder_.read("log");
    Opened opened;
    opened.document = folder_.read("document");
    std::istringstream log(folder_.read("log"));
    for (std::string line; std::getline(log, line);) {
      if (line.find("CONSOLE") != std::string::npos) opened.complaints += line + "\n";
    }
    return opened;
  }

  TemporaryFolder folder_;
};

bool holds(const std::string& document, std::string_view text) {
  return document.find(text) != std::string::npos;
}

TEST_F(Browser, OpensAnInvalidRunWithHostileValues) {
  const Opened opened = open(page_html(invalid_run(500)));
  EXPECT_EQ(opened.complaints, "");
  EXPECT_TRUE(holds(opened.document, "data-ready=\"yes\"")) << "the script did not come to its end";
  EXPECT_TRUE(holds(opened.document, "<h1>Invalid</h1>"));
  EXPECT_TRUE(holds(opened.document, ">Anomaly 1</button>"));
  EXPECT_TRUE(holds(opened.document, "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_FALSE(holds(opened.document, "<img"));
}

TEST_F(Browser, OpensAnEmptyRun) {
  const Opened opened = open(page_html(empty_run()));
  EXPECT_EQ(opened.complaints, "");
  EXPECT_TRUE(holds(opened.document, "<h1>Unknown</h1>"));
}

// The tests above would notice: what the page did not bring with it is refused, and the refusal is seen.
TEST_F(Browser, RefusesAndReportsWhatThePageMayNotDo) {
  std::string page = page_html(valid_run(150));
  page.insert(page.find("</body>"), "<script>document.title = 'owned'</script><img src=\"file:///x.png\">");
  const Opened opened = open(page);
  EXPECT_THAT(opened.complaints, HasSubstr("script-src"));
  EXPECT_THAT(opened.complaints, HasSubstr("Loading the image"));
  EXPECT_FALSE(holds(opened.document, "<title>owned"));
  EXPECT_TRUE(holds(opened.document, "data-ready=\"yes\""));
}

}  // namespace
}  // namespace assay::reports
