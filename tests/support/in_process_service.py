"""The whole service in this process, with the real engine and users who call its API."""

from dataclasses import dataclass, field
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditHold, HoldState
from mp4totext.events import log as event_log
from mp4totext.events.log import Event
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import Job
from mp4totext.kit.queue_names import QUEUES
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from tests.conftest import Account, account_for

API = "/api/v1"
TRANSCRIPTIONS = f"{API}/transcriptions"

# Short recordings of real speech that come inside the package of the bundled engine's model.
FOUR_SECONDS = "clone-test.wav"
TEN_SECONDS = "beckett.wav"
_numbers = count(1)


def recording(name: str) -> Path:
    files = metadata.files("moonshine-voice") or []
    return next(Path(str(file.locate())) for file in files if file.name == name)


@dataclass
class Harness:
    """A service that tests share. Each test has a user of its own."""

    runtime: Runtime
    client: TestClient
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.worker = Worker(
            runtime=self.runtime, operations=OPERATIONS, name="worker-of-tests", queues=QUEUES
        )

    def new_user(self, *, admin: bool = False) -> "ApiUser":
        account = account_for(self.runtime, f"person{next(_numbers)}@example.com", admin=admin)
        return ApiUser(self, account)

    def work(self) -> int:
        """Run all waiting jobs; return their number."""
        done = 0
        while runner.work_once(self.worker):
            done += 1
        return done

    def audit(self) -> list[str]:
        with self.runtime.database.read() as session:
            return ledger.audit(session)

    def rows(self, account: Account) -> dict[str, int]:
        """The number of recordings, jobs and open holds of an account."""
        user_id = account.id
        counts = {
            "transcriptions": select(func.count()).where(Transcription.user_id == user_id),
            "jobs": select(func.count()).where(Job.user_id == user_id),
            "holds": select(func.count()).where(
                CreditHold.user_id == user_id, CreditHold.state == HoldState.HELD
            ),
        }
        with self.runtime.database.read() as session:
            return {name: session.scalar(statement) or 0 for name, statement in counts.items()}

    def files(self) -> set[str]:
        """Every file of recordings, uploads and work, by its path in the data folder.

        The empty lock files of work folders are left out.
        """
        data = self.runtime.settings.data_dir
        folders = (data / "media", data / "work")
        return {
            path.relative_to(data).as_posix()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".lock"
        }


NOTHING = {"transcriptions": 0, "jobs": 0, "holds": 0}


@dataclass
class ApiUser:
    """An account and a client that calls the API with it."""

    harness: Harness
    account: Account

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {**self.account.headers, **more.pop("headers", {})}
        url = path if path.startswith("/api") else f"{API}{path}"
        return self.harness.client.request(method, url, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any, *, status: int = 200, **headers: str) -> Any:
        answer = self.call(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def upload(
        self,
        file: Path | bytes,
        *,
        name: str | None = None,
        path: str = "/transcriptions",
        key: str | None = None,
        **options: Any,
    ) -> Any:
        content = file if isinstance(file, bytes) else file.read_bytes()
        shown = name or (file.name if isinstance(file, Path) else "talk.wav")
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.call(
            "POST", path, files={"file": (shown, content)}, data=options, headers=headers
        )

    def transcribed(self, name: str = FOUR_SECONDS, **options: Any) -> Any:
        """Upload a recording and run its job; return the recording with its words."""
        accepted = self.upload(recording(name), language="en", **options)
        assert accepted.status_code == 202, accepted.text
        assert self.harness.work() >= 1
        return self.recording(accepted.json()["id"])

    def recording(self, transcription_id: str, **query: Any) -> Any:
        return self.get(f"/transcriptions/{transcription_id}", **query)

    def events(self, type_prefix: str) -> list[Event]:
        """Events of the account whose types begin so, oldest first."""
        with self.harness.runtime.database.read() as session:
            found = event_log.since(session, user_id=self.account.id, seq=0)
        return [event for event in found if event.type.startswith(type_prefix)]

    @property
    def balance(self) -> dict[str, float]:
        found: dict[str, float] = self.get("/credits/balance")
        return found

    @property
    def has_nothing(self) -> bool:
        """Whether the account has no rows, no holds and no spent credits."""
        whole = self.balance
        return self.harness.rows(self.account) == NOTHING and whole["available"] == whole["balance"]
