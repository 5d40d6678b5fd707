#include "harness/cli/application.h"

int main(int argc, char** argv) { return assay::cli::run_application(argc, argv); }
