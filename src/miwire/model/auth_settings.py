"""
An app's authsettingsV2: the document as ARM sent it, and what it says.

PUT replaces the whole document, so everything that miwire does not understand stays in it as read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_AAD = "identityProviders.azureActiveDirectory"
_POLICY = f"{_AAD}.validation.defaultAuthorizationPolicy"

ENABLED = "platform.enabled"
REQUIRE = "globalValidation.requireAuthentication"
ACTION = "globalValidation.unauthenticatedClientAction"
REQUIRE_HTTPS = "httpSettings.requireHttps"
EXCLUDED_PATHS = "globalValidation.excludedPaths"
AAD_ENABLED = f"{_AAD}.enabled"
DISABLE_CHALLENGE = f"{_AAD}.login.disableWWWAuthenticate"
CLIENT_ID = f"{_AAD}.registration.clientId"
ISSUER = f"{_AAD}.registration.openIdIssuer"
AUDIENCES = f"{_AAD}.validation.allowedAudiences"
APPLICATIONS = f"{_POLICY}.allowedApplications"
IDENTITIES = f"{_POLICY}.allowedPrincipals.identities"
GROUPS = f"{_POLICY}.allowedPrincipals.groups"
CHECKED_APPLICATIONS = f"{_AAD}.validation.jwtClaimChecks.allowedClientApplications"
CHECKED_GROUPS = f"{_AAD}.validation.jwtClaimChecks.allowedGroups"

WHO_GETS_IN = (
    ENABLED,
    REQUIRE,
    ACTION,
    EXCLUDED_PATHS,
    APPLICATIONS,
    IDENTITIES,
    GROUPS,
    CHECKED_APPLICATIONS,
    CHECKED_GROUPS,
)
"""The settings that must be exactly as planned after a write, even if others write, too."""

KNOWN = frozenset((*WHO_GETS_IN, AAD_ENABLED, CLIENT_ID, ISSUER, AUDIENCES))
"""The settings whose values miwire understands and writes."""

_DEFAULTS: Mapping[str, Any] = {
    ENABLED: False,
    REQUIRE: True,
    ACTION: "RedirectToLoginPage",
    AAD_ENABLED: True,
    REQUIRE_HTTPS: True,
    DISABLE_CHALLENGE: False,
}
"""What Azure expands an absent setting to, as recorded from real PUTs (2025)."""
_FLAGS = {"true": True, "false": False}
"""Text that Azure takes for a boolean: a PUT of "true" was recorded to store true (2025)."""

_SECRET_MEMBERS = ("Secret", "Thumbprint", "CertificateSubject", "clientCredential")


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting before and after; None: absent."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """The `properties` of config/authsettingsV2."""

    properties: Mapping[str, Any] = field(default_factory=dict)

    def at(self, path: str) -> Any:  # noqa: ANN401  a JSON value is anything
        """Return the value at a dotted path; None where it, or a part of the way, is absent."""
        value: Any = self.properties
        for member in path.split("."):
            value = value.get(member) if isinstance(value, Mapping) else None
        return value

    def listed(self, path: str) -> tuple[str, ...]:
        """Return the strings of a list; () where it is absent or empty."""
        value = self.at(path)
        return tuple(str(each) for each in value) if isinstance(value, list) else ()

    def effective(self, path: str) -> Any:  # noqa: ANN401
        """
        Return the value at a path as Azure takes it: absent is the default, "true" is true.

        A boolean that can't be read (see `unreadable`) is taken for the default.
        """
        value, default = self.at(path), _DEFAULTS.get(path)
        if not isinstance(default, bool):
            return default if value is None else value
        return value if isinstance(value, bool) else _FLAGS.get(str(value).lower(), default)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The settings that must be booleans and hold something else; what they do is unknown."""
        booleans = (path for path, default in _DEFAULTS.items() if isinstance(default, bool))
        return tuple(path for path in booleans if not _is_flag(self.at(path)))

    def with_value(self, path: str, value: Any) -> AuthSettings:  # noqa: ANN401
        """Return these settings with one value set, the rest untouched."""
        return AuthSettings(_having(self.properties, path.split("."), value))

    def without(self, path: str) -> AuthSettings:
        """Return these settings with one member taken out; an empty list is as good as none."""
        if self.at(path) in (None, []):
            return self
        parent, _, member = path.rpartition(".")
        kept = {key: value for key, value in self.at(parent).items() if key != member}
        return self.with_value(parent, kept)

    def with_added(self, path: str, *entries: str) -> AuthSettings:
        """Return these settings with the missing *entries* appended to the list at *path*."""
        present = self.listed(path)
        known = {each.casefold() for each in present}
        missing = {each.casefold(): each for each in entries if each.casefold() not in known}
        added = list(missing.values())
        return self.with_value(path, [*present, *added]) if added else self

    def reverted(self, differences: Iterable[Difference]) -> AuthSettings:
        """
        Return these settings with *differences* undone, and everything else as it is now.

        Of a list, what was added goes and what was taken comes back; others' entries stay, and so
        does any other value that is not the one that was written.
        """
        settings = self
        for each in differences:
            now = settings.at(each.path)
            were_lists = isinstance(each.before, list | None) and isinstance(
                each.after, list | None
            )
            if isinstance(now, list) and were_lists:
                left = _list_taken_back(now, each.before or [], each.after or [])
                if not left and each.path != EXCLUDED_PATHS:
                    # Some runtimes treat an empty allow-list as "everybody".
                    left = each.before or []
                value = left if left or each.before is not None or not now else None
            elif now == each.after or (now is None and each.after == []):
                value = each.before
            else:
                continue
            # Azure writes its defaults into what is absent, so that they would only come back.
            if value is not None or now != _DEFAULTS.get(each.path):
                settings = settings._replaced(each.path, value)
        return settings

    def _replaced(self, path: str, value: Any) -> AuthSettings:  # noqa: ANN401
        """Return these settings with one value set, or its member gone where that is None."""
        if value is not None:
            return self.with_value(path, value)
        parent, _, member = path.rpartition(".")
        members = self.at(parent) if parent else self.properties
        if not isinstance(members, Mapping) or member not in members:
            return self
        kept = {key: each for key, each in members.items() if key != member}
        return self.with_value(parent, kept) if parent else AuthSettings(kept)

    @property
    def enabled(self) -> bool:
        """Whether the gate is on."""
        return self.effective(ENABLED) is True

    @property
    def removes_challenge(self) -> bool:
        """Whether a 401 carries no WWW-Authenticate."""
        return self.effective(DISABLE_CHALLENGE) is True

    @property
    def client_id(self) -> str | None:
        """The registration that the Microsoft provider uses."""
        value = self.at(CLIENT_ID)
        return value if isinstance(value, str) and value else None

    @property
    def lets_anonymous_in(self) -> bool:
        """Whether a request without a token reaches the app."""
        return (
            not self.enabled
            or self.effective(REQUIRE) is False
            or self.effective(ACTION) == "AllowAnonymous"
        )

    @property
    def refusal_status(self) -> int:
        """The status that a caller without a token should get from the gate."""
        return {"Return403": 403, "Return404": 404}.get(str(self.effective(ACTION)), 401)

    @property
    def audiences(self) -> tuple[str, ...]:
        """Every accepted `aud`: the client id is always one of them."""
        implied = (self.client_id,) if self.client_id else ()
        return tuple(dict.fromkeys((*implied, *self.listed(AUDIENCES))))

    @property
    def clients(self) -> tuple[str, ...]:
        """Every client id that a list of clients holds."""
        return (*self.listed(APPLICATIONS), *self.listed(CHECKED_APPLICATIONS))

    @property
    def other_clients(self) -> tuple[str, ...]:
        """Every client id that a list of clients holds, but for the registration's own."""
        own = (self.client_id or "").casefold()
        return tuple(dict.fromkeys(each for each in self.clients if each.casefold() != own))

    @property
    def sign_in_providers(self) -> tuple[str, ...]:
        """Providers that sign people in: they have a client id, and a secret or certificate."""
        if not self.enabled:
            return ()
        providers = self.at("identityProviders")
        found = dict(providers) if isinstance(providers, Mapping) else {}
        custom = found.pop("customOpenIdConnectProviders", None)
        found |= custom if isinstance(custom, Mapping) else {}
        return tuple(name for name, provider in found.items() if _signs_in(provider))

    @property
    def is_open(self) -> bool:
        """Whether all paths accept anonymous requests."""
        return self.lets_anonymous_in or "/*" in self.listed(EXCLUDED_PATHS)

    def differences(self, after: AuthSettings) -> tuple[Difference, ...]:
        """Return what separates these settings from *after*, setting by setting."""
        return tuple(_differences("", self.properties, after.properties))


