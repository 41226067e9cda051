"""Pages say what is so: sentences that they explain are the library's own, their links lead
somewhere."""

import re

import pytest
from conftest import ROOT

PAGES = sorted(
    p
    for p in [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("*/*/README.md")]
    if "target" not in p.parts and "vendor" not in p.parts
)


def sources():
    """All texts of the library, the package and the plug-in, lines joined as their languages
    join them."""
    files = [
        p
        for folder in ("src", "python/s2sr", "qgis_plugin/s2sr_qgis")
        for ending in ("rs", "py")
        for p in (ROOT / folder).rglob(f"*.{ending}")
    ]
    return "\n".join(re.sub(r"\\\n\s*", "", p.read_text(encoding="utf-8")) for p in files)


def test_sentences_that_are_explained_are_said():
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    said, missing = sources(), []
    for row in re.findall(r"^\| (.*?) \|", page, re.MULTILINE):
        missing += [part for part in re.findall(r"`([^`]+)`", row) if part not in said]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [link.split("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in local if link and not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_needs_rioxarray_imports_it(page):
    """`.rio` is there only then."""
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert all("import rioxarray" in b for b in blocks if ".rio." in b)
