"""Serves the style sheet, scripts and icons under addresses that name their content, cached for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    name: str
    digest: str
    type: str
    data: bytes
    zipped: bytes

    @property
    def address(self) -> str:
        return f"/static/{self.digest}/{self.name}"


@cache
def shipped_assets() -> Mapping[str, Asset]:
    """What the console serves, read and compressed once a process."""
    return read_assets(STATIC)


def read_assets(folder: Path) -> Mapping[str, Asset]:
    """Every file below ``folder``, compressed, by its relative name."""
    return {
        asset.name: asset for path in sorted(folder.rglob("*")) if path.is_file() for asset in (_read(folder, path),)
    }


def _read(folder: Path, path: Path) -> Asset:
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Asset(
        name=path.relative_to(folder).as_posix(),
        digest=hashlib.sha256(data).hexdigest()[:12],
        type=kind,
        data=data,
        zipped=gzip.compress(data, 6, mtime=0),
    )


def asset_response(asset: Asset | None, request: Request, digest: str) -> Response:
    """The file, zipped where the browser takes it; 404 for another version's address."""
    if asset is None or digest != asset.digest:
        return Response(status_code=404)
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding", "ETag": f'"{asset.digest}"'}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, media_type=asset.type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.data, media_type=asset.type, headers=headers)
