"""An app setting that holds the scope of a target: its name, and of its value only a scope."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from miwire.errors import BadRequest
from miwire.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,254}")
_ON_LINUX = re.compile(r"[A-Za-z0-9_.]+")
_SCOPE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://[^\s\x00-\x20\x7f-\x9f]{1,2000}"
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/\.default"
)
_NAME_HINT = "Use letters, digits and underscores, starting with a letter: INTEGRATION_SCOPE."
_OWN_PREFIXES = {
    "App Service": (
        *("WEBSITE_", "WEBSITES_", "APPSETTING_", "SCM_", "DOCKER_", "MICROSOFT_PROVIDER_"),
        *("SQLCONNSTR_", "MYSQLCONNSTR_", "SQLAZURECONNSTR_", "POSTGRESQLCONNSTR_"),
        "CUSTOMCONNSTR_",
    ),
    "the managed identity endpoint": ("IDENTITY_", "MSI_", "IMDS_"),
    "Azure Functions": ("FUNCTIONS_", "AZUREFUNCTIONS", "AZUREWEBJOBS"),
    "the operating system or the runtime": (
        *("LD_", "PYTHON", "JAVA", "_JAVA", "JDK_", "CORECLR_", "COMPLUS_", "DOTNET_"),
        *("ASPNETCORE_", "NODE_", "PERL5", "RUBY", "GIT_"),
    ),
    "Application Insights": ("APPINSIGHTS_", "APPLICATIONINSIGHTS_"),
}
_OWN_NAMES = {
    "azure-identity": (
        *("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST"),
        *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        *("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_USERNAME", "AZURE_PASSWORD"),
        *("AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS", "AZURE_CONFIG_DIR"),
        *("AZURE_REGIONAL_AUTHORITY_NAME", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        *("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH"),
    ),
    "the operating system or the runtime": (
        *("PATH", "HOME", "HOSTNAME", "PORT", "PWD", "SHELL", "USER", "TEMP", "TMP", "TMPDIR"),
        *("LANG", "COMSPEC", "PATHEXT", "SYSTEMROOT", "WINDIR", "USERPROFILE", "APPDATA"),
        *("BASH_ENV", "ENV", "IFS", "REGION_NAME"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    ),
}
SLOT_SETTINGS = "appSettingNames"
"""The member of config/slotConfigNames that lists the app settings that stay with a slot."""


def checked_name(text: str) -> str:
    """
    Return the name of an app setting that may hold a scope.

    Raises BadRequest for a name that Azure refuses on every app, and for one that App Service, the
    Azure SDKs or the runtime read themselves. Source: App Service's reference of environment
    variables and app settings, and azure-identity's constants.
    """
    if _NAME.fullmatch(text) is None:
        raise BadRequest(f"{text!r} isn't a valid app setting name.", hint=_NAME_HINT)
    owner = _owner(text.upper())
    if owner is not None:
        raise BadRequest(
            f"{text} can't contain the scope: {owner} uses this name.",
            hint="Use a name that only your code reads, such as INTEGRATION_SCOPE.",
        )
    return text


def _owner(name: str) -> str | None:
    for owner, begins in _OWN_PREFIXES.items():
        if name.startswith(begins):
            return owner
    return next((owner for owner, names in _OWN_NAMES.items() if name in names), None)


def refuse_on_linux(name: str) -> None:
    """Raise BadRequest for a name that Azure refuses for an app on Linux (error 04072)."""
    if _ON_LINUX.fullmatch(name) is None:
        raise BadRequest(
            f"{name!r} isn't a valid app setting name on Linux.",
            hint=f"Use {re.sub(r'[^A-Za-z0-9_]', '_', name.replace(':', '__'))}"
            " (.NET reads a double underscore as a colon).",
        )


def is_scope(value: object) -> bool:
    """
    Say whether a value is a scope that can be shown and replaced: a URI or an id and /.default.

    A reference to Key Vault or App Configuration, a value with white space and one that holds a
    password or a token aren't.
    """
    return isinstance(value, str) and bool(_SCOPE.fullmatch(value)) and redacted(value) == value


@dataclass(frozen=True, slots=True)
class AppSetting:
    """What is known of one app setting. Its value is kept only if it is a scope."""

    name: str
    value: str | None = None
    """The scope that it holds; None: the setting doesn't exist, or holds something else."""
    holds_other: bool = False
    """Whether it holds something else, which may be a secret."""
    twin: str | None = None
    """The name of another setting that differs from *name* in case alone."""
    is_slot_setting: bool | None = None
    """Whether it stays with its slot when slots are swapped; None: the app has no slots."""
    digest: str = field(default="", repr=False)
    """Of all app settings, in memory only: two reads with one digest saw the same settings."""

    @classmethod
    def among(
        cls, name: str, settings: Mapping[str, Any], *, is_slot_setting: bool | None = None
    ) -> Self:
        """Return what app *settings* (values of ARM's config/appsettings) tell of *name*."""
        found = settings.get(name)
        same = (each for each in settings if each != name and each.casefold() == name.casefold())
        return cls(
            name,
            value=found if is_scope(found) else None,
            holds_other=name in settings and not is_scope(found),
            twin=next(same, None),
            is_slot_setting=is_slot_setting,
            digest=digest(settings),
        )


def digest(settings: Mapping[str, Any]) -> str:
    """Return what is the same for equal app settings only, whatever their order."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def slot_names_of(names: Mapping[str, Any], name: str) -> list[str]:
    """
    Return how an app setting is spelled in `properties` of config/slotConfigNames.

    Azure compares names without case.
    """
    found = names.get(SLOT_SETTINGS) or ()
    return [each for each in found if str(each).casefold() == name.casefold()]
