/* Null in every place where a pointer is taken: an error that says so, or a no-op, and outputs stay
   as they were. argv: DATA WORK */
#include "check.h"

int main(int argc, char **argv) {
    const char *file;
    s2sr_options *options = s2sr_options_new();
    s2sr_model *model = NULL, *untouched = NULL;
    char *json = NULL;
    uint16_t pixels[64], sharp[256];
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, 8, 8),
               output = packed(sharp, S2SR_UINT16, 1, 16, 16);
    s2sr_image nothing = packed(NULL, S2SR_UINT16, 1, 8, 8);
    int64_t n = -5;
    if (argc != 3) return 2;
    file = in_folder(argv[1], "dummy-x2.onnx");
    noise(pixels, 64, 1);

    s2sr_options_free(NULL);
    s2sr_model_free(NULL);
    s2sr_string_free(NULL);

    CHECK_CODE(s2sr_options_set(NULL, "to", "10"), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_set(options, NULL, "10"), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_set(options, "to", NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_options_describe(NULL), S2SR_ERROR_ARGUMENT);

    CHECK_CODE(s2sr_run(NULL, "out.tif", options, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_run("in", NULL, options, NULL, NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_info(NULL, NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_info("in", NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_evaluate(NULL, NULL, NULL, NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_evaluate("in", NULL, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_write_vrt(NULL, "out.vrt", NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_write_vrt("in", NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_gdal_plugins(NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_list(NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_outputs_in(NULL, 1, argv[2], NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_outputs_in(&file, 1, NULL, NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_outputs_in(&file, 1, argv[2], NULL, NULL), S2SR_ERROR_ARGUMENT);

    CHECK_CODE(s2sr_model_open(NULL, NULL, &untouched), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_open(file, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK(untouched == NULL && json == NULL);
    CHECK_CODE(s2sr_model_open(file, NULL, &model), S2SR_OK);
    CHECK_CODE(s2sr_model_describe(NULL, &json), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_describe(model, NULL), S2SR_ERROR_ARGUMENT);

    CHECK_CODE(s2sr_model_output_shape(NULL, &input, 1, 0, &n, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, NULL, 1, 0, &n, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, &input, 1, 0, NULL, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, &input, 1, 0, &n, NULL, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, &input, 1, 0, &n, &n, NULL), S2SR_ERROR_ARGUMENT);
    CHECK(n == -5);
    /* Only the shape is looked at: no pixels are needed. */
    CHECK_CODE(s2sr_model_output_shape(model, &nothing, 1, 0, &n, &n, &n), S2SR_OK);

    CHECK_CODE(s2sr_model_run(NULL, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, NULL, 1, &output, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, &input, 1, NULL, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, &nothing, 1, &output, 1, NULL, NULL, NULL),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, NULL, 0, NULL, 0, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    nothing = packed(NULL, S2SR_UINT16, 1, 16, 16);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &nothing, 1, NULL, NULL, NULL),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_OK);

    s2sr_model_free(model);
    s2sr_options_free(options);
    return finish();
}
