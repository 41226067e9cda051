/* Arrays that do not fit: wrong counts, sizes, types and strides, and sizes whose product
   overflows, are refused before a pixel is touched. argv: DATA WORK */
#include "check.h"

enum { FINE = 24, COARSE = 12 };
static uint16_t fine[4 * FINE * FINE], coarse[6 * COARSE * COARSE], sharp[6 * FINE * FINE];
static s2sr_image in[2], out;
static s2sr_model *model;

/* Everything right again. */
static void reset(void) {
    in[0] = packed(fine, S2SR_UINT16, 4, FINE, FINE);
    in[1] = packed(coarse, S2SR_UINT16, 6, COARSE, COARSE);
    out = packed(sharp, S2SR_UINT16, 6, FINE, FINE);
}

static int run(void) { return s2sr_model_run(model, in, 2, &out, 1, NULL, NULL, NULL); }

static int shape(void) {
    int64_t bands, rows, cols;
    return s2sr_model_output_shape(model, in, 2, 0, &bands, &rows, &cols);
}

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        reset();                                                                                   \
        change;                                                                                    \
        CHECK_CODE(run(), S2SR_ERROR_ARGUMENT);                                                    \
    } while (0)

int main(int argc, char **argv) {
    int64_t n = 0;
    size_t i;
    s2sr_model *single = NULL;
    if (argc != 3) return 2;
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-t2x.onnx"), NULL, &model), S2SR_OK);
    if (model == NULL) return 1;
    noise(fine, 4 * FINE * FINE, 1);
    noise(coarse, 6 * COARSE * COARSE, 2);

    /* Counts. */
    reset();
    CHECK_CODE(s2sr_model_run(model, in, 1, &out, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, in, 3, &out, 1, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, in, 2, &out, 2, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, in, 2, &out, 0, NULL, NULL, NULL), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_run(model, in, (size_t)-1, &out, 1, NULL, NULL, NULL),
               S2SR_ERROR_ARGUMENT);
    CHECK_CODE(
        s2sr_model_run(model, in, (size_t)-1 / sizeof(s2sr_image), &out, 1, NULL, NULL, NULL),
        S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, in, 2, 1, &n, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_CODE(s2sr_model_output_shape(model, in, 2, (size_t)-1, &n, &n, &n), S2SR_ERROR_ARGUMENT);

    /* What no output can have, is no answer. */
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-x2.onnx"), NULL, &single), S2SR_OK);
    in[0] = packed(NULL, 0, 1, 524289, 4);
    CHECK_CODE(s2sr_model_output_shape(single, in, 1, 0, &n, &n, &n), S2SR_ERROR_ARGUMENT);
    CHECK_SAYS("1048578 rows and 8 columns cannot be worked on");
    in[0].rows = 524288;
    CHECK_CODE(s2sr_model_output_shape(single, in, 1, 0, &n, &n, &n), S2SR_OK);
    s2sr_model_free(single);

    /* Sizes. */
    REFUSED(in[0].bands = 3);
    REFUSED(in[0].bands = 5);
    REFUSED(in[1].bands = 0);
    REFUSED(in[0].rows = FINE - 2);
    REFUSED(in[1].cols = COARSE - 1);
    REFUSED(in[0].rows = 0);
    REFUSED((in[0].rows = 0, in[1].rows = 0, out.rows = 0));
    REFUSED(in[0].cols = -FINE);
    REFUSED(out.bands = 5);
    REFUSED(out.rows = FINE - 1);
    REFUSED(out.cols = FINE / 2);

    /* Types. */
    REFUSED(in[0].dtype = 0);
    REFUSED(in[1].dtype = 99);
    REFUSED(in[0].dtype = 5);
    REFUSED(in[0].dtype |= 0x100);
    REFUSED(out.dtype = -1);
    REFUSED(out.dtype |= 0x10000);
    CHECK(strstr(s2sr_last_error(), "is none of S2SR_UINT8 (1)") != NULL);

    /* Strides: pixels of an output must be apart, and no address may overflow. */
    REFUSED(out.col_stride = 0);
    REFUSED(out.row_stride = 0);
    REFUSED(out.band_stride = 0);
    REFUSED(in[0].band_stride = INT64_MAX);
    REFUSED(in[0].row_stride = INT64_MAX / 2);
    REFUSED(in[0].col_stride = INT64_MIN);
    REFUSED(out.row_stride = INT64_MAX / 8);
    REFUSED(in[0].data = (char *)fine + 1); /* 16-bit pixels at an odd address */

    /* Sizes whose product, or whose double, overflows. */
    REFUSED((in[0].rows = INT64_MAX, in[1].rows = INT64_MAX / 2));
    REFUSED((in[0].rows = in[0].cols = (int64_t)1 << 40, in[1].rows = in[1].cols = (int64_t)1 << 39,
             out.rows = out.cols = (int64_t)1 << 40));
    reset();
    in[0].rows = INT64_MAX - 1, in[1].rows = INT64_MAX / 2;
    CHECK(shape() == S2SR_OK || shape() == S2SR_ERROR_ARGUMENT);
    reset();
    in[1].rows = INT64_MAX, in[0].rows = -2; /* what twice that would be, wrapped */
    CHECK_CODE(shape(), S2SR_ERROR_ARGUMENT);

    for (i = 0; i < 6 * FINE * FINE; i++)
        CHECK(sharp[i] == 0);
    reset();
    CHECK_CODE(run(), S2SR_OK);
    CHECK(sharp[0] != 0);
    s2sr_model_free(model);
    return finish();
}
