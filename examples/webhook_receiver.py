"""Receives webhooks of the service, verifies their signatures, and prints which jobs ended.

    WEBHOOK_SECRET=whsec_... python examples/webhook_receiver.py 9000

``GET /api/v1/webhook-secret`` returns the secret; it needs a login, not an API key. Upload a
recording with ``webhook_url=https://your.server/``. The service calls public addresses only, unless
it was started with WEBHOOK_ALLOW_PRIVATE=true.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_S = 300  # an older message may be replayed by an attacker
MAX_BYTES = 1_000_000


def is_ours(headers: dict[str, str], body: bytes) -> bool:
    """Whether the service signed this message, and not long ago (Standard Webhooks)."""
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > TOLERANCE_S:
        return False
    digest = hmac.digest(SECRET, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)
    expected = "v1," + base64.b64encode(digest).decode()
    # While a secret is being changed there are several signatures. Compare in constant time.
    return any(
        hmac.compare_digest(expected, signature)
        for signature in headers.get("webhook-signature", "").split()
    )


class Receiver(BaseHTTPRequestHandler):
    handled: set[str] = set()  # noqa: RUF012  one for all requests; keep yours in a database

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MAX_BYTES))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_ours(headers, body):
            self.answer(401)
            return
        self.answer(204)  # answer at once, and process the message afterwards
        if headers["webhook-id"] in self.handled:  # a message may be delivered twice
            return
        self.handled.add(headers["webhook-id"])
        message = json.loads(body)
        job = message["data"]
        print(message["type"], job["operation"], job["subject_id"], flush=True)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the library's
        """Do not log requests."""


print(f"Listening on port {sys.argv[1]}", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
