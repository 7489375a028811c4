"""The command `mp4totext`: its subcommands, each imported when it is run, and its exit codes."""

import importlib
import os
import shlex
import sys
from difflib import get_close_matches
from typing import Any

import click

INTERRUPTED = 130

# Name -> the command and its line in the help. Imported when used: the modules take a second.
COMMANDS = {
    "transcribe": (
        "mp4totext.cli.transcribe:transcribe",
        "Transcribe recordings to text and captions.",
    ),
    "export": (
        "mp4totext.cli.export:export",
        "Convert a JSON transcript to other formats.",
    ),
    "ask": ("mp4totext.cli.ask:ask", "Ask recordings a question."),
    "live": ("mp4totext.cli.live:live", "Transcribe the microphone live."),
    "say": ("mp4totext.cli.say:say", "Speak a text into a sound file."),
    "video": ("mp4totext.cli.video:video", "Make a video of a recording, with captions."),
    "clips": ("mp4totext.cli.clips:clips", "Make clips of the best passages of a recording."),
    "image": ("mp4totext.cli.image:image", "Make a picture: a card, or a frame of a video."),
    "serve": ("mp4totext.cli.serve:serve", "Start the service and its workers."),
    "wyoming": (
        "mp4totext.cli.wyoming:wyoming",
        "Serve voice assistants (Home Assistant).",
    ),
    "open": ("mp4totext.cli.open_page:open_page", "Open the page in a browser, signed in."),
    "mcp": ("mp4totext.cli.mcp:mcp", "Serve recordings to AI assistants (MCP)."),
    "worker": ("mp4totext.cli.worker:worker", "Start workers without the HTTP service."),
    "doctor": ("mp4totext.cli.doctor:doctor", "Check this installation and suggest fixes."),
    "models": ("mp4totext.cli.models:models", "List, download and delete models."),
    "providers": (
        "mp4totext.cli.providers:providers",
        "List engines and vendors, and what each one needs.",
    ),
    "users": ("mp4totext.cli.users:users", "Manage accounts of the service."),
    "credits": ("mp4totext.cli.credits:credit", "Show and change balances, audit the ledger."),
    "admin": (
        "mp4totext.cli.admin:admin",
        "Change which models are sold, and their prices.",
    ),
    "db": ("mp4totext.cli.db:db", "Upgrade and check the database's schema."),
    "completion": (
        "mp4totext.cli.completion:completion",
        "Print the completion script for a shell.",
    ),
}

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 not a usable recording, "
    "4 an engine or model is missing, 130 interrupted."
)


class _Commands(click.Group):
    """Loads commands from the table; prints an error as one line and ends with an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(f"No such command {name!r}.{_hint(name)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Also prints the help and the version, for which there may be no room."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            click.secho(f"error: {error.strerror}", fg="red", err=True)
            _forget_unwritten()
            raise click.exceptions.Exit(1) from error

    def invoke(self, ctx: click.Context) -> Any:  # click's type
        debug: bool = ctx.params.get("debug", False)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            if debug:
                raise
            # Only needed when something failed, and slow to import.
            failures = importlib.import_module("mp4totext.commands.failures")
            failure = failures.explained(error)
            click.secho(f"error: {failure.message}", fg="red", err=True)
            _forget_unwritten()
            ctx.exit(failure.exit_code)


def _forget_unwritten() -> None:
    """What could not be written is written again at the exit, and would fail with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _hint(name: str) -> str:
    """What was probably meant by the name of no command."""
    if os.path.exists(name) or "://" in name:  # noqa: PTH110  pathlib is slow to import
        return f" To transcribe it: mp4totext transcribe {shlex.quote(name)}"
    near = get_close_matches(name, COMMANDS, n=2)
    return f" Did you mean {' or '.join(near)}?" if near else ""


@click.group(cls=_Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mp4totext", message="%(version)s")
@click.option("--debug", is_flag=True, help="Show log lines, and the traceback of an error.")
def main(debug: bool) -> None:  # noqa: ARG001, FBT001  click passes names; _Commands reads it
    """MP4toText: a recording in, text people can use out."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed: files that are opened next would take its number
            # The lowest free number is that of the stream.
            device = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(device, "r" if name == "stdin" else "w", closefd=False))
    if sys.platform == "win32":
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a real stream


if __name__ == "__main__":
    main()
