"""A recording with a transcript, edited over HTTP; no engine is needed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.kit.db import Database
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from tests.conftest import Account
from tests.support.account_steps import problem
from tests.support.long_transcripts import store
from tests.support.transcript_builders import transcript
from tests.support.two_editors import add_owner

Json = dict[str, Any]

SAID = (
    "Good morning everyone.",
    "We talk about boats today.",
    "Boats are made of wood.",
    "And some boats are made of steel.",
)


@dataclass
class Recording:
    client: TestClient
    account: Account
    id: str

    def call(self, method: str, path: str = "", **more: Any) -> Any:
        headers = {**self.account.headers, **more.pop("headers", {})}
        url = f"/api/v1/transcriptions/{self.id}{path}"
        return self.client.request(method, url, headers=headers, **more)

    def read(self, path: str = "", **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def patch(self, path: str, body: Json, *, key: str | None = None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        method = "PATCH" if path in ("/segments", "/speakers") else "POST"
        return self.call(method, path, json=body, headers=headers)

    def edit(self, *edits: Json, revision: int | None = None, key: str | None = None) -> Any:
        """The answer of an edit that succeeds."""
        return self._ok("/segments", {"edits": list(edits)}, revision, key)

    def act(self, *actions: Json, revision: int | None = None) -> Any:
        return self._ok("/speakers", {"actions": list(actions)}, revision, None)

    def replace(self, find: str, by: str, *, revision: int | None = None, **more: Any) -> Any:
        return self._ok("/replace", {"find": find, "replace": by, **more}, revision, None)

    def undo(self, revision: int) -> Any:
        answer = self.patch("/undo", {"undo_of": revision})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _ok(self, path: str, body: Json, revision: int | None, key: str | None) -> Any:
        read = self.revision if revision is None else revision
        answer = self.patch(path, {"revision": read, **body}, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(
        self, status: int, code: str, *edits: Json, revision: int | None = None, **more: Any
    ) -> Any:
        """The problem that an edit of segments is answered with; nothing is changed by it."""
        before = self.texts
        read = self.revision if revision is None else revision
        answer = self.patch("/segments", {"revision": read, "edits": list(edits), **more})
        assert self.texts == before
        return problem(answer, status, code)

    @property
    def revision(self) -> int:
        return int(self.read()["revision"])

    @property
    def segments(self) -> Any:
        return self.read(words=True)["segments"]

    @property
    def texts(self) -> list[tuple[str, str]]:
        return [(segment["id"], segment["text"]) for segment in self.segments]


@pytest.fixture
def store_recording(
    runtime: Runtime, client: TestClient, user: Account
) -> Callable[[Transcript], Recording]:
    return lambda said: Recording(client, user, store(runtime.database, user.id, said))


@pytest.fixture
def recording(store_recording: Callable[[Transcript], Recording]) -> Recording:
    """Four lines by two speakers in turns, with words."""
    return store_recording(transcript(*SAID, speakers=("S1", "S2", "S1", "S2"), words=True))


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    """A database with the owner of recordings that are edited without HTTP."""
    database = Database(database_url or f"sqlite:///{tmp_path / 'mp4totext.db'}")
    add_owner(database)
    yield database
    database.close()
