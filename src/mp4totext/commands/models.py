"""``mp4totext models``: lists, downloads and deletes models."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import print_table, quiet_logs, settings_for
from mp4totext.providers import model_downloads as store

BUNDLED = ("moonshine:tiny-en", "bundled, English")


def list_models(as_json: bool, data: Path | None) -> None:  # noqa: FBT001  click passes names
    settings = settings_for(data)
    installed = store.installed(settings)
    if as_json:
        facts = [
            {"model": m.reference, "size_bytes": m.size_bytes, "path": str(m.path)}
            for m in installed
        ]
        print_json([{"model": BUNDLED[0], "size_bytes": None, "path": None}, *facts])
        return
    print_table(
        ("model", "size", "where"),
        [
            (BUNDLED[0], BUNDLED[1], ""),
            *((m.reference, _listed_size(m), str(m.path)) for m in installed),
        ],
    )


def pull(reference: str, yes: bool, data: Path | None) -> None:  # noqa: FBT001
    quiet_logs()
    settings = settings_for(data)
    download = store.find(reference, settings)
    what = f"{download.engine}:{download.name} from {download.source}"
    note(f"{what}: {_size(download.size_bytes)} into {settings.models_dir}.")
    if not yes and sys.stdin.isatty():
        click.confirm("Download it?", abort=True, default=True, err=True)
    with _bar() as bar:
        task = bar.add_task("", total=download.size_bytes)
        model = store.pull(
            download, settings, lambda done, total: bar.update(task, completed=done, total=total)
        )
    note(f"Ready: {model.path}")


def remove(reference: str, data: Path | None) -> None:
    model = store.remove(reference, settings_for(data))
    note(f"Deleted {model.path}, {_size(model.size_bytes)}.")


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _listed_size(model: store.LocalModel) -> str:
    size = _size(model.size_bytes)
    return f"bundled, {size}" if model.bundled else size


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"
