// A C++ exception thrown in a progress function given straight to the C interface: the run is cancelled and the message
// is kept; the library neither aborts nor leaks it. (s2sr.hpp does better: hpp.cpp.) argv: DATA WORK
#include <stdexcept>
#include <vector>

#include "check.h"

struct NotEvenAnException {};

static int throws_runtime_error(double, const char *, void *) {
    throw std::runtime_error("the progress bar is on fire");
}
static int throws_something(double, const char *, void *) {
    throw NotEvenAnException();
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    std::vector<uint16_t> pixels(32 * 32), sharp(64 * 64);
    noise(pixels.data(), pixels.size(), 1);
    s2sr_image input = packed(pixels.data(), S2SR_UINT16, 1, 32, 32);
    s2sr_image output = packed(sharp.data(), S2SR_UINT16, 1, 64, 64);
    s2sr_model *model = nullptr;
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-x2.onnx"), nullptr, &model), S2SR_OK);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, nullptr, throws_runtime_error, nullptr),
               S2SR_ERROR_CANCELLED);
    CHECK_SAYS("the progress bar is on fire");
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, nullptr, throws_something, nullptr), S2SR_ERROR_CANCELLED);
    CHECK_SAYS("exception");
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, nullptr, nullptr, nullptr), S2SR_OK);
    s2sr_model_free(model);
    return finish();
}
