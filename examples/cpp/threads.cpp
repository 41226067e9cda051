// Several threads: first they share one model, then each opens its own. Sharing saves memory; the
// results are the same. usage: threads MODEL     MODEL: a network with one input band, by name or
// file SPDX-License-Identifier: MIT OR Apache-2.0
#include <s2sr.hpp>

#include <cstdint>
#include <future>
#include <iostream>
#include <vector>

using Pixels = std::vector<std::uint16_t>;

static Pixels sharpen(const s2sr::Model &model) {
    const s2sr::Shape shape{1, 96, 96};
    Pixels pixels(shape.size());
    for (std::size_t p = 0; p < pixels.size(); ++p)
        pixels[p] = static_cast<std::uint16_t>(1000 + p % 96 * 10);
    const s2sr::Images inputs{s2sr::View(pixels, shape)};
    const s2sr::Shape sharp_shape = model.output_shape(inputs);
    Pixels sharp(sharp_shape.size());
    model.run(inputs, {s2sr::View(sharp, sharp_shape)});
    return sharp;
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " MODEL\n";
        return 2;
    }
    // A network may use all cores; with a run per thread, one each is enough. That is said when it
    // is opened.
    s2sr::Options options;
    options.set("threads", "1");
    const s2sr::Model shared(argv[1], options);
    std::vector<std::future<Pixels>> jobs; // an exception in a thread comes out of get()
    for (int i = 0; i < 4; ++i) {
        jobs.push_back(std::async(std::launch::async, [&] { return sharpen(shared); }));
        jobs.push_back(
            std::async(std::launch::async, [&] { return sharpen(s2sr::Model(argv[1], options)); }));
    }
    const Pixels first = jobs.front().get();
    for (std::size_t i = 1; i < jobs.size(); ++i)
        if (jobs[i].get() != first) throw std::runtime_error("two threads got different pixels");
    std::cout << "8 threads, 4 with one model and 4 with a model each: the same pixels\n";
    return 0;
} catch (const std::exception &e) {
    std::cerr << e.what() << '\n';
    return 1;
}
