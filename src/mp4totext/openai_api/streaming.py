"""``stream=true``: sends the text as server-sent events while the job runs."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool

from mp4totext.events.hub import Hub
from mp4totext.openai_api.form import AudioRequest
from mp4totext.openai_api.refusals import NoResult, error_member
from mp4totext.openai_api.shapes import diarized_segments, languages, logprobs
from mp4totext.openai_api.waiting import Wait
from mp4totext.runtime import Runtime
from mp4totext.transcript import Segment, Transcript
from mp4totext.transcriptions.finished_windows import finished_windows

KEEP_ALIVE = ": keep-alive\n\n"  # a comment, which event readers ignore


async def text_events(
    runtime: Runtime,
    hub: Hub,
    wait: Wait,
    request: AudioRequest,
    *,
    read_transcript: Callable[[], Transcript],
    is_over: Callable[[], bool],
) -> AsyncGenerator[str]:
    """Yield deltas of each finished window, segments with speakers at the end, then ``done``.

    If another engine took over, or the client joined late, the deltas may be incomplete; ``done``
    has the whole text.
    """
    text = _SentText(with_logprobs=request.logprobs)
    keepalive_s = runtime.settings.app.stream_keepalive_s
    complete, sent_at = False, time.monotonic()
    try:
        async with hub.subscribed(wait.caller.user_id, None, is_over=is_over) as events:
            yield KEEP_ALIVE  # the headers go out at once
            ended = await run_in_threadpool(wait.is_over)
            while not ended:
                ended = await wait.has_ended(events)
                for delta in await run_in_threadpool(_new_deltas, runtime, wait, text):
                    yield event_line(delta)
                    sent_at = time.monotonic()
                if time.monotonic() - sent_at > keepalive_s:
                    yield KEEP_ALIVE
                    sent_at = time.monotonic()
        try:
            transcript = await run_in_threadpool(read_transcript)
        except NoResult as error:
            problem = {"status": error.status, "detail": error.message, "code": error.code}
            yield event_line({"error": error_member(problem)["error"]})
        else:
            for event in _last_events(transcript, request, text):
                yield event_line(event)
        complete = True
        await run_in_threadpool(wait.delivered)
    finally:
        if not complete:
            wait.client_left()


class _SentText:
    """The text that was sent to a client, which is all its deltas joined."""

    def __init__(self, *, with_logprobs: bool) -> None:
        self.windows = 0
        self._text = ""
        self._with_logprobs = with_logprobs

    def delta(self, segment: Segment) -> dict[str, Any]:  # JSON values
        first = not self._text
        delta = segment.text if first else f" {segment.text}"
        self._text += delta
        event: dict[str, Any] = {"type": "transcript.text.delta", "delta": delta}
        if self._with_logprobs:
            event["logprobs"] = logprobs(segment.words, first=first)
        return event

    def rest(self, transcript: Transcript) -> Iterator[dict[str, Any]]:
        """Deltas of segments that were not sent yet; none if the sent text differs."""
        covered = ""
        for number, segment in enumerate(transcript.segments):
            if covered == self._text:
                yield from map(self.delta, transcript.segments[number:])
                return
            covered = f"{covered} {segment.text}".lstrip()


def _new_deltas(runtime: Runtime, wait: Wait, text: _SentText) -> list[dict[str, Any]]:
    with runtime.database.read() as session:
        results = finished_windows(session, wait.job_id, after=text.windows)
    text.windows += len(results)
    return [text.delta(segment) for result in results for segment in result.segments]


def _last_events(
    transcript: Transcript, request: AudioRequest, text: _SentText
) -> Iterator[dict[str, Any]]:
    yield from text.rest(transcript)
    if request.response_format == "diarized_json":
        yield from diarized_segments(transcript)
    done: dict[str, Any] = {"type": "transcript.text.done", "text": transcript.text}
    if request.task == "transcribe":
        done["languages"] = languages(transcript)
    if request.logprobs:
        done["logprobs"] = logprobs(transcript.words)
    yield done


def event_line(body: dict[str, Any]) -> str:  # JSON values
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
