"""
Ask a running lab: the control routes, with the key that its own file holds.

Only the standard library is imported: the command line pays for this module on every start.
"""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from miwire.lab.process.environment import KEY, KEY_HEADER, OPERATORS, unproxied, without_logins
from miwire.lab.process.state_dir import CA, LAB, FolderRefused, LabError, StateFolder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


_BASE = re.compile(r"https://[A-Za-z0-9.-]+:\d{1,5}", re.ASCII)
_SERVICES = {
    "arm": _BASE,
    "graph": _BASE,
    "entra": _BASE,
    "identityEndpoint": re.compile(r"http://[A-Za-z0-9.-]+:\d{1,5}/msi/token", re.ASCII),
}
_ANY = re.compile(r"[^\0]*")
"""What a variable can hold; a shell gets it in quotes."""


class LabNotRunning(LabError):
    """No lab runs in the folder."""


class LabDidNotStart(LabError):
    """A lab ended before it answered, or did not answer in time."""


class UnknownScene(LabError):
    """There is no scene of this name."""


class UnknownSite(LabError):
    """The lab has no app of this name, or several."""


class RequestRefused(LabError):
    """The lab cannot do what a control request asked for."""


class GateRefused(LabError):
    """A gate cannot be put before this program."""


@dataclass(frozen=True, slots=True)
class LabInfo:
    """A lab that answers."""

    state_dir: Path
    pid: int
    services: Mapping[str, str]
    """Base URLs: arm, graph, entra; and the identityEndpoint in full."""
    environment: Mapping[str, str] = field(repr=False)
    """What its operator exports; there are secrets in it."""

    @classmethod
    def of(cls, state_dir: Path, found: Mapping[str, Any]) -> LabInfo:
        """
        Read what a lab wrote about itself; raises FolderRefused for what no lab would write.

        Its addresses get the key, and its variables reach shells.
        """
        try:
            services, variables = found["services"], found["environment"]
            urls = {name: _checked(services[name], pattern) for name, pattern in _SERVICES.items()}
            exported = {name: _checked(variables[name], _ANY) for name in OPERATORS}
        except (KeyError, TypeError, ValueError):
            raise FolderRefused(
                f"{state_dir / LAB} was not written by a lab of this version."
            ) from None
        return cls(state_dir, found["pid"], urls, exported)

    @property
    def tenant_id(self) -> str:
        """The tenant of this Azure."""
        return self.environment["AZURE_TENANT_ID"]


def _checked(value: Any, pattern: re.Pattern[str]) -> str:  # noqa: ANN401 - JSON is any value
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValueError
    return value


def status(info: LabInfo) -> dict[str, Any]:
    """Return the lab's services, and its apps with names and URLs; raises LabNotRunning."""
    return {"services": dict(info.services), **asked(info, "GET", "status")}


def reset(info: LabInfo, scene: str | None = None) -> str:
    """Put the lab back to the start of its scene, or of another, and say which; UnknownScene."""
    body = {"scene": scene} if scene else {}
    now = str(asked(info, "POST", "reset", body, {400: UnknownScene})["scene"])
    StateFolder(info.state_dir).forget_runs()
    return now


def operator_environment(info: LabInfo) -> dict[str, str]:
    """Return what a shell exports so that any client of Azure uses the lab with all rights."""
    return dict(info.environment)


def site_environment(
    info: LabInfo, site: str, base_environment: Mapping[str, str]
) -> dict[str, str]:
    """
    Return the environment of a program that runs as if inside the app *site*.

    It is *base_environment* without anybody's logins, and what App Service adds now. *site* is a
    name, GROUP/NAME or a resource id. Raises UnknownSite or LabNotRunning.
    """
    path = f"environment?site={_quoted(site)}"
    answer = asked(info, "GET", path, refusals={404: UnknownSite})
    inside: dict[str, str] = answer["environment"]
    return without_logins(base_environment) | inside | unproxied(base_environment)


def gate(info: LabInfo, site: str, upstream: str | None) -> dict[str, Any]:
    """
    Put the gate of the app *site* before the program at *upstream*; None takes it away again.

    Returns `site`, the gate's `url` and the `upstream`. Raises UnknownSite, or GateRefused for a
    URL that is not on loopback, is no program's or is the lab's own.
    """
    refusals: Mapping[int, type[LabError]] = {400: GateRefused, 404: UnknownSite}
    return asked(info, "POST", "gate", {"site": site, "upstream": upstream}, refusals)


def minted(info: LabInfo, site: str, claims: Mapping[str, Any]) -> str:
    """
    Return a genuinely signed token of the app *site* that Entra ID need not have issued.

    *claims*, with `aud` among them, stand as they are; the others are those of the app's
    identity. Raises UnknownSite, or RequestRefused for an app without an identity.
    """
    body = {"site": site, "claims": dict(claims)}
    refusals: Mapping[int, type[LabError]] = {400: RequestRefused, 404: UnknownSite}
    return str(asked(info, "POST", "tokens", body, refusals)["access_token"])


def faults(info: LabInfo, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    Return the faults that the lab injects, after it replaced them by *document* if that is given.

    With them come their `seed`, how often each rule `struck` and what is `hanging`. Raises
    RequestRefused for a document that the lab cannot read.
    """
    if document is None:
        return asked(info, "GET", "faults")
    return asked(info, "POST", "faults", dict(document), {400: RequestRefused})


def advanced(info: LabInfo, seconds: float) -> str:
    """Move the lab's clock and return its time (ISO 8601, UTC); RequestRefused."""
    return str(asked(info, "POST", "clock", {"advance": seconds}, {400: RequestRefused})["now"])


def site(info: LabInfo, name: str) -> dict[str, Any]:
    """Return what `status` lists of one app: NAME, GROUP/NAME or a resource id; UnknownSite."""
    return asked(info, "GET", f"site?name={_quoted(name)}", refusals={404: UnknownSite})


def _quoted(text: str) -> str:
    return quote(text.encode(errors="surrogateescape"), safe="")


def asked(
    info: LabInfo,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    refusals: Mapping[int, type[LabError]] = MappingProxyType({}),
) -> dict[str, Any]:
    """
    Return what the control route at *path* answers, such as `status`.

    Raises what *refusals* has for a status, LabError for any other refusal, or LabNotRunning.
    """
    request = Request(
        # By address, for which the certificate holds too: only a proxy may know the host.
        f"https://127.0.0.1:{urlsplit(info.services['arm']).port}/_lab/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={KEY_HEADER: info.environment[KEY]},
        method=method,
    )
    try:
        context = ssl.create_default_context(cafile=str(info.state_dir / CA))
        opener = build_opener(HTTPSHandler(context=context), ProxyHandler({}))
        with opener.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except HTTPError as error:
        with error:
            sentence = json.load(error)["error"]["message"]
        raise refusals.get(error.code, LabError)(sentence) from None
    except OSError as error:
        raise LabNotRunning(f"The lab in {info.state_dir} does not answer.") from error
