"""The file broker of the embedded default: complete messages, each taken once."""

import threading
import time
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Consumer, Message, Queue
from kombu.asynchronous import Hub

from mp4totext.kit.queue import celery_app


def connection(folder: Path) -> Connection:
    app = celery_app(
        broker_url="filesystem://", result_backend=None, folder=folder, worker_queues=["default"]
    )
    return app.connection_for_write()


def drained(folder: Path) -> list[int]:
    channel = connection(folder).channel()
    found = []
    while True:
        try:
            found.append(channel._get("default")["n"])
        except Empty:
            return found


def test_messages_come_in_the_order_they_were_sent(tmp_path: Path) -> None:
    channel = connection(tmp_path).channel()
    for n in range(5):
        channel._put("default", {"n": n})
        channel._put("high", {"n": 100 + n})
    assert channel._size("default") == 5
    assert drained(tmp_path) == [0, 1, 2, 3, 4]
    assert channel._purge("high") == 5
    assert list((tmp_path / "messages").iterdir()) == []


def test_each_message_is_whole_and_taken_once_by_many_readers(tmp_path: Path) -> None:
    total, found, failures = 400, [], []
    sent = threading.Event()

    def send() -> None:
        channel = connection(tmp_path).channel()
        for n in range(total):
            channel._put("default", {"n": n, "padding": "x" * 2_000})
        sent.set()

    def take() -> None:
        try:
            while not sent.is_set():
                found.extend(drained(tmp_path))
            found.extend(drained(tmp_path))
        except ValueError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (send, take, take, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(found) == list(range(total))


def test_a_torn_file_does_not_stop_a_reader(tmp_path: Path) -> None:
    channel = connection(tmp_path).channel()
    (tmp_path / "messages" / "0.default.msg").write_text("")
    channel._put("default", {"n": 1})
    assert drained(tmp_path) == [1]


def test_bindings_of_many_processes_are_all_kept(tmp_path: Path) -> None:
    def bind(n: int) -> None:
        connection(tmp_path).channel()._queue_bind("pidbox", "", "", f"queue-{n}")

    threads = [threading.Thread(target=bind, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel = connection(tmp_path).channel()
    assert {queue for _, _, queue in channel.get_table("pidbox")} == {
        f"queue-{n}" for n in range(12)
    }
    channel._put_fanout("pidbox", {"n": 1}, "")
    assert channel._size("queue-7") == 1
    channel._queue_bind("pidbox", "", "", "queue-7")  # once more changes nothing
    assert len(channel.get_table("pidbox")) == 12


def test_a_deleted_queue_is_not_reached_any_more(tmp_path: Path) -> None:
    channel = connection(tmp_path).channel()
    channel.exchange_declare("pidbox", type="fanout")
    for name in ("one", "two"):
        channel.queue_declare(name)
        channel.queue_bind(name, "pidbox")
    channel._put("one", {"n": 1})
    channel.queue_delete("one")
    assert channel._size("one") == 0
    assert [queue for _, _, queue in channel.get_table("pidbox")] == ["two"]


@pytest.mark.parametrize("name", ["../escape", "a/b"])
def test_names_stay_in_the_control_folder(tmp_path: Path, name: str) -> None:
    connection(tmp_path).channel()._queue_bind(name, "", "", "q")
    assert all(path.parent == tmp_path / "control" for path in (tmp_path / "control").rglob("*"))


def test_a_workers_loop_takes_what_comes_and_stops_with_its_connection(tmp_path: Path) -> None:
    """With a loop of its own a worker gives each child a pipe; without, they share a lock."""
    found: list[int] = []
    hub, line = Hub(), connection(tmp_path)

    def take(body: dict[str, int], message: Message) -> None:
        found.append(body["n"])
        message.ack()

    with Consumer(line.channel(), [Queue("default")], accept=["json"]) as consumer:
        consumer.register_callback(take)
        line.register_with_event_loop(hub)
        assert line.transport.implements.asynchronous
        with connection(tmp_path).Producer() as producer:
            for n in range(3):
                producer.publish({"n": n}, routing_key="default")
        deadline = time.monotonic() + 10
        while len(found) < 3 and time.monotonic() < deadline:
            hub.run_once()
    assert found == [0, 1, 2]
    line.close()
    hub.run_once()
    hub.close()
