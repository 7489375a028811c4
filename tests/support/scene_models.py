"""Fake language models that plan scenes, following their prompt or not."""

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.conformance.text_apis import Model, ModelAnswer, ModelRequest

_RECORDING = re.compile(r"<recording>\n(.*)\n</recording>", re.DOTALL)
_NUMBER = re.compile(r"^\[(\d+)", re.MULTILINE)


def numbers_in(request: ModelRequest) -> list[int]:
    """The numbers of the sentences in a request."""
    recording = _RECORDING.search(request.user)
    return [int(number) for number in _NUMBER.findall(recording.group(1))] if recording else []


def scene(first: int, last: int, **more: Any) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "headline": f"About {first}",
        "picture": f"A loaf of bread in scene {first}, warm light.",
        **more,
    }


def scenes_answer(scenes: Sequence[dict[str, Any]], **more: Any) -> ModelAnswer:
    plan = {"style": "watercolour", "look": "Morning light.", "cast": [], "scenes": list(scenes)}
    return ModelAnswer(json.dumps(plan | more))


def clip(first: int, last: int, *, score: int = 50, **more: Any) -> dict[str, Any]:
    entry = {"first": first, "last": last, "title": f"From {first}", "reason": "It stands alone."}
    return {**entry, "score": score, **more}


def clips_answer(*clips: dict[str, Any]) -> ModelAnswer:
    return ModelAnswer(json.dumps({"clips": list(clips)}))


def planner(sentences: int = 2, **more: Any) -> Model:
    """A model that makes one scene of every ``sentences`` sentences."""

    def plan(request: ModelRequest) -> ModelAnswer:
        numbers = numbers_in(request)
        runs = [numbers[at : at + sentences] for at in range(0, len(numbers), sentences)]
        return scenes_answer([scene(run[0], run[-1]) for run in runs], **more)

    return plan


def in_turn(*models: Model) -> Model:
    """A model that uses each of the models once, and then the last one."""
    left = list(models)

    def answer(request: ModelRequest) -> ModelAnswer:
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer
