/* Bands in memory: the plan, what a window needs, the same pixels whatever the window, and what is
   refused. argv: DATA WORK */
#include "check.h"
#include <math.h>

enum { SIDE = 96 };

static const char *data_folder;
static uint16_t fine[4][SIDE * SIDE], coarse[6][SIDE / 2 * SIDE / 2];

static s2sr_band describe(const char *name, double gsd, int64_t side) {
    s2sr_band band = {name, 600000, 5000040, gsd, side, side, S2SR_UINT16, 10000, 0, 0};
    return band;
}

/* The pixels of a band that a window needs. */
static s2sr_image part(uint16_t *pixels, int64_t side, const int64_t *r) {
    s2sr_image image = {
        pixels + r[1] * side + r[0], S2SR_UINT16, 1, r[3], r[2], side * side, side, 1};
    if (r[2] == 0) image.data = NULL;
    return image;
}

static int run(const s2sr_job *job, const int64_t *window, uint16_t *out, int64_t rows,
               int64_t cols) {
    int64_t reads[4 * 10];
    s2sr_image images[10], output = packed(out, S2SR_UINT16, 6, rows, cols);
    int i;
    CHECK_CODE(s2sr_job_reads(job, window, reads), S2SR_OK);
    for (i = 0; i < 4; i++)
        images[i] = part(fine[i], SIDE, reads + 4 * i);
    for (i = 0; i < 6; i++)
        images[4 + i] = part(coarse[i], SIDE / 2, reads + 4 * (4 + i));
    return s2sr_job_run(job, window, images, 10, &output, NULL, NULL);
}

