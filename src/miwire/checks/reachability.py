"""MIW112 to MIW115: what answers before authentication does, as the app's document shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds
from miwire.finding import Severity
from miwire.model import auth_settings as at
from miwire.remedy import Fix, Remedy
from miwire.text import printable

if TYPE_CHECKING:
    from miwire.checks.registry import Judgement
    from miwire.model.wiring import Target


def is_running(target: Target) -> Judgement:
    """
    Require that the app runs: App Service's front end answers 403 in place of a stopped one.

    ARM's `state` is Running, Stopped, or QuotaExceeded where a free plan's quota is used up. The
    page is the same as for other reasons, and it comes before authentication.
    """
    state = target.site.state
    if target.site.is_running:
        return holds(f"{target.name} is running")
    stopped = state.casefold() == "stopped"
    return fails(
        f"The state of {target.name} is {printable(state)}: App Service answers 403 to every "
        "request.",
        Fix(Remedy.START, name=target.ref.id) if stopped else "",
    )


def is_reached_from_the_internet(target: Target) -> Judgement:
    """
    Look for disabled public network access: only a private endpoint leads to the app then.

    Everybody else gets 403 from App Service's front end, before authentication; the app that calls
    needs virtual network integration.
    """
    if target.site.public_network_access.casefold() != "disabled":
        return holds(f"public network access to {target.name} isn't disabled")
    return doubtful(
        f"Public network access to {target.name} is disabled: callers reach it only through a "
        "private endpoint, and others get 403."
    )


def needs_no_client_certificate(target: Target) -> Judgement:
    """
    Require that no client certificate is demanded, which a token doesn't replace.

    With `clientCertEnabled` and the mode Required, App Service's front end answers 403 to a request
    without one, whatever token it has. The other modes let it pass.
    """
    if not target.site.requires_client_certificate:
        return holds(f"{target.name} requires no client certificate")
    return doubtful(
        f"{target.name} requires a client certificate as well: a caller that sends only a token "
        "gets 403."
    )


def takes_tokens_over_https_only(target: Target) -> Judgement:
    """
    Require that a request over http is redirected, so that no token is accepted in clear text.

    `httpsOnly` of the app does that; so does authentication that is on, unless
    `httpSettings.requireHttps` is false.
    """
    settings = target.settings
    redirects = settings.enabled and settings.effective(at.REQUIRE_HTTPS) is not False
    if target.site.https_only or redirects:
        return holds(f"{target.name} redirects http to https")
    return doubtful(
        f"{target.name} answers over http as well: a token that is sent there can be read on the "
        "way.",
        Fix(Remedy.REQUIRE_HTTPS, name=target.ref.id),
    )


ALL: tuple[Check[Target], ...] = (
    Check(
        "MIW112",
        "the app is running",
        is_running,
        no_fix="a stopped app can be started; why it is in another state is for its owner to say",
        severity=Severity.HIGH,
        blocks=True,
    ),
    Check(
        "MIW113",
        "public network access to the app isn't disabled",
        is_reached_from_the_internet,
        no_fix="a private app is wanted where its callers are in its network",
    ),
    Check(
        "MIW114",
        "no client certificate is required beside the token",
        needs_no_client_certificate,
        no_fix="whether a token is enough is for the owner to say",
        severity=Severity.HIGH,
    ),
    Check(
        "MIW115",
        "tokens are accepted over https only",
        takes_tokens_over_https_only,
        fix=Remedy.REQUIRE_HTTPS,
    ),
)
