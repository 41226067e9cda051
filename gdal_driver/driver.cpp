// The driver S2SR of GDAL, as far as it has to be C++: here its registration, and what it opens in
// dataset.h. GDAL's classes are laid out anew in every minor version, so there is one of these
// libraries for each; libs2sr loads the one that fits the GDAL that it serves.
#include "dataset.h"

namespace s2sr_driver {

s2sr_driver_calls calls;

namespace {

int identify(GDALOpenInfo *info) { return STARTS_WITH_CI(info->pszFilename, "S2SR:"); }

GDALDataset *open(GDALOpenInfo *info) {
    if (!identify(info)) return nullptr;
    if (info->eAccess == GA_Update) {
        CPLError(CE_Failure, CPLE_NotSupported,
                 "%s: super-resolved products can only be read; open it read-only",
                 info->pszFilename);
        return nullptr;
    }
    const s2sr_driver_raster *raster =
        calls.open(calls.context, info->pszFilename, info->papszOpenOptions);
    return raster ? new Dataset(raster, info->pszFilename) : nullptr;
}

// GDAL would delete, rename and copy the files that the raster is read from.
CPLErr refuse_files(const char *name, const char *act) {
    CPLError(
        CE_Failure, CPLE_NotSupported,
        "%s: the files of a product are not %s by the name of what is made of them; take their "
        "own names",
        name, act);
    return CE_Failure;
}

CPLErr refuse_to_delete(const char *name) { return refuse_files(name, "deleted"); }

CPLErr refuse_to_rename(const char *, const char *name) { return refuse_files(name, "renamed"); }

CPLErr refuse_to_copy(const char *, const char *name) { return refuse_files(name, "copied"); }

GDALDriver *driver() {
    auto made = new GDALDriver();
    made->SetDescription("S2SR");
    made->SetMetadataItem(GDAL_DMD_LONGNAME, "Super-resolved Sentinel-2");
    made->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    made->SetMetadataItem(GDAL_DMD_SUBDATASETS, "YES");
    made->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "S2SR:");
    made->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, calls.open_options);
    made->pfnIdentify = identify;
    made->pfnOpen = open;
    made->pfnDelete = refuse_to_delete;
    made->pfnRename = refuse_to_rename;
    made->pfnCopyFiles = refuse_to_copy;
    return made;
}

} // namespace

} // namespace s2sr_driver

int s2sr_driver_register(const s2sr_driver_calls *with) {
    // Before anything else of GDAL's is touched.
    if (!GDAL_CHECK_VERSION("s2sr") || with->layout != S2SR_DRIVER_LAYOUT) return FALSE;
    if (GDALGetDriverByName("S2SR")) return TRUE;
    s2sr_driver::calls = *with;
    GetGDALDriverManager()->RegisterDriver(s2sr_driver::driver());
    return TRUE;
}