def _list_taken_back(now: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """Return a list without what was added and with what was taken, in the order of before."""
    stayed = _lacking(now, _lacking(after, before))
    taken = _lacking(_lacking(before, after), now)
    places = {str(each).casefold(): place for place, each in enumerate(before)}
    return sorted([*stayed, *taken], key=lambda each: places.get(str(each).casefold(), len(places)))


def _lacking(entries: list[Any], others: list[Any]) -> list[Any]:
    """Return the entries that are not among others: ids are the same in any case."""
    known = {str(each).casefold() for each in others}
    return [each for each in entries if str(each).casefold() not in known]


def _having(node: Any, path: list[str], value: Any) -> dict[str, Any]:  # noqa: ANN401
    members = dict(node) if isinstance(node, Mapping) else {}
    first, *rest = path
    members[first] = _having(members.get(first), rest, value) if rest else value
    return members


def _is_flag(value: Any) -> bool:  # noqa: ANN401
    return value is None or isinstance(value, bool) or str(value).lower() in _FLAGS


def _signs_in(provider: Any) -> bool:  # noqa: ANN401
    if not isinstance(provider, Mapping) or str(provider.get("enabled")).lower() == "false":
        return False
    registration = provider.get("registration")
    if not isinstance(registration, Mapping):
        return False
    named = any(registration.get(name) for name in ("clientId", "appId", "consumerKey"))
    proven = any(
        value and any(word in member for word in _SECRET_MEMBERS)
        for member, value in registration.items()
    )
    return named and proven


def _differences(path: str, before: Any, after: Any) -> list[Difference]:  # noqa: ANN401
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            difference
            for member in dict.fromkeys((*before, *after))
            for difference in _differences(
                f"{path}.{member}" if path else member, before.get(member), after.get(member)
            )
        ]
    if isinstance(after, Mapping) and before is None and after:
        return _differences(path, {}, after)
    if isinstance(before, Mapping) and after is None and before:
        return _differences(path, before, {})
    return [] if before == after else [Difference(path, before, after)]
