// The driver S2SR of GDAL, as far as it has to be C++: dataset, bands, registration. It decides
// nothing and computes no pixel; what a raster is and what is in it comes through the functions of
// driver.h. GDAL's classes are laid out anew in every minor version, so there is one of these
// libraries for each; libs2sr loads the one that fits the GDAL that it serves.
#include "driver.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "gdal_pam.h"
#include "gdal_priv.h"
#include "gdal_rat.h"
#include "ogr_spatialref.h"

#if GDAL_VERSION_NUM < GDAL_COMPUTE_VERSION(3, 6, 0)
#error "s2sr needs GDAL 3.6 or later"
#endif

namespace {

s2sr_driver_calls calls;

int shrunk(int n, int level) {
    return static_cast<int>((static_cast<GIntBig>(n) + (1 << level) - 1) >> level);
}

// The classes of a band, with the columns that s2sr run writes.
std::unique_ptr<GDALRasterAttributeTable> table(const s2sr_driver_band &about) {
    std::unique_ptr<GDALRasterAttributeTable> made(new GDALDefaultRasterAttributeTable());
    made->CreateColumn("Value", GFT_Integer, GFU_MinMax);
    made->CreateColumn("Class", GFT_String, GFU_Name);
    made->CreateColumn("Red", GFT_Integer, GFU_Red);
    made->CreateColumn("Green", GFT_Integer, GFU_Green);
    made->CreateColumn("Blue", GFT_Integer, GFU_Blue);
    made->SetRowCount(about.class_count);
    for (int k = 0; k < about.class_count; k++) {
        made->SetValue(k, 0, k);
        made->SetValue(k, 1, about.class_names[k]);
        for (int part = 0; part < 3; part++)
            made->SetValue(k, 2 + part, static_cast<int>(about.class_colours[3 * k + part]));
    }
    return made;
}

class Dataset;

class Band final : public GDALPamRasterBand {
public:
    Band(Dataset *dataset, int number, int level);
    CPLErr IReadBlock(int column, int row, void *block) override;
    double GetNoDataValue(int *there) override;
    double GetScale(int *there) override;
    double GetOffset(int *there) override;
    GDALColorInterp GetColorInterpretation() override { return GCI_Undefined; }
    GDALRasterAttributeTable *GetDefaultRAT() override {
        return classes ? classes.get() : GDALPamRasterBand::GetDefaultRAT();
    }
    char **GetCategoryNames() override;
    int GetMaskFlags() override;
    GDALRasterBand *GetMaskBand() override;
    int GetOverviewCount() override;
    GDALRasterBand *GetOverview(int index) override;

private:
    const s2sr_driver_raster *raster;
    int index; // from 0
    int level; // 0: full resolution
    // Names and colours. A colour table would keep GDAL from building overviews: it takes none
    // where there are several bands.
    std::unique_ptr<GDALRasterAttributeTable> classes;
    // The mask follows the bands, and is described by nothing.
    bool is_mask() const { return index == raster->band_count; }
    std::vector<std::unique_ptr<Band>> overviews;
    bool has_own_overviews();
};

class Dataset final : public GDALPamDataset {
public:
    Dataset(const s2sr_driver_raster *opened, const char *name);
    ~Dataset() override;
    const OGRSpatialReference *GetSpatialRef() const override {
        return crs.IsEmpty() ? nullptr : &crs;
    }
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
    CPLErr GetGeoTransform(GDALGeoTransform &transform) const override {
        if (crs.IsEmpty()) return CE_Failure;
        for (int i = 0; i < 6; i++)
            transform[i] = raster->transform[i];
        return CE_None;
    }
#else
    CPLErr GetGeoTransform(double *transform) override {
        if (crs.IsEmpty()) return CE_Failure;
        std::copy(raster->transform, raster->transform + 6, transform);
        return CE_None;
    }
#endif
    // The source's own coarser pixels stand for overviews until real ones are built; while those
    // are being built, they must not be taken for files that only need refreshing.
    bool offers_overviews() const { return !building && AreOverviewsEnabled(); }
    const s2sr_driver_raster *raster;
    std::unique_ptr<Band> mask; // of all bands, where there is one

protected:
    CPLErr IBuildOverviews(const char *resampling, int count, const int *factors, int band_count,
                           const int *bands, GDALProgressFunc progress, void *user_data,
                           CSLConstList options) override {
        building = true;
        const CPLErr code = GDALPamDataset::IBuildOverviews(resampling, count, factors, band_count,
                                                            bands, progress, user_data, options);
        building = false;
        return code;
    }

private:
    OGRSpatialReference crs;
    bool building = false;
};

Band::Band(Dataset *dataset, int number, int at_level)
    : raster(dataset->raster), index(number - 1), level(at_level) {
    poDS = dataset;
    nBand = number;
    eDataType = is_mask() ? GDT_Byte : static_cast<GDALDataType>(raster->type);
    nRasterXSize = shrunk(raster->cols, level);
    nRasterYSize = shrunk(raster->rows, level);
    nBlockXSize = std::min(raster->block_cols, nRasterXSize);
    nBlockYSize = std::min(raster->block_rows, nRasterYSize);
    if (!is_mask()) {
        const s2sr_driver_band &about = raster->bands[index];
        if (level == 0 && about.class_count > 0) classes = table(about);
        if (level == 0) {
            GDALMajorObject::SetDescription(about.name);
            GDALMajorObject::SetMetadata(about.metadata, "");
        }
    }
    if (level > 0) return;
    for (int k = 1; k <= raster->levels; k++)
        overviews.emplace_back(new Band(dataset, number, k));
}

CPLErr Band::IReadBlock(int column, int row, void *block) {
    const int x = column * nBlockXSize, y = row * nBlockYSize;
    const int cols = std::min(nBlockXSize, nRasterXSize - x),
              rows = std::min(nBlockYSize, nRasterYSize - y);
    const int line = nBlockXSize * GDALGetDataTypeSizeBytes(eDataType);
    return calls.read(raster, index, level, x, y, cols, rows, block, line) ? CE_None : CE_Failure;
}

double Band::GetNoDataValue(int *there) {
    if (there) *there = raster->has_nodata && !is_mask();
    return raster->nodata;
}

double Band::GetScale(int *there) {
    if (there) *there = !is_mask();
    return is_mask() ? 1 : raster->bands[index].scale;
}

double Band::GetOffset(int *there) {
    if (there) *there = !is_mask();
    return is_mask() ? 0 : raster->bands[index].offset;
}

char **Band::GetCategoryNames() { return is_mask() ? nullptr : raster->bands[index].class_names; }

int Band::GetMaskFlags() {
    return raster->has_mask && !is_mask() ? GMF_PER_DATASET : GDALPamRasterBand::GetMaskFlags();
}

GDALRasterBand *Band::GetMaskBand() {
    if (!raster->has_mask || is_mask()) return GDALPamRasterBand::GetMaskBand();
    Band *mask = static_cast<Dataset *>(poDS)->mask.get();
    return level == 0 ? mask : mask->overviews[static_cast<size_t>(level - 1)].get();
}

bool Band::has_own_overviews() { return level == 0 && GDALPamRasterBand::GetOverviewCount() > 0; }

int Band::GetOverviewCount() {
    if (has_own_overviews()) return GDALPamRasterBand::GetOverviewCount();
    return static_cast<Dataset *>(poDS)->offers_overviews() ? static_cast<int>(overviews.size())
                                                            : 0;
}

GDALRasterBand *Band::GetOverview(int k) {
    if (has_own_overviews()) return GDALPamRasterBand::GetOverview(k);
    return k >= 0 && k < GetOverviewCount() ? overviews[static_cast<size_t>(k)].get() : nullptr;
}

Dataset::Dataset(const s2sr_driver_raster *opened, const char *name) : raster(opened) {
    nRasterXSize = raster->cols;
    nRasterYSize = raster->rows;
    eAccess = GA_ReadOnly;
    if (raster->crs[0] && crs.importFromWkt(raster->crs) == OGRERR_NONE)
        crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    GDALMajorObject::SetMetadata(raster->metadata, "");
    if (raster->subdatasets) GDALMajorObject::SetMetadata(raster->subdatasets, "SUBDATASETS");
    // All bands of a tile are computed at once: programs should read them together.
    GDALMajorObject::SetMetadataItem("INTERLEAVE", "PIXEL", "IMAGE_STRUCTURE");
    for (int b = 1; b <= raster->band_count; b++)
        SetBand(b, new Band(this, b, 0));
    if (raster->has_mask) mask.reset(new Band(this, raster->band_count + 1, 0));
    SetDescription(name);
    if (!raster->file[0]) return;
    // Statistics and overviews that programs make are kept beside the product.
    SetPhysicalFilename(raster->file);
    SetSubdatasetName(raster->part);
    TryLoadXML();
    oOvManager.Initialize(this, ":::VIRTUAL:::");
}

Dataset::~Dataset() {
    FlushCache(true);
    calls.close(raster);
}

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

} // namespace

int s2sr_driver_register(const s2sr_driver_calls *with) {
    // Before anything else of GDAL's is touched.
    if (!GDAL_CHECK_VERSION("s2sr") || with->layout != S2SR_DRIVER_LAYOUT) return FALSE;
    if (GDALGetDriverByName("S2SR")) return TRUE;
    calls = *with;
    auto driver = new GDALDriver();
    driver->SetDescription("S2SR");
    driver->SetMetadataItem(GDAL_DMD_LONGNAME, "Super-resolved Sentinel-2");
    driver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    driver->SetMetadataItem(GDAL_DMD_SUBDATASETS, "YES");
    driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "S2SR:");
    driver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, calls.open_options);
    driver->pfnIdentify = identify;
    driver->pfnOpen = open;
    GetGDALDriverManager()->RegisterDriver(driver);
    return TRUE;
}
