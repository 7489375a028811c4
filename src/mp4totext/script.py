"""The script ``mp4totext``: Ctrl-C also ends it quietly while the command is being loaded."""

import signal


def main() -> None:
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not ignored, as in the background of a shell
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mp4totext.cli import main as command  # noqa: PLC0415  loaded under that handler

    signal.signal(signal.SIGINT, handler)
    command()
