"""An upload that is held in one stage, and then retried until it is accepted once."""

import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.service_processes import Account, Api

GIVE_UP_S = 240.0
AGAIN = (429, 503, 507)
_PATH = "/api/v1/transcriptions"
_QUERY = {"language": "en", "diarize": "false"}


@dataclass(kw_only=True)
class StagedJob:
    """``stage`` "upload" stops half way in one request, "parts" after a part of a tus upload."""

    stage: str
    apis: list[Api]  # as they are now: a killed one is replaced in the list
    account: Account
    recording: Path
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    half_sent: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    jobs: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tries: int = 0

    @property
    def request_id(self) -> str:
        return f"{self.stage}.{self.key}"

    @property
    def headers(self) -> dict[str, str]:
        own = {"Idempotency-Key": self.key, "X-Request-ID": self.request_id}
        return {**self.account.headers, **own}

    def start(self) -> "StagedJob":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def wait(self) -> None:
        """Wait until the upload was accepted or abandoned."""
        self._thread.join(GIVE_UP_S + 60)

    def _run(self) -> None:
        data = self.recording.read_bytes()
        deadline = time.monotonic() + GIVE_UP_S
        send = self._send_parts if self.stage == "parts" else self._send
        while not self.jobs and not self.problems:
            if time.monotonic() > deadline:
                self.problems.append(f"was not accepted within {GIVE_UP_S:.0f} s")
            self.tries += 1
            try:
                self._noted(send(data))
            except httpx.TransportError:
                time.sleep(0.3)  # cut: repeated at the other API process

    def _noted(self, answer: httpx.Response) -> None:
        if answer.status_code == 202:
            self.jobs.append(str(answer.json()["task_id"]))
        elif answer.status_code in AGAIN:
            time.sleep(0.3)
        else:
            self.problems.append(f"was answered {answer.status_code} {answer.text[:300]}")

    @property
    def _url(self) -> str:
        return self.apis[(self.tries - 1) % len(self.apis)].url

    def _send(self, data: bytes) -> httpx.Response:
        return httpx.post(
            f"{self._url}{_PATH}",
            params=_QUERY,
            headers={**self.headers, "X-Filename": self.recording.name},
            content=self._body(data) if self.stage == "upload" else data,
            timeout=GIVE_UP_S,
        )

    def _body(self, data: bytes) -> Iterator[bytes]:
        half = len(data) // 2
        yield data[:half]
        self.half_sent.set()
        self.go_on.wait(GIVE_UP_S)
        yield data[half:]

    def _send_parts(self, data: bytes) -> httpx.Response:
        """Upload by tus, which does not resend bytes that arrived before a lost connection."""
        tus = {**self.account.headers, "Tus-Resumable": "1.0.0"}
        if not hasattr(self, "_place"):
            name = b64encode(self.recording.name.encode()).decode()
            metadata = {"Upload-Metadata": f"filename {name}", "Upload-Length": str(len(data))}
            made = httpx.post(f"{self._url}/api/v1/uploads", headers={**tus, **metadata})
            if not made.is_success:
                return made
            self._place = made.headers["location"]
        answer = self._send_rest(data, f"{self._url}{self._place}", tus)
        if answer is not None:
            return answer
        body = {"upload_id": self._place.rpartition("/")[2], "options": {"language": "en"}}
        return httpx.post(
            f"{self._url}{_PATH}/from-upload", json=body, headers=self.headers, timeout=GIVE_UP_S
        )

    def _send_rest(self, data: bytes, url: str, tus: dict[str, str]) -> httpx.Response | None:
        """Send the rest. Returns None if all has arrived or an earlier request used the upload."""
        at = httpx.head(url, headers=tus, timeout=GIVE_UP_S)
        if at.status_code == 404:
            return None
        if not at.is_success:
            return at
        offset = int(at.headers["upload-offset"])
        while offset < len(data):
            upto = len(data) // 2 if offset < len(data) // 2 else len(data)
            answer = httpx.patch(
                url,
                headers={
                    **tus,
                    "Content-Type": "application/offset+octet-stream",
                    "Upload-Offset": str(offset),
                },
                content=data[offset:upto],
                timeout=GIVE_UP_S,
            )
            if not answer.is_success:
                return answer
            offset = upto
            self.half_sent.set()
            self.go_on.wait(GIVE_UP_S)
        return None
