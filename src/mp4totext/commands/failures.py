"""Converts any error to a message of one line and an exit code."""

from dataclasses import dataclass
from typing import NoReturn

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError

from mp4totext.commands.messages import BAD_INPUT, ENGINE_MISSING, FAILED, USAGE
from mp4totext.kit.db import DriverMissing
from mp4totext.kit.errors import AppError, Invalid
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.kit.tracing import TracingMissing
from mp4totext.kit.validation import message_of
from mp4totext.media.errors import MediaError
from mp4totext.providers.errors import ProviderError, ProviderMisconfigured, ProviderUnsupported
from mp4totext.settings import SettingsError
from mp4totext.transcriptions.errors import NotARecording, UnusableRecording

_BAD_INPUT_CODES = ("not_a_recording", "not_media", "unusable_recording", "media_missing")
_ENGINE_CODES = (
    "engine_missing",
    "model_missing",
    "model_broken",
    "provider_misconfigured",
    "provider_not_ready",
)
# What to run, which the service's own message cannot say.
_ADVICE = {"unknown_voice": " `mp4totext say --list` lists the voices."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    code: str
    message: str
    exit_code: int


def explained(error: Exception) -> Failure:
    match error:
        case AppError():
            message = error.message + _ADVICE.get(error.code, "")
            return Failure(code=error.code, message=message, exit_code=_app_code(error))
        case ProviderError():
            return _of_provider(error)
        case MediaError():
            return of_job(error.code, error.message)
        case SettingsError() | TracingMissing() | DriverMissing() | ValidationError():
            message = _first_problem(error) if isinstance(error, ValidationError) else str(error)
            return _failure("setting", message, USAGE)
        case DBAPIError():
            return _failure("database", _of_database(error), FAILED)
        case StorageUnavailable():
            return _failure("storage", f"{error}. Run `mp4totext doctor`.", FAILED)
        case OSError():
            where = f" ({error.filename!r})" if error.filename else ""
            return _failure("system", f"{error.strerror or error}{where}", FAILED)
    bug = f"This is a bug ({type(error).__name__}). Run `mp4totext --debug ...` to see where."
    return _failure("bug", bug, FAILED)


def of_job(code: str | None, message: str | None) -> Failure:
    """The failure for the error code and message of a failed job."""
    code = code or "failed"
    exit_code = FAILED
    if code in _ENGINE_CODES:
        exit_code = ENGINE_MISSING
    elif code in _BAD_INPUT_CODES or code.startswith("media_"):
        exit_code = BAD_INPUT
    return _failure(code, message or "The job failed without a reason.", exit_code)


def end_with_job(code: str | None, message: str | None) -> NoReturn:
    """End the command with the error of a failed job."""
    failure = of_job(code, message)
    click.secho(f"error: {failure.message}", fg="red", err=True)
    raise click.exceptions.Exit(failure.exit_code)


def _of_provider(error: ProviderError) -> Failure:
    if isinstance(error, ProviderMisconfigured):
        return _failure(error.code or "provider_misconfigured", error.message, ENGINE_MISSING)
    if isinstance(error, ProviderUnsupported):
        return _failure(error.code or "unsupported", error.message, USAGE)
    return _failure(error.code or "provider_failed", error.message, FAILED)


def _failure(code: str, message: str, exit_code: int) -> Failure:
    return Failure(code=code, message=message, exit_code=exit_code)


def _app_code(error: AppError) -> int:
    if error.code in _ENGINE_CODES:
        return ENGINE_MISSING
    match error:
        case NotARecording() | UnusableRecording():
            return BAD_INPUT
        case Invalid():
            return USAGE
    return BAD_INPUT if error.status == 413 else FAILED


def _of_database(error: DBAPIError) -> str:
    # What is missing is a table or a column: in the words of SQLite, or by PostgreSQL's code.
    code, words = getattr(error.orig, "sqlstate", None), str(error.orig)
    if code in ("42P01", "42703") or words.startswith(("no such table", "no such column")):
        return (
            "The database was not set up by this version of the program: `mp4totext serve` does "
            "that when it starts, and so does `mp4totext db upgrade`."
        )
    return f"The database failed: {_first_line(error.orig)}. Run `mp4totext doctor`."


def _first_problem(error: ValidationError) -> str:
    """The first error, with the name of the option or variable that has the field's name."""
    problem = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in problem["loc"])
    if not error.title.endswith("Settings"):
        return f"{name}: {message_of(problem)}" if name else message_of(problem)
    return f"{name.upper()} {_expected(problem)}."


def _expected(problem: ErrorDetails) -> str:
    """The expected value of a variable. Its actual value is shown only if it cannot be secret."""
    limits = problem.get("ctx", {})
    given = f", not {str(problem['input'])[:60]!r}"
    match problem["type"]:
        case "int_parsing" | "int_from_float":
            return f"must be a whole number{given}"
        case "float_parsing":
            return f"must be a number{given}"
        case "bool_parsing":
            return f"must be true or false{given}"
        case "literal_error":
            return f"must be {limits['expected']}{given}"
        case "greater_than":
            return f"must be a number above {limits['gt']:g}{given}"
        case "greater_than_equal":
            return f"must be {limits['ge']} or more{given}"
        case "less_than_equal":
            return f"must be {limits['le']} or less{given}"
    return problem["msg"].removeprefix("Value error, ")


def _first_line(error: BaseException | None) -> str:
    text = str(error).strip() if error is not None else ""
    return text.splitlines()[0] if text else "it did not answer"
