"""MkDocs hooks: make the README the first page, and links to files outside docs/ plain text."""

import posixpath
import re
from typing import Any

from mkdocs.structure.files import File, Files

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")

_SHIM = re.compile(r'<script src="https://[^"]+/shim"></script>')


def on_files(files: Files, *, config: Any) -> Files:
    """Add the README, whose links and pictures are relative to the folder above."""
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


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Replace the theme's remote script for search without a server by a local copy."""
    return _with_our_worker(output, posixpath.dirname(page.url))


def on_post_template(output_content: str, *, template_name: str, **_: Any) -> str:
    return _with_our_worker(output_content, posixpath.dirname(template_name))


def _with_our_worker(text: str, folder: str) -> str:
    ours = posixpath.relpath("offline-worker.js", folder or ".")
    return _SHIM.sub(f'<script src="{ours}"></script>', text)
