"""Creates an account, or logs in to it, and prints a new API key.

    python examples/make_key.py you@example.com

The key is shown once; the service keeps only a hash of it.
"""

import getpass
import os
import sys

import httpx

email = sys.argv[1]
# For scripts: the password as one line on stdin.
password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

url = os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002")
with httpx.Client(base_url=f"{url}/api/v1") as api:
    account = {"email": email, "password": password}
    answer = api.post("/auth/register", json=account)
    if answer.status_code not in (201, 409):  # 409: the account exists, so log in
        sys.exit(answer.json()["detail"])

    answer = api.post("/auth/login", json=account)
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    # A key can do only what its scopes allow.
    scopes = ["transcriptions:read", "transcriptions:write", "jobs:read", "jobs:write"]
    body = {"name": "examples", "scopes": scopes, "expires_in_days": 30}
    answer = api.post("/auth/keys", json=body, headers=headers)
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    print(answer.json()["key"])
