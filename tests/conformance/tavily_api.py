"""Tavily's published search API."""

from dataclasses import dataclass, field

from tests.conformance.server import Received, Reply

KEY = "tvly-test-0123456789abcdef"


@dataclass
class TavilyApi:
    """``found``: pages a query; queries with "nothing" in them find none."""

    found: int = 2
    queries: list[str] = field(default_factory=list)

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return problem(401, f"Unauthorized: invalid API key {KEY}.")
        if (request.method, request.path) != ("POST", "/search"):
            return problem(404, "Not Found")
        query = request.json["query"]
        if len(query) > 400:
            return problem(400, "Query is too long. Max query length is 400 characters.")
        self.queries.append(query)
        found = 0 if "nothing" in query else self.found
        results = [
            {
                "title": f"Page {n} on {query}",
                "url": f"https://example.org/{len(self.queries)}/{n}",
                "content": f"Page {n} says more on {query}.",
                "score": 0.9,
                "raw_content": None,
            }
            for n in range(1, found + 1)
        ]
        return Reply(
            body={
                "query": query,
                "answer": None,
                "images": [],
                "results": results,
                "response_time": 0.5,
            }
        )


def problem(status: int, message: str) -> Reply:
    headers = {"retry-after": "7"} if status == 429 else {}
    return Reply(status=status, body={"detail": {"error": message}}, headers=headers)
