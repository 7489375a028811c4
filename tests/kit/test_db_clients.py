"""The application names of connections to PostgreSQL."""

import pytest
from sqlalchemy import text

from mp4totext.kit.db import Database


@pytest.mark.parametrize(
    ("own", "idle"),
    [("", "1min"), ("?options=-c%20idle_in_transaction_session_timeout%3D5s", "5s")],
)
def test_the_server_gives_up_a_client_that_stands_still(
    postgres_url: str, own: str, idle: str
) -> None:
    """What the address says itself counts more."""
    database = Database(postgres_url + own)
    with database.read() as session:
        found = session.scalar(text("SHOW idle_in_transaction_session_timeout"))
        keepalive = session.scalar(text("SHOW tcp_keepalives_idle"))
    database.close()
    assert found == idle
    assert own or keepalive == "10"
