/* Numbers and layouts that programs have compiled in: they never change within an ABI number. argv:
 * DATA WORK */
#include "check.h"

#include <stddef.h>

#ifdef __cplusplus
#define SAME(a, b) static_assert((a) == (b), #a)
#else
#define SAME(a, b) _Static_assert((a) == (b), #a)
#endif

SAME(S2SR_ABI_VERSION, 1);
SAME(S2SR_OK, 0);
SAME(S2SR_ERROR_ARGUMENT, 1);
SAME(S2SR_ERROR_OPTION, 2);
SAME(S2SR_ERROR_INPUT, 3);
SAME(S2SR_ERROR_MODEL, 4);
SAME(S2SR_ERROR_RUNTIME, 5);
SAME(S2SR_ERROR_OUTPUT, 6);
SAME(S2SR_ERROR_CANCELLED, 7);
SAME(S2SR_ERROR_INTERNAL, 8);
SAME(S2SR_UINT8, 1);
SAME(S2SR_UINT16, 2);
SAME(S2SR_INT16, 3);
SAME(S2SR_FLOAT32, 4);

SAME(sizeof(s2sr_image), 64);
SAME(offsetof(s2sr_image, data), 0);
SAME(offsetof(s2sr_image, dtype), 8);
SAME(offsetof(s2sr_image, bands), 16);
SAME(offsetof(s2sr_image, rows), 24);
SAME(offsetof(s2sr_image, cols), 32);
SAME(offsetof(s2sr_image, band_stride), 40);
SAME(offsetof(s2sr_image, row_stride), 48);
SAME(offsetof(s2sr_image, col_stride), 56);

/* GDALProgressFunc, spelt out: a GDAL progress function can be passed as it is. */
static int gdal_progress(double fraction, const char *message, void *user_data) {
    (void)fraction, (void)message, (void)user_data;
    return 1;
}

int main(void) {
    s2sr_progress progress = gdal_progress;
    CHECK(progress(0.0, NULL, NULL) == 1);
    CHECK(s2sr_abi_version() == S2SR_ABI_VERSION);
    return finish();
}
