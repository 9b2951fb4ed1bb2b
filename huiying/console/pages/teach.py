"""最值得确认的来信: what an agent's word would teach most, how far the next fit is, and what labels have brought."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from huiying.console.access import Looking
from huiying.console.plots import curve_plot
from huiying.console.site import site_of
from huiying.flows.teach import most_telling, taught

router = APIRouter(include_in_schema=False, prefix="/teach")


@router.get("")
def teach(request: Request, viewer: Looking) -> HTMLResponse:
    site = site_of(request)
    telling = most_telling(site.context)
    with site.context.store.read() as tx:
        effect = taught(tx)
    targets = sorted({name for _, told in effect.fits for name in told})
    curves = {name: [(str(n), told.get(name)) for n, told in effect.fits] for name in targets}
    return site.page(
        request, "teach.html", viewer, telling=telling, effect=effect, curves=curves, curve_plot=curve_plot
    )
