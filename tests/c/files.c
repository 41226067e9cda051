/* Arrays and files give the same pixels (1 DN); a run that is cancelled leaves nothing behind and
   harms nothing. The product is a folder of one raster per band, made here. argv: DATA WORK */
#include "check.h"
#include "product.h"

static uint16_t sharp[6 * FINE * FINE], from_file[6 * FINE * FINE];

static int run_arrays(const char *model_file) {
    s2sr_image in[2], out = packed(sharp, S2SR_UINT16, 6, FINE, FINE);
    s2sr_model *model = NULL;
    int code = s2sr_model_open(model_file, NULL, &model);
    in[0] = packed(fine, S2SR_UINT16, 4, FINE, FINE);
    in[1] = packed(coarse, S2SR_UINT16, 6, COARSE, COARSE);
    if (code == S2SR_OK) code = s2sr_model_run(model, in, 2, &out, 1, NULL, NULL, NULL);
    s2sr_model_free(model);
    return code;
}

/* The largest difference between the file's bands and `sharp`. */
static int compare(const char *file) {
    GDALDatasetH dataset = GDALOpen(file, GA_ReadOnly);
    int worst = 0;
    size_t i;
    CHECK(dataset != NULL && GDALGetRasterCount(dataset) == 6 &&
          GDALGetRasterXSize(dataset) == FINE);
    if (dataset == NULL || GDALGetRasterCount(dataset) != 6) return 65535;
    CHECK(GDALDatasetRasterIO(dataset, GF_Read, 0, 0, FINE, FINE, from_file, FINE, FINE, GDT_UInt16,
                              6, NULL, 0, 0, 0) == CE_None);
    CHECK(strcmp(GDALGetDescription(GDALGetRasterBand(dataset, 4)), "B8A") == 0);
    GDALClose(dataset);
    for (i = 0; i < 6 * FINE * FINE; i++)
        if (abs((int)from_file[i] - (int)sharp[i]) > worst)
            worst = abs((int)from_file[i] - (int)sharp[i]);
    return worst;
}

/* Cancels in the middle. */
static int cancel(double fraction, const char *message, void *user_data) {
    (void)message, (void)user_data;
    return fraction < 0.4;
}

/* Cancels when every tile is done. */
static int cancel_late(double fraction, const char *message, void *user_data) {
    (void)message, (void)user_data;
    return fraction < 1.0;
}

static long size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

int main(int argc, char **argv) {
    const char *product, *out, *other;
    s2sr_options *options = s2sr_options_new();
    char *json = NULL;
    long size;
    int i;
    if (argc != 3) return 2;
    GDALAllRegister();
    product = in_folder(argv[2], "product");
    out = in_folder(argv[2], "files-out.tif");
    other = in_folder(argv[2], "files-other.tif");
    write_product(product);

    CHECK_CODE(s2sr_options_set(options, "model", in_folder(argv[1], "dummy-t2x.onnx")), S2SR_OK);
    CHECK_CODE(s2sr_info(product, NULL, &json), S2SR_OK);
    CHECK(json != NULL && strstr(json, "B8A") != NULL);
    s2sr_string_free(json), json = NULL;
    CHECK_CODE(s2sr_run(product, out, options, GDALDummyProgress, NULL, &json), S2SR_OK);
    CHECK(json != NULL && json[0] == '{');
    s2sr_string_free(json), json = NULL;
    CHECK_CODE(run_arrays(in_folder(argv[1], "dummy-t2x.onnx")), S2SR_OK);
    i = compare(out);
    if (i > 1) printf("    arrays and files differ by %d DN\n", i), failures++;

    /* Cancelled: no new file, and the old one is whole. */
    CHECK_CODE(s2sr_options_set(options, "tile", "32"), S2SR_OK);
    CHECK_CODE(s2sr_run(product, other, options, cancel, NULL, &json), S2SR_ERROR_CANCELLED);
    CHECK(json == NULL && size_of(other) == -1);
    CHECK_CODE(s2sr_run(product, other, options, cancel_late, NULL, NULL), S2SR_ERROR_CANCELLED);
    CHECK(size_of(other) == -1);
    size = size_of(out);
    CHECK_CODE(s2sr_run(product, out, options, cancel, NULL, NULL), S2SR_ERROR_CANCELLED);
    CHECK(size > 0 && size_of(out) == size && compare(out) <= 1);
    /* Another tile size, the same pixels. */
    CHECK_CODE(s2sr_run(product, other, options, NULL, NULL, NULL), S2SR_OK);
    CHECK(compare(other) <= 1);

    CHECK_CODE(s2sr_run(product, "/nowhere/at/all/out.tif", options, NULL, NULL, NULL),
               S2SR_ERROR_OUTPUT);
    CHECK_SAYS("/nowhere/at/all");
    s2sr_options_free(options);
    GDALDestroyDriverManager();
    return finish();
}
