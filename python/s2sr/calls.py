"""The functions of the package: what they take is looked at here, and handed to who does it."""

import os
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Union, overload

from .engine import ArgumentError, find_onnxruntime
from .places import engine, engine_for_files
from .progress import Progress, shown
from .report import Info, Models, Report, Scores
from .spelling import spelt

if TYPE_CHECKING:  # files need none of these
    import numpy as np
    import numpy.typing
    import xarray as xr

Path = Union[str, "os.PathLike[str]"]

# Keywords that belong to bands in memory alone, and to files alone.
_MEMORY = ("chunks",)
_FILES = (
    *("projwin", "projwin_srs", "srcwin", "cutline", "band_names", "with_scl", "mask"),
    *("format", "co", "preview", "no_verify"),
)


@overload
def super_resolve(
    source: Path, output: Path, *, to: int = 10, progress: Progress = None, **options: Any
) -> Report: ...
@overload
def super_resolve(
    source: "xr.DataArray", *, to: int = 10, progress: Progress = None, **options: Any
) -> "xr.DataArray": ...
@overload
def super_resolve(
    source: "Union[xr.Dataset, xr.DataTree]",
    *,
    to: int = 10,
    progress: Progress = None,
    **options: Any,
) -> "xr.Dataset": ...
@overload
def super_resolve(
    source: "Mapping[Any, xr.DataArray]",
    *,
    to: int = 10,
    progress: Progress = None,
    **options: Any,
) -> "Dict[Any, xr.DataArray]": ...
@overload
def super_resolve(
    source: "Mapping[Any, np.typing.ArrayLike]",
    *,
    to: int = 10,
    progress: Progress = None,
    **options: Any,
) -> "Dict[Any, np.ndarray]": ...
def super_resolve(
    source: Any,
    output: Optional[Path] = None,
    *,
    to: int = 10,
    progress: Progress = None,
    **options: Any,
) -> Any:
    """Super-resolves Sentinel-2, whatever holds it.

    Parameters
    ----------
    source : str, os.PathLike, dict, xarray.Dataset, xarray.DataArray or xarray.DataTree
        A product on disk (SAFE, folder of bands, ...); or bands by name: numpy arrays of shape
        (rows, columns) at native sizes, all of the same area; or what xarray holds: a variable a
        band, or a dimension of bands. Bands finer than their own ground sample distance are brought
        back to it first.
    output : path, optional
        The GeoTIFF or COG to write; for files only.
    to : {10, 5}
        Ground sample distance of the result in m.
    progress : bool or callable, optional
        True: a bar. A function (fraction, message): called several times a second; False cancels.
        Lazy arrays have none: Dask computes them later, and shows it its own way.
    bands : sequence of str, optional
        The bands to give; all that become sharper by default.
    model : str, optional
        A family of networks, a network, or a file ``.onnx`` with the contract.
    with_native : bool
        Also give the bands that have the target's ground sample distance already.
    uncertainty : bool
        Also give the expected error of each super-resolved band, in its unit, as a band of its own:
        ``B5_uncertainty``.
    quality : {"standard", "best"}
        best: the mean over eight ways to turn and mirror what the networks see; eight times slower.
    device : str
        "auto", "cpu", "cuda", "cuda:1".
    precision : {"exact", "fast"}
        fast: on a GPU, the trained convolutions with 16-bit floats.
    threads : int
        Processor threads; for lazy arrays 1 by default, since Dask runs several tasks at once.
    tile : int
        Tile size in pixels; the result does not depend on it.
    models, onnxruntime : path
        Folder of the networks; ONNX Runtime's library.
    reflectance : bool
        Give reflectance as 32-bit floats, NaN where there is no data, instead of digital numbers.
    projwin, projwin_srs, srcwin, cutline, band_names, with_scl, mask, format, co, preview,
    no_verify, gdal
        Files only, as ``s2sr run`` takes them.
    quantification, offset, nodata : float
        DN per unit of reflectance, what is added to DN before they are divided (-1000 since
        processing baseline 04.00), and the DN without data, also of arrays whose scale and offset
        were applied. By default the product or the attributes say so (``scale_factor``,
        ``add_offset``, ``_FillValue``, ``nodata``); without them 10000, 0 and 0. Floats without
        data are NaN, and floats that are reflectance already are told by their size.
    chunks : int
        Lazy arrays only: pixels of a chunk of the result along each axis (default: 2048).

    Returns
    -------
    Report, dict, xarray.Dataset or xarray.DataArray
        For files a report; for bands in memory the same kind as `source`, rows from north to south
        and columns from west to east, with coordinates of pixel centres. Lazy if `source` was lazy.

    Raises
    ------
    Error
        And its subclasses; the text is a sentence that says what, where and what to do.
    KeyboardInterrupt
        After the work has ended in good order. Nothing is written then.
    """
    options = {"to": to, **options}
    if isinstance(source, (str, os.PathLike)):
        if output is None:
            raise ArgumentError(
                f"{os.fspath(source)} is a file or folder; say where the result goes:"
                " super_resolve(source, output)"
            )
        return _run(source, output, options, progress)
    from . import arrays  # which needs numpy, as files do not

    is_xarray = arrays.is_xarray(source)
    if not (is_xarray or isinstance(source, Mapping)):
        raise ArgumentError(
            f"{type(source).__name__} cannot be super-resolved; give a path, a dict of arrays by"
            " band, or an xarray object; super_resolve_many takes several paths"
        )
    if output is not None:
        raise ArgumentError(
            "bands in memory give bands in memory; leave the output out, and write what comes back"
        )
    _refuse(options, _FILES, "files")
    if is_xarray:
        from . import cubes

        return cubes.super_resolve(source, options, progress)
    return arrays.super_resolve(source, options, progress)


