"""Options as the library spells them."""

from typing import Mapping


def spelt(options):
    """`with_native` is `with-native` there; sequences are lists with commas, but for creation
    options and windows."""
    spelt = {}
    for key, value in options.items():
        if isinstance(value, (list, tuple)) and key in ("projwin", "srcwin"):
            value = " ".join(str(v) for v in value)
        elif isinstance(value, (list, tuple)) and key != "co":
            value = ",".join(str(v) for v in value)
        elif isinstance(value, Mapping):
            value = [f"{k}={v}" for k, v in value.items()]
        spelt[key.replace("_", "-")] = value
    return spelt
