"""
What an app's answer shows by its page, its headers or a sentence, and who else may have answered.

The pages are those of `probe.signatures`, which says where each was seen; here is what to do.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from miwire.explain.entry import Entry, Group
from miwire.probe.signatures import FRONT_END, SIGNATURES, Origin
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.probe.signatures import Signature

_PROBE = "Who answered, by what signs: miwire probe TARGET"
_STATE = (
    "Whether the app runs and is public: az webapp show -g GROUP -n NAME "
    '--query "[state,publicNetworkAccess]"'
)
_LOG = "The app's log: az webapp log tail -g GROUP -n NAME"
_WHO_ANSWERED = "docs/reference/who-answered.md"
_entry = partial(Entry, Group.ANSWERS)
PAGES = (
    _entry(
        "Web App - Unavailable",
        "App Service's front end: stopped, or not reachable from here",
        'The page says "This web app is stopped." for several causes: the app is stopped, public '
        "network access is disabled, it has a private endpoint only, or a quota of its plan is "
        "used up. Neither authentication nor the app saw the request.",
        (_STATE, _PROBE),
        (
            "If the state is Stopped:",
            Fix(Remedy.START, name="RESOURCE_ID"),
            "If public access is disabled, call the app from its virtual network.",
        ),
        ("Web App - Unavailable", "This web app is stopped", "403 Site Disabled"),
    ),
    _entry(
        "Ip Forbidden",
        "App Service's front end: an access restriction rejects the address",
        "The address that the request comes from isn't allowed: x-ms-forbidden-ip names it. For a "
        "call of another app it's one of that app's outbound addresses, or its virtual network.",
        ("az webapp config access-restriction show -g GROUP -n NAME", _PROBE),
        (
            (
                "Allow the caller's subnet or addresses: az webapp config access-restriction add "
                "-g GROUP -n NAME --priority 100 --rule-name caller --action Allow "
                "--subnet SUBNET_ID"
            ),
        ),
        ("x-ms-forbidden-ip", "Ip Forbidden"),
    ),
    _entry(
        "Microsoft Azure Web App - Error 404",
        "App Service's front end: no app has this host name",
        "The name is misspelled, the custom domain isn't bound, or the app was deleted. New apps "
        "have a suffix and a region in their names: never build a host name from the app's name.",
        (
            "The app's host name: az webapp show -g GROUP -n NAME --query defaultHostName -o tsv",
            _PROBE,
        ),
        ("Use the host name that Azure shows.",),
        ("Microsoft Azure Web App - Error 404", "404 Web Site not found", "404 Site Not Found"),
    ),
    _entry(
        ":( Application Error",
        "App Service's front end: the app doesn't start",
        "The container or process ended at its start, or doesn't listen on its port in time.",
        (_LOG, "The log of a container: az webapp log download -g GROUP -n NAME"),
        ("Correct what the log names; for a container, set WEBSITES_PORT to its port.",),
        (":( Application Error",),
    ),
    _entry(
        "The service is unavailable",
        "App Service's front end or IIS: the app is starting, swapping or overloaded",
        "Seconds after settings change or a swap it is normal; later the app crashed, or its plan "
        "has no room.",
        ("Until it answers: miwire probe TARGET --wait 3m", _STATE, _LOG),
        ("If the app is stopped:", Fix(Remedy.START, name="RESOURCE_ID")),
        ("The service is unavailable.",),
    ),
    _entry(
        "502 - Web server received an invalid response",
        "App Service's front end: the app answered nothing valid",
        "The app's process ended during the request, or took longer than 230 seconds.",
        (_LOG, _PROBE),
        ("Look in the app's log for what ended it.",),
        ("Web server received an invalid response while acting as a gateway",),
    ),
    _entry(
        "Unable to download OpenID Connect Configuration",
        "App Service authentication: openIdIssuer isn't an issuer",
        "Authentication answers 500 to every token, since there are no metadata below the issuer "
        "in the settings. Frequent slips: the version before the tenant, no tenant, a placeholder.",
        ("The issuer in the settings, and its form: miwire protect TARGET --dry-run",),
        (Fix(Remedy.PROTECT),),
        ("Unable to download OpenID Connect Configuration",),
    ),
    _entry(
        "Sign in to your account",
        "Entra ID's sign-in page, where an answer of the app should be",
        "The client followed a redirect to the sign-in: it sent no token, or the redirect took it "
        "away. Status 200 means nothing here.",
        (_PROBE,),
        (
            "Send a token, and let the client follow no redirects. To get 401 instead:",
            Fix(Remedy.PROTECT),
        ),
        ("<title>Sign in to your account</title>",),
    ),
    _entry(
        "Function host is not running",
        "the Functions host failed at its start",
        "The request got past authentication. The host doesn't start: often it can't read its "
        "storage account, or an app setting that it needs is missing.",
        (_LOG, _PROBE),
        ("Correct what the log names; the host needs AzureWebJobsStorage.",),
        ("Function host is not running",),
    ),
    _entry(
        "Request Too Long",
        "Windows' HTTP server: the headers are too large",
        "A token with many groups or roles, or cookies, makes them large; neither authentication "
        "nor the app saw the request.",
        ("How long the token is, and what is in it: miwire decode-token -",),
        ("Leave groups out of the token: groupMembershipClaims of the registration.",),
        ("Request Too Long", "size of the request headers is too long"),
    ),
)
"""Pages that show who answered, whatever the status."""
OWN_401 = _entry(
    'Bearer error="invalid_token"',
    "the app's own code, or API Management: it checks tokens itself",
    "App Service authentication writes no error into its challenge. The request got past it, "
    "or it is off; then the code of the app rejected the token, for the reason in "
    "error_description.",
    (
        _PROBE,
        "What the token says: miwire decode-token - --for TARGET",
    ),
    (
        (
            "Let the code accept the same audience and issuer as the "
            "authentication settings, or "
            "leave the check to authentication."
        ),
    ),
    ('error="invalid_token"', "error='invalid_token'"),
    docs="docs/how-to/fix-a-401.md",
)
HEADERS_AND_LOGS = (
    _entry(
        "WWW-Authenticate: Bearer realm",
        "App Service authentication: its challenge",
        "Authentication rejected the request before the app saw it: no token came, or its audience "
        "or issuer is wrong, it expired, or its signature doesn't fit. resource_id is the client "
        "ID of the API; any host can name any API, so don't request a token for it on that word "
        "alone.",
        (_PROBE, "Which rule rejects a token: miwire decode-token - --for TARGET"),
        (
            "Send a token: the scope is api://<client ID of the API>/.default.",
            "Where audience or issuer in the settings don't fit:",
            Fix(Remedy.PROTECT),
        ),
        ("Bearer realm=",),
        docs="docs/how-to/fix-a-401.md",
    ),
    OWN_401,
    _entry(
        "JWT validation failed",
        "App Service authentication: why it rejected a token, in the app's log",
        "The rest of the line has the reason, mostly as an IDX code.",
        (_LOG, "What the token says: miwire decode-token - --for TARGET"),
        ("Explain the IDX code of the line: miwire explain IDX10214",),
        ("JWT validation failed",),
    ),
    _entry(
        "You do not have permission to view this directory or page",
        "a Windows app: authentication or IIS rejected the request",
        "The body of 401 and 403 on Windows. With App Service's challenge it's authentication; "
        "without it, authentication's 403 for a caller that isn't listed, or IIS.",
        (_PROBE,),
        ("For a caller that isn't listed:", Fix(Remedy.GRANT)),
        ("You do not have permission to view this directory or page",),
    ),
    _entry(
        "/.auth/login",
        "App Service authentication: a redirect to its sign-in page",
        "Requests without a token are redirected (RedirectToLoginPage). A program that follows the "
        "redirect gets HTML and 200.",
        (_PROBE,),
        ("To reject requests without a token with 401 instead:", Fix(Remedy.PROTECT)),
        ("/.auth/login/",),
    ),
)
"""What the status belongs to."""
ENTRIES = (*PAGES, *HEADERS_AND_LOGS)
_EXPLAINED = {FRONT_END, "App Service authentication", "Azure Functions host", "a proxy"}
"""Speakers whose pages or status are entries of their own."""
_SPEAKS = {
    Origin.NETWORK: (
        "in front of the app",
        (
            "{} answered in the app's place. It shows nothing about the app or its "
            "authentication: the "
            "request may never have got there."
        ),
        "Probe the app's own address, or allow the request there.",
    ),
    Origin.UNKNOWN: (
        "the app, or in front of it",
        "The answer has a sign of {}. Neither authentication nor a success of the app is shown.",
        "Compare the address with that of the app.",
    ),
}


def _speakers() -> Iterator[Entry]:
    seen = set(_EXPLAINED)
    for row in SIGNATURES:
        if row.speaker not in seen:
            seen.add(row.speaker)
            title, meaning, fix = _SPEAKS[row.origin]
            yield Entry(
                Group.SPEAKERS,
                row.speaker,
                title,
                _capital(meaning.format(row.speaker)),
                (
                    _PROBE,
                    (
                        "The app's own address: az webapp show -g GROUP -n NAME "
                        "--query defaultHostName -o tsv"
                    ),
                ),
                (fix,),
                docs=_WHO_ANSWERED,
            )


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


SPEAKERS = tuple(_speakers())


def shown_by(speaker: Signature) -> Entry | None:
    """Return the entry of who a sign belongs to; None where its page has an entry of its own."""
    return next((each for each in SPEAKERS if each.code == speaker.speaker), None)
