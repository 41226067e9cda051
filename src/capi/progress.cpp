// Calls a program's progress function and stops a C++ exception that it throws: one must not travel through Rust.
#include <cstdio>
#include <exception>

// 1 go on, 0 cancel, -1 an exception was thrown and its message is in `error`.
extern "C" int s2sr_call_progress(int (*progress)(double, const char *, void *), double fraction, const char *message,
                                  void *user_data, char *error, std::size_t size) noexcept {
    try {
        return progress(fraction, message, user_data) ? 1 : 0;
    } catch (const std::exception &e) {
        std::snprintf(error, size, "%s", e.what());
    } catch (...) {
        std::snprintf(error, size, "an exception of no standard kind");
    }
    return -1;
}
