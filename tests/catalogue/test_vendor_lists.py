"""The daily check of vendors' model lists through their SDKs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from pydantic import SecretStr

from mp4totext.catalogue import service, vendor_lists
from mp4totext.catalogue.models import VendorList
from mp4totext.catalogue.vendor_lists import Listing
from mp4totext.catalogue.warnings import catalogue_warnings
from mp4totext.kit.clock import now
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from tests.conformance.server import Reply, Server
from tests.conformance.text_apis import TextApi
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server, with_engines

DAY = date(2026, 11, 28)
BRUSH = ModelEntry(kind="text", provider="acme", model="brush-1")

MakeRuntime = Callable[[Settings], Runtime]


def listing(**ends: date | None) -> Listing:
    names = {name.replace("_", "-"): day for name, day in ends.items()}
    return Listing(provider="acme", asked_at=now(), ends=names, error=None)


@contextmanager
def vendor(
    name: str, settings: Settings, make_runtime: MakeRuntime
) -> Iterator[tuple[Runtime, Server, TextApi]]:
    with vendor_server(BY_NAME[name], compliant_model) as (server, api):
        yield make_runtime(BY_NAME[name].settings(settings, server)), server, api


@pytest.mark.parametrize("name", ["openai", "gemini", "groq", "together"])
def test_every_vendors_list_is_read(
    name: str, settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor(name, settings, make_runtime) as (runtime, server, api):
        api.names = {"b": None, "a": None}
        result = vendor_lists.ask(runtime, name)
    assert (result.ends, result.error) == ({"a": None, "b": None}, None)
    assert [request.method for request in server.received] == ["GET"]


def test_openais_list_tells_when_a_model_ends(
    settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor("openai", settings, make_runtime) as (runtime, _, api):
        api.names = {"gpt-6-luna": "2027-05-01"}
        result = vendor_lists.ask(runtime, "openai")
    assert result.ends == {"gpt-6-luna": date(2027, 5, 1)}


def test_what_is_offered_and_not_listed_is_a_warning_and_changes_nothing(
    settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor("openai", settings, make_runtime) as (runtime, _, api):
        with runtime.database.read() as session:
            before = service.entries(session)
            names = [entry.model for entry in before if entry.provider == "openai"]
        api.names = dict.fromkeys(name for name in names if name != "gpt-6-luna")
        vendor_lists.ask(runtime, "openai")
        with runtime.database.read() as session:
            warnings = catalogue_warnings(session, runtime.settings)
            assert service.entries(session) == before
    assert "openai's 'gpt-6-luna' is offered here, and the vendor lists it no more" in str(warnings)
    assert "gpt-6.1-terra' is offered" not in str(warnings)


def test_a_vendor_that_does_not_answer_is_a_warning_and_its_last_list_stays(
    settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor("openai", settings, make_runtime) as (runtime, server, api):
        api.names = {"gpt-6-luna": None}
        vendor_lists.ask(runtime, "openai")
        server.next.append(Reply(status=500, body={"error": {"message": "down"}}))
        result = vendor_lists.ask(runtime, "openai")
        assert result.ends == {"gpt-6-luna": None}
        assert result.error is not None
        with runtime.database.read() as session:
            warnings = catalogue_warnings(session, runtime.settings)
    assert any("did not give its list" in warning for warning in warnings)


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, [], {"data": [{"id": 5}]}, {"data": "x"}, {"data": [None]}, "text"]
)
def test_an_answer_that_is_no_list_of_models_is_a_failure(
    body: object, settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor("groq", settings, make_runtime) as (runtime, server, _):
        server.next.append(Reply(body=body))
        result = vendor_lists.ask(runtime, "groq")
    assert result.ends is None
    assert result.error is not None


def test_one_vendor_a_round_and_each_once_a_day(
    settings: Settings, make_runtime: MakeRuntime
) -> None:
    with vendor("openai", settings, make_runtime) as (runtime, server, _):
        vendor_lists.ask_one(runtime)
        vendor_lists.ask_one(runtime)
        assert len(server.received) == 1
        with runtime.database.write() as session:
            session.get_one(VendorList, "openai").asked_at = now() - timedelta(hours=25)
        server.next.append(Reply(status=500, body={}))
        vendor_lists.ask_one(runtime)
        vendor_lists.ask_one(runtime)
        assert len(server.received) == 2  # it failed, and is not asked again at once
        with runtime.database.write() as session:
            session.get_one(VendorList, "openai").asked_at = now() - timedelta(minutes=61)
        vendor_lists.ask_one(runtime)
        assert len(server.received) == 3


def test_nobody_is_asked_without_a_key_or_for_nothing_that_is_sold(
    settings: Settings, make_runtime: MakeRuntime
) -> None:
    runtime = make_runtime(settings)
    vendor_lists.ask_one(runtime)
    own = with_engines(
        settings,
        openai_compatible_base_url="http://127.0.0.1:9/v1",
        openai_compatible_api_key=SecretStr("k"),
    )
    vendor_lists.ask_one(make_runtime(own))  # no model of it has a price
    with runtime.database.read() as session:
        assert vendor_lists.listings(session) == []


def test_an_end_that_the_row_does_not_have_is_a_warning() -> None:
    (found,) = vendor_lists.findings([BRUSH], [listing(brush_1=date(2027, 5, 1))], today=DAY)
    assert found == (
        "acme's 'brush-1': the vendor's list says it ends on 2027-05-01, and here no end."
    )


@pytest.mark.parametrize(
    "entry",
    [
        ModelEntry(kind="text", provider="acme", model="brush-1", active=False),
        ModelEntry(kind="text", provider="acme", model="brush-1", retires_at=DAY),
        ModelEntry(kind="image", provider="acme", model="brush-1"),
        ModelEntry(kind="text", provider="other", model="brush-1"),
    ],
)
def test_what_is_not_offered_from_a_list_needs_no_attention(entry: ModelEntry) -> None:
    assert vendor_lists.findings([entry], [listing(brush_2=None)], today=DAY) == []


def test_rows_that_agree_with_the_list_need_no_attention() -> None:
    ending = ModelEntry(kind="text", provider="acme", model="brush-2", retires_at=date(2027, 5, 1))
    listed = listing(brush_1=None, brush_2=date(2027, 5, 1))
    assert vendor_lists.findings([BRUSH, ending], [listed], today=DAY) == []
