"""Package tests, collected where they are named (`make test-package`): they download gigabytes."""

import sys

named = any(argument.startswith("tests/package") for argument in sys.argv)
collect_ignore_glob = [] if named else ["test_*.py"]
