// Lists the installed models as JSON; with a name or a file, says what that model takes and gives.
// usage: list_models [MODEL]
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <s2sr.hpp>

#include <iostream>

int main(int argc, char **argv) try {
    std::cout << (argc < 2 ? s2sr::models() : s2sr::Model(argv[1]).describe()) << '\n';
    return 0;
} catch (const std::exception &e) {
    std::cerr << e.what() << '\n';
    return 1;
}
