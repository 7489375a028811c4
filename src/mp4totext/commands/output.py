"""Functions that commands share: settings, logging, the runtime and tables."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from mp4totext.kit import log
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings

PIPE_COLUMNS = 400  # columns; wide enough that each row stays on one line


def settings_for(
    data: Path | None = None, *, host: str | None = None, port: int | None = None
) -> Settings:
    """The settings from the environment, overridden by options of the command line."""
    settings = Settings()
    options = {"data_dir": data, "host": host, "port": port}
    given = {name: value for name, value in options.items() if value is not None}
    return settings.model_copy(update={"app": settings.app.model_copy(update=given)})


def quiet_logs() -> None:
    """Turn off logging for commands that print their own messages, unless ``--debug`` is given."""
    debug = is_debug()
    log.configure(log_format="human", debug=debug)
    if not debug:
        warnings.simplefilter("ignore")  # they come from libraries
        logging.getLogger().setLevel(logging.CRITICAL)


def is_debug() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("debug"))


@contextmanager
def open_runtime(data: Path | None) -> Iterator[Runtime]:
    """Open the runtime for a short command that reads or changes the service's data."""
    quiet_logs()
    runtime = Runtime(settings_for(data))
    try:
        yield runtime
    finally:
        runtime.close()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*header, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS  # scripts read line by line
    console.print(table)
