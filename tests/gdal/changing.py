"""Names and VRTs of a product that a test changes."""

import subprocess

import numpy as np
from conftest import S2SR, SIZE, gdal, work


def names_of(product, to="10"):
    vrt = work / f"{product.name}.vrt"
    subprocess.run([S2SR, "vrt", product, vrt, "--to", to], check=True)
    return {"driver": f'S2SR:"{product}",to={to}', "vrt": str(vrt)}


def brighten(file, by=2000):
    raster = gdal.Open(str(file), gdal.GA_Update)
    band = raster.GetRasterBand(1)
    values = band.ReadAsArray()
    band.WriteArray(np.where(values == 0, 0, values + by).astype(np.uint16))


def stack_of(own, vrt, inner, band="B04", place=1):
    """A VRT of the product's bands, one of which is read from that place in `inner`, whatever that
    is."""
    files = sorted(own.glob("*.tif"))
    bands = ""
    for i, file in enumerate(files, 1):
        name = file.stem.split("_")[1]
        n = gdal.Open(str(file)).RasterXSize
        number = place if name == band else 1
        source = (inner if name == band else str(file)).replace("&", "&amp;").replace('"', "&quot;")
        bands += f"""<VRTRasterBand dataType="UInt16" band="{i}">
          <Description>{name}</Description><SimpleSource>
          <SourceFilename relativeToVRT="0">{source}</SourceFilename>
          <SourceBand>{number}</SourceBand>
          <SourceProperties RasterXSize="{SIZE}" RasterYSize="{SIZE}" DataType="UInt16"
            BlockXSize="128" BlockYSize="128"/>
          <SrcRect xOff="0" yOff="0" xSize="{n}" ySize="{n}"/>
          <DstRect xOff="0" yOff="0" xSize="{SIZE}" ySize="{SIZE}"/>
          </SimpleSource></VRTRasterBand>"""
    crs = gdal.Open(str(files[0])).GetProjection().replace('"', "&quot;")
    vrt.write_text(
        f'<VRTDataset rasterXSize="{SIZE}"'
        f' rasterYSize="{SIZE}"><SRS>{crs}</SRS><GeoTransform>300000, 10, 0, 6000000, 0,'
        f" -10</GeoTransform>{bands}</VRTDataset>"
    )


def names_of_many(product, entry, count):
    """A product under as many names as are asked for, each a product of its own."""
    names = []
    for number in range(count):
        place = work / f"one-of-many-{number}"
        place.unlink(missing_ok=True)
        place.symlink_to(product, target_is_directory=True)
        names.append(names_of(place)[entry])
    return names
