# SPDX-License-Identifier: MIT OR Apache-2.0
"""The engine as Python sees it: paths and dictionaries in, dictionaries out, exceptions on failure.

Calls block and may take minutes; run them off the GUI thread. The interpreter lock is free
meanwhile.
"""

import ctypes
import json
import os
from contextlib import contextmanager

from . import bindings, running
from .errors import EngineCancelled


class Engine:
    """One loaded library."""

    def __init__(self, path):
        self.path = str(path)
        self.library = bindings.load(path)

    @property
    def version(self):
        return self.library.s2sr_version().decode()

    def run(self, source, destination, options=None, progress=None):
        """Super-resolves `source` into the raster `destination`; returns the engine's report."""
        with self.options(options) as handle:
            return self._long_call(
                self.library.s2sr_run, (_path(source), _path(destination), handle), progress
            )

    def evaluate(self, source, options=None, progress=None):
        """Wald's protocol on `source`; returns scores per task, against bicubic."""
        with self.options(options) as handle:
            return self._long_call(self.library.s2sr_evaluate, (_path(source), handle), progress)

    def info(self, source, options=None):
        """What the product is: level, bands, grids, and what can be made of it."""
        with self.options(options) as handle:
            return self.json(self.library.s2sr_info, _path(source), handle)

    def models(self, options=None):
        """The installed models."""
        with self.options(options) as handle:
            return self.json(self.library.s2sr_model_list, handle)

    def outputs_in(self, sources, folder, options=None):
        """The files in `folder` that `s2sr run` with these products would write."""
        bindings.declare_jobs(self.library)
        given = (ctypes.c_char_p * len(sources))(*map(_path, sources))
        found = (ctypes.c_void_p * len(sources))()
        with self.options(options) as handle:
            self.library.s2sr_outputs_in(given, len(sources), _path(folder), handle, found)
        return [os.fsdecode(self._taken(pointer)) for pointer in found]

    def write_vrt(self, source, destination, options=None):
        """Writes a virtual raster whose pixels are super-resolved when they are read."""
        bindings.declare_virtual(self.library)
        with self.options(options) as handle:
            self.library.s2sr_write_vrt(_path(source), _path(destination), handle)

    def gdal_plugins(self):
        """The folder that other programs need in GDAL_DRIVER_PATH to read such a virtual raster."""
        bindings.declare_virtual(self.library)
        return self.text(self.library.s2sr_gdal_plugins)

    def register_in_gdal(self):
        """Teaches GDAL in this process to read such virtual rasters. Doing it again does no
        harm."""
        bindings.declare_virtual(self.library)
        self.library.GDALRegister_S2SR()

    @contextmanager
    def progress(self, progress):
        """The C callback for a progress function (fraction, message). What that raises cancels the
        call and is raised here.
        """
        raised = []

        def forward(fraction, message, _user_data):
            if not running.goes_on():
                return 0
            try:
                goes_on = progress(fraction, message.decode("utf-8", "replace") if message else "")
                return 0 if goes_on is False else 1
            except BaseException as error:  # an exception cannot travel through C
                raised.append(error)
                return 0

        if not progress:
            yield bindings.ProgressFunction()
            return
        try:
            with running.call():
                yield bindings.ProgressFunction(forward)
        except EngineCancelled:
            if raised:
                raise raised[0] from None
            raise

    def _long_call(self, function, arguments, progress):
        with self.progress(progress) as callback:
            return self.json(function, *arguments, callback, None)

    def json(self, function, *arguments):
        """What a function whose last argument receives JSON gives."""
        return json.loads(self._answer(function, *arguments) or "{}")

    def text(self, function, *arguments):
        """The name of a file that a function gives, whose last argument receives it."""
        return os.fsdecode(self._answer(function, *arguments))

    def _answer(self, function, *arguments):
        """Calls a function whose last argument receives a string, and frees that string."""
        pointer = ctypes.c_void_p()
        function(*arguments, ctypes.byref(pointer))
        return self._taken(pointer.value) if pointer.value else b""

    def _taken(self, pointer):
        """The string that the library gave."""
        try:
            return ctypes.string_at(pointer)
        finally:
            self.library.s2sr_string_free(pointer)

    @contextmanager
    def options(self, options):
        """An options handle filled from a dictionary. Empty values are left out, lists are set
        one by one."""
        handle = self.library.s2sr_options_new()
        try:
            for key, value in (options or {}).items():
                for item in value if isinstance(value, (list, tuple)) else [value]:
                    if item is None or item == "":
                        continue
                    self.library.s2sr_options_set(handle, key.encode(), _option(item))
            yield handle
        finally:
            self.library.s2sr_options_free(handle)


def _option(value):
    if isinstance(value, bool):
        return b"yes" if value else b"no"
    return _path(value)


def _path(path):
    """The bytes that the system has for a name; Python keeps what is not UTF-8 in them."""
    return os.fsencode(str(path))
