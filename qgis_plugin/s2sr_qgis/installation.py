# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the engine into the QGIS profile, and removes it: from a wheel or a release archive, or by
QGIS's own Python's pip, which only downloads. Nothing is installed into QGIS's Python, and nothing
outside the profile is touched.

No widgets here. Long steps call `tell(text)`, which raises Cancelled when the user wants to stop.
"""

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import subprocess  # nosec B404: runs QGIS's own Python, see `_download`
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from .engine import EngineError, file_name
from .i18n import tr

PACKAGES = ("s2sr", "onnxruntime")
NOTE = "installed.json"  # what was installed, in the folder of the engine


class InstallationError(Exception):
    """What went wrong, in words for the user."""


class Cancelled(Exception):
    """The user stopped it. What was installed before is as it was."""


def installed(prefix):
    """The versions of what is installed in the folder, by package; empty if nothing is."""
    try:
        return json.loads((Path(prefix) / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def from_files(files, prefix, tell):
    """Installs from files: a wheel of s2sr, one of onnxruntime, or a release archive, which
    holds both."""
    prefix = Path(prefix)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="s2sr-", dir=prefix.parent) as work:
        new = Path(work) / "new"
        versions = {}
        for file in sorted(map(Path, files), key=lambda f: not f.name.startswith("s2sr")):
            tell(tr("Unpacking {}").format(file.name))
            versions.update(_unpack(file, new, tell))
        library = new / "lib" / file_name()
        if not library.is_file() and not (new / "bin" / file_name()).is_file():
            raise InstallationError(
                tr(
                    "There is no engine for this system in {}. Take the wheel of s2sr or the"
                    " release for this system."
                ).format(", ".join(Path(f).name for f in files))
            )
        kept = prefix / "lib" / "s2sr"
        if "onnxruntime" not in versions and not _has_runtime(new):
            # An update of the engine alone keeps the ONNX Runtime that is there.
            _copy_runtime(kept, new / "lib" / "s2sr")
            versions.update({k: v for k, v in installed(prefix).items() if k == "onnxruntime"})
        (new / NOTE).write_text(json.dumps(versions), encoding="utf-8")
        tell(tr("Putting it in place"))
        _exchange(new, prefix, Path(work) / "old")
    return versions


def from_index(version, prefix, tell):
    """Downloads the wheels with pip, which holds them against the sums of the index, and
    installs them."""
    with tempfile.TemporaryDirectory(prefix="s2sr-download-") as folder:
        for package in PACKAGES:
            wanted = f"{package}=={version}" if package == "s2sr" else package
            tell(tr("Downloading {}").format(wanted))
            _download(wanted, folder, tell)
        return from_files(Path(folder).glob("*.whl"), prefix, tell)


def remove(prefix):
    """Removes the engine from the profile."""
    try:
        shutil.rmtree(prefix)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InstallationError(
            tr("{} cannot be removed ({}). Close QGIS, and remove it by hand.").format(
                prefix, error
            )
        ) from error


def python():
    """QGIS's own Python. In QGIS, sys.executable may be QGIS itself."""
    names = (
        ("python3.exe", "python.exe")
        if os.name == "nt"
        else (f"python3.{sys.version_info[1]}", "python3")
    )
    folders = [Path(sys.exec_prefix), Path(sys.exec_prefix) / "bin", Path(sys.executable).parent]
    for folder in folders:
        for name in names:
            if (folder / name).is_file():
                return str(folder / name)
    raise InstallationError(
        tr(
            "The Python of QGIS was not found, so nothing can be downloaded. Download the wheels of"
            " s2sr and onnxruntime yourself, and install them from files."
        )
    )


def _download(wanted, folder, tell):
    command = [
        python(),
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
    ]
    command += ["--no-input", "-d", str(folder), wanted]
    log = Path(folder) / "log.txt"
    with log.open("w", encoding="utf-8") as output:
        # No shell; the program is QGIS's Python, and what is wanted is one of two fixed names.
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )  # nosec B603
        try:
            while True:
                try:
                    code = process.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    tell("")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code:
        lines = [
            line
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.strip()
        ]
        said = next(
            (line for line in reversed(lines) if line.startswith("ERROR")),
            lines[-1] if lines else "",
        )
        raise InstallationError(
            tr("{} could not be downloaded: {} Without a network, install it from a file.").format(
                wanted, said
            )
        )


def _unpack(file, target, tell):
    """Unpacks a file into the folder, laid out as a prefix. Gives the versions of what it held."""
    try:
        if file.name.endswith(".whl"):
            return _unpack_wheel(file, target, tell)
        if file.name.endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                bad = archive.testzip()
                if bad:
                    raise InstallationError(
                        tr("{} is damaged ({}). Download it again.").format(file.name, bad)
                    )
                _check_sum(file)
                root = _root(archive.namelist(), file)
                for name in archive.namelist():
                    if not name.endswith("/"):
                        _write(target, name, root, archive.read(name), tell)
        else:
            with tarfile.open(file) as archive:
                _check_sum(file)
                members = archive.getmembers()
                root = _root([m.name for m in members], file)
                _unpack_tar(archive, members, target, root, tell)
        return {"s2sr": _version_of(root)}
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InstallationError(
            tr("{} cannot be unpacked: {}.").format(file.name, error)
        ) from error


