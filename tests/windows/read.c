/* Reads a raster whole, all bands at once, with a GDAL for Windows that has no programs: a DLL of
 * some Python package. usage: read.exe GDAL.dll RASTER PIXELS   writes the pixels, 16 bit, band
 * after band. No header of GDAL is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define FUNCTION(type, name, ...)                                                                  \
    type (*name)(__VA_ARGS__) =                                                                    \
        (type (*)(__VA_ARGS__))(void (*)(void))GetProcAddress(gdal, #name);                        \
    if (!name) return fprintf(stderr, "%s has no %s\n", argv[1], #name), 1

int main(int argc, char **argv) {
    if (argc != 4) return fputs("usage: read.exe GDAL.dll RASTER PIXELS\n", stderr), 2;
    HMODULE gdal = LoadLibraryExA(argv[1], NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!gdal) return fprintf(stderr, "%s cannot be loaded (%lu)\n", argv[1], GetLastError()), 1;
    FUNCTION(const char *, GDALVersionInfo, const char *);
    FUNCTION(void, GDALAllRegister, void);
    FUNCTION(void *, GDALOpen, const char *, int);
    FUNCTION(int, GDALGetRasterXSize, void *);
    FUNCTION(int, GDALGetRasterYSize, void *);
    FUNCTION(int, GDALGetRasterCount, void *);
    FUNCTION(int, GDALDatasetRasterIO, void *, int, int, int, int, int, void *, int, int, int, int,
             int *, int, int, int);
    FUNCTION(void, GDALClose, void *);

    GDALAllRegister();
    void *raster = GDALOpen(argv[2], 0);
    if (!raster) return 1;
    int cols = GDALGetRasterXSize(raster), rows = GDALGetRasterYSize(raster),
        bands = GDALGetRasterCount(raster);
    size_t size = (size_t)cols * rows * bands;
    unsigned short *pixels = calloc(size, sizeof *pixels);
    enum { GF_READ = 0, GDT_UINT16 = 2 };
    if (!pixels || GDALDatasetRasterIO(raster, GF_READ, 0, 0, cols, rows, pixels, cols, rows,
                                       GDT_UINT16, bands, NULL, 0, 0, 0))
        return 1;
    GDALClose(raster);
    FILE *out = fopen(argv[3], "wb");
    if (!out || fwrite(pixels, sizeof *pixels, size, out) != size || fclose(out)) return 1;
    printf("GDAL %s: %d bands of %d x %d\n", GDALVersionInfo("RELEASE_NAME"), bands, cols, rows);
    return 0;
}
