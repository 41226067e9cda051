"""Links of pages that lead out of docs/ are read on the site, too: they go to the repository. One
that leads nowhere is a warning, which `mkdocs build --strict` takes for an error.
"""

import logging
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent
LINK = re.compile(r"(?<!!)\]\((\.\./[^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown, page, config, files):
    def to_repository(link):
        path = (DOCS / link[1]).resolve()
        if not path.exists():
            logging.getLogger("mkdocs.hooks").warning(
                "%s: %s is not there", page.file.src_path, link[1]
            )
        kind = "tree" if path.is_dir() else "blob"
        return f"]({config['repo_url']}/{kind}/main/{path.relative_to(DOCS.parent)}{link[2] or ''})"

    return LINK.sub(to_repository, markdown).replace(
        "](red-edge.ipynb)", f"]({config['repo_url']}/blob/main/docs/red-edge.ipynb)"
    )
