"""Log lines in both formats, from a process of their own."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from mp4totext.kit import log
log.configure(log_format=sys.argv[1], debug=False)
logger = log.get_logger()
logger.info("credits.moved", amount_uc=7, new_password="hunter2", s3_secret_key="k")
logger.info("job.failed", code="source_refused")
try:
    1 / 0
except ZeroDivisionError as error:
    logger.error("job.bug", exc_info=error)
"""


def lines(log_format: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, log_format], check=True, capture_output=True, text=True
    )
    return done.stderr.strip().splitlines()


def test_json_lines_carry_the_facts_and_no_secret() -> None:
    settled, _failed, bug = (json.loads(line) for line in lines("json"))
    assert (settled["event"], settled["level"]) == ("credits.moved", "info")
    assert settled["amount_uc"] == 7
    assert (settled["new_password"], settled["s3_secret_key"]) == ("***", "***")
    assert "ZeroDivisionError" in bug["exception"]


@pytest.mark.parametrize("secret", ["hunter2", "'k'"])
def test_lines_for_people_begin_with_a_sign_and_keep_the_secret(secret: str) -> None:
    first, failed, *rest = lines("human")
    assert "💰 credits.moved" in first
    assert secret not in first
    assert "❌ job.failed" in failed
    assert "❌ job.bug" in rest[0]
    assert "ZeroDivisionError" in rest[-1]
