/* Arrays to arrays: an image made here, four bands at 10 m and six at 20 m, becomes six bands at 10
   m. usage: arrays MODEL      MODEL: a 20 m -> 10 m network by name or file, as list_models shows
   them SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <s2sr.h>
#include <stdio.h>

enum { SIZE = 240, HALF = SIZE / 2 }; /* pixels at 10 m, any even number, and at 20 m */

/* Fields: a chequered land, brighter from band to band. DN as in a product: reflectance * 10000. */
static void paint(s2sr_image image, int64_t field) {
    int64_t b, r, c;
    uint16_t *pixel = (uint16_t *)image.data;
    for (b = 0; b < image.bands; b++)
        for (r = 0; r < image.rows; r++)
            for (c = 0; c < image.cols; c++) {
                int bright = ((r / field) + (c / field)) % 2 != 0;
                *pixel++ = (uint16_t)(1000 + 200 * b + (bright ? 800 : 0));
            }
}

int main(int argc, char **argv) {
    static uint16_t fine[4 * SIZE * SIZE], coarse[6 * HALF * HALF], sharp[6 * SIZE * SIZE];
    /* pixels, type, bands, rows, columns, and what to step for the next band, row, column */
    s2sr_image inputs[2] = {
        {fine, S2SR_UINT16, 4, SIZE, SIZE, SIZE * SIZE, SIZE, 1},    /* B2 B3 B4 B8 */
        {coarse, S2SR_UINT16, 6, HALF, HALF, HALF * HALF, HALF, 1}}; /* B5 B6 B7 B8A B11 B12 */
    s2sr_image output = {sharp, S2SR_UINT16, 6, SIZE, SIZE, SIZE * SIZE, SIZE, 1};
    s2sr_model *model = NULL;
    int64_t bands, rows, cols;
    int code;

    if (argc != 2) {
        fprintf(stderr, "usage: %s MODEL\n", argv[0]);
        return 2;
    }
    paint(inputs[0], 24);
    paint(inputs[1], 12);
    code = s2sr_model_open(argv[1], NULL, &model);
    if (code == S2SR_OK) code = s2sr_model_output_shape(model, inputs, 2, 0, &bands, &rows, &cols);
    if (code == S2SR_OK)
        printf("output: %d bands, %d x %d pixels\n", (int)bands, (int)rows, (int)cols);
    if (code == S2SR_OK) code = s2sr_model_run(model, inputs, 2, &output, 1, NULL, NULL, NULL);
    if (code == S2SR_OK) printf("the middle pixel of B5: %d\n", sharp[HALF * SIZE + HALF]);
    else fprintf(stderr, "%s\n", s2sr_last_error());
    s2sr_model_free(model);
    return code == S2SR_OK ? 0 : 1;
}
