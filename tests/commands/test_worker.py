from pathlib import Path

import httpx
import pytest

from mp4totext.commands.worker import threaded_worker
from mp4totext.kit.queue_names import LIVE_QUEUE, NETWORK_QUEUE
from mp4totext.settings import JobSettings, LiveSettings
from tests.conftest import settings_for
from tests.support.servers import free_port
from tests.support.service_processes import service


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_live_sessions_are_threads_of_one_process_beside_the_other_worker(tmp_path: Path) -> None:
    settings = settings_for(tmp_path).model_copy(update={"live": LiveSettings(live_sessions=5)})
    command, environment = threaded_worker(settings, LIVE_QUEUE, debug=False)
    assert option(command, "--queues") == "live"
    assert (option(command, "--pool"), option(command, "--concurrency")) == ("threads", "5")
    assert option(command, "--hostname") == "live@%h"
    assert environment["CELERY_POOL"] == "threads"
    assert environment["DATA_DIR"] == str(tmp_path)


def test_downloads_and_webhooks_are_threads_of_another(tmp_path: Path) -> None:
    settings = settings_for(tmp_path).model_copy(update={"jobs": JobSettings(network_jobs=3)})
    command, _ = threaded_worker(settings, NETWORK_QUEUE, debug=False)
    assert option(command, "--queues") == "network"
    assert (option(command, "--pool"), option(command, "--concurrency")) == ("threads", "3")
    assert option(command, "--hostname") == "network@%h"


@pytest.mark.parametrize(("name", "hostname"), [("two", "two@%h"), ("two@gpu1", "two@gpu1")])
def test_a_second_worker_on_a_machine_has_a_name_of_its_own(
    tmp_path: Path, name: str, hostname: str
) -> None:
    command, _ = threaded_worker(settings_for(tmp_path), LIVE_QUEUE, node=name, debug=False)
    assert option(command, "--hostname") == hostname


def test_a_pool_that_was_chosen_is_taken(tmp_path: Path) -> None:
    settings = settings_for(tmp_path).model_copy(update={"jobs": JobSettings(celery_pool="solo")})
    command, environment = threaded_worker(settings, LIVE_QUEUE, concurrency=1, debug=False)
    assert (option(command, "--pool"), environment["CELERY_POOL"]) == ("solo", "solo")
    assert option(command, "--concurrency") == "1"


@pytest.mark.slow
def test_a_worker_has_metrics_at_its_port(tmp_path: Path) -> None:
    port = free_port()
    variables = {"METRICS_PORT": str(port)}
    with service(tmp_path, variables) as running, running.batch_worker():
        counted = running.runtime.settings.work_dir.glob("metrics-*")
        assert len(list(counted)) == 1  # what its children write into
        assert httpx.get(f"http://127.0.0.1:{port}/metrics").is_success
