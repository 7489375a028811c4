"""Third-party programs, collected where `make test-clients` has installed them."""

from tests.clients.programs import ENVIRONMENT

collect_ignore = [] if ENVIRONMENT.is_dir() else ["test_programs.py"]
