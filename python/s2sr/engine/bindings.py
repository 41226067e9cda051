# SPDX-License-Identifier: MIT OR Apache-2.0
"""The C functions of libs2sr with their types. Nothing but declarations and error translation.

Only what Python calls is declared; the header s2sr.h is the reference.
"""

import ctypes
from typing import Dict

from .errors import BY_CODE, EngineError, EngineUnusable

ABI_VERSION = 1

# int (*)(double fraction, const char *message, void *user_data); returning 0 cancels.
ProgressFunction = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p)

_text = ctypes.c_char_p
_handle = ctypes.c_void_p
# Results are char* that the caller frees, so they must stay pointers: c_char_p would be turned into
# bytes.
_text_out = ctypes.POINTER(ctypes.c_void_p)

# Functions that return a status code, and their arguments.
_STATUS_FUNCTIONS = {
    "s2sr_options_set": [_handle, _text, _text],
    "s2sr_run": [_text, _text, _handle, ProgressFunction, ctypes.c_void_p, _text_out],
    "s2sr_info": [_text, _handle, _text_out],
    "s2sr_evaluate": [_text, _handle, ProgressFunction, ctypes.c_void_p, _text_out],
    "s2sr_model_list": [_handle, _text_out],
}

# The same for virtual rasters; an engine may be built without them.
_VIRTUAL_FUNCTIONS = {
    "s2sr_write_vrt": [_text, _text, _handle],
    "s2sr_gdal_plugins": [_text_out],
}

# The others: result, arguments.
_PLAIN_FUNCTIONS = {
    "s2sr_abi_version": (ctypes.c_uint32, []),
    "s2sr_version": (_text, []),
    "s2sr_last_error": (_text, []),
    "s2sr_options_new": (_handle, []),
    "s2sr_options_free": (None, [_handle]),
    "s2sr_string_free": (None, [ctypes.c_void_p]),
}
_VIRTUAL_PLAIN_FUNCTIONS: Dict[str, tuple] = {"GDALRegister_S2SR": (None, [])}


class Band(ctypes.Structure):
    """s2sr_band: what a band in memory is and where it lies."""

    _fields_ = [
        ("name", _text),
        ("west", ctypes.c_double),
        ("north", ctypes.c_double),
        ("gsd", ctypes.c_double),
        ("cols", ctypes.c_int64),
        ("rows", ctypes.c_int64),
        ("dtype", ctypes.c_int32),
        ("quantification", ctypes.c_double),
        ("add_offset", ctypes.c_double),
        ("nodata", ctypes.c_double),
    ]


class Image(ctypes.Structure):
    """s2sr_image: bands in memory, strides counted in values."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("dtype", ctypes.c_int32),
        ("bands", ctypes.c_int64),
        ("rows", ctypes.c_int64),
        ("cols", ctypes.c_int64),
        ("band_stride", ctypes.c_int64),
        ("row_stride", ctypes.c_int64),
        ("col_stride", ctypes.c_int64),
    ]


_numbers = ctypes.POINTER(ctypes.c_int64)
_images = ctypes.POINTER(Image)
# Bands in memory, and many products.
_JOB_FUNCTIONS = {
    "s2sr_outputs_in": [ctypes.POINTER(_text), ctypes.c_size_t, _text, _handle, _text_out],
    "s2sr_band_describe": [_text, _text_out],
    "s2sr_job_open": [ctypes.POINTER(Band), ctypes.c_size_t, _handle, _text_out],
    "s2sr_job_describe": [_handle, _text_out],
    "s2sr_job_reads": [_handle, _numbers, _numbers],
    "s2sr_job_run": [
        _handle,
        _numbers,
        _images,
        ctypes.c_size_t,
        _images,
        ProgressFunction,
        ctypes.c_void_p,
    ],
}
_JOB_PLAIN_FUNCTIONS = {"s2sr_job_free": (None, [_handle])}


def load(path):
    """Loads the shared library at `path`, checks its ABI number and declares its functions."""
    try:
        # CDLL, not PyDLL: the interpreter lock is released during each call, so the host stays
        # responsive.
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise EngineUnusable(
            f"The s2sr engine {path} cannot be loaded: {error}. Install an engine that is made for"
            " this system."
        ) from error
    try:
        _check_abi(library, path)
        _declare(library, _PLAIN_FUNCTIONS, _STATUS_FUNCTIONS)
    except AttributeError as error:
        raise EngineUnusable(
            f"{path} is not a complete s2sr engine ({error}). Install the engine again."
        ) from error
    return library


def declare_virtual(library):
    """Declares the functions for virtual rasters."""
    try:
        _declare(library, _VIRTUAL_PLAIN_FUNCTIONS, _VIRTUAL_FUNCTIONS)
    except AttributeError as error:
        raise EngineError(
            f"The s2sr engine {library._name} was built without support for virtual rasters."
            " Install a complete engine."
        ) from error


def declare_jobs(library):
    """Declares the functions for bands in memory and many products."""
    try:
        _declare(library, _JOB_PLAIN_FUNCTIONS, _JOB_FUNCTIONS)
    except AttributeError as error:
        raise EngineUnusable(
            f"The s2sr engine {library._name} is too old for arrays ({error}). Install the engine"
            " again."
        ) from error


def _declare(library, plain_functions, status_functions):
    for name, (result, arguments) in plain_functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    for name, arguments in status_functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_int, arguments
        function.errcheck = _raise_on_error(library)


def _check_abi(library, path):
    """Comes first: with another number the other declarations may not hold."""
    library.s2sr_abi_version.restype = ctypes.c_uint32
    library.s2sr_abi_version.argtypes = []
    found = library.s2sr_abi_version()
    if found != ABI_VERSION:
        older = "engine" if found < ABI_VERSION else "Python side"
        raise EngineUnusable(
            f"The s2sr engine {path} has ABI number {found}, but the Python side needs"
            f" {ABI_VERSION}. Update the {older} so that both come from the same release."
        )


def _raise_on_error(library):
    def errcheck(status, _function, arguments):
        if status == 0:
            return arguments
        message = (library.s2sr_last_error() or b"").decode("utf-8", "replace")
        message = message or f"The s2sr engine failed with status {status} and gave no reason."
        raise BY_CODE.get(status, EngineError)(message, status)

    return errcheck
