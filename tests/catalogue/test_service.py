"""Model rows of a release combined with edits of administrators."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from mp4totext.catalogue import service
from mp4totext.catalogue.errors import UnknownModel
from mp4totext.catalogue.models import CatalogueImport, CatalogueModel
from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.providers.model_catalogue import InvalidCatalogue, ModelEntry, shipped

LUNA = ("text", "openai", "gpt-6-luna")
OWN = ("text", "openai-compatible", "llama3.2")


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url or f"sqlite:///{tmp_path / 'mp4totext.db'}")
    yield database
    database.close()


def entry(database: Database, key: tuple[str, str, str]) -> ModelEntry:
    with database.read() as session:
        return service.find(session, key).entry


def test_a_release_is_imported_once(database: Database) -> None:
    with database.read() as session:
        assert service.entries(session) == shipped().models  # before the import, too
    assert service.import_shipped(database) is True
    assert service.import_shipped(database) is False
    with database.read() as session:
        assert service.entries(session) == shipped().models
        assert len(session.scalars(select(CatalogueModel)).all()) == len(shipped().models)


def test_edits_outlive_imports_and_the_rest_of_the_row_is_the_releases(database: Database) -> None:
    with database.write() as session:
        service.edit(session, LUNA, {"rate": "0.5"})
        service.edit(
            session,
            OWN,
            {"rate": "0.001", "text": {"context_tokens": 8_192, "output_tokens": 1_024}},
        )
    service.import_shipped(database)
    luna = entry(database, LUNA)
    assert (str(luna.rate), luna.list_prices) == ("0.5", shipped().models[5].list_prices)
    with database.write() as session:
        row = service.edit(
            session, OWN, {"text": {"output_tokens": 2_048}, "retires_at": "2027-03-01"}
        )
    assert row.edited == ("rate", "retires_at", "text")
    own = entry(database, OWN)
    assert own.text is not None
    assert (own.text.context_tokens, own.text.output_tokens) == (8_192, 2_048)
    assert own.retires_at == date(2027, 3, 1)
    with database.read() as session:
        assert service.entries(session)[-1] == own  # after the release's


def test_a_newer_releases_rows_replace_ours_and_an_older_process_does_not_undo_it(
    database: Database,
) -> None:
    service.import_shipped(database)
    with database.write() as session:
        row = session.get_one(CatalogueModel, LUNA)
        row.released = row.released | {"retires_at": "2028-01-01"}  # type: ignore[operator]  # imported
        session.add(CatalogueImport(digest="next", dated=date(2028, 1, 1), imported_at=now()))
        ours = session.scalars(
            select(CatalogueImport).where(CatalogueImport.digest != "next")
        ).one()
        session.delete(ours)
    assert service.import_shipped(database) is False
    assert entry(database, LUNA).retires_at == date(2028, 1, 1)


def test_edits_are_taken_back(database: Database) -> None:
    service.import_shipped(database)
    with database.write() as session:
        service.edit(session, LUNA, {"active": False, "note": "no"})
        service.edit(session, OWN, {"rate": "0.001"})
    with database.write() as session:
        assert service.forget_edits(session, LUNA) == shipped().models[5]
        assert service.forget_edits(session, OWN) is None
    with database.read() as session:
        assert service.entries(session) == shipped().models
        with pytest.raises(UnknownModel):
            service.find(session, OWN)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rate": "dear"}, "rate"),
        ({"colour": "red"}, "colour"),
        ({"text": {"context_tokens": 5}}, "output_tokens"),
        ({"note": "new"}, "no price"),
    ],
)
def test_an_edit_that_leaves_no_usable_row_changes_nothing(
    database: Database, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidCatalogue, match=said), database.write() as session:
        service.edit(session, OWN, fields)
    with database.read() as session:
        assert session.get(CatalogueModel, OWN) is None


def test_an_unknown_row_is_refused_with_names_like_it(database: Database) -> None:
    with database.read() as session, pytest.raises(UnknownModel, match="'gpt-6-luna'") as refused:
        service.find(session, ("text", "openai", "gpt6-luna"))
    assert "gpt-6-luna" in refused.value.facts["near"]


def test_processes_that_start_together_import_once(database: Database) -> None:
    """The one that is second at the same row gives way."""
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _n: service.import_shipped(database), range(6)))
    assert done.count(True) == 1
    with database.read() as session:
        assert len(session.scalars(select(CatalogueImport)).all()) == 1
