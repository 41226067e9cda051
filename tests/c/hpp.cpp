// The C++ header: what it wraps, what it throws, and that exceptions thrown in progress come out
// whole. argv: DATA WORK
#include <s2sr.hpp>
#include <s2sr.hpp> // twice is fine

#include <array>
#include <type_traits>

#include "check.h"

static_assert(!std::is_copy_constructible_v<s2sr::Model> &&
              std::is_nothrow_move_constructible_v<s2sr::Model>);
static_assert(!std::is_copy_constructible_v<s2sr::Options> &&
              std::is_nothrow_move_constructible_v<s2sr::Options>);

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
    CHECK(
        throws<s2sr::Error>([&] { s2sr::run("/nowhere", work + "/never.tif"); }, S2SR_ERROR_INPUT));
    CHECK(throws<s2sr::Error>([] { s2sr::evaluate("/nowhere"); }, S2SR_ERROR_INPUT));
    const std::vector<std::string> files =
        s2sr::outputs_in({"/products/T33.SAFE", "b.nc"}, work, s2sr::Options().set("to", "5"));
    CHECK(files.size() == 2);
    CHECK(files[0] == work + "/T33_5m.tif" && files[1] == work + "/b_5m.tif");
    CHECK(s2sr::outputs_in({}, work).empty());
    CHECK(throws<s2sr::Error>([&] { s2sr::outputs_in({"a.tif", "b/a.tif"}, work); },
                              S2SR_ERROR_ARGUMENT));
    CHECK(throws<s2sr::Error>([&] { s2sr::outputs_in({"a.tif"}, "/nowhere"); }, S2SR_ERROR_OUTPUT));
    CHECK(throws<s2sr::Error>([&] { s2sr::write_vrt("/nowhere", work + "/never.vrt"); },
                              S2SR_ERROR_INPUT));

    // Views of vectors, arrays, plain pointers and constants.
    const s2sr::Shape small{1, 8, 10};
    std::vector<std::uint16_t> pixels(small.size());
    const std::vector<std::uint16_t> constant(small.size(), 7);
    std::array<float, 80> floats{};
    CHECK(throws<std::length_error>([&] { s2sr::View(pixels, {1, 8, 9}); }));
    s2sr::View view(pixels, small);
    view(0, 7, 9) = 123;
    CHECK(pixels.back() == 123);
    static_assert(
        std::is_same_v<decltype(s2sr::View(constant, small)), s2sr::View<const std::uint16_t>>);
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
    CHECK(throws<s2sr::Cancelled>([&] { run_with([](double, const char *) { return false; }); },
                                  S2SR_ERROR_CANCELLED));
    CHECK(throws<Mine>([&] { run_with([](double, const char *) -> bool { throw Mine{7}; }); }));
    // Even at the very end, when the work is done.
    CHECK(throws<Mine>([&] {
        run_with(
            [](double fraction, const char *) { return fraction < 1.0 ? true : throw Mine{8}; });
    }));
    run_with(nullptr);
    CHECK(sharp == sharp_again);

    // Bands in memory: the whole at once, and a window from the pixels that it needs.
    const std::int64_t side = 60;
    std::vector<std::uint16_t> fine(side * side);
    noise(fine.data(), fine.size(), 2);
    const s2sr_band band{"B2", 600000, 5000040, 10, side, side, S2SR_UINT16, 10000, 0, 0};
    const s2sr::Options five =
        std::move(s2sr::Options().set("to", "5").set("model", data + "/dummy-x2.onnx"));
    s2sr::Job planned({band}, five);
    const s2sr::Job job = std::move(planned);
    CHECK(job.describe().find("\"scale\":2") != std::string::npos);
    CHECK(job.reads().at(0).cols == side);
    const s2sr::Shape large{1, 2 * side, 2 * side}, part{1, 2 * 20, 2 * 30};
    std::vector<std::uint16_t> all(large.size()), cut(part.size());
    job.run(std::nullopt, {s2sr::View(fine, {1, side, side})}, s2sr::View(all, large));
    const s2sr::Window window{11, 7, 30, 20};
    const s2sr::Window needed = job.reads(window).at(0);
    CHECK(needed.cols < side && needed.rows < side && needed.col <= 11 && needed.row <= 7);
    const s2sr::View read(fine.data() + needed.row * side + needed.col,
                          {1, needed.rows, needed.cols}, side * side, side, 1);
    job.run(window, {read}, s2sr::View(cut, part));
    const s2sr::View whole(all, large), piece(cut, part);
    int differ = 0;
    for (std::int64_t r = 0; r < part.rows; r++)
        for (std::int64_t c = 0; c < part.cols; c++)
            differ += piece(0, r, c) != whole(0, 2 * 7 + r, 2 * 11 + c);
    CHECK(differ == 0);
    CHECK(throws<Mine>([&] {
        job.run(window, {read}, piece, [](double, const char *) -> bool { throw Mine{9}; });
    }));
    CHECK(throws<s2sr::Error>([&] { job.run(window, {}, piece); }, S2SR_ERROR_ARGUMENT));
    CHECK(
        throws<s2sr::Error>([&] { job.reads(s2sr::Window{50, 0, 30, 20}); }, S2SR_ERROR_ARGUMENT));
    CHECK(throws<s2sr::Error>([] { s2sr::Job({}); }, S2SR_ERROR_ARGUMENT));
    CHECK(s2sr::band("T33_B8A_20m").find("B8A") != std::string::npos);

    // What the plug-in keeps is no business of an open model.
    s2sr::forget();
    run_with(nullptr);
    CHECK(sharp == sharp_again);
    return finish();
}
