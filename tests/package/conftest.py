"""Installs gigabytes from the network: collected where `make test-package` asks for it."""

import sys

collect_ignore = [] if "tests/package" in sys.argv else ["test_package.py"]
