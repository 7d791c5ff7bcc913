"""
The scenes of the lab by name: the one list, without imports, for the command line and its help.

`registry.py` has the function that builds each.
"""

from __future__ import annotations

from typing import NamedTuple


class Scene(NamedTuple):
    """A starting point of the lab."""

    name: str
    kind: str
    """`whole`, or `broken`: the scene `wired` with one thing broken."""
    summary: str


DEFAULT = "story"
SCENES = (
    Scene(
        "story",
        "whole",
        "Default: core calls integration, which accepts anonymous requests; stranger has an"
        " identity.",
    ),
    Scene("empty", "whole", "A subscription without apps."),
    Scene("functions", "whole", "The story with integration as a function app."),
    Scene("windows", "whole", "The story with apps on Windows."),
    Scene("slots", "whole", "The story with the slot staging on integration."),
    Scene(
        "user-assigned",
        "whole",
        "The story with two user-assigned identities on core and on integration.",
    ),
    Scene(
        "reader",
        "whole",
        "The story with stranger's identity as a Reader in ARM, without permissions in Graph.",
    ),
    Scene(
        "contributor",
        "whole",
        "The story with stranger's identity as a Website Contributor in ARM, without permissions in"
        " Graph.",
    ),
    Scene(
        "twins",
        "whole",
        "The story with a second app called integration, in the resource group rg-twin.",
    ),
    Scene(
        "two-tenants",
        "whole",
        "The story with the app foreign in a subscription of another tenant.",
    ),
    Scene(
        "classic",
        "whole",
        "The story with version 1 authentication settings on integration.",
    ),
    Scene(
        "signing-in",
        "whole",
        "The story with users who sign in to integration with Google, and an excluded path.",
    ),
    Scene(
        "signing-in-microsoft",
        "whole",
        "The story with users who sign in with Microsoft, and two callers that no list names.",
    ),
    Scene(
        "wired",
        "whole",
        "The story with core connected to integration, and the scope in core's app settings.",
    ),
    Scene(
        "client-not-allowed",
        "broken",
        "Only the API's own client id is allowed, as the portal sets it: core gets 403.",
    ),
    Scene("empty-allow-list", "broken", "allowedApplications is an empty list: core gets 403."),
    Scene(
        "identity-not-allowed",
        "broken",
        "Another object id than core's is in allowedPrincipals: core gets 403.",
    ),
    Scene(
        "groups-checked",
        "broken",
        "A group is in allowedPrincipals; app-only tokens carry no groups: core gets 403.",
    ),
    Scene(
        "ids-swapped",
        "broken",
        "core's client id and object id are swapped in the two lists: core gets 403.",
    ),
    Scene(
        "audience-not-allowed",
        "broken",
        "Tokens are v1, with the audience api://…; only the client id is allowed: core gets 401.",
    ),
    Scene(
        "bare-audience-missing",
        "broken",
        "Users sign in through another registration, and only api://… is allowed: core gets 401.",
    ),
    Scene(
        "trailing-slash",
        "broken",
        "core requests api://…/ with a slash, which v1 tokens repeat: core gets 401.",
    ),
    Scene("wrong-issuer", "broken", "The issuer is another tenant's: core gets 401."),
    Scene(
        "no-identifier-uri",
        "broken",
        "The API has no identifier URI: core gets no token for api://… (500).",
    ),
    Scene(
        "no-service-principal",
        "broken",
        "The API has no service principal: core gets no token (500).",
    ),
    Scene(
        "no-assignment",
        "broken",
        "core lacks the app role that the API requires: core gets no token (500).",
    ),
    Scene(
        "target-principal-disabled",
        "broken",
        "The API's service principal is disabled: core gets no token (500; AADSTS500014 behind"
        " it).",
    ),
    Scene(
        "caller-principal-disabled",
        "broken",
        "The service principal of core's identity is disabled: core gets no token at all (500;"
        " AADSTS7000112 behind it).",
    ),
    Scene(
        "only-user-assigned",
        "broken",
        "core has only a user-assigned identity, which its code doesn't select: no token (400).",
    ),
    Scene(
        "client-id-setting",
        "broken",
        "AZURE_CLIENT_ID of core is the API's client id: core gets no token (400).",
    ),
    Scene(
        "msi-disabled",
        "broken",
        "WEBSITE_DISABLE_MSI turns core's identity endpoint off: core gets no token.",
    ),
    Scene(
        "role-not-in-token",
        "broken",
        "core's cached token is from before it got the app role, for up to a day.",
    ),
    Scene(
        "role-still-in-token",
        "broken",
        "core's cached token still has the app role that was removed, for up to a day.",
    ),
    Scene(
        "role-not-required",
        "broken",
        "No assignment is required and core has none; authentication doesn't check app roles.",
    ),
    Scene(
        "any-in-tenant",
        "broken",
        "There is no allow-list and no assignment is required: the whole tenant can call.",
    ),
    Scene(
        "anonymous-allowed",
        "broken",
        "Requests without a valid token reach the app.",
    ),
    Scene(
        "excluded-path",
        "broken",
        "/items, which has all the data, is excluded from authentication.",
    ),
    Scene(
        "warmup-path",
        "broken",
        "The app setting WEBSITE_WARMUP_PATH of integration is /: that path needs no token.",
    ),
    Scene("gate-off", "broken", "Authentication is off, with all of its settings in place."),
    Scene("redirects", "broken", "Requests without a token are redirected to a sign-in page."),
    Scene(
        "config-file",
        "broken",
        "The settings come from a file in the app that allows anonymous requests, whatever ARM"
        " shows.",
    ),
    Scene(
        "quoted-path",
        "broken",
        "The excluded path includes a shell's quotes, so that no path is excluded.",
    ),
    Scene(
        "identity-vanished",
        "broken",
        "core's system-assigned identity was replaced by a user-assigned one, as by a template.",
    ),
    Scene(
        "stale-ids",
        "broken",
        "core's identity was recreated; the lists still have the ids of the old one.",
    ),
    Scene(
        "slot-forgotten",
        "broken",
        "core has the slot staging, with an identity that is not allowed.",
    ),
    Scene(
        "may-not-assign",
        "broken",
        "core lacks the app role, and the operator lacks the permission to assign it.",
    ),
    Scene(
        "operator-reads",
        "broken",
        "The operator is a Reader, who can't read secrets or change anything.",
    ),
    Scene("stopped", "broken", "integration is stopped: App Service answers 403."),
    Scene(
        "private",
        "broken",
        "Public network access to integration is disabled: App Service answers 403.",
    ),
    Scene(
        "restricted",
        "broken",
        "An access restriction of integration rejects core's address: App Service answers 403.",
    ),
    Scene(
        "firewall",
        "broken",
        "A web application firewall in front of integration rejects every request: 403.",
    ),
    Scene(
        "issuer-unchecked",
        "broken",
        "The issuer is /common: neither issuer nor tenant of a token is checked.",
    ),
    Scene(
        "issuer-transposed",
        "broken",
        "The issuer has /v2.0 before the tenant, as in an old example of the documentation: core"
        " gets 500.",
    ),
    Scene(
        "no-challenge",
        "broken",
        "An app setting removes WWW-Authenticate from the 401 of a request without a token.",
    ),
)
NAMES = tuple(each.name for each in SCENES)
