/* The shortest way through every function that needs no product. argv: DATA WORK */
#include <s2sr.h>
#include <s2sr.h> /* twice is fine */

#include "check.h"

int main(int argc, char **argv) {
    s2sr_options *options;
    s2sr_model *model = NULL;
    char *json = NULL;
    uint16_t pixels[16 * 16], sharp[32 * 32];
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, 16, 16),
               output = packed(sharp, S2SR_UINT16, 1, 32, 32);
    int64_t bands = 0, rows = 0, cols = 0;
    if (argc != 3) return 2;

    CHECK(s2sr_abi_version() == S2SR_ABI_VERSION);
    CHECK(strchr(s2sr_version(), '.') != NULL);
    CHECK(s2sr_last_error() != NULL && s2sr_last_error()[0] == '\0');

    options = s2sr_options_new();
    CHECK(options != NULL);
    CHECK_CODE(s2sr_options_set(options, "threads", "1"), S2SR_OK);
    CHECK_CODE(s2sr_options_describe(&json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "\"threads\"") != NULL);
    s2sr_string_free(json), json = NULL;
    CHECK_CODE(s2sr_model_list(NULL, &json), S2SR_OK);
    CHECK(json != NULL && json[0] != '\0');
    s2sr_string_free(json), json = NULL;

    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-x2.onnx"), options, &model), S2SR_OK);
    CHECK_CODE(s2sr_model_describe(model, &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "dummy-x2") != NULL);
    s2sr_string_free(json);
    noise(pixels, 16 * 16, 1);
    CHECK_CODE(s2sr_model_output_shape(model, &input, 1, 0, &bands, &rows, &cols), S2SR_OK);
    CHECK(bands == 1 && rows == 32 && cols == 32);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_OK);
    /* What a call does not use, it refuses: threads are a matter of opening. */
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, options, NULL, NULL),
               S2SR_ERROR_OPTION);
    CHECK(sharp[0] > 0 && sharp[32 * 32 - 1] > 0);
    s2sr_model_free(model);
    s2sr_options_free(options);
    return finish();
}
