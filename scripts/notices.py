#!/usr/bin/env python3
"""Writes the licences of everything that a build for one target contains: the crates (as cargo
knows them, with the texts that lie in them) and Rust's own library. A crate whose licence deny.toml
does not allow is an error.

usage: scripts/notices.py TARGET > THIRD-PARTY.txt
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent
TEXTS = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
RUST = """The standard library of Rust, https://www.rust-lang.org: MIT OR Apache-2.0, copyright the
Rust project's contributors.
"""


def linked(target):
    """The packages whose code is in the build, by name."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    metadata = json.loads(
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    )
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    # What runs in the compiler only is not in what it makes.
    macros = {
        i
        for i, package in packages.items()
        if any("proc-macro" in t["kind"] for t in package["targets"])
    }
    todo, seen = [metadata["resolve"]["root"]], set()
    while todo:
        here = todo.pop()
        if here in seen | macros:
            continue
        seen.add(here)
        for dependency in nodes[here]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    seen.remove(metadata["resolve"]["root"])
    return sorted((packages[i] for i in seen), key=lambda p: (p["name"], p["version"]))


def check(packages):
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])
    for package in packages:
        choices = re.split(r"\s+OR\s+|/", (package["license"] or "").strip("()"))
        if not any(
            set(re.split(r"\s+AND\s+", choice.strip("() "))) <= allowed for choice in choices
        ):
            sys.exit(
                f"notices.py: {package['name']}: its licence '{package['license']}' is not one of"
                " deny.toml's"
            )


def main(target):
    packages = linked(target)
    check(packages)
    print("s2sr contains the following software of others.\n")
    print(RUST)
    for package in packages:
        print(f"{package['name']} {package['version']}: {package['license']}")
    texts = {}
    for package in packages:
        folder = Path(package["manifest_path"]).parent
        for file in sorted(f for f in folder.iterdir() if f.is_file() and TEXTS.match(f.name)):
            texts.setdefault(file.read_text(errors="replace").strip(), []).append(package["name"])
    bare = [
        package["name"]
        for package in packages
        if not any(package["name"] in names for names in texts.values())
    ]
    if bare:
        print(f"\nWithout a text of their own: {', '.join(bare)}")
    for text, names in texts.items():
        print(f"\n{'=' * 80}\n{', '.join(dict.fromkeys(names))}\n\n{text}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/notices.py TARGET")
    main(sys.argv[1])