def _unpack_wheel(file, target, tell):
    """Only what is held against the sums that the wheel keeps of its own files."""
    package, version = file.name.split("-")[:2]
    with zipfile.ZipFile(file) as wheel:
        record = next((n for n in wheel.namelist() if n.endswith(".dist-info/RECORD")), None)
        if package not in PACKAGES or record is None:
            raise InstallationError(tr("{} is no wheel of s2sr or onnxruntime.").format(file.name))
        for name, sum_, _size in csv.reader(io.StringIO(wheel.read(record).decode("utf-8"))):
            place = _place(package, name)
            if place is None:
                continue
            data = wheel.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            if sum_ != f"sha256={digest}":
                raise InstallationError(
                    tr("{} is damaged ({}). Download it again.").format(file.name, name)
                )
            _write(target, place, "", data, tell, wheel.getinfo(name).external_attr >> 16)
    return {package: version}


def _place(package, name):
    """Where a file of a wheel goes in the prefix; None if it is not needed there."""
    if package == "s2sr":
        parts = PurePosixPath(name).parts
        wanted = (
            len(parts) > 2 and parts[0] == "s2sr" and parts[1] in ("lib", "bin", "share", "include")
        )
        return "/".join(parts[1:]) if wanted else None
    own = PurePosixPath(name)
    if own.parent != PurePosixPath("onnxruntime/capi") or "onnxruntime" not in own.name:
        return None
    if own.suffix in (".py", ".pyd") or "pybind" in own.name:
        return None
    ending = {"win32": "onnxruntime.dll", "darwin": "libonnxruntime.dylib"}.get(
        sys.platform, "libonnxruntime.so"
    )
    main = own.name.startswith(ending.split(".")[0] + ".")
    return f"lib/s2sr/{ending if main else own.name}"


def _unpack_tar(archive, members, target, root, tell):
    links = []
    for member in members:
        if member.isfile():
            _write(target, member.name, root, archive.extractfile(member).read(), tell, member.mode)
        elif member.issym():
            links.append(member)
    for link in links:
        # A copy in the place of a link inside the archive; none may lead out of it.
        own = _inside(target, link.name, root)
        to = Path(os.path.normpath(own.parent / link.linkname))
        if Path(target) in to.parents and to.is_file():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(to, own)


def _root(names, file):
    """The folder of an archive that is the prefix."""
    for name in names:
        for library in (f"lib/{file_name()}", f"bin/{file_name()}"):
            if name == library or name.endswith(f"/{library}"):
                return name[: len(name) - len(library)]
    raise InstallationError(
        tr(
            "There is no engine for this system in {}. Take the wheel of s2sr or the release for"
            " this system."
        ).format(file.name)
    )


def _version_of(root):
    parts = root.strip("/").split("-")
    return parts[1] if len(parts) > 1 else tr("of a file")


def _check_sum(file):
    """Where the sums of a release lie beside it, it is held against them."""
    for sums in (file.with_name("SHA256SUMS"), file.with_name(file.name + ".sha256")):
        if sums.is_file():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            told = [
                line.split()[0]
                for line in sums.read_text().splitlines()
                if line.split()[1:] and line.split()[1].lstrip("*") == file.name
            ]
            if told and digest not in told:
                raise InstallationError(
                    tr("{} is damaged ({}). Download it again.").format(file.name, sums.name)
                )


def _write(target, name, root, data, tell, mode=0):
    tell("")
    path = _inside(target, name, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if mode & 0o111:
        path.chmod(0o755)


def _inside(target, name, root):
    """A file's place, which is in the folder whatever its name says."""
    inner = PurePosixPath(name[len(root) :] if name.startswith(root) else name)
    if inner.is_absolute() or ".." in inner.parts or "\\" in str(inner):
        raise InstallationError(
            tr("The file holds {}, which would lie elsewhere. It was not unpacked.").format(name)
        )
    return Path(target, *inner.parts)


def _has_runtime(prefix):
    return any((prefix / "lib" / "s2sr").glob("*onnxruntime*"))


def _copy_runtime(source, target):
    for file in source.glob("*onnxruntime*"):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target / file.name)


def _exchange(new, prefix, old):
    try:
        if prefix.exists():
            prefix.rename(old)
        new.rename(prefix)
    except OSError as error:
        if old.exists() and not prefix.exists():
            old.rename(prefix)
        raise InstallationError(
            tr(
                "The engine cannot be put into {} ({}). Close other windows of QGIS, and try again."
            ).format(prefix, error)
        ) from error


def check(prefix):
    """That what was installed can be loaded; its version."""
    from .engine import Engine

    try:
        return Engine(Path(prefix) / "lib" / file_name()).version
    except EngineError as error:
        raise InstallationError(str(error)) from error
