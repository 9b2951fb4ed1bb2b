"""How an error is told: a page, a toast in the page, or RFC 9457 problem details to the API."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from core.domain.errors import (
    BadInput,
    Conflict,
    HuiyingError,
    NotFound,
    NotPermitted,
    Unavailable,
    Unreadable,
    WrongUsage,
)
from huiying.console.access import SignInNeeded, find_viewer
from huiying.console.api.access import TooOften, headers_of
from huiying.console.site import asks_for_fragment, site_of
from huiying.console.words import Words, language_for

_STATUS: tuple[tuple[type[HuiyingError], int], ...] = (
    (SignInNeeded, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooOften, 429),
    (Unavailable, 503),
    (Unreadable, 503),
    (BadInput, 422),
    (WrongUsage, 400),
)
_TITLES = {
    400: "wrong-usage",
    401: "sign-in-needed",
    403: "not-permitted",
    404: "not-found",
    405: "wrong-usage",
    413: "too-large",
    415: "bad-input",
}
_BOTH = re.compile(r"([^()]*[\u4e00-\u9fff][^()]*)(?: |(?<=[？！。]))\(([^()]+)\)")
_TOLD = {BadInput.code, NotFound.code}
"""What the person did can only be said by the words of the error itself."""
_log = logging.getLogger("huiying.console")


def tell_problems(app: FastAPI) -> None:
    """Registers the handlers; a bug of ours is logged with its traceback and told without it."""
    app.add_exception_handler(HuiyingError, _expected)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)


def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, HuiyingError)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return _tell(request, status, error.code, error.message, headers_of(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _tell(request, error.status_code, _TITLES.get(error.status_code, "error"), str(error.detail))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = [".".join(str(step) for step in problem["loc"]) for problem in error.errors()]
    return _tell(request, 422, "bad-input", "; ".join(places))


def _bug(request: Request, error: Exception) -> Response:
    _log.error("A page failed.", extra={"action": "console.error", "path": _pattern(request)}, exc_info=error)
    return _tell(request, 500, "error", "")


def _pattern(request: Request) -> str:
    """The route, not the address: signed links carry in it what lets a customer in."""
    return str(getattr(request.scope.get("route"), "path", "?"))


def _tell(request: Request, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    if request.url.path.startswith("/api/"):
        body = {"type": f"urn:huiying:problem:{code}", "title": code, "status": status, "detail": detail}
        return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")
    if status == 401:
        return _to_sign_in(request)
    return _page(request, status, code, detail)


def _to_sign_in(request: Request) -> Response:
    """The sign-in page, and back afterwards; htmx is told to go there with the whole page."""
    there = f"/sign-in{_way_back(request)}"
    if asks_for_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": there})
    return RedirectResponse(there, status_code=303)


def _way_back(request: Request) -> str:
    """To the page that is open: a part of it, or a form on it, is no place to come back to."""
    place = urlsplit(str(request.url))
    if asks_for_fragment(request):
        place = _split(request.headers.get("hx-current-url", ""))
    elif request.method != "GET":
        place = _split(request.headers.get("referer", ""))
    to = place.path + (f"?{place.query}" if place.query else "")
    return f"?to={quote(to)}" if to not in {"", "/", "/queue", "/sign-in"} else ""


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def in_language(detail: str, language: str) -> str:
    """A message that is written as ``Chinese (English)``, in the reader's language; empty for any other."""
    found = _BOTH.fullmatch(detail)
    if found is None:
        return ""
    return found[2][:1].upper() + found[2][1:] if language == "en" else found[1]


def in_words(words: Words, code: str, detail: str) -> str:
    """An error in a line for whoever reads the page."""
    return (in_language(detail, words.language) if code in _TOLD else "") or _title(words, code)


def _title(words: Words, code: str) -> str:
    known = words.code("problem", code)
    return known if known != code else words("problem.error")


def _is_english(detail: str) -> bool:
    """A sentence of our own code; names of fields and files are none."""
    return detail.isascii() and " " in detail and detail.endswith(".")


def _page(request: Request, status: int, code: str, detail: str) -> Response:
    site = site_of(request)
    try:
        viewer = find_viewer(request)
    except HuiyingError:
        viewer = None
    language = viewer.language if viewer else language_for(request.headers.get("accept-language", ""))
    words = site.words(language)
    title = _title(words, code)
    if not asks_for_fragment(request):
        shown = in_language(detail, language) or ("" if language != "en" and _is_english(detail) else detail)
        return site.page(request, "error.html", viewer, status=status, words=words, title=title, detail=shown)
    title = in_words(words, code, detail)
    answer = site.page(request, "parts/toast_problem.html", viewer, status=status, words=words, title=title)
    answer.headers["HX-Retarget"] = "#toasts"
    answer.headers["HX-Reswap"] = "beforeend"
    return answer