def evaluate(
    product: Path, *, html: Optional[Path] = None, progress: Progress = None, **options: Any
) -> Scores:
    """Scores the networks on a product by Wald's protocol, beside bicubic.

    Parameters
    ----------
    product : path
        Any product that `super_resolve` takes as a file.
    html : path, optional
        Also write the report with tables, charts and a picture, one HTML file.
    progress : bool or callable, optional
        As for `super_resolve`.
    model, quality, device, precision, threads, tile, models, onnxruntime, gdal, band_names,
    quantification, offset, nodata
        As for `super_resolve`.
    """
    if html is not None:
        options["html"] = html
    with shown(progress) as tell:
        return Scores(engine_for_files().evaluate(product, settings(options), tell))


def info(product: Path, **options: Any) -> Info:
    """What a product is and what can be made of it. Takes the options model, models, gdal,
    band_names, quantification, offset and nodata."""
    return Info(engine_for_files().info(product, spelt(options)))


def models(**options: Any) -> Models:
    """The installed networks with their scores. Takes the option models, a folder."""
    return Models(engine().models(spelt(options)))


def write_vrt(product: Path, output: Path, **options: Any) -> None:
    """Writes a VRT file that GDAL super-resolves as it is read. Takes the options of
    `super_resolve` that say what is made (to, model, bands, with_native, uncertainty, reflectance,
    with_scl, mask, cutline), how (quality, device, precision, threads, tile, models, gdal) and what
    the product's numbers mean (band_names, quantification, offset, nodata).
    """
    engine_for_files().write_vrt(product, output, spelt(options))


def gdal_plugins() -> str:
    """The folder that GDAL needs in GDAL_DRIVER_PATH to read such VRT files."""
    return engine_for_files().gdal_plugins()


def settings(options: Mapping[str, Any]) -> dict:
    """Options of a call as the library spells them, ONNX Runtime's place among them."""
    return {"onnxruntime": find_onnxruntime(), **spelt(options)}


def _run(source, output, options, progress):
    _refuse(options, _MEMORY, "bands in memory")
    with shown(progress) as tell:
        report = Report(engine_for_files().run(source, output, settings(options), tell))
    report.preview = options.get("preview")
    return report


def _refuse(options, keys: Sequence[str], what: str):
    for key in keys:
        if options.get(key) is not None:
            raise ArgumentError(f"{key} is for {what} only; leave it out")