/* Each mistake has its sentence; what is not needed is not looked at. */
static void refused_and_passed_by(const s2sr_job *job, const s2sr_image *right) {
    static uint16_t out[6 * SIDE * SIDE];
    const int64_t empty[4] = {0, 0, 0, 0}, huge[4] = {0, 0, INT64_MAX, 1};
    s2sr_image images[10], output = packed(out, S2SR_UINT16, 6, SIDE, SIDE);
    s2sr_options *options = s2sr_options_new();
    s2sr_band bands[5];
    s2sr_job *one = NULL;
    int i;
    for (i = 0; i < 10; i++)
        images[i] = right[i];
#define REFUSED(change, says)                                                                      \
    do {                                                                                           \
        images[4] = right[4];                                                                      \
        change;                                                                                    \
        CHECK_CODE(s2sr_job_run(job, NULL, images, 10, &output, NULL, NULL), S2SR_ERROR_ARGUMENT); \
        CHECK_SAYS(says);                                                                          \
    } while (0)
    REFUSED(images[4].data = NULL, "B5 was given without pixels; the window needs 48 rows of 48");
    REFUSED(images[4].bands = 2, "the pixels of B5 are an image of 2 bands");
    REFUSED(images[4].dtype = S2SR_INT16, "of type Int16, and it was opened with UInt16");
    REFUSED(images[4].data = out, "share memory with the output");
    REFUSED(images[4].rows = 47, "B5 was given with 47 rows of 48 pixels");
    images[4] = right[4];
    CHECK_CODE(s2sr_job_run(job, empty, images, 10, &output, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_SAYS("the window 0 0 0 0 is empty");
    CHECK_CODE(s2sr_job_run(job, huge, images, 10, &output, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_SAYS("the window 0 0 9223372036854775807 1 reaches outside");

    /* Bands that no network needs, of any form. */
    bands[0] = describe("B2", 10, SIDE), bands[1] = describe("B3", 10, SIDE);
    bands[2] = describe("B4", 10, SIDE), bands[3] = describe("B8", 10, SIDE);
    bands[4] = describe("B5", 20, SIDE / 2);
    CHECK_CODE(s2sr_options_set(options, "model", in_folder(data_folder, "dummy-x2.onnx")),
               S2SR_OK);
    CHECK_CODE(s2sr_options_set(options, "to", "5"), S2SR_OK);
    CHECK_CODE(s2sr_options_set(options, "bands", "B2"), S2SR_OK);
    CHECK_CODE(s2sr_job_open(bands, 5, options, &one), S2SR_OK);
    output = packed(out, S2SR_UINT16, 1, 2 * SIDE, 2 * SIDE);
    memset(images + 1, 0, 2 * sizeof *images);
    images[3].dtype = S2SR_FLOAT32, images[4].data = out;
    CHECK_CODE(s2sr_job_run(one, NULL, images, 5, &output, NULL, NULL), S2SR_OK);
    s2sr_job_free(one);
    s2sr_options_free(options);
}

int main(int argc, char **argv) {
    static const char *const names[10] = {"B2", "B3", "B4",  "B8",  "B5",
                                          "B6", "B7", "B8A", "B11", "B12"};
    static uint16_t whole[6 * SIDE * SIDE], twelve[12 * SIDE * SIDE], cut[6 * 31 * 40];
    static const int32_t no_types[6] = {0, 5, 99, -1, S2SR_UINT16 | 0x100, INT32_MIN};
    const int64_t window[4] = {17, 23, 40, 31}, outside[4] = {80, 0, 40, 31};
    s2sr_band bands[10], twice[2];
    s2sr_options *options = s2sr_options_new();
    s2sr_job *job = NULL, *sure = NULL;
    s2sr_image images[10], output;
    char *json = NULL;
    int64_t rectangles[40];
    int i, b, r, wrong = 0;
    if (argc != 3) return 2;
    data_folder = argv[1];

    for (i = 0; i < 10; i++)
        bands[i] = describe(names[i], i < 4 ? 10 : 20, i < 4 ? SIDE : SIDE / 2);
    for (i = 0; i < 4; i++)
        noise(fine[i], SIDE * SIDE, 1 + (unsigned)i);
    for (i = 0; i < 6; i++)
        noise(coarse[i], SIDE * SIDE / 4, 5 + (unsigned)i);
    CHECK_CODE(s2sr_options_set(options, "model", in_folder(argv[1], "dummy-t2x.onnx")), S2SR_OK);
    CHECK_CODE(s2sr_job_open(bands, 10, options, &job), S2SR_OK);
    CHECK_CODE(s2sr_job_describe(job, &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "\"cols\":96") != NULL &&
          strstr(json, "\"uint16\"") != NULL);
    s2sr_string_free(json), json = NULL;

    CHECK_CODE(run(job, NULL, whole, SIDE, SIDE), S2SR_OK);
    CHECK_CODE(run(job, window, cut, 31, 40), S2SR_OK);
    for (b = 0; b < 6; b++)
        for (r = 0; r < 31; r++)
            wrong += memcmp(cut + (b * 31 + r) * 40, whole + (b * SIDE + 23 + r) * SIDE + 17,
                            40 * sizeof *cut) != 0;
    CHECK(wrong == 0);

    /* The bands of a network that gives expected errors are the same, and these come after them. */
    CHECK_CODE(s2sr_options_set(options, "uncertainty", "yes"), S2SR_OK);
    CHECK_CODE(s2sr_job_open(bands, 10, options, &sure), S2SR_ERROR_OPTION);
    CHECK_CODE(s2sr_options_set(options, "model", in_folder(argv[1], "sure-t2x.onnx")), S2SR_OK);
    CHECK_CODE(s2sr_job_open(bands, 10, options, &sure), S2SR_OK);
    CHECK_CODE(s2sr_job_describe(sure, &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "\"B12\",\"B5_uncertainty\"") != NULL);
    s2sr_string_free(json), json = NULL;
    for (i = 0; i < 4; i++)
        images[i] = packed(fine[i], S2SR_UINT16, 1, SIDE, SIDE);
    for (i = 0; i < 6; i++)
        images[4 + i] = packed(coarse[i], S2SR_UINT16, 1, SIDE / 2, SIDE / 2);
    output = packed(twelve, S2SR_UINT16, 12, SIDE, SIDE);
    CHECK_CODE(s2sr_job_run(sure, NULL, images, 10, &output, NULL, NULL), S2SR_OK);
    CHECK(memcmp(twelve, whole, sizeof whole) == 0 && twelve[6 * SIDE * SIDE] > 0);
    s2sr_job_free(sure);

    /* A nodata value that no pixel can have is none: 0 stays data, and the result has 0 as always.
     */
    bands[4].nodata = 1e-300, bands[5].nodata = HUGE_VAL;
    CHECK_CODE(s2sr_job_open(bands, 10, options, &sure), S2SR_OK);
    CHECK_CODE(s2sr_job_describe(sure, &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "\"nodata\":0") != NULL);
    s2sr_string_free(json), json = NULL;
    s2sr_job_free(sure);
    bands[4].nodata = bands[5].nodata = 0;

    refused_and_passed_by(job, images);

    CHECK_CODE(s2sr_job_reads(job, outside, rectangles), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(run(job, window, cut, 30, 40), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_job_run(job, window, NULL, 10, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    twice[0] = twice[1] = bands[0];
    CHECK_CODE(s2sr_job_open(twice, 2, options, &job), S2SR_ERROR_ARGUMENT);
    twice[0].cols = 0;
    CHECK_CODE(s2sr_job_open(twice, 1, options, &job), S2SR_ERROR_INPUT);
    CHECK_SAYS("0 x 96 pixels cannot be worked on; give it 1 to 1048576 columns and rows");
    twice[0].cols = SIDE, twice[0].quantification = 0;
    CHECK_CODE(s2sr_job_open(twice, 1, options, &job), S2SR_ERROR_INPUT);
    CHECK_SAYS("there are 0 DN per unit");
    twice[0].gsd = 0;
    CHECK_CODE(s2sr_job_open(twice, 1, options, &job), S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_job_open(bands, 4, options, &job), S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_job_open(NULL, 1, options, &job), S2SR_ERROR_ARGUMENT);
    for (i = 0; i < 6; i++) {
        bands[0].dtype = no_types[i];
        CHECK_CODE(s2sr_job_open(bands, 10, options, &job), S2SR_ERROR_ARGUMENT);
        CHECK(strstr(s2sr_last_error(), "is none of S2SR_UINT8 (1)") != NULL);
        images[0].dtype = no_types[i];
        CHECK_CODE(s2sr_job_run(job, NULL, images, 10, &output, NULL, NULL), S2SR_ERROR_ARGUMENT);
    }
    bands[0].dtype = S2SR_UINT16;
    bands[0].name = "SCL";
    CHECK_CODE(s2sr_job_open(bands, 10, options, &job), S2SR_ERROR_ARGUMENT);

    CHECK_CODE(s2sr_band_describe("T33_B8A_20m", &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "\"B8A\"") != NULL);
    s2sr_string_free(json), json = NULL;
    CHECK_CODE(s2sr_band_describe("SCL_20m", &json), S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_band_describe("B05_qa", &json), S2SR_ERROR_INPUT);
    CHECK_CODE(s2sr_band_describe("rededge1_std", &json), S2SR_ERROR_INPUT);
    CHECK(json == NULL);
    s2sr_job_free(job);
    s2sr_job_free(job);
    s2sr_job_free(NULL);
    CHECK_CODE(s2sr_job_describe(job, &json), S2SR_ERROR_ARGUMENT);
    s2sr_options_free(options);
    return finish();
}
