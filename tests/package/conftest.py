"""Package tests, collected for `make test-package` only, as they download gigabytes."""

import sys

collect_ignore = [] if "tests/package" in sys.argv else ["test_package.py"]
