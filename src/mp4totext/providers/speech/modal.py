"""Modal: faster-whisper and pyannote on a GPU, in the function that ``deploy/modal`` deploys."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Any

import modal
from modal.exception import (
    AuthError,
    ConnectionError,  # noqa: A004  # the SDK's own names
    FunctionTimeoutError,
    InternalFailure,
    NotFoundError,
    OutputExpiredError,
    PermissionDeniedError,
    RemoteError,
    ResourceExhaustedError,
    ServiceError,
)

from mp4totext.providers import vendor_errors
from mp4totext.providers.base import Report, Samples
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.speech.base import FileRequest, SpeechResult
from mp4totext.providers.speech.decoding.result_assembly import assembled
from mp4totext.providers.speech.decoding.vad import Region, Vad, regions
from mp4totext.providers.speech.decoding.word_timing import Heard, HeardWord, number, seconds, share
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.settings import Settings
from mp4totext.transcript import Speaker, Turn

NAME, TITLE, KEY = "modal", "Modal", "MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"
FUNCTION = "transcribe"
_WINDOW_MS = 300_000
_ASK_AGAIN_S = 15.0

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    token_id: str
    token_secret: str
    app: str
    environment: str | None
    poll_s: float
    wait_s: float


class ModalSpeech:
    """Steps may run in different processes: all that is kept is the id of the function call."""

    def __init__(self, options: Options, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._clock = clock
        self._opening = Lock()
        self._vad = Vad()

    def start(self, request: FileRequest, report: Report) -> str:
        """Calls the function with a signed link to the recording; nothing is made public."""
        return self.call(_order(request), report)

    def call(self, order: Mapping[str, Any], report: Report) -> str:
        """Raises ProviderMisconfigured when the order has no link that Modal could reach."""
        if order["url"] is None:
            raise ProviderMisconfigured(
                f"{TITLE} fetches the recording by a signed link that it can reach: store media in "
                "S3 (MINIO_ENDPOINT and its keys), or choose another engine.",
                provider=NAME,
                code="no_media_url",
            )
        report(0)
        with _errors(self._options.app):
            function: Any = modal.Function.from_name(
                self._options.app,
                FUNCTION,
                environment_name=self._options.environment,
                client=self._client,
            )
            return str(function.spawn(dict(order)).object_id)

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """``report`` is called every few seconds, so that a cancel is felt."""
        answer = self.answer(reference, report)
        result = result_of(answer, request, voice=self._voice(request, report))
        report(request.duration_ms)
        return result

    def answer(self, reference: str, report: Report) -> Answer:
        """What the function said. Raises ProviderRejected with its own reason."""
        answer = self._finished(reference, report)
        error = answer.get("error")
        if isinstance(error, dict):
            raise ProviderRejected(
                f"The function at {TITLE} could not work on the recording: "
                f"{vendor_errors.readable(error.get('message'))}",
                provider=NAME,
                code=str(error.get("code") or "transcription_failed"),
            )
        return answer

    def forget(self, reference: str) -> None:
        """Stops what still runs. The function keeps nothing of its own."""
        with _errors(self._options.app):
            call: Any = modal.FunctionCall.from_id(reference, client=self._client)
            call.cancel()

    def close(self) -> None:
        """Closes the connection, if there is one; the next call opens another."""
        with self._opening:
            opened = self.__dict__.pop("_opened", None)
        if opened is not None:
            opened.close()

    @property
    def _client(self) -> modal.Client:
        with self._opening:  # a connection must not be opened before a worker forks, nor twice
            return self._opened

    @cached_property
    def _opened(self) -> modal.Client:
        return modal.Client.from_credentials(self._options.token_id, self._options.token_secret)

    def _finished(self, reference: str, report: Report) -> Answer:
        give_up = self._clock() + self._options.wait_s
        while True:
            report(0)
            with _errors(self._options.app):
                call: Any = modal.FunctionCall.from_id(reference, client=self._client)
                try:
                    return _parsed(call.get(timeout=self._options.poll_s))
                except TimeoutError:
                    pass  # not ready
            if self._clock() >= give_up:
                raise ProviderBusy(
                    f"The function at {TITLE} is still working on the recording.",
                    provider=NAME,
                    code="in_progress",
                    retry_after_s=_ASK_AGAIN_S,
                )

    def _voice(self, request: FileRequest, report: Report) -> tuple[Region, ...]:
        def windows() -> Iterator[Samples]:
            for start in range(0, request.duration_ms, _WINDOW_MS):
                yield request.read(start, min(start + _WINDOW_MS, request.duration_ms))
                report(start)

        return regions(self._vad.stream(windows()), length_ms=request.duration_ms)


def build(settings: Settings) -> ModalSpeech:
    engines = settings.engines
    if engines.modal_token_id is None or engines.modal_token_secret is None:
        raise ProviderMisconfigured(f"modal: set {KEY}", provider=NAME)
    return ModalSpeech(
        Options(
            token_id=engines.modal_token_id.get_secret_value(),
            token_secret=engines.modal_token_secret.get_secret_value(),
            app=engines.modal_app_name,
            environment=engines.modal_environment,
            poll_s=engines.vendor_poll_s,
            wait_s=engines.vendor_wait_s,
        )
    )


def result_of(answer: Answer, request: FileRequest, *, voice: Sequence[Region]) -> SpeechResult:
    """The function's answer; speakers are S1, S2, ... in order of appearance. Pure."""
    heard = [_heard(segment, request) for segment in _dicts(answer.get("segments"))]
    heard = [h for h in heard if h.text]
    result = assembled(
        heard,
        start_ms=0,
        end_ms=request.duration_ms,
        voice=voice,
        language=_language(answer, request) if heard else None,
        language_confidence=share(answer.get("language_confidence")),
        model=str(answer.get("model") or ""),
    )
    turns = turns_of(answer, request.duration_ms)
    names = dict.fromkeys(turn.speaker for turn in turns)
    return replace(result, turns=turns, speakers=tuple(Speaker(id=name) for name in names))


