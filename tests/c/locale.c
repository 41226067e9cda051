/* A decimal comma changes nothing, and the program's locale stays as it was. argv: DATA WORK LOCALE
 */
#include "check.h"

#include <locale.h>

enum { SIZE = 30 };
static uint16_t pixels[SIZE * SIZE];

static char *run(const char *file, uint16_t *sharp) {
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, SIZE, SIZE);
    s2sr_image output = packed(sharp, S2SR_UINT16, 1, 2 * SIZE, 2 * SIZE);
    s2sr_options *options = s2sr_options_new();
    s2sr_model *model = NULL;
    char *json = NULL;
    CHECK_CODE(s2sr_options_set(options, "offset", "-1000.5"), S2SR_OK);
    CHECK_CODE(s2sr_options_set(options, "offset", "-1000,5"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "projwin", "500000.5 4000000.5 500100.5 3999900.5"),
               S2SR_OK);
    s2sr_options_free(options);
    CHECK_CODE(s2sr_model_open(file, NULL, &model), S2SR_OK);
    CHECK_CODE(s2sr_model_describe(model, &json), S2SR_OK);
    CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL), S2SR_OK);
    s2sr_model_free(model);
    return json;
}

int main(int argc, char **argv) {
    static uint16_t sharp[4 * SIZE * SIZE], sharp_comma[4 * SIZE * SIZE];
    char *json, *json_comma, text[16];
    if (argc != 4) return 2;
    noise(pixels, SIZE * SIZE, 1);
    json = run(in_folder(argv[1], "dummy-x2.onnx"), sharp);
    if (setlocale(LC_ALL, argv[3]) == NULL)
        return printf("    there is no locale %s\n", argv[3]), 1;
    json_comma = run(in_folder(argv[1], "dummy-x2.onnx"), sharp_comma);
    CHECK(json != NULL && json_comma != NULL && strcmp(json, json_comma) == 0);
    CHECK(memcmp(sharp, sharp_comma, sizeof sharp) == 0);
    snprintf(text, sizeof text, "%.1f", 1.5);
    CHECK(strcmp(text, "1,5") == 0);
    s2sr_string_free(json);
    s2sr_string_free(json_comma);
    return finish();
}
