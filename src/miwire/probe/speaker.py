"""Who answered a request to an app, by what the answer shows; a prediction only corroborates."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from re import IGNORECASE, search
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from miwire.easyauth.model import LET_THROUGH, Rule
from miwire.model.cloud import SIGN_IN_HOSTS
from miwire.probe.response import REFUSALS
from miwire.probe.signatures import SIGNATURES, Origin, quoted
from miwire.text import is_guid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

    from miwire.easyauth.model import Gate, GateVerdict
    from miwire.probe.response import Answer, Challenge

PLATFORM = "App Service authentication"
WINDOWS_SENTENCE = "You do not have permission to view this directory or page."
"""Easy Auth's body on Windows (FACTS 5.3), and IIS's where a folder has no default document."""
_SHOWS_NOTHING = frozenset({408, 429, 431})
"""Answered by any server under load or before the app runs."""
_NO_CODES_OF_HTTP = frozenset({418})
"""In Python's list and, though registered, set aside by RFC 9110."""
_SIGN_IN = r"/\.auth/login|/oauth2/|/saml2?/|/(log|sign)[-_]?in\b|/authorize\b|/sso\b"
_FORM = (
    r"<input[^>]{1,200}type=[\"']?password"
    r"|<form[^>]{1,200}action=[\"'][^\"']{0,200}(log|sign)[-_]?in"
)
_OK = 200
_MOVED, _UNAUTHORIZED, _FORBIDDEN = 300, 401, 403
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answered, as far as the answer shows it."""

    origin: Origin
    name: str = ""
    """Its name for people; empty: nobody can be named."""
    evidence: str = ""
    """What in the answer shows it, quoted."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the answer itself."""

    url: str
    """What was requested."""
    with_token: bool = False
    gate: Gate | None = None
    """The target's settings, where they could be read."""
    predicted: GateVerdict | None = None
    host_names: tuple[str, ...] = ()
    """Other hosts of the target, as ARM names them."""
    authorities: tuple[str, ...] = ()
    """Hosts of Entra ID in the cloud that is used, beside the published ones."""
    without_token: Speaker | None = None
    """Who answered the same request without a token in the same run."""
    elsewhere: Answer | None = None
    """The answer to the same request for a path that no app has."""

    @property
    def parts(self) -> SplitResult:
        """The URL's parts."""
        return urlsplit(self.url)

    @property
    def hosts(self) -> frozenset[str]:
        """Every name of the target's host, in lower case."""
        parts = self.parts
        names = (parts.netloc, parts.hostname or "", *self.host_names)
        return frozenset(each.lower() for each in names if each)

    @property
    def is_off(self) -> bool:
        """Whether the settings certainly say that authentication is off."""
        return (
            self.predicted is not None
            and self.predicted.rule is Rule.PLATFORM_OFF
            and not self.predicted.unknown
        )

    @property
    def forbids(self) -> bool:
        """Whether the settings likely keep the request from the app."""
        if self.predicted is None:
            return False
        return self.predicted.likely != LET_THROUGH

    @property
    def prefix(self) -> str:
        """The path below which authentication serves its own endpoints."""
        named = self.gate.settings.at("httpSettings.routes.apiPrefix") if self.gate else None
        return f"/{str(named or '/.auth').strip('/')}"


def speaker_of(answer: Answer, seen: Circumstances) -> Speaker:
    """
    Return who answered.

    A sign of somebody in front of the app counts before all else; then the challenge and the
    redirects of App Service authentication; what is left is the app's only where nobody else
    answers so.
    """
    for signature in SIGNATURES:
        evidence = signature.evidence(answer)
        if evidence is not None:
            return Speaker(signature.origin, signature.speaker, evidence)
    if answer.status in _SHOWS_NOTHING or answer.status >= _SERVER_ERRORS:
        return Speaker(Origin.UNKNOWN)
    return _platform(answer, seen) or _other(answer, seen)


def _platform(answer: Answer, seen: Circumstances) -> Speaker | None:
    """Return App Service authentication, where the answer shows it."""
    evidence = None
    if answer.status == _UNAUTHORIZED:
        evidence = next(_own_challenges(answer, seen), None)
    elif answer.is_redirect and _is_own_sign_in(answer, seen):
        evidence = quoted(f"Location: {answer.location}")
    if evidence is not None and seen.is_off:
        return Speaker(Origin.UNKNOWN, evidence=f"{evidence}; the settings say that it is off")
    if evidence is None:
        evidence = _corroborated(answer, seen)
    return Speaker(Origin.PLATFORM, PLATFORM, evidence) if evidence else None


def _own_challenges(answer: Answer, seen: Circumstances) -> Iterator[str]:
    """Yield the challenges that App Service words so: FACTS 5.3, and captures of its kin."""
    for each in answer.challenges:
        if each.scheme.lower() == "bearer" and _is_own_challenge(each, seen):
            told = " ".join(f'{name}="{value}"' for name, value in each.parameters.items())
            yield quoted(f"WWW-Authenticate: Bearer {told}")


def _is_own_challenge(challenge: Challenge, seen: Circumstances) -> bool:
    if not challenge.realm or {"error", "client_id"} & challenge.parameters.keys():
        return False
    if challenge.realm.lower() in seen.hosts:
        return True
    # Behind a proxy the realm is the app's own host, which the client id has to vouch for.
    own = seen.gate.settings.client_id if seen.gate else None
    resource = challenge.resource_id or ""
    return (
        "authorization_uri" in challenge.quoted
        and _is_entra(urlsplit(challenge.authorization_uri or ""), seen)
        and is_guid(resource)
        and (own is None or resource.lower() == own.lower())
    )


