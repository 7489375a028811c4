"""Refuses to build a package without the page, which its users could not build."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src/mp4totext/web/static/index.html")


class PageHook(BuildHookInterface):  # type: ignore[type-arg]  # of any configuration
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or (Path(self.root) / PAGE).is_file():
            return
        raise SystemExit(f"{PAGE} is missing: `make package` builds it, then the package.")
