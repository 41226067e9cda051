/* Handles freed early, twice, in the wrong order, or taken for one another. What is gone is
   refused, never touched. argv: DATA WORK */
#include "check.h"

int main(int argc, char **argv) {
    const char *file;
    s2sr_options *options = s2sr_options_new(), *second;
    s2sr_model *model = NULL, *again = NULL;
    char *json = NULL, *json_again = NULL;
    uint16_t pixels[64], sharp[256];
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, 8, 8),
               output = packed(sharp, S2SR_UINT16, 1, 16, 16);
    int64_t n = 0;
    if (argc != 3) return 2;
    file = in_folder(argv[1], "dummy-x2.onnx");
    noise(pixels, 64, 1);

    /* A model outlives the options it was opened with. */
    CHECK_CODE(s2sr_options_set(options, "threads", "1"), S2SR_OK);
    CHECK_CODE(s2sr_model_open(file, options, &model), S2SR_OK);
    s2sr_options_free(options);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_OK);

    /* A string outlives the model; two models of one file are apart. */
    CHECK_CODE(s2sr_model_open(file, NULL, &again), S2SR_OK);
    CHECK_CODE(s2sr_model_describe(model, &json), S2SR_OK);
    s2sr_model_free(model);
    CHECK_CODE(s2sr_model_describe(again, &json_again), S2SR_OK);
    CHECK(json != NULL && json_again != NULL && strcmp(json, json_again) == 0);

    /* What was freed is an error to use, and nothing to free. */
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, &input, 1, 0, &n, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(again, &input, 1, &output, 1, options, NULL, NULL),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_set(options, "threads", "1"), S2SR_ERROR_ARGUMENT);
    s2sr_model_free(model);
    s2sr_options_free(options);
    /* A handle that came after them is another one. */
    second = s2sr_options_new();
    CHECK(second != options);
    CHECK_CODE(s2sr_options_set(options, "threads", "1"), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_set(second, "tile", "8"), S2SR_OK);

    /* A handle of the wrong kind, and a pointer that never was one. */
    CHECK_CODE(s2sr_options_set((s2sr_options *)(void *)again, "threads", "1"),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape((s2sr_model *)(void *)second, &input, 1, 0, &n, &n, &n),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_set((s2sr_options *)(void *)pixels, "threads", "1"),
               S2SR_ERROR_ARGUMENT);
    s2sr_options_free((s2sr_options *)(void *)again);
    CHECK_CODE(s2sr_model_run(again, &input, 1, &output, 1, second, NULL, NULL), S2SR_OK);

    /* Everything backwards. */
    s2sr_options_free(second);
    s2sr_model_free(again);
    s2sr_string_free(json_again);
    s2sr_string_free(json);
    return finish();
}
