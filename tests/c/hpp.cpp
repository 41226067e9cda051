// The C++ header: what it wraps, what it throws, and that exceptions thrown in progress come out whole. argv: DATA WORK
#include <s2sr.hpp>
#include <s2sr.hpp> // twice is fine

#include <array>
#include <type_traits>

#include "check.h"

static_assert(!std::is_copy_constructible_v<s2sr::Model> && std::is_nothrow_move_constructible_v<s2sr::Model>);
static_assert(!std::is_copy_constructible_v<s2sr::Options> && std::is_nothrow_move_constructible_v<s2sr::Options>);

struct Mine {
    int number;
};

template <class Thrown, class Call> static bool throws(Call call, int code = -1) {
    try {
        call();
    } catch (const Thrown &e) {
        if constexpr (std::is_base_of_v<s2sr::Error, Thrown>)
            return e.what()[0] != '\0' && (code == -1 || e.code() == code);
        return true;
    } catch (...) {
    }
    return false;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const std::string data = argv[1], work = argv[2];
    CHECK(s2sr::abi_matches());
    CHECK(s2sr::version() == s2sr_version());
    CHECK(s2sr::Options::describe().find("threads") != std::string::npos);
    CHECK(!s2sr::models().empty());

    CHECK(throws<s2sr::Error>([] { s2sr::Options().set("nonsense", "1"); }, S2SR_ERROR_OPTION));
    CHECK(throws<s2sr::Error>([] { s2sr::Model("no-such-model"); }, S2SR_ERROR_MODEL));
    CHECK(throws<s2sr::Error>([] { s2sr::info("/nowhere"); }, S2SR_ERROR_INPUT));
    CHECK(throws<s2sr::Error>([&] { s2sr::run("/nowhere", work + "/never.tif"); }, S2SR_ERROR_INPUT));
    CHECK(throws<s2sr::Error>([] { s2sr::evaluate("/nowhere"); }, S2SR_ERROR_INPUT));
    CHECK(throws<s2sr::Error>([&] { s2sr::write_vrt("/nowhere", work + "/never.vrt"); }, S2SR_ERROR_INPUT));

    // Views of vectors, arrays, plain pointers and constants.
    const s2sr::Shape small{1, 8, 10};
    std::vector<std::uint16_t> pixels(small.size());
    const std::vector<std::uint16_t> constant(small.size(), 7);
    std::array<float, 80> floats{};
    CHECK(throws<std::length_error>([&] { s2sr::View(pixels, {1, 8, 9}); }));
    s2sr::View view(pixels, small);
    view(0, 7, 9) = 123;
    CHECK(pixels.back() == 123);
    static_assert(std::is_same_v<decltype(s2sr::View(constant, small)), s2sr::View<const std::uint16_t>>);
    CHECK(s2sr_image(s2sr::View(constant, small)).dtype == S2SR_UINT16);
    CHECK(s2sr_image(s2sr::View(floats, small)).dtype == S2SR_FLOAT32);
    CHECK(s2sr_image(s2sr::View<std::int16_t>()).dtype == S2SR_INT16);
    CHECK(s2sr_image(s2sr::View<std::uint8_t>(nullptr, small)).row_stride == 10);

    // A model moves; it runs; what it gives fits.
    s2sr::Model opened(data + "/dummy-x2.onnx", s2sr::Options().set("threads", "1"));
    const s2sr::Model model = std::move(opened);
    CHECK(model.describe().find("dummy-x2") != std::string::npos);
    noise(pixels.data(), pixels.size(), 1);
    const s2sr::Shape shape = model.output_shape({view});
    CHECK((shape == s2sr::Shape{1, 16, 20}));
    std::vector<std::uint16_t> sharp(shape.size()), sharp_again(shape.size());
    double last = -1;
    model.run({view}, {s2sr::View(sharp, shape)}, {}, [&](double fraction, const char *message) {
        CHECK(message != nullptr);
        last = fraction;
        return true;
    });
    CHECK(last == 1.0);
    CHECK(throws<s2sr::Error>([&] { model.run({view}, {view}); }, S2SR_ERROR_ARGUMENT));
    CHECK(throws<s2sr::Error>([&] { model.run({}, {}); }, S2SR_ERROR_ARGUMENT));

    // Cancelling, and exceptions of the program's own.
    const auto run_with = [&](s2sr::Progress progress) {
        model.run({view}, {s2sr::View(sharp_again, shape)}, s2sr::Options(), progress);
    };
    CHECK(throws<s2sr::Cancelled>([&] { run_with([](double, const char *) { return false; }); }, S2SR_ERROR_CANCELLED));
    CHECK(throws<Mine>([&] { run_with([](double, const char *) -> bool { throw Mine{7}; }); }));
    // Even at the very end, when the work is done.
    CHECK(throws<Mine>([&] {
        run_with([](double fraction, const char *) { return fraction < 1.0 ? true : throw Mine{8}; });
    }));
    run_with(nullptr);
    CHECK(sharp == sharp_again);

    // What the plug-in keeps is no business of an open model.
    s2sr::forget();
    run_with(nullptr);
    CHECK(sharp == sharp_again);
    return finish();
}
