"""Programs written for OpenAI run unchanged, with another address and key."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import programs
from tests.openai_api.conftest import served, user
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.openai_service import SPOKEN, Served, jobs_of, key_of, worker

__all__ = ["served", "user"]

Run = Callable[[str], Any]  # a program's file -> what it prints, as JSON


@pytest.fixture
def run(served: Served, user: ApiUser) -> Run:
    def run(program: str) -> Any:
        with worker(served.harness):
            return programs.run(program, served.url, key_of(user), recording(FOUR_SECONDS))

    return run


def test_openais_sdk_for_node(run: Run, served: Served, user: ApiUser) -> None:
    answer = run("openai_sdk.mjs")
    assert answer["models"][0] == "auto"
    assert SPOKEN in answer["text"] == answer["streamed"]
    assert answer["words"] == len(answer["text"].split())
    assert answer["refused"] == {
        "kind": "NotFoundError",
        "code": "model_not_found",
        "param": "model",
    }
    assert len([job for job in jobs_of(served.harness, user) if job.charged_uc]) == 2


def test_vercels_ai_sdk(run: Run) -> None:
    answer = run("ai_sdk.mjs")
    assert SPOKEN in answer["text"]
    assert answer["segments"]
    assert answer["language"] == "en"
    assert round(answer["seconds"]) == 4


def test_litellm(run: Run) -> None:
    answer = run("litellm_program.py")
    assert SPOKEN in answer["text"]
    assert answer["words"] == len(answer["text"].split())
    assert answer["refused"] == "model_not_found"


def test_langchain(run: Run) -> None:
    assert SPOKEN in run("langchain_program.py")["text"]


def test_livekits_plugin_by_request_and_live(run: Run) -> None:
    answer = run("livekit_program.py")
    assert SPOKEN in answer["text"]
    assert answer["language"] == "en"
    assert SPOKEN in answer["live"]


def test_speech_recognition(run: Run) -> None:
    assert SPOKEN in run("speech_recognition_program.py")["text"]


def test_esperanto(run: Run) -> None:
    answer = run("esperanto_program.py")
    assert SPOKEN in answer["text"]
    assert {"auto", "whisper-1"} <= set(answer["models"])


def test_agno(run: Run) -> None:
    assert SPOKEN in run("agno_program.py")["text"]


def test_aisuite(run: Run) -> None:
    answer = run("aisuite_program.py")
    assert SPOKEN in answer["text"]
    assert SPOKEN in " ".join(answer["segments"])
    assert answer["language"] == "english"


def test_tanstack_ai(run: Run) -> None:
    answer = run("tanstack_ai.mjs")
    assert SPOKEN in answer["text"]
    assert answer["segments"]
    assert answer["language"] == "english"


def test_mastras_voice(run: Run) -> None:
    assert SPOKEN in run("mastra_voice.mjs")["text"]
