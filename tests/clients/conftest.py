"""Third-party programs, collected where `make test-clients` has installed them."""

from tests.clients.programs import ENVIRONMENT, HOME_ASSISTANT, OPEN_WEBUI

_PLACES = {
    "test_programs.py": ENVIRONMENT,
    "test_home_assistant.py": HOME_ASSISTANT,
    "test_open_webui.py": OPEN_WEBUI,
}
collect_ignore = [name for name, environment in _PLACES.items() if not environment.is_dir()]