def _is_entra(url: SplitResult, seen: Circumstances) -> bool:
    return url.scheme == "https" and url.netloc.lower() in {*SIGN_IN_HOSTS, *seen.authorities}


def _is_own_sign_in(answer: Answer, seen: Circumstances) -> bool:
    """Say whether a redirect is Easy Auth's: to its own sign-in, or with its callback to Entra."""
    url = _leads_to(answer, seen)
    if url is None:
        return False
    if url.netloc.lower() in seen.hosts:
        return url.path.lower().startswith(f"{seen.prefix}/login/".lower())
    if not _is_entra(url, seen) or not url.path.endswith("/authorize"):
        return False
    query = parse_qs(url.query)
    back = urlsplit(query.get("redirect_uri", [""])[0])
    own = seen.gate.settings.client_id if seen.gate else None
    comes_back = back.netloc.lower() in seen.hosts
    if comes_back and back.path.startswith(f"{seen.prefix}/login/"):
        return True
    return own is not None and query.get("client_id") == [own]


def _leads_to(answer: Answer, seen: Circumstances) -> SplitResult | None:
    """Return where a redirect leads, None where that is no URL."""
    if not answer.location:
        return None
    try:
        return urlsplit(urljoin(seen.url, answer.location))
    except ValueError:
        return None


def _corroborated(answer: Answer, seen: Circumstances) -> str:
    """
    Return why a refusal without a challenge is the platform's, empty where nothing shows it.

    Either the settings say that no challenge comes, and predict this status for this request; or it
    is the 403 after a token that the platform itself demanded in the same run, and the settings,
    where they can be read, predict it. A body of anybody else's shows another speaker.
    """
    wordless = answer.is_empty or answer.body.strip() == WINDOWS_SENTENCE
    if not wordless or answer.challenges:
        return ""
    predicted = seen.predicted
    certain = predicted is not None and predicted.status == answer.status
    if certain and seen.gate is not None and _comes_bare(answer.status, seen.gate):
        return f"{answer.status} without a challenge, as the settings say"
    if not seen.with_token or answer.status != _FORBIDDEN:
        return ""
    demanded = seen.without_token is not None and seen.without_token.origin is Origin.PLATFORM
    if demanded and (predicted is None or predicted.likely == _FORBIDDEN):
        return f"403 without a body; without a token, {PLATFORM} answered"
    return ""


def _comes_bare(status: int, gate: Gate) -> bool:
    if status == _UNAUTHORIZED:
        return gate.challenges is False
    return status == gate.settings.refusal_status


def _other(answer: Answer, seen: Circumstances) -> Speaker:
    """Return who answered what is neither the platform's nor of somebody named."""
    if answer.status in REFUSALS:
        return Speaker(Origin.UNKNOWN, evidence=_challenge_quoted(answer))
    if answer.is_redirect:
        return _redirected(answer, seen)
    if answer.status == _OK and answer.is_page:
        return _paged(answer, seen)
    if _OK <= answer.status < _MOVED:
        return Speaker(Origin.APP)
    if not _is_registered(answer.status):
        return Speaker(Origin.UNKNOWN, evidence=f"{answer.status} isn't a status of HTTP")
    if seen.forbids:
        return Speaker(
            Origin.UNKNOWN, evidence=f"{answer.status}, where the settings reject the request"
        )
    return Speaker(Origin.APP)


def _challenge_quoted(answer: Answer) -> str:
    header = answer.headers.get("www-authenticate")
    return quoted(f"WWW-Authenticate: {header}") if header else ""


def _redirected(answer: Answer, seen: Circumstances) -> Speaker:
    """Return the app for a redirect on its host after a token, unless it leads to a sign-in."""
    where = f"Location: {answer.location}" if answer.location else ""
    url = _leads_to(answer, seen)
    stays = url is not None and (url.scheme, url.netloc.lower()) == (
        seen.parts.scheme,
        seen.parts.netloc.lower(),
    )
    if seen.with_token and stays and url is not None and where:
        signs_in = search(_SIGN_IN, url.path, IGNORECASE) is not None
        return Speaker(Origin.UNKNOWN if signs_in else Origin.APP, evidence=quoted(where))
    return Speaker(Origin.UNKNOWN, evidence=quoted(where))


def _paged(answer: Answer, seen: Circumstances) -> Speaker:
    """Return the app for a page, unless it asks for a password or answers every path."""
    form = search(_FORM, answer.body, IGNORECASE)
    if form is not None:
        return Speaker(Origin.UNKNOWN, evidence=f"a sign-in form: {quoted(form[0])}")
    other = seen.elsewhere
    if other is None:
        unseen = "a page of HTML; another path couldn't be requested"
        return Speaker(Origin.UNKNOWN, evidence=unseen)
    if other.status == _OK and other.is_page:
        return Speaker(
            Origin.UNKNOWN, evidence="a page of HTML, which a path that doesn't exist gets, too"
        )
    return Speaker(Origin.APP)


def _is_registered(status: int) -> bool:
    """Say whether a status is in IANA's registry; networks make up others (470, 499, 520)."""
    try:
        HTTPStatus(status)
    except ValueError:
        return False
    return status not in _NO_CODES_OF_HTTP
