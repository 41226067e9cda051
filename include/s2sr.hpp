// s2sr.hpp: libs2sr for C++17. Header only, a thin layer over s2sr.h: handles are freed by
// themselves, errors are exceptions, arrays are views, progress is a std::function that may throw.
// The manual of what each call does is s2sr.h.
//
//     s2sr::run("S2A_MSIL2A_….SAFE", "out.tif", s2sr::Options().set("to", "10"));
//
// Every function throws s2sr::Error when the call fails (s2sr::Cancelled when it was stopped), also
// where the library runs out of memory, and std::bad_alloc where this layer does. Threads: an
// Options object belongs to one thread at a time; a Model and a Job may be run by many at once.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef S2SR_HPP
#define S2SR_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "s2sr.h"

/// Everything of the C++ layer.
namespace s2sr {

/// What the library said, and its code (one of S2SR_ERROR_*).
class Error : public std::runtime_error {
public:
    /// Takes the code and the message as they are.
    Error(int code, const std::string &message) : std::runtime_error(message), code_(code) {}
    /// One of S2SR_ERROR_*.
    int code() const noexcept { return code_; }

private:
    int code_;
};

/// The progress function returned false. Nothing was written.
class Cancelled : public Error {
public:
    using Error::Error; ///< as for any Error
};

/// Called on the calling thread with the part done, 0 to 1, and a note or ""; false cancels. An
/// exception thrown in it cancels too, and comes out of the call that was running.
using Progress = std::function<bool(double fraction, const char *message)>;

namespace detail {

struct Free {
    void operator()(s2sr_options *handle) const noexcept { s2sr_options_free(handle); }
    void operator()(s2sr_model *handle) const noexcept { s2sr_model_free(handle); }
    void operator()(s2sr_job *handle) const noexcept { s2sr_job_free(handle); }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

inline void check(int code) {
    if (code == S2SR_OK) return;
    const char *message = s2sr_last_error();
    if (code == S2SR_ERROR_CANCELLED) throw Cancelled(code, message);
    throw Error(code, message);
}

/// Runs a call that gives a string, and takes the string over.
template <class Call> std::string text(Call call) {
    struct Out {
        char *string = nullptr;
        ~Out() { s2sr_string_free(string); }
    } out;
    check(call(&out.string));
    return out.string ? out.string : "";
}

/// No exception may pass through the library: it is caught here, and thrown again by `finish`.
class ProgressBridge {
public:
    explicit ProgressBridge(const Progress &function) : function_(function) {}
    s2sr_progress function() const noexcept { return function_ ? &ProgressBridge::call : nullptr; }
    void *user_data() noexcept { return this; }
    int finish(int code) const {
        if (thrown_) std::rethrow_exception(thrown_);
        return code;
    }

private:
    static int call(double fraction, const char *message, void *user_data) noexcept {
        auto *self = static_cast<ProgressBridge *>(user_data);
        try {
            return self->function_(fraction, message ? message : "") ? 1 : 0;
        } catch (...) {
            self->thrown_ = std::current_exception();
            return 0;
        }
    }
    const Progress &function_;
    std::exception_ptr thrown_;
};

template <class T> constexpr std::int32_t dtype() {
    using Pixel = std::remove_const_t<T>;
    static_assert(std::is_same_v<Pixel, std::uint8_t> || std::is_same_v<Pixel, std::uint16_t> ||
                      std::is_same_v<Pixel, std::int16_t> || std::is_same_v<Pixel, float>,
                  "pixels are uint8_t, uint16_t, int16_t or float");
    if constexpr (std::is_same_v<Pixel, std::uint8_t>) return S2SR_UINT8;
    else if constexpr (std::is_same_v<Pixel, std::uint16_t>) return S2SR_UINT16;
    else if constexpr (std::is_same_v<Pixel, std::int16_t>) return S2SR_INT16;
    else return S2SR_FLOAT32;
}

} // namespace detail

/// Bands, rows, columns: always in this order.
struct Shape {
    std::int64_t bands = 0; ///< how many bands
    std::int64_t rows = 0;  ///< pixels from north to south
    std::int64_t cols = 0;  ///< pixels from west to east
    /// Pixels in all.
    std::size_t size() const noexcept {
        return static_cast<std::size_t>(bands) * static_cast<std::size_t>(rows) *
               static_cast<std::size_t>(cols);
    }
    /// All three are the same.
    bool operator==(const Shape &o) const noexcept {
        return bands == o.bands && rows == o.rows && cols == o.cols;
    }
    /// One of the three differs.
    bool operator!=(const Shape &o) const noexcept { return !(*this == o); }
};

/// A look at somebody else's pixels, as std::span is: it owns nothing. Strides are in elements.
template <class T> struct View {
    T *data = nullptr;            ///< the first pixel of the first band
    Shape shape;                  ///< how many there are
    std::int64_t band_stride = 0; ///< elements from a pixel to the same one of the next band
    std::int64_t row_stride = 0;  ///< elements from a pixel to the one south of it
    std::int64_t col_stride = 0;  ///< elements from a pixel to the one east of it

    View() = default; ///< a look at nothing
    /// Pixels without gaps: column after column, row after row, band after band.
    View(T *pixels, Shape s) : View(pixels, s, s.rows * s.cols, s.cols, 1) {}
    /// Pixels laid out in any way, as in pixel-interleaved files or windows of larger images.
    View(T *pixels, Shape s, std::int64_t band, std::int64_t row, std::int64_t col)
        : data(pixels), shape(s), band_stride(band), row_stride(row), col_stride(col) {}
    /// A vector without gaps; it must hold exactly as many pixels as the shape says.
    template <class Container, class = decltype(std::declval<Container &>().data())>
    View(Container &pixels, Shape s) : View(pixels.data(), s) {
        if (pixels.size() != s.size())
            throw std::length_error("s2sr::View: the container's size is not bands * rows * cols");
    }
    /// One pixel; nothing is checked.
    T &operator()(std::int64_t band, std::int64_t row, std::int64_t col) const noexcept {
        return data[band * band_stride + row * row_stride + col * col_stride];
    }
    /// As the C interface takes it. Inputs are never written to.
    operator s2sr_image() const noexcept {
        s2sr_image image{};
        image.data = const_cast<std::remove_const_t<T> *>(data);
        image.dtype = detail::dtype<T>();
        image.bands = shape.bands, image.rows = shape.rows, image.cols = shape.cols;
        image.band_stride = band_stride, image.row_stride = row_stride,
        image.col_stride = col_stride;
        return image;
    }
};
/// `View(vector, shape)` knows its own type.
template <class Container>
View(Container &, Shape)
    -> View<std::remove_pointer_t<decltype(std::declval<Container &>().data())>>;

/// Several images, in the order that Model::describe() gives: `{tens, twenties}`.
using Images = std::vector<s2sr_image>;

/// Keys and values; what there is to set: Options::describe().
class Options {
public:
    /// Everything at its default.
    Options() : handle_(s2sr_options_new()) {
        if (!handle_) throw std::bad_alloc();
    }
    /// Sets one option; throws when there is no such option or value, with the valid ones in the
    /// message.
    Options &set(const std::string &key, const std::string &value) {
        detail::check(s2sr_options_set(handle_.get(), key.c_str(), value.c_str()));
        return *this;
    }
    /// The handle, still owned by this object.
    const s2sr_options *get() const noexcept { return handle_.get(); }
    /// All options there are, as JSON.
    static std::string describe() { return detail::text(s2sr_options_describe); }

private:
    detail::Owned<s2sr_options> handle_;
};

/// One network, ready to run over arrays. Moves, does not copy; free to be shared between threads.
class Model {
public:
    /// Opens a model by its installed name or a file.
    explicit Model(const std::string &name_or_file, const Options &options = Options()) {
        s2sr_model *handle = nullptr;
        detail::check(s2sr_model_open(name_or_file.c_str(), options.get(), &handle));
        handle_.reset(handle);
    }
    /// What it takes and gives, as JSON.
    std::string describe() const {
        return detail::text([&](char **json) { return s2sr_model_describe(get(), json); });
    }
    /// How large output number `output` is for these inputs; only their shapes are looked at.
    Shape output_shape(const Images &inputs, std::size_t output = 0) const {
        Shape s;
        detail::check(s2sr_model_output_shape(get(), inputs.data(), inputs.size(), output, &s.bands,
                                              &s.rows, &s.cols));
        return s;
    }
    /// Runs it over whole arrays of any size.
    void run(const Images &inputs, const Images &outputs, const Options &options = Options(),
             const Progress &progress = nullptr) const {
        detail::ProgressBridge bridge(progress);
        detail::check(bridge.finish(s2sr_model_run(get(), inputs.data(), inputs.size(),
                                                   outputs.data(), outputs.size(), options.get(),
                                                   bridge.function(), bridge.user_data())));
    }
    /// The handle, still owned by this object.
    const s2sr_model *get() const noexcept { return handle_.get(); }

private:
    detail::Owned<s2sr_model> handle_;
};

/// A rectangle of pixels.
struct Window {
    std::int64_t col = 0;  ///< the first column
    std::int64_t row = 0;  ///< the first row
    std::int64_t cols = 0; ///< how many columns; 0 where nothing is needed
    std::int64_t rows = 0; ///< how many rows
};

/// The plan for bands in memory, and its networks: what run() makes of a product of these bands,
/// window by window. Moves, does not copy; free to be shared between threads.
class Job {
public:
    /// Plans; no pixel is needed yet. The bands' names are looked at here only.
    explicit Job(const std::vector<s2sr_band> &bands, const Options &options = Options())
        : n_bands_(bands.size()) {
        s2sr_job *handle = nullptr;
        detail::check(s2sr_job_open(bands.data(), bands.size(), options.get(), &handle));
        handle_.reset(handle);
    }
    /// The bands of the result, its grid, its type and its scale, as JSON.
    std::string describe() const {
        return detail::text([&](char **json) { return s2sr_job_describe(get(), json); });
    }
    /// Which pixels of each band a window needs, in the order of the bands. Windows count pixels of
    /// the finest band; none is the whole.
    std::vector<Window> reads(const std::optional<Window> &window = std::nullopt) const {
        const auto place = numbers(window.value_or(Window{}));
        std::vector<std::int64_t> found(4 * n_bands_);
        detail::check(s2sr_job_reads(get(), window ? place.data() : nullptr, found.data()));
        std::vector<Window> windows;
        windows.reserve(n_bands_);
        for (std::size_t i = 0; i < found.size(); i += 4)
            windows.push_back({found[i], found[i + 1], found[i + 2], found[i + 3]});
        return windows;
    }
    /// Computes a window from the pixels that reads() names: one image a band, `s2sr_image{}` for
    /// those that are not needed.
    void run(const std::optional<Window> &window, const Images &pixels, const s2sr_image &output,
             const Progress &progress = nullptr) const {
        const auto place = numbers(window.value_or(Window{}));
        detail::ProgressBridge bridge(progress);
        detail::check(bridge.finish(s2sr_job_run(get(), window ? place.data() : nullptr,
                                                 pixels.data(), pixels.size(), &output,
                                                 bridge.function(), bridge.user_data())));
    }
    /// The handle, still owned by this object.
    const s2sr_job *get() const noexcept { return handle_.get(); }

private:
    /// A window as the C interface takes it.
    static std::array<std::int64_t, 4> numbers(const Window &w) {
        return {w.col, w.row, w.cols, w.rows};
    }
    std::size_t n_bands_;
    detail::Owned<s2sr_job> handle_;
};

/// The band that a name such as "B05_20m" stands for, as JSON.
inline std::string band(const std::string &name) {
    return detail::text([&](char **json) { return s2sr_band_describe(name.c_str(), json); });
}

/// Super-resolves a product into a file; the report, as JSON.
inline std::string run(const std::string &input, const std::string &output,
                       const Options &options = Options(), const Progress &progress = nullptr) {
    detail::ProgressBridge bridge(progress);
    return detail::text([&](char **json) {
        return bridge.finish(s2sr_run(input.c_str(), output.c_str(), options.get(),
                                      bridge.function(), bridge.user_data(), json));
    });
}

/// The files that `s2sr run` with several products would write for these, in a folder.
inline std::vector<std::string> outputs_in(const std::vector<std::string> &inputs,
                                           const std::string &folder,
                                           const Options &options = Options()) {
    struct Paths {
        explicit Paths(std::size_t count) : strings(count) {}
        ~Paths() {
            for (char *string : strings)
                s2sr_string_free(string);
        }
        std::vector<char *> strings;
    } paths(inputs.size());
    std::vector<const char *> given;
    for (const std::string &input : inputs)
        given.push_back(input.c_str());
    detail::check(s2sr_outputs_in(given.data(), given.size(), folder.c_str(), options.get(),
                                  paths.strings.data()));
    return {paths.strings.begin(), paths.strings.end()};
}

/// What a product is and what can be made of it, as JSON.
inline std::string info(const std::string &input, const Options &options = Options()) {
    return detail::text([&](char **json) { return s2sr_info(input.c_str(), options.get(), json); });
}

/// Wald's protocol on the product itself, as JSON.
inline std::string evaluate(const std::string &input, const Options &options = Options(),
                            const Progress &progress = nullptr) {
    detail::ProgressBridge bridge(progress);
    return detail::text([&](char **json) {
        return bridge.finish(s2sr_evaluate(input.c_str(), options.get(), bridge.function(),
                                           bridge.user_data(), json));
    });
}

/// Writes a VRT that is super-resolved when it is read.
inline void write_vrt(const std::string &input, const std::string &output,
                      const Options &options = Options()) {
    detail::check(s2sr_write_vrt(input.c_str(), output.c_str(), options.get()));
}

/// Forgets what the GDAL plug-in keeps in this process between reads.
inline void forget() { detail::check(s2sr_forget()); }

/// The folder to put in GDAL_DRIVER_PATH.
inline std::string gdal_plugins() { return detail::text(s2sr_gdal_plugins); }

/// The models that are installed, with their scores, as JSON.
inline std::string models(const Options &options = Options()) {
    return detail::text([&](char **json) { return s2sr_model_list(options.get(), json); });
}

/// The library's version, as "0.1.0".
inline std::string version() { return s2sr_version(); }

/// False when this program's header and the library that it runs with do not fit together.
inline bool abi_matches() noexcept { return s2sr_abi_version() == S2SR_ABI_VERSION; }

} // namespace s2sr

#endif
