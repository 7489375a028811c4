"""Hooks of MkDocs: the README is the first page, and links out of docs/ become names of files."""

import posixpath
import re
from typing import Any

from mkdocs.structure.files import File, Files

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, *, config: Any) -> Files:
    """The README's links and pictures are relative to the folder above."""
    with open(f"{config.docs_dir}/../README.md", encoding="utf-8") as readme:  # noqa: PTH123
        text = readme.read()
    within = re.sub(r"\]\(docs/", "](", re.sub(r"\]\((?!docs/|\w+:|#)", "](../", text))
    files.append(File.generated(config, "index.md", content=within))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    folder = posixpath.dirname(page.file.src_uri)

    def inside(match: re.Match[str]) -> str:
        label, path, _anchor = match.groups()
        target = posixpath.normpath(posixpath.join(folder, path))
        if not target.startswith("../"):
            return match[0]
        name = target.removeprefix("../")
        return label if label.strip("`") == name else f"{label} (`{name}`)"

    return _LINK.sub(inside, markdown)
