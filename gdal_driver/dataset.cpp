#include "dataset.h"

#include <string>

namespace s2sr_driver {

CPLErr refuse(const char *what) {
    CPLError(CE_Failure, CPLE_NoWriteAccess,
             "%s of a super-resolved product follows from its files and cannot be set; set it in "
             "what is made of it, by gdal_translate for one",
             what);
    return CE_Failure;
}

// Adds items to those that an object has.
void add(GDALMajorObject *object, CSLConstList items) {
    for (; items && *items; items++) {
        char *key = nullptr;
        const char *value = CPLParseNameValue(*items, &key);
        if (key && value) object->GDALMajorObject::SetMetadataItem(key, value, "");
        CPLFree(key);
    }
}

Dataset::Dataset(const s2sr_driver_raster *opened, const char *name) : raster(opened) {
    nRasterXSize = raster->cols;
    nRasterYSize = raster->rows;
    eAccess = GA_ReadOnly;
    if (raster->crs[0] && crs.importFromWkt(raster->crs) == OGRERR_NONE)
        crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    for (int b = 1; b <= raster->band_count; b++)
        SetBand(b, new Band(this, b, 0));
    if (raster->has_mask) mask.reset(new Band(this, raster->band_count + 1, 0));
    SetDescription(name);
    if (raster->file[0]) {
        // Statistics and overviews that programs make are kept beside the product.
        SetPhysicalFilename(raster->file);
        SetSubdatasetName(raster->part);
        TryLoadXML();
    }
    // With the rest GDAL keeps what the raster said of itself then. What it says now comes last.
    say_what_it_is();
    if (raster->file[0]) oOvManager.Initialize(this, ":::VIRTUAL:::");
}

void Dataset::say_what_it_is() {
    add(this, raster->metadata);
    GDALMajorObject::SetMetadata(raster->subdatasets, "SUBDATASETS");
    // Bands of a tile are computed several at once: programs should read them together.
    GDALMajorObject::SetMetadataItem("INTERLEAVE", "PIXEL", "IMAGE_STRUCTURE");
    for (int b = 1; b <= nBands; b++)
        static_cast<Band *>(GetRasterBand(b))->say_what_it_is();
}

Dataset::~Dataset() {
    FlushCache(true);
    calls.close(raster);
}

// Whether a file of overviews is as GDAL writes it: a TIFF beside the product.
bool Dataset::are_overviews_beside(const char *file) const {
    const std::string base = ":::BASE:::";
    if (!STARTS_WITH(file, base.c_str())) return false;
    const std::string name = file + base.size();
    if (name.find_first_of("/\\") != std::string::npos) return false;
    const std::string product = raster->file;
    const std::string place = product.substr(0, product.find_last_of("/\\") + 1) + name;
    const char *const formats[] = {"GTiff", nullptr};
    return GDALIdentifyDriverEx(place.c_str(), GDAL_OF_RASTER, formats, nullptr) != nullptr;
}

} // namespace s2sr_driver
