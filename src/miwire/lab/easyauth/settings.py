"""What a gate reads from a site's authsettingsV2 and app settings before it judges a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AAD = "WEBSITE_AUTH_AAD"


@dataclass(frozen=True, slots=True)
class Registration:
    """The Entra ID provider of a gate: whose tokens it takes, and whom it allows."""

    client_id: str
    issuer: str
    audiences: tuple[str, ...]
    applications: tuple[str, ...] | None
    """allowedApplications; None where the list is absent, which is not the same as empty."""
    identities: tuple[str, ...]
    groups: tuple[str, ...]
    claim_applications: tuple[str, ...]
    claim_groups: tuple[str, ...]
    challenges: bool
    """Whether a 401 carries WWW-Authenticate."""

    @property
    def tenant_id(self) -> str | None:
        """The tenant that the issuer names; None for /common and its like."""
        found = _GUID.search(self.issuer)
        return found[0].lower() if found else None


@dataclass(frozen=True, slots=True)
class GateSettings:
    """The settings that decide about a request, defaults filled in."""

    enabled: bool
    anonymous_allowed: bool
    action: str
    excluded_paths: tuple[str, ...]
    warmup_path: str
    """The app setting WEBSITE_WARMUP_PATH, empty where it isn't set."""
    provider: str
    api_prefix: str
    requires_https: bool
    runtime_version: str
    registration: Registration | None
    allowed_tenants: tuple[str, ...]
    requires_service_principal: bool
    maps_claims: bool
    maps_roles: bool

    @classmethod
    def of(cls, site: Site) -> GateSettings:
        """Read the current settings of *site*; what has another type than Azure's is absent."""
        from_file = site.is_auth_from_file and site.auth_file is not None
        settings = (site.auth_file or {}) if from_file else site.auth_settings
        app = site.app_settings
        validation = _inner(settings, "globalValidation")
        action = _text(validation, "unauthenticatedClientAction") or "RedirectToLoginPage"
        prefix = _text(_inner(settings, "httpSettings", "routes"), "apiPrefix")
        requires = _flag(validation, "requireAuthentication", default=True)
        return cls(
            enabled=_flag(_inner(settings, "platform"), "enabled", default=False),
            anonymous_allowed=not requires or action == "AllowAnonymous",
            action=action,
            excluded_paths=_texts(validation, "excludedPaths") or (),
            warmup_path=app.get("WEBSITE_WARMUP_PATH", ""),
            provider=_text(validation, "redirectToProvider") or "azureActiveDirectory",
            api_prefix=prefix.rstrip("/") or "/.auth",
            requires_https=_flag(_inner(settings, "httpSettings"), "requireHttps", default=True),
            runtime_version=_text(_inner(settings, "platform"), "runtimeVersion") or "~1",
            registration=_registration(
                settings, challenges=not _on(app, "WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE")
            ),
            allowed_tenants=tuple(
                app.get(f"{_AAD}_ALLOWED_TENANTS", "").lower().replace(",", " ").split()
            ),
            requires_service_principal=_on(
                app, "WEBSITE_AUTH_AAD_REQUIRE_CLIENT_SERVICE_PRINCIPAL"
            ),
            maps_claims=not _flag(settings, "clearInboundClaimsMapping", default=False),
            maps_roles=app.get("WEBSITE_AUTH_USE_LEGACY_CLAIMS", "").lower() == "false",
        )


def _registration(settings: Document, *, challenges: bool) -> Registration | None:
    """Return the provider that *settings* name; the app's own *challenges* may rule them out."""
    provider = _inner(settings, "identityProviders", "azureActiveDirectory")
    registration = _inner(provider, "registration")
    client_id = _text(registration, "clientId")
    if not client_id or not _flag(provider, "enabled", default=True):
        return None
    validation = _inner(provider, "validation")
    policy = _inner(validation, "defaultAuthorizationPolicy")
    principals = _inner(policy, "allowedPrincipals")
    claim_checks = _inner(validation, "jwtClaimChecks")
    return Registration(
        client_id=client_id,
        issuer=_text(registration, "openIdIssuer"),
        audiences=(client_id, *(_texts(validation, "allowedAudiences") or ())),
        applications=_texts(policy, "allowedApplications"),
        identities=_texts(principals, "identities") or (),
        groups=_texts(principals, "groups") or (),
        claim_applications=_texts(claim_checks, "allowedClientApplications") or (),
        claim_groups=_texts(claim_checks, "allowedGroups") or (),
        challenges=challenges
        and not _flag(_inner(provider, "login"), "disableWWWAuthenticate", default=False),
    )


def _inner(document: Document, *names: str) -> Document:
    for name in names:
        inner = document.get(name)
        document = inner if isinstance(inner, dict) else {}
    return document


def _text(document: Document, name: str) -> str:
    """Return a text that can be encoded: half of a surrogate pair becomes a question mark."""
    value = document.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _texts(document: Document, name: str) -> tuple[str, ...] | None:
    value = document.get(name)
    return tuple(str(each) for each in value) if isinstance(value, list) else None


def _flag(document: Document, name: str, *, default: bool) -> bool:
    """Return a boolean that ARM may also keep as a string."""
    match document.get(name):
        case bool(value):
            return value
        case str(value):
            return value.lower() == "true"
        case _:
            return default


def _on(app_settings: dict[str, str], name: str) -> bool:
    return app_settings.get(name, "").lower() in {"true", "1"}
