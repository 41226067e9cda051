// The driver S2SR of GDAL, as far as it has to be C++: dataset, bands, registration. It decides
// nothing and computes no pixel; what a raster is and what is in it comes through the functions of
// driver.h. GDAL's classes are laid out anew in every minor version, so there is one of these
// libraries for each; libs2sr loads the one that fits the GDAL that it serves.
#include "driver.h"

#include <algorithm>
#include <memory>
#include <string>
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

CPLErr refuse(const char *what) {
    CPLError(CE_Failure, CPLE_NoWriteAccess,
             "%s of a super-resolved product follows from its files and cannot be set; set it in "
             "what is made of it, by gdal_translate for one",
             what);
    return CE_Failure;
}

// The type of the argument of a function, which is const in some versions of GDAL only.
template <class Class, class Argument, class... More>
Argument argument(CPLErr (Class::*)(Argument, More...));

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
    // What is said by the product alone. GDAL would write it beside the product, and nobody would
    // read it there.
    void SetDescription(const char *) override { refuse("The name of a band"); }
    CPLErr SetNoDataValue(double) override { return refuse("The nodata value"); }
    CPLErr SetNoDataValueAsInt64(int64_t) override { return refuse("The nodata value"); }
    CPLErr SetNoDataValueAsUInt64(uint64_t) override { return refuse("The nodata value"); }
    CPLErr DeleteNoDataValue() override { return refuse("The nodata value"); }
    CPLErr SetScale(double) override { return refuse("The scale"); }
    CPLErr SetOffset(double) override { return refuse("The offset"); }
    CPLErr SetColorInterpretation(GDALColorInterp) override {
        return refuse("The colour interpretation");
    }
    CPLErr SetCategoryNames(decltype(argument(&GDALRasterBand::SetCategoryNames))) override {
        return refuse("A list of classes");
    }
    CPLErr SetDefaultRAT(const GDALRasterAttributeTable *table) override {
        return classes ? refuse("A list of classes") : GDALPamRasterBand::SetDefaultRAT(table);
    }
    CPLErr CreateMaskBand(int) override { return refuse("The mask"); }
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
    friend class Dataset;
    void say_what_it_is();
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
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
    CPLErr SetGeoTransform(const GDALGeoTransform &) override { return refuse("The place"); }
#else
    CPLErr SetGeoTransform(double *) override { return refuse("The place"); }
#endif
    CPLErr SetSpatialRef(const OGRSpatialReference *) override {
        return refuse("The coordinate reference system");
    }
    CPLErr CreateMaskBand(int) override { return refuse("The mask"); }
    // GDAL asks for this before it closes whatever is open still, in any order. It looks anew at
    // what that is where something was closed.
    int CloseDependentDatasets() override {
        const int released = calls.release(raster);
        return GDALPamDataset::CloseDependentDatasets() || released;
    }
    // The source's own coarser pixels stand for overviews until real ones are built; while those
    // are being built, they must not be taken for files that only need refreshing.
    bool offers_overviews() const { return !building && AreOverviewsEnabled(); }
    const s2sr_driver_raster *raster;
    std::unique_ptr<Band> mask; // of all bands, where there is one

protected:
    // Statistics, overviews and what users add is true of these pixels alone. When they come to be
    // made of something else, it is passed by, and gone with the next that is kept.
    CPLXMLNode *SerializeToXML(const char *folder) override {
        CPLXMLNode *kept = GDALPamDataset::SerializeToXML(folder);
        if (kept) CPLCreateXMLElementAndValue(kept, "MadeOf", raster->made_of);
        return kept;
    }
    using Node = decltype(argument(&Dataset::XMLInit));
    CPLErr XMLInit(Node kept, const char *folder) override {
        if (!EQUAL(CPLGetXMLValue(kept, "MadeOf", ""), raster->made_of)) return CE_None;
        const CPLErr code = GDALPamDataset::XMLInit(kept, folder);
        // Whoever made the product may have made this, too.
        const char *file = GDALMajorObject::GetMetadataItem("OVERVIEW_FILE", "OVERVIEWS");
        if (file && !are_overviews_beside(file)) GDALMajorObject::SetMetadata(nullptr, "OVERVIEWS");
        return code;
    }
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
    bool are_overviews_beside(const char *file) const;
    void say_what_it_is();
};

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

// Adds items to those that an object has.
void add(GDALMajorObject *object, CSLConstList items) {
    for (; items && *items; items++) {
        char *key = nullptr;
        const char *value = CPLParseNameValue(*items, &key);
        if (key && value) object->GDALMajorObject::SetMetadataItem(key, value, "");
        CPLFree(key);
    }
}

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
    }
    if (level > 0) return;
    for (int k = 1; k <= raster->levels; k++)
        overviews.emplace_back(new Band(dataset, number, k));
}

void Band::say_what_it_is() {
    GDALMajorObject::SetDescription(raster->bands[index].name);
    add(this, raster->bands[index].metadata);
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
    driver->pfnDelete = refuse_to_delete;
    driver->pfnRename = refuse_to_rename;
    driver->pfnCopyFiles = refuse_to_copy;
    GetGDALDriverManager()->RegisterDriver(driver);
    return TRUE;
}
