"""AADSTS codes: what Entra ID answers in place of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix
from miwire.tokens.entra_errors import EXPLANATIONS, PAGE, Concern

if TYPE_CHECKING:
    from miwire.tokens.entra_errors import Explanation

PREFIX = "AADSTS"
_MEANINGS = {
    Concern.TARGET: "Entra ID issues no token for the API, so no call is made.",
    Concern.CLIENT: (
        "Entra ID issues the client no token. A managed identity has no credential of its own that "
        "could be wrong: this comes from a registration, a pipeline or code of your own."
    ),
    Concern.USER: (
        "Entra ID issues you no token. It's about your own sign-in; managed identities aren't "
        "concerned."
    ),
    Concern.SIGN_IN: (
        "It's about the sign-in page of an app. A caller that sends a token isn't concerned."
    ),
}
_SEE = {
    Concern.TARGET: (
        "As yourself: miwire probe TARGET",
        "As the caller, inside it: miwire probe URL --with-token --audience api://CLIENT_ID",
        (
            "App Service reports it to the caller's code only as HTTP "
            "500 or 400; the code is in the "
            "tenant's sign-in logs, under managed identity sign-ins."
        ),
    ),
    Concern.CLIENT: (
        "The tenant's sign-in logs, under service principal sign-ins.",
        "Which registrations and credentials there are: az ad app credential list --id CLIENT_ID",
    ),
    Concern.USER: (
        "Who is signed in: az account show",
        "The tenant's sign-in logs, under user sign-ins.",
    ),
    Concern.SIGN_IN: (
        (
            "Open the app in a browser; the tenant's sign-in logs have the same code, under user "
            "sign-ins."
        ),
    ),
}
_HERE = {
    500011: (
        "Entra ID issues no token for the API: the scope that the caller's code requests names an "
        "API that the tenant doesn't know. Frequent slips are a wrong client ID in the scope, a "
        "registration without a service principal, and another tenant."
    ),
    500014: (
        "Entra ID issues nobody a token for the API while accountEnabled of its service principal "
        "is false."
    ),
    501051: (
        'The API\'s service principal has "assignment required" on, and the caller holds no app '
        "role: Entra ID issues it no token, so the API is never called. For an identity that "
        "shouldn't be allowed, this is the rejection that is wanted."
    ),
    50105: (
        "The API's service principal has \"assignment required\" on, and you aren't assigned. As "
        "you aren't the app that is to be allowed, this is the rejection that is wanted."
    ),
    65001: (
        "Your sign-in, such as the one of az, can't request a token for the API. It shows nothing "
        "about the callers: managed identities need no consent."
    ),
    53003: (
        "A conditional access policy blocks the sign-in. Policies for workload identities don't "
        "apply to managed identities."
    ),
}
"""What says more about this connection than the kind of its code."""


def _entry(code: int, known: Explanation) -> Entry:
    return Entry(
        Group.ENTRA,
        f"{PREFIX}{code}",
        known.meaning,
        _HERE.get(code) or _MEANINGS[known.concern],
        _SEE[known.concern],
        (known.fix, Fix(known.remedy, identity="CLIENT_ID")) if known.remedy else (known.fix,),
        docs=page_of(code),
    )


def page_of(code: int | str) -> str:
    """Return Microsoft's page about a code, also about one that miwire doesn't explain."""
    return f"{PAGE}?code={code}"


ENTRIES = tuple(_entry(code, known) for code, known in EXPLANATIONS.items())
