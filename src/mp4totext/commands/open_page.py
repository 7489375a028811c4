"""``mp4totext open``: opens the page, signed in, on the machine that runs the service."""

import html
import ipaddress
import os
import sys
import webbrowser
from pathlib import Path

import click

from mp4totext.auth import sessions
from mp4totext.commands.messages import note
from mp4totext.commands.output import quiet_logs, settings_for
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, has_screen

LINK_FILE = "open.html"


def open_page(host: str | None, port: int | None, data: Path | None) -> None:
    quiet_logs()
    settings = settings_for(data, host=host, port=port)
    runtime = Runtime(settings)
    try:
        link = sign_in_link(runtime, address_of(settings, settings.app.host, settings.app.port))
    finally:
        runtime.close()
    click.echo(link)
    show(link, settings)


def address_of(settings: Settings, host: str, port: int) -> str:
    """The address of the page for a browser on this machine."""
    if not is_loopback(host):
        host = "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}{settings.app.root_path}/"


def sign_in_link(runtime: Runtime, address: str) -> str:
    """The link that signs in. Its code follows the #, so it appears in no log or referrer."""
    with runtime.database.write() as session:
        code = sessions.make_code(session)
    return f"{address}#code={code}"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def show(link: str, settings: Settings) -> None:
    """Open the link in a browser, if the machine has a display.

    The browser gets a file that only its owner can read, because all users of the machine can
    read the arguments of a command.
    """
    if not (sys.stderr.isatty() and has_screen()):
        return
    path = settings.data_dir / LINK_FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={html.escape(link)}">\n')
    try:
        webbrowser.open(path.as_uri())
    except webbrowser.Error as error:
        note(f"No browser could be opened: {error}", warning=True)
