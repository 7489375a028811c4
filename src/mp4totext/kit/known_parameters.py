"""Refuses query parameters that the route does not have: they would have no effect."""

from fastapi import params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

# ``openapi_extra`` of a route that reads its query itself, or that serves files: players and
# browsers add to the address of a file, such as ?t= against caches.
ANY_PARAMETERS = {"x-any-parameters": True}


async def refuse_unknown_parameters(connection: HTTPConnection) -> None:
    """A dependency for all routes of a router; of sockets it refuses nothing.

    Raises RequestValidationError, which names each parameter, and those that the route has.
    """
    route = connection.scope.get("route")
    if not connection.scope["query_string"] or not isinstance(route, APIRoute):
        return
    if "x-any-parameters" in (route.openapi_extra or {}):
        return
    known = _names(route)
    unknown = [name for name in connection.query_params if name not in known]
    if unknown:
        kind = "unknown_parameter" if known else "extra_forbidden"
        error = {"type": kind, "ctx": {"names": ", ".join(known)}}
        raise RequestValidationError([{**error, "loc": ("query", name)} for name in unknown])


def _names(route: APIRoute) -> list[str]:
    """Those of the signature and its models, and of what is documented beside it."""
    others = (params.Path, params.Header, params.Cookie)
    declared = [
        field.alias
        for field in get_flat_params(route.dependant)
        if not isinstance(field.field_info, others)
    ]
    beside = (route.openapi_extra or {}).get("parameters", ())
    return declared + [parameter["name"] for parameter in beside]
