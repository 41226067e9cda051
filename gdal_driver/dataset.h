// The raster that the driver S2SR opens, as GDAL's classes: dataset and bands. They decide nothing
// and compute no pixel; what a raster is and what is in it comes through the functions of driver.h.
#ifndef S2SR_DATASET_H
#define S2SR_DATASET_H

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

namespace s2sr_driver {

// What libs2sr gave at registration.
extern s2sr_driver_calls calls;

// The type of the argument of a function, which is const in some versions of GDAL only.
template <class Class, class Argument, class... More>
Argument argument(CPLErr (Class::*)(Argument, More...));

// Says that something of a product cannot be set.
CPLErr refuse(const char *what);

// Adds items to those that an object has.
void add(GDALMajorObject *object, CSLConstList items);

class Dataset;

class Band final : public GDALPamRasterBand {
public:
    Band(Dataset *dataset, int number, int level);
    CPLErr IReadBlock(int column, int row, void *block) override;
    double GetNoDataValue(int *there) override;
    double GetScale(int *there) override;
    double GetOffset(int *there) override;
    // As of a GeoTIFF, whose first band is grey: a mosaic takes rasters that agree in this.
    GDALColorInterp GetColorInterpretation() override {
        return index == 0 ? GCI_GrayIndex : GCI_Undefined;
    }
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

} // namespace s2sr_driver

#endif
