"""``mp4totext admin models`` on a folder of its own."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import select

from mp4totext.auth.models import AuditEntry
from mp4totext.providers.model_catalogue import shipped
from mp4totext.runtime import Runtime
from tests.conftest import settings_for
from tests.support.command_line import run
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server

SET = ("admin", "models", "set", "text", "openai", "gpt-6-luna")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)  # without a .env
    assert run("db", "upgrade").exit_code == 0
    return tmp_path


def luna() -> dict[str, object]:
    rows = json.loads(run("admin", "models", "list", "--json").stdout)["models"]
    found: dict[str, object] = next(row for row in rows if row["model"] == "gpt-6-luna")
    return found


def test_a_row_is_set_listed_and_reset(folder: Path) -> None:
    done = run(*SET, "--rate", "0.5", "--retires-at", "2020-01-02", "--replaced-by", "gpt-6.1-sol")
    assert done.exit_code == 0, done.stderr
    assert "ended on 2020-01-02: choose 'gpt-6.1-sol'" in done.stderr
    assert luna() == {
        "kind": "text",
        "provider": "openai",
        "model": "gpt-6-luna",
        "credits": 0.5,
        "state": "refused",
        "retires_at": "2020-01-02",
        "replaced_by": "gpt-6.1-sol",
        "edited": ["rate", "replaced_by", "retires_at"],
    }
    table = run("admin", "models", "list", "--kind", "text").stdout
    assert "gpt-6.1-sol" in table
    assert "whisper" not in table
    assert "is reset." in run("admin", "models", "reset", *SET[3:]).stderr
    assert luna()["edited"] == []
    runtime = Runtime(settings_for(folder))
    with runtime.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    runtime.close()
    assert actions == ["model.set", "model.reset"]


def test_a_model_of_ones_own_is_added_switched_off_and_gone() -> None:
    own = ("text", "openai-compatible", "llama3.2")
    limits = ("--context-tokens", "16384", "--output-tokens", "4096")
    assert run("admin", "models", "set", *own, "--rate", "0.001", *limits).exit_code == 0
    assert run("admin", "models", "set", *own, "--off").exit_code == 0
    assert " off " in run("admin", "models", "list").stdout
    assert "so it is deleted" in run("admin", "models", "reset", *own).stderr


def test_another_default_is_chosen() -> None:
    assert run(*SET, "--default").exit_code == 0
    assert luna()["state"] == "sold, default"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name what to set"),
        (("--rate", "dear"), "rate"),
        (("--retires-at", "tomorrow"), "does not match"),
    ],
)
def test_what_cannot_be_set_is_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    refused = run(*SET, *arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr


def test_a_file_is_imported(tmp_path: Path) -> None:
    text = files("mp4totext.providers").joinpath("models.toml").read_text(encoding="utf-8")
    file = tmp_path / "newer.toml"
    file.write_text(text.replace(f"dated = {shipped().dated}", "dated = 2030-01-01"))
    command = ("admin", "models", "import")
    assert "models of 2030-01-01 imported" in run(*command, str(file)).stderr
    assert "is already imported" in run(*command, str(file)).stderr
    file.write_text(text)
    assert "import a newer one" in run(*command, str(file)).stderr
    file.write_bytes(b"\xff\xfe")
    assert run(*command, str(file)).exit_code == 2


def test_vendors_are_asked_now(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("admin", "models", "check").exit_code == 0  # no vendor has a key
    assert "choose one of" in run("admin", "models", "check", "acme").stderr
    with vendor_server(BY_NAME["openai"], compliant_model) as (server, api):
        names = {entry.model for entry in shipped().models if entry.provider == "openai"}
        api.names = dict.fromkeys(names - {"gpt-6-luna"})
        monkeypatch.setenv("OPENAI_API_KEY", next(iter(BY_NAME["openai"].keys.values())))
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        found = run("admin", "models", "check")
    assert found.exit_code == 1
    assert f"openai: {len(names) - 1} models listed." in found.stderr
    assert "openai's 'gpt-6-luna' is offered here" in found.stderr


def test_lists_work_beside_a_database_of_another_release(folder: Path) -> None:
    (folder / "mp4totext.db").write_bytes(b"not a database, but long enough to be read as one")
    done = run("providers", "list", "--json")
    assert done.exit_code == 0, done.stderr
    assert "the models of this release" in done.stderr
    rows = {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}
    luna = {"model": "gpt-6-luna", "state": "sold", "message": ""}
    assert luna in rows["text", "openai"]["models"]
