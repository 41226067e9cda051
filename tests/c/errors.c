/* What goes wrong outside is told by its own code and a sentence that names the thing. argv: DATA
 * WORK */
#include "check.h"

/* A file with this text. */
static const char *write_file(const char *folder, const char *name, const char *text) {
    const char *path = in_folder(folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) abort();
    return path;
}

int main(int argc, char **argv) {
    s2sr_options *options = s2sr_options_new();
    s2sr_model *model = NULL;
    char *json = NULL;
    char long_value[5000];
    if (argc != 3) return 2;

    /* Options: the message lists what there is. */
    CHECK_CODE(s2sr_options_set(options, "nonsense", "1"), S2SR_ERROR_OPTION);
    CHECK_SAYS("nonsense");
    CHECK_SAYS("threads");
    CHECK_CODE(s2sr_options_set(options, "to", "7"), S2SR_ERROR_OPTION);
    CHECK_SAYS("10");
    CHECK_CODE(s2sr_options_set(options, "to", ""), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "", "10"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "threads", "-1"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "threads", "99999999999999999999"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "bands", "B5,B77"), S2SR_ERROR_OPTION);
    CHECK_SAYS("B77");
    CHECK_CODE(s2sr_options_set(options, "srcwin", "0 0 10"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "device", "quantum"), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "to", "\xff\xfe"), S2SR_ERROR_OPTION); /* not UTF-8 */
    CHECK_CODE(s2sr_options_set(options, "\xff\xfe", "10"), S2SR_ERROR_ARGUMENT);
    memset(long_value, 'x', sizeof long_value - 1);
    long_value[sizeof long_value - 1] = '\0';
    CHECK_CODE(s2sr_options_set(options, "to", long_value), S2SR_ERROR_OPTION);
    /* An option that failed has changed nothing. */
    CHECK_CODE(s2sr_options_set(options, "to", "10"), S2SR_OK);

    /* Products. */
    CHECK_CODE(s2sr_info("/nowhere/at/all", NULL, &json), S2SR_ERROR_INPUT);
    CHECK_SAYS("/nowhere/at/all");
    CHECK_CODE(s2sr_info("", NULL, &json), S2SR_ERROR_INPUT);
    CHECK_SAYS("'': there is no such file");
    CHECK_CODE(s2sr_info(write_file(argv[2], "noise.tif", "this is no raster"), NULL, &json),
               S2SR_ERROR_INPUT);
    CHECK_SAYS("noise.tif");
    CHECK_CODE(
        s2sr_run("/nowhere/at/all", in_folder(argv[2], "never.tif"), options, NULL, NULL, &json),
        S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_evaluate("/nowhere/at/all", NULL, NULL, NULL, &json), S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_write_vrt("/nowhere/at/all", in_folder(argv[2], "never.vrt"), NULL),
               S2SR_ERROR_INPUT);
    CHECK(json == NULL);
    CHECK(fopen(in_folder(argv[2], "never.tif"), "rb") == NULL);

    /* Models. */
    CHECK_CODE(s2sr_model_open("no-such-model", NULL, &model), S2SR_ERROR_MODEL);
    CHECK_SAYS("no-such-model");
    CHECK_CODE(s2sr_model_open("fast", NULL, &model), S2SR_ERROR_MODEL);
    CHECK_SAYS("'fast' is a family of networks, of which one can be opened: fast-");
    CHECK_CODE(s2sr_model_open("/nowhere/model.onnx", NULL, &model), S2SR_ERROR_MODEL);
    CHECK_SAYS("/nowhere/model.onnx");
    CHECK_CODE(s2sr_model_open(write_file(argv[2], "text.onnx", "not a network"), NULL, &model),
               S2SR_ERROR_MODEL);
    CHECK_SAYS("text.onnx");
    CHECK_CODE(s2sr_model_open(write_file(argv[2], "empty.onnx", ""), NULL, &model),
               S2SR_ERROR_MODEL);
    CHECK(model == NULL);

    /* The message stays until the next call on this thread that could fail, whatever is freed. */
    CHECK_CODE(s2sr_options_set(options, "nonsense", "1"), S2SR_ERROR_OPTION);
    s2sr_options_free(options);
    CHECK_SAYS("nonsense");
    s2sr_options_free(s2sr_options_new());
    CHECK(s2sr_last_error()[0] == '\0');
    return finish();
}
