"""Requested image models, with or without their provider, and refusals."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.prices import defaults
from mp4totext.images.errors import ImageNotReady
from mp4totext.images.planning import PlannedImages, plan_images
from mp4totext.images.schemas import ImageOptions
from mp4totext.providers.model_catalogue import shipped
from mp4totext.settings import AppSettings, EngineSettings, Settings

TODAY = date(2026, 11, 29)


def planned(folder: Path, model: str, **keys: Any) -> PlannedImages:
    return plan_images(
        ImageOptions(prompt="A lighthouse", model=model),
        recording=None,
        entries=iter(shipped().models),
        prices=defaults(),
        settings=Settings(
            app=AppSettings(app_env="test", data_dir=folder), engines=EngineSettings(**keys)
        ),
        today=TODAY,
    )


def test_a_model_alone_chooses_the_provider_that_has_it(tmp_path: Path) -> None:
    card = planned(tmp_path, "card")
    assert (card.provider, card.model) == ("local", "card")
    key = SecretStr("k")
    drawn = planned(tmp_path, "black-forest-labs/flux-schnell", replicate_api_token=key)
    assert (drawn.provider, drawn.price) == ("replicate", "picture.flux-schnell")


def test_the_provider_of_a_model_that_is_not_set_up_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageNotReady, match="MODAL_TOKEN_ID"):
        planned(tmp_path, "sdxl")


def test_a_model_that_nobody_has_or_that_has_ended_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as unknown:
        planned(tmp_path, "sdxk")
    assert "sdxl" in unknown.value.facts["near"]
    ended = next(
        row
        for row in shipped().models
        if row.kind == "image" and row.retires_at and row.retires_at <= TODAY
    )
    with pytest.raises(ModelRetired):
        planned(tmp_path, ended.model, openai_api_key=SecretStr("k"))
