// Arrays to arrays: an image made here, four bands at 10 m and six at 20 m, becomes six bands at 10
// m. usage: arrays MODEL      MODEL: a 20 m -> 10 m network by name or file, as list_models shows
// them SPDX-License-Identifier: MIT OR Apache-2.0
#include <s2sr.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

// Fields: a chequered land, brighter from band to band. DN as in a product: reflectance * 10000.
static std::vector<std::uint16_t> paint(s2sr::Shape shape, std::int64_t field) {
    std::vector<std::uint16_t> pixels(shape.size());
    const s2sr::View view(pixels, shape);
    for (std::int64_t b = 0; b < shape.bands; ++b)
        for (std::int64_t r = 0; r < shape.rows; ++r)
            for (std::int64_t c = 0; c < shape.cols; ++c)
                view(b, r, c) =
                    static_cast<std::uint16_t>(1000 + 200 * b + (r / field + c / field) % 2 * 800);
    return pixels;
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " MODEL\n";
        return 2;
    }
    const s2sr::Shape fine{4, 240, 240}, coarse{6, 120, 120};
    const auto tens = paint(fine, 24);       // B2 B3 B4 B8
    const auto twenties = paint(coarse, 12); // B5 B6 B7 B8A B11 B12
    const s2sr::Images inputs{s2sr::View(tens, fine), s2sr::View(twenties, coarse)};

    const s2sr::Model model(argv[1]);
    const s2sr::Shape shape = model.output_shape(inputs);
    std::vector<std::uint16_t> sharp(shape.size());
    const s2sr::View output(sharp, shape);
    model.run(inputs, {output});
    std::cout << shape.bands << " bands, " << shape.rows << " x " << shape.cols
              << " pixels; the middle one of B5: " << output(0, shape.rows / 2, shape.cols / 2)
              << '\n';
    return 0;
} catch (const std::exception &e) {
    std::cerr << e.what() << '\n';
    return 1;
}
