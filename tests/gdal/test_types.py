"""Pixels that are no numbers of Sentinel-2 are refused at every door, with the band and what to
do."""

import shutil

import pytest
from conftest import S2SR, gdal, tool, work


@pytest.mark.parametrize("kind", ["CInt16", "CInt32", "CFloat32", "CFloat64", "Int64", "UInt64"])
def test_types_that_are_no_pixels_are_refused(product, kind):
    if not hasattr(gdal, f"GDT_{kind}"):
        pytest.skip(f"this GDAL has no {kind}")
    folder = work / f"of-{kind}"
    shutil.copytree(product, folder, dirs_exist_ok=True)
    tool(S2SR, "vrt", folder, f"{folder}.vrt", "--to", "10")
    band = folder / "T33_B05.tif"
    gdal.Translate(str(band), str(product / band.name), outputType=getattr(gdal, f"GDT_{kind}"))
    stack = work / f"{kind}.tif"
    raster = gdal.Translate(
        str(stack), str(product / "T33_B02.tif"), outputType=getattr(gdal, f"GDT_{kind}")
    )
    raster.GetRasterBand(1).SetDescription("B2")
    raster = None

    made = work / "never.tif"
    for given, name in ((folder, "B5"), (stack, "B2")):
        for command in (
            ("info", given),
            ("run", given, made, "--quiet"),
            ("evaluate", given),
            ("vrt", given, work / "never.vrt"),
        ):
            said = tool(S2SR, *command, fails=True)
            assert (
                f"the pixel type of {name} cannot be used; convert it to UInt16 or Float32" in said
            )
    for opened in (f"S2SR:{folder}", f"{folder}.vrt"):
        said = tool("gdal_translate", "-q", opened, made, fails=True)
        assert "the pixel type of B5 cannot be used" in said
    assert not made.exists() and not (work / "never.vrt").exists()
