/* What every test program here uses: checks that count, and images with noise in them. One program,
 * one include. */
#ifndef S2SR_TEST_CHECK_H
#define S2SR_TEST_CHECK_H

#include <s2sr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            printf("    %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                     \
        }                                                                                          \
    } while (0)

/* The call gives this code, and an error comes with a message. */
#define CHECK_CODE(call, wanted)                                                                   \
    do {                                                                                           \
        const int check_code = (call);                                                             \
        if (check_code != (wanted)) {                                                              \
            failures++;                                                                            \
            printf("    %s:%d: %s gives %d, not %s: %s\n", __FILE__, __LINE__, #call, check_code,  \
                   #wanted, s2sr_last_error());                                                    \
        } else if (check_code != S2SR_OK && s2sr_last_error()[0] == '\0') {                        \
            failures++;                                                                            \
            printf("    %s:%d: %s fails without a message\n", __FILE__, __LINE__, #call);          \
        }                                                                                          \
    } while (0)

/* The last message holds this text. */
#define CHECK_SAYS(text)                                                                           \
    do {                                                                                           \
        if (strstr(s2sr_last_error(), (text)) == NULL) {                                           \
            failures++;                                                                            \
            printf("    %s:%d: '%s' does not say '%s'\n", __FILE__, __LINE__, s2sr_last_error(),   \
                   (text));                                                                        \
        }                                                                                          \
    } while (0)

static inline int finish(void) { return failures == 0 ? 0 : 1; }

/* bands x rows x cols pixels without gaps. */
static inline s2sr_image packed(void *data, int32_t dtype, int64_t bands, int64_t rows,
                                int64_t cols) {
    s2sr_image image = {NULL, 0, 0, 0, 0, 0, 0, 1};
    image.data = data;
    image.dtype = dtype;
    image.bands = bands;
    image.rows = rows;
    image.cols = cols;
    image.band_stride = rows * cols;
    image.row_stride = cols;
    return image;
}

/* The same noise every time, 500 to 3547 DN. */
static inline void noise(uint16_t *pixels, size_t count, uint32_t seed) {
    size_t i;
    uint32_t state = seed * 2654435761u + 1u;
    for (i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        pixels[i] = (uint16_t)(500 + (state >> 16) % 3048);
    }
}

/* FOLDER/NAME; good for the next fifteen calls. */
static inline const char *in_folder(const char *folder, const char *name) {
    static char paths[16][4096];
    static int next = 0;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

#endif
