/* A product of noise, a folder of one raster per band, by the GDAL of the program. One program, one
 * include, after check.h. */
#ifndef S2SR_TEST_PRODUCT_H
#define S2SR_TEST_PRODUCT_H

#include <gdal.h>
#include <sys/stat.h>

enum { FINE = 120, COARSE = FINE / 2 };
static uint16_t fine[4 * FINE * FINE], coarse[6 * COARSE * COARSE];

/* A one-band GeoTIFF in UTM 33N whose upper left corner is at 500000, 5200000. */
static void write_band(const char *folder, const char *band, uint16_t *pixels, int size,
                       double metres) {
    double transform[6] = {500000.0, 0.0, 0.0, 5200000.0, 0.0, 0.0};
    char name[16];
    GDALDatasetH dataset;
    transform[1] = metres, transform[5] = -metres;
    snprintf(name, sizeof name, "%s.tif", band);
    dataset = GDALCreate(GDALGetDriverByName("GTiff"), in_folder(folder, name), size, size, 1,
                         GDT_UInt16, NULL);
    if (dataset == NULL) abort();
    CHECK(GDALSetProjection(dataset, "EPSG:32633") == CE_None);
    GDALSetGeoTransform(dataset, transform);
    CHECK(GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 0, 0, size, size, pixels, size,
                       size, GDT_UInt16, 0, 0) == CE_None);
    GDALClose(dataset);
}

/* The bands of 10 and 20 m, in a new folder. */
static void write_product(const char *folder) {
    static const char *const tens[] = {"B02", "B03", "B04", "B08"};
    static const char *const twenties[] = {"B05", "B06", "B07", "B8A", "B11", "B12"};
    int i;
    CHECK(mkdir(folder, 0777) == 0);
    noise(fine, 4 * FINE * FINE, 1);
    noise(coarse, 6 * COARSE * COARSE, 2);
    for (i = 0; i < 4; i++)
        write_band(folder, tens[i], fine + i * FINE * FINE, FINE, 10.0);
    for (i = 0; i < 6; i++)
        write_band(folder, twenties[i], coarse + i * COARSE * COARSE, COARSE, 20.0);
}

#endif
