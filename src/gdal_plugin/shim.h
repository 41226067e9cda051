/* What the Rust side and the C++ shim agree on. The same structures are in driver.rs. Pointers in them belong to the
   Rust side and live until close. */
#ifndef S2SR_SHIM_H
#define S2SR_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name;
    char **metadata;
    double scale;
    double offset;
} s2sr_shim_band;

typedef struct {
    int cols, rows;
    int type;                     /* a GDALDataType */
    int block_cols, block_rows;
    int levels;                   /* overviews; the one of number k is 2^(k+1) times coarser */
    int band_count;
    const s2sr_shim_band *bands;
    int has_nodata;
    double nodata;
    double transform[6];
    const char *crs;              /* well-known text; empty: no georeferencing at all */
    char **metadata;
    char **subdatasets;
    const char *file;             /* the product; with `part` the key under which statistics are kept */
    const char *part;
} s2sr_shim_raster;

typedef struct {
    /* NULL after an error, which was raised then. */
    const s2sr_shim_raster *(*open)(const char *name, char **open_options);
    /* Fills a block of band `band` (from 0) at `level` (0: full resolution): `cols` x `rows` pixels from (x, y) on, lines
       `line_bytes` apart. 0 after an error, which was raised then. */
    int (*read)(const s2sr_shim_raster *raster, int band, int level, int x, int y, int cols, int rows, void *block, int line_bytes);
    void (*close)(const s2sr_shim_raster *raster);
    const char *open_options;     /* XML; copied */
} s2sr_shim_calls;

/* Registers the driver, unless it is there already. */
void s2sr_shim_register(const s2sr_shim_calls *calls);

#ifdef __cplusplus
}
#endif
#endif
