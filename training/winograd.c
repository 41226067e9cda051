/* The transforms of Winograd's F(4x4, 3x3) on images (image, row, column, channel), 32-bit floats:
 * see winograd.py. Transformed tiles are (36, tile, channel), tiles counted image by image, row by
 * row. There is room for one tile more than there are, so that the 36 places that are written
 * together do not fall on the same lines of the cache. */
#include <string.h>

#define LANES 8 /* channels at a time: a register of them */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

typedef struct {
    long images, rows, columns, channels;
} shape;

/* B^T, A^T and A of Lavin and Gray 2016, section 4.3: six values to six, six to four, four to six.
 */
static inline __attribute__((always_inline)) void input6(const lanes *a, long step, lanes *out) {
    lanes a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step], a4 = a[4 * step],
          a5 = a[5 * step];
    lanes even = a4 - 4 * a2, odd = a3 - 4 * a1, even2 = a4 - a2, odd2 = 2 * (a3 - a1);
    out[0] = 4 * a0 - 5 * a2 + a4;
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = 4 * a1 - 5 * a3 + a5;
}

static inline __attribute__((always_inline)) void output6(const lanes *a, long step, lanes *out) {
    lanes p = a[step] + a[2 * step], m = a[step] - a[2 * step];
    lanes q = a[3 * step] + a[4 * step], n = 2 * (a[3 * step] - a[4 * step]);
    out[0] = a[0] + p + q;
    out[1] = m + n;
    out[2] = p + 4 * q;
    out[3] = m + 4 * n + a[5 * step];
}

static inline __attribute__((always_inline)) void spread4(const lanes *a, long step, lanes *out) {
    lanes a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
    lanes even = a0 + a2, odd = a1 + a3, even2 = a0 + 4 * a2, odd2 = 2 * a1 + 8 * a3;
    out[0] = a0;
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = a3;
}

static inline __attribute__((always_inline)) lanes load(const float *from, long n) {
    lanes v = {0};
    if (n >= LANES) memcpy(&v, from, sizeof v);
    else memcpy(&v, from, n * sizeof *from);
    return v;
}

static inline __attribute__((always_inline)) void store(float *to, lanes v, long n) {
    if (n >= LANES) memcpy(to, &v, sizeof v);
    else memcpy(to, &v, n * sizeof *to);
}

/* One tile and LANES channels of an image: its upper left pixel, and how many channels there are
 * from here on. */
typedef struct {
    shape s;
    long tile, tiles, row, column, channel, left;
    long image; /* where its image starts */
} place;

static inline __attribute__((always_inline)) lanes pixel(const float *image, const place *p,
                                                         long row, long column) {
    row += p->row, column += p->column;
    if (row < 0 || column < 0 || row >= p->s.rows || column >= p->s.columns) return (lanes){0};
    return load(image + p->image + (row * p->s.columns + column) * p->s.channels + p->channel,
                p->left);
}

static inline __attribute__((always_inline)) long coefficient(const place *p, long i) {
    return (i * (p->tiles + 1) + p->tile) * p->s.channels + p->channel;
}

/* Tiles of 6 x 6 pixels that overlap by 2, from one pixel outside the image on. */
static inline __attribute__((always_inline)) void input(const float *image, float *tiles,
                                                        const place *p) {
    lanes in[6], half[36], out[6];
    for (long y = 0; y < 6; y++) {
        for (long x = 0; x < 6; x++)
            in[x] = pixel(image, p, y - 1, x - 1);
        input6(in, 1, half + 6 * y);
    }
    for (long x = 0; x < 6; x++) {
        input6(half + x, 6, out);
        for (long y = 0; y < 6; y++)
            store(tiles + coefficient(p, 6 * y + x), out[y], p->left);
    }
}

/* Transformed tiles to 4 x 4 pixels each. */
static inline __attribute__((always_inline)) void output(const float *tiles, float *image,
                                                         const place *p) {
    lanes in[6], half[24], out[4];
    for (long y = 0; y < 6; y++) {
        for (long x = 0; x < 6; x++)
            in[x] = load(tiles + coefficient(p, 6 * y + x), p->left);
        output6(in, 1, half + 4 * y);
    }
    for (long x = 0; x < 4 && p->column + x < p->s.columns; x++) {
        output6(half + x, 4, out);
        for (long y = 0; y < 4 && p->row + y < p->s.rows; y++)
            store(image + p->image + ((p->row + y) * p->s.columns + p->column + x) * p->s.channels +
                      p->channel,
                  out[y], p->left);
    }
}

/* The transpose of `output`: 4 x 4 pixels to a transformed tile. */
static inline __attribute__((always_inline)) void output_back(const float *image, float *tiles,
                                                              const place *p) {
    lanes in[4], half[24], out[6];
    for (long y = 0; y < 4; y++) {
        for (long x = 0; x < 4; x++)
            in[x] = pixel(image, p, y, x);
        spread4(in, 1, half + 6 * y);
    }
    for (long x = 0; x < 6; x++) {
        spread4(half + x, 6, out);
        for (long y = 0; y < 6; y++)
            store(tiles + coefficient(p, 6 * y + x), out[y], p->left);
    }
}

static inline __attribute__((always_inline)) void
each(void (*work)(const float *, float *, const place *), const float *from, float *to, shape s) {
    long down = (s.rows + 3) / 4, across = (s.columns + 3) / 4, tiles = s.images * down * across;
    for (long t = 0; t < tiles; t++)
        for (long c = 0; c < s.channels; c += LANES) {
            long image = t / (down * across) * s.rows * s.columns * s.channels;
            place p = {s,    t, tiles, t / across % down * 4, t % across * 4, c, s.channels - c,
                       image};
            work(from, to, &p);
        }
}

void winograd_input(const float *image, float *tiles, shape s) { each(input, image, tiles, s); }
void winograd_output(const float *tiles, float *image, shape s) { each(output, tiles, image, s); }
void winograd_output_back(const float *image, float *tiles, shape s) {
    each(output_back, image, tiles, s);
}
