/* What libs2sr and the driver agree on. The same structures are in src/gdal_plugin/driver.rs.
   Pointers in them belong to libs2sr and live until close. */
#ifndef S2SR_DRIVER_H
#define S2SR_DRIVER_H

/* Raised with every change of these structures. */
#define S2SR_DRIVER_LAYOUT 3

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name;
    char **metadata;
    double scale;
    double offset;
    char **class_names;                 /* NULL: no classes */
    const unsigned char *class_colours; /* red, green and blue of each */
    int class_count;
} s2sr_driver_band;

typedef struct {
    int cols, rows;
    int type; /* a GDALDataType */
    int block_cols, block_rows;
    int levels; /* overviews; the one of number k is 2^(k+1) times coarser */
    int band_count;
    const s2sr_driver_band *bands;
    int has_mask; /* one for all bands, 8 bits; read as the band after the last */
    int has_nodata;
    double nodata;
    double transform[6];
    const char *crs; /* well-known text; empty: no georeferencing at all */
    char **metadata;
    char **subdatasets;
    const char *file; /* the product; with `part` the key under which statistics are kept */
    const char *part;
    const char *made_of; /* what the pixels were made of: another text, other pixels */
} s2sr_driver_raster;

typedef struct {
    int layout;    /* S2SR_DRIVER_LAYOUT of whoever filled this in */
    void *context; /* handed back to open */
    /* NULL after an error, which was raised then. */
    const s2sr_driver_raster *(*open)(void *context, const char *name, char **open_options);
    /* Fills a block of band `band` (from 0) at `level` (0: full resolution): `cols` x `rows` pixels
       from (x, y) on, lines `line_bytes` apart. 0 after an error, which was raised then. */
    int (*read)(const s2sr_driver_raster *raster, int band, int level, int x, int y, int cols,
                int rows, void *block, int line_bytes);
    /* Closes the rasters that it reads, unless others read them as well; 0 when that was done
       before. What the structure points to stays until close. */
    int (*release)(const s2sr_driver_raster *raster);
    void (*close)(const s2sr_driver_raster *raster);
    const char *open_options; /* XML; copied */
} s2sr_driver_calls;

/* Registers the driver, unless it is there already. 0 when this driver fits neither the GDAL nor
 * the libs2sr of this process. */
__attribute__((visibility("default"))) int s2sr_driver_register(const s2sr_driver_calls *calls);

#ifdef __cplusplus
}
#endif
#endif