def _order(request: FileRequest) -> dict[str, Any]:  # what deploy/modal/transcribe.py reads
    return {
        "url": request.media_url,
        "model": request.model,
        "language": to_whisper(request.language) if request.language else None,
        "vocabulary": list(request.vocabulary),
        "translate": request.translate_to_english,
        "diarize": request.diarize,
        "min_speakers": request.min_speakers,
        "max_speakers": request.max_speakers,
    }


def _heard(segment: Answer, request: FileRequest) -> Heard:
    text = segment.get("text")
    return Heard(
        text=text.strip() if isinstance(text, str) else "",
        start_ms=seconds(segment.get("start")),
        end_ms=seconds(segment.get("end")),
        words=tuple(_word(word) for word in _dicts(segment.get("words"))),
        confidence=number(segment.get("confidence")),
        language="en" if request.translate_to_english else None,
    )


def _word(word: Answer) -> HeardWord:
    text = word.get("word")
    return HeardWord(
        text=text.strip() if isinstance(text, str) else "",
        start_ms=seconds(word.get("start")),
        end_ms=seconds(word.get("end")),
        confidence=number(word.get("probability")),
    )


def _language(answer: Answer, request: FileRequest) -> str | None:
    if request.translate_to_english:
        return "en"
    return from_whisper(answer.get("language")) or request.language


def turns_of(answer: Answer, last: int) -> tuple[Turn, ...]:
    """Turns inside the recording, speakers S1, S2, ... in order of appearance. Pure."""
    names: dict[str, str] = {}
    turns: list[Turn] = []
    for turn in sorted(_dicts(answer.get("turns")), key=lambda t: number(t.get("start")) or 0.0):
        start, end, label = (
            seconds(turn.get("start")),
            seconds(turn.get("end")),
            turn.get("speaker"),
        )
        if start is None or end is None or not isinstance(label, str):
            continue
        low, high = min(max(round(start), 0), last), min(max(round(end), 0), last)
        if low < high:
            name = names.setdefault(label, f"S{len(names) + 1}")
            turns.append(Turn(start_ms=low, end_ms=high, speaker=name))
    return tuple(turns)


def _dicts(value: object) -> list[Answer]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _parsed(said: object) -> Answer:
    try:
        answer = json.loads(said) if isinstance(said, str) else None
    except ValueError as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error
    if not isinstance(answer, dict):
        raise vendor_errors.not_understood(NAME, TITLE)
    return answer


@contextmanager
def _errors(app: str) -> Iterator[None]:
    try:
        yield
    except (AuthError, PermissionDeniedError) as error:
        raise ProviderMisconfigured(
            f"{TITLE} does not accept {KEY}.", provider=NAME, code="unauthenticated"
        ) from error
    except NotFoundError as error:
        raise ProviderMisconfigured(
            f"{TITLE} has no function {FUNCTION!r} in the app {app!r}: run "
            "`modal deploy deploy/modal/transcribe.py`.",
            provider=NAME,
            code="not_deployed",
        ) from error
    except ResourceExhaustedError as error:
        raise ProviderBusy(f"{TITLE} is busy.", provider=NAME, code="busy") from error
    except FunctionTimeoutError as error:
        raise ProviderRejected(
            f"The function at {TITLE} ran into its time limit.", provider=NAME, code="timeout"
        ) from error
    except OutputExpiredError as error:
        raise ProviderRejected(
            f"{TITLE} no longer has the answer; it keeps one for a week.",
            provider=NAME,
            code="expired",
        ) from error
    except RemoteError as error:
        raise ProviderRejected(
            f"The function at {TITLE} failed: {vendor_errors.readable(error)}",
            provider=NAME,
            code="remote_error",
        ) from error
    except (ConnectionError, ServiceError, InternalFailure) as error:
        raise ProviderUnreachable(
            f"{TITLE} could not be reached.", provider=NAME, code="connection"
        ) from error
