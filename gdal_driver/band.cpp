#include "dataset.h"

namespace s2sr_driver {

namespace {

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

} // namespace

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

} // namespace s2sr_driver
