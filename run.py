"""``python run.py`` starts the service, as ``mp4totext serve`` does."""

import sys

from mp4totext.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
