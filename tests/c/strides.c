/* The same pixels in any layout and type give the same result, and what lies between the pixels
   stays untouched. argv: DATA WORK */
#include "check.h"

enum { B = 6, FINE = 50, COARSE = 25, GAP = 3 };
static const uint16_t UNTOUCHED = 54321;
static uint16_t fine[4 * FINE * FINE], coarse[B * COARSE * COARSE], plain[B * FINE * FINE];
static uint16_t wide[B * (FINE + GAP) * (FINE + GAP)], mixed[FINE * FINE * B];
static float floats[4 * FINE * FINE], sharp_floats[B * FINE * FINE];
static int16_t signed_sharp[B * FINE * FINE];
static uint8_t bytes[B * FINE * FINE];
static s2sr_model *model;

static size_t at(int b, int r, int c) { return ((size_t)b * FINE + (size_t)r) * FINE + (size_t)c; }

static int run(s2sr_image tens, s2sr_image twenties, s2sr_image out) {
    s2sr_image in[2];
    in[0] = tens, in[1] = twenties;
    return s2sr_model_run(model, in, 2, &out, 1, NULL, NULL, NULL);
}

int main(int argc, char **argv) {
    s2sr_image tens = packed(fine, S2SR_UINT16, 4, FINE, FINE);
    s2sr_image twenties = packed(coarse, S2SR_UINT16, B, COARSE, COARSE);
    s2sr_image out, other;
    int b, r, c;
    size_t i, worst = 0;
    if (argc != 3) return 2;
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-t2x.onnx"), NULL, &model), S2SR_OK);
    if (model == NULL) return 1;
    noise(fine, 4 * FINE * FINE, 1);
    noise(coarse, B * COARSE * COARSE, 2);
    CHECK_CODE(run(tens, twenties, packed(plain, S2SR_UINT16, B, FINE, FINE)), S2SR_OK);

    /* A window of a larger image. */
    for (i = 0; i < sizeof wide / sizeof *wide; i++)
        wide[i] = UNTOUCHED;
    out = packed(wide, S2SR_UINT16, B, FINE, FINE);
    out.row_stride = FINE + GAP, out.band_stride = (FINE + GAP) * (FINE + GAP);
    CHECK_CODE(run(tens, twenties, out), S2SR_OK);
    for (b = 0; b < B; b++)
        for (r = 0; r < FINE + GAP; r++)
            for (c = 0; c < FINE + GAP; c++) {
                const uint16_t pixel =
                    wide[((size_t)b * (FINE + GAP) + (size_t)r) * (FINE + GAP) + (size_t)c];
                worst += pixel != (r < FINE && c < FINE ? plain[at(b, r, c)] : UNTOUCHED);
            }
    CHECK(worst == 0);

    /* Bands side by side in each pixel. */
    out = packed(mixed, S2SR_UINT16, B, FINE, FINE);
    out.band_stride = 1, out.col_stride = B, out.row_stride = B * FINE;
    CHECK_CODE(run(tens, twenties, out), S2SR_OK);
    for (worst = 0, b = 0; b < B; b++)
        for (r = 0; r < FINE; r++)
            for (c = 0; c < FINE; c++)
                worst +=
                    mixed[((size_t)r * FINE + (size_t)c) * B + (size_t)b] != plain[at(b, r, c)];
    CHECK(worst == 0);

    /* Upside down: negative strides from the last row. */
    out = packed(mixed + (FINE - 1) * FINE, S2SR_UINT16, B, FINE, FINE);
    out.row_stride = -FINE;
    CHECK_CODE(run(tens, twenties, out), S2SR_OK);
    for (worst = 0, b = 0; b < B; b++)
        for (r = 0; r < FINE; r++)
            for (c = 0; c < FINE; c++)
                worst += mixed[at(b, FINE - 1 - r, c)] != plain[at(b, r, c)];
    CHECK(worst == 0);

    /* An input of which every band is the same one: stride 0 reads it again. */
    other = twenties, other.band_stride = 0;
    CHECK_CODE(run(tens, other, packed(mixed, S2SR_UINT16, B, FINE, FINE)), S2SR_OK);

    /* Types: floats in, floats, signed and bytes out; integers are rounded, and saturate. */
    for (i = 0; i < 4 * FINE * FINE; i++)
        floats[i] = (float)fine[i];
    CHECK_CODE(run(packed(floats, S2SR_FLOAT32, 4, FINE, FINE), twenties,
                   packed(sharp_floats, S2SR_FLOAT32, B, FINE, FINE)),
               S2SR_OK);
    CHECK_CODE(run(tens, twenties, packed(signed_sharp, S2SR_INT16, B, FINE, FINE)), S2SR_OK);
    CHECK_CODE(run(tens, twenties, packed(bytes, S2SR_UINT8, B, FINE, FINE)), S2SR_OK);
    for (worst = 0, i = 0; i < B * FINE * FINE; i++) {
        const float difference = sharp_floats[i] - (float)plain[i];
        /* 0 is nodata: a valid pixel of an integer type is at least 1. */
        worst += !(difference < 0.51f && difference > -0.51f) && plain[i] > 1;
        worst += plain[i] > 1 && signed_sharp[i] != (int16_t)plain[i];
        worst += plain[i] > 255 && bytes[i] != 255;
    }
    CHECK(worst == 0);

    /* Outputs that have two pixels in one place, however that comes about, and inputs that would
     * change while they are read. */
    out = packed(mixed, S2SR_UINT16, B, FINE, FINE);
    for (i = 0; i < 5; i++) {
        other = out;
        if (i == 0) other.row_stride = 1;
        if (i == 1) other.row_stride = FINE - 1;
        if (i == 2) other.row_stride = 1 - FINE;
        if (i == 3) other.band_stride = 0;
        if (i == 4) other.band_stride = FINE;
        CHECK_CODE(run(tens, twenties, other), S2SR_ERROR_ARGUMENT);
        CHECK_SAYS("on top of each other");
    }
    CHECK_CODE(run(tens, packed(mixed + 7, S2SR_UINT16, B, COARSE, COARSE), out),
               S2SR_ERROR_ARGUMENT);
    CHECK_SAYS("shares memory with input number 1");
    /* Exchanged rows and columns lie apart. */
    out.row_stride = 1, out.col_stride = FINE;
    CHECK_CODE(run(tens, twenties, out), S2SR_OK);
    for (worst = 0, b = 0; b < B; b++)
        for (r = 0; r < FINE; r++)
            for (c = 0; c < FINE; c++)
                worst += mixed[at(b, c, r)] != plain[at(b, r, c)];
    CHECK(worst == 0);
    /* Strides that lead out of the address space. */
    other = tens, other.band_stride = INT64_MAX / 4;
    CHECK_CODE(run(other, twenties, packed(mixed, S2SR_UINT16, B, FINE, FINE)),
               S2SR_ERROR_ARGUMENT);
    other = tens, other.row_stride = INT64_MIN;
    CHECK_CODE(run(other, twenties, packed(mixed, S2SR_UINT16, B, FINE, FINE)),
               S2SR_ERROR_ARGUMENT);
    s2sr_model_free(model);
    return finish();
}
