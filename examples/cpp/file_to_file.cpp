// A file to a file with options, progress, and Ctrl-C that leaves nothing half-written behind.
// usage: file_to_file PRODUCT OUT.tif [KEY=VALUE]...
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <s2sr.hpp>

#include <csignal>
#include <iostream>
#include <string>

static volatile std::sig_atomic_t interrupted = 0;

int main(int argc, char **argv) {
    if (argc < 3) {
        std::cerr << "usage: " << argv[0] << " PRODUCT OUT.tif [KEY=VALUE]...\n";
        return 2;
    }
    std::signal(SIGINT, [](int) { interrupted = 1; });
    try {
        s2sr::Options options;
        for (int i = 3; i < argc; ++i) {
            const std::string text = argv[i];
            const auto equals = text.find('=');
            options.set(text.substr(0, equals), equals == text.npos ? "" : text.substr(equals + 1));
        }
        const auto progress = [](double fraction, const std::string &message) {
            if (!message.empty()) std::cerr << '\n' << message << '\n';
            std::cerr << '\r' << static_cast<int>(fraction * 100) << " %" << std::flush;
            return !interrupted; // false cancels
        };
        std::cout << s2sr::run(argv[1], argv[2], options, progress) << '\n';
        return 0;
    } catch (const s2sr::Cancelled &e) {
        std::cerr << '\n' << e.what() << '\n';
        return 130;
    } catch (const std::exception &e) {
        std::cerr << '\n' << e.what() << '\n';
        return 1;
    }
}
