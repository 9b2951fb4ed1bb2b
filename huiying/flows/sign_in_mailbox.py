"""Signs a mailbox in by OAuth: a person types a code in a browser while we ask whether he is done (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.domain.errors import BadInput, TokenRefused, Unavailable
from core.domain.filing import AuditEntry
from core.domain.settings import MailboxSettings, OAuthFlow, OAuthSettings
from core.domain.tokens import DeviceCode, Granted
from huiying.flows.access_tokens import kept_token
from huiying.flows.context import Context
from huiying.flows.oauth import TokenEndpoint

SLOWER_S = 5
"""What ``slow_down`` adds to the pause between two questions (RFC 8628, 3.5)."""

Pause = Callable[[float], object]


def sign_in_by_code(
    ctx: Context,
    box: MailboxSettings,
    endpoint: TokenEndpoint,
    show: Callable[[DeviceCode], object],
    actor: str,
    *,
    pause: Pause = time.sleep,
) -> None:
    """Shows a code and waits until the person has signed in. Raises ``TokenRefused`` when he refuses or is too late,
    ``BadInput`` for a mailbox that does not sign in so."""
    oauth = oauth_of(box)
    if oauth.flow is OAuthFlow.APP:
        _keep(ctx, box, endpoint.as_app(oauth), actor)
        return
    code = endpoint.device_code(oauth)
    show(code)
    _keep(ctx, box, _waited_for(endpoint, oauth, code, pause), actor)


def sign_in_by_token(ctx: Context, box: MailboxSettings, endpoint: TokenEndpoint, refresh: str, actor: str) -> None:
    """A refresh token that was got elsewhere; it is tried at once. Raises ``TokenRefused`` when it is worth nothing."""
    granted = endpoint.refresh(oauth_of(box), refresh.strip())
    kept = Granted(
        access=granted.access,
        refresh=granted.refresh or refresh.strip(),
        seconds=granted.seconds,
        refresh_seconds=granted.refresh_seconds,
    )
    _keep(ctx, box, kept, actor)


def oauth_of(box: MailboxSettings) -> OAuthSettings:
    """The mailbox's OAuth settings; ``BadInput`` when it signs in by password."""
    if box.oauth is None:
        raise BadInput(f"邮箱 {box.name} 用密码登录 (it signs in by password)", hint="mailboxes.yaml: oauth")
    return box.oauth


def _waited_for(endpoint: TokenEndpoint, oauth: OAuthSettings, code: DeviceCode, pause: Pause) -> Granted:
    """Counts the pauses, not the clock: a machine that slept meanwhile asks once more than it need have. A broken line
    is waited out like an unfinished person."""
    waited, interval = 0, max(1, code.interval)
    while waited < code.seconds:
        pause(interval)
        waited += interval
        try:
            return endpoint.device_token(oauth, code.device_code)
        except Unavailable:
            continue
        except TokenRefused as refused:
            if refused.code == "slow_down":
                interval += SLOWER_S
            elif refused.code != "authorization_pending":
                raise
    late = TokenRefused("没有在时限内登录 (nobody signed in in time)")
    late.code = "expired_token"
    raise late


def _keep(ctx: Context, box: MailboxSettings, granted: Granted, actor: str) -> None:
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=actor, action="mailbox.signed-in", subject=f"mailbox:{box.name}"
    )
    with ctx.store.write() as tx:
        tx.tokens.save(kept_token(box.name, granted, ctx.now))
        tx.audit.add((entry,))
