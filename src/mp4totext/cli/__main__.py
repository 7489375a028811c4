"""``python -m mp4totext.cli``: the command where no script was installed."""

from mp4totext.cli import main

main()
