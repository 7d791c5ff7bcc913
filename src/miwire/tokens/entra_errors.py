"""
Every error code of Entra ID (AADSTS) that miwire explains: what it means and what to do.

The facts: FACTS 3.5, Microsoft's reference of authentication error codes, and for those that it
lacks (501051, 500571, 530002, 70021, 70021x, 700024, 900023, 9002326) the message itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from miwire.remedy import Remedy

PAGE = "https://login.microsoftonline.com/error"
"""Where Microsoft explains a code that is typed there, or given as ?code=."""


class Concern(StrEnum):
    """What has to change for a token to be issued."""

    TARGET = "target"
    """The API, or what the caller may do there."""
    CLIENT = "client"
    """The client's registration, its credential or its request."""
    USER = "user"
    """The person who signs in, or a policy about people."""
    SIGN_IN = "sign-in"
    """The sign-in page of an app; calls with a token don't use it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, in half a sentence, and what to do about it."""

    concern: Concern
    meaning: str
    fix: str
    remedy: Remedy | None = None
    """What cures it where a command of miwire or az does; the command line spells it."""


_NEW_SIGN_IN = "Sign in again: az logout, then az login"
_MORE_FACTORS = (
    "Run the line with az login --claims-challenge that azure-identity and az print; where there "
    "is none: az logout, then az login"
)
_ONE_SCOPE = "Request exactly one scope of the form api://<client ID>/.default."
_FEDERATED = (
    "Compare issuer, subject and audience with those of the federated identity credential; "
    "they are compared exactly, also in case."
)
EXPLANATIONS = {
    16000: Explanation(
        Concern.USER,
        "the account isn't a member of this tenant, or several accounts fit",
        "Sign in with an account of the tenant: az logout, then az login --tenant TENANT_ID",
    ),
    50001: Explanation(
        Concern.TARGET,
        "the target is disabled or doesn't exist in this tenant",
        "Check the audience and the tenant of the request.",
    ),
    50011: Explanation(
        Concern.SIGN_IN,
        "the redirect URI of the sign-in isn't registered",
        (
            "Add the redirect URI of the message to the registration: for App Service, "
            "https://<host name>/.auth/login/aad/callback. Callers with a token don't need one."
        ),
    ),
    50013: Explanation(
        Concern.CLIENT,
        "the assertion isn't valid: wrong issuer, expired or malformed",
        "Send the access token that was issued for this client, unchanged and before it expires.",
    ),
    50020: Explanation(
        Concern.USER,
        "the account doesn't exist in this tenant",
        "Sign in with an account of the tenant, or have this one invited as a guest.",
    ),
    50034: Explanation(
        Concern.USER, "there is no such user in this tenant", "Check the user name and the tenant."
    ),
    50053: Explanation(
        Concern.USER,
        "the account is locked after too many sign-ins, or the IP address is blocked",
        "Wait and sign in again; the sign-in logs name which of the two it is.",
    ),
    50055: Explanation(
        Concern.USER,
        "the password expired",
        "Sign in once in a browser and change the password, then run az login.",
    ),
    50057: Explanation(
        Concern.USER, "the user account is disabled", "Ask an administrator to enable the account."
    ),
    50058: Explanation(
        Concern.USER, "nobody is signed in, so a silent sign-in fails", _NEW_SIGN_IN
    ),
    50059: Explanation(
        Concern.CLIENT,
        "the request names no tenant",
        "Request the token from https://login.microsoftonline.com/<tenant ID>.",
    ),
    50074: Explanation(
        Concern.USER, "multifactor authentication is required and wasn't completed", _MORE_FACTORS
    ),
    50076: Explanation(Concern.USER, "multifactor authentication is required", _MORE_FACTORS),
    50079: Explanation(
        Concern.USER,
        "the user must register for multifactor authentication",
        "Sign in once in a browser and register, then run az login.",
    ),
    50105: Explanation(
        Concern.TARGET,
        "the target requires assignment, and this user isn't assigned to it",
        "Assign the user or one of the user's groups to the enterprise application.",
    ),
    50126: Explanation(
        Concern.USER, "the user name or the password is wrong", "Sign in interactively: az login"
    ),
    50128: Explanation(
        Concern.CLIENT,
        "the request names no tenant that Entra ID can tell",
        "Request the token from https://login.microsoftonline.com/<tenant ID>.",
    ),
    50132: Explanation(
        Concern.USER,
        "the session was revoked, such as after a change of the password",
        _NEW_SIGN_IN,
    ),
    50158: Explanation(
        Concern.USER, "a conditional access policy requires another step", _MORE_FACTORS
    ),
    50173: Explanation(
        Concern.USER, "the sign-in was revoked, such as by a new password", _NEW_SIGN_IN
    ),
    50194: Explanation(
        Concern.CLIENT,
        "a single-tenant registration was used with the endpoint of all tenants",
        "Use the tenant's own endpoint instead of /common: an issuer with the tenant ID.",
    ),
    50196: Explanation(
        Concern.CLIENT,
        "the client asks for the same token in a loop",
        "Cache tokens: keep one credential per process.",
    ),
    53000: Explanation(
        Concern.USER,
        "a conditional access policy requires a compliant device",
        "Sign in from a device that meets the policy, or ask an administrator.",
    ),
    53003: Explanation(
        Concern.USER,
        "a conditional access policy blocked the request",
        "Ask an administrator which policy blocked it: the sign-in logs name it.",
    ),
    54005: Explanation(
        Concern.SIGN_IN,
        "the authorization code was used already",
        "Start the sign-in again; a code can be redeemed once.",
    ),
    65001: Explanation(
        Concern.TARGET,
        "nobody consented that this client requests tokens for the target",
        "Ask an administrator for consent, or use a client that is preauthorized on the target.",
    ),
    65002: Explanation(
        Concern.CLIENT,
        "a client of Microsoft's own may not request tokens for this API",
        "Use a client of your own registration, or a managed identity.",
    ),
    65004: Explanation(
        Concern.USER,
        "the user declined the consent",
        "Sign in again and accept, or ask an administrator for consent.",
    ),
    70008: Explanation(
        Concern.USER,
        "the refresh token expired or was revoked",
        _NEW_SIGN_IN,
    ),
    70011: Explanation(Concern.CLIENT, "the scope isn't valid", _ONE_SCOPE),
    70021: Explanation(
        Concern.CLIENT, "no federated identity credential matches the assertion", _FEDERATED
    ),
    70043: Explanation(
        Concern.USER, "the sign-in is older than a conditional access policy accepts", _NEW_SIGN_IN
    ),
    90002: Explanation(
        Concern.CLIENT, "there is no such tenant", "Check the tenant ID and the cloud."
    ),
    90009: Explanation(
        Concern.TARGET,
        "the client requests a token for itself and names itself by a URI",
        "Request <client ID>/.default, without api:// before it.",
    ),
    90019: Explanation(
        Concern.CLIENT,
        "the request names no tenant",
        "Request the token from https://login.microsoftonline.com/<tenant ID>.",
    ),
    90038: Explanation(
        Concern.CLIENT,
        "the tenant belongs to another cloud",
        "Use that cloud: az cloud set --name NAME, then az login.",
    ),
    90072: Explanation(
        Concern.USER,
        "the external account isn't a guest of this tenant",
        "Sign in with an account of the tenant, or have this one invited as a guest.",
    ),
    90094: Explanation(
        Concern.USER,
        "the permission needs an administrator's consent",
        "Ask an administrator for consent.",
    ),
    500011: Explanation(
        Concern.TARGET,
        "the target has no service principal in this tenant, or no identifier URI of that name",
        "Check the audience; protecting the target creates its service principal.",
        Remedy.PROTECT,
    ),
    500014: Explanation(
        Concern.TARGET,
        "the service principal of the target is disabled",
        "Enable it: enterprise application, Properties, Enabled for users to sign in.",
        Remedy.ENABLE_PRINCIPAL,
    ),
    500121: Explanation(
        Concern.USER,
        "multifactor authentication failed or wasn't answered",
        "Sign in again and complete it: az logout, then az login",
    ),
    500133: Explanation(
        Concern.CLIENT,
        "the assertion isn't valid at this time",
        "Get a new token for the on-behalf-of request; check the system clock.",
    ),
    500571: Explanation(
        Concern.USER,
        "the guest account is disabled in this tenant",
        (
            "Sign in to your own tenant (az login --tenant TENANT_ID), or ask the tenant to "
            "enable the guest."
        ),
    ),
    501051: Explanation(
        Concern.TARGET,
        "the target requires assignment, and this client holds no app role on it",
        "Assign the caller an app role of the target, by allowing it as a caller.",
        Remedy.GRANT,
    ),
    501461: Explanation(
        Concern.TARGET,
        (
            "the registration accepts mapped claims for an audience that isn't its client ID or "
            "a verified domain"
        ),
        "Request the client ID as audience, or give the API a signing key of its own.",
    ),
    530002: Explanation(
        Concern.USER,
        "a conditional access policy requires a compliant device",
        "Sign in from a device that meets the policy, or ask an administrator.",
    ),
    530003: Explanation(
        Concern.USER,
        "a conditional access policy requires a managed device",
        "Sign in from a device that meets the policy, or ask an administrator.",
    ),
    650052: Explanation(
        Concern.TARGET,
        "the tenant hasn't subscribed to or enabled the service that is requested",
        "Check the audience, or have an administrator add the service to the tenant.",
    ),
    650056: Explanation(
        Concern.CLIENT,
        "the client's registration asks for no permission of the target, or nobody consented",
        "Add the permission to the client's registration and grant consent.",
    ),
    650057: Explanation(
        Concern.TARGET,
        "this client isn't allowed to request tokens for the target",
        "Add the permission to the client's registration, or use another client.",
    ),
    700016: Explanation(
        Concern.CLIENT,
        "the client isn't registered in this tenant",
        "Compare the client ID and the tenant ID of the request with the registration.",
    ),
    700022: Explanation(
        Concern.CLIENT,
        "the scope names more than one API",
        _ONE_SCOPE,
    ),
    700024: Explanation(
        Concern.CLIENT,
        "the client assertion isn't valid at this time",
        "Check the system clock; a client assertion is short-lived, so make a new one per request.",
    ),
    700027: Explanation(
        Concern.CLIENT,
        "the signature of the client assertion doesn't match a certificate of the registration",
        (
            "Add the certificate's public key to the registration, or sign with the one that is "
            "there and hasn't expired."
        ),
    ),
    700054: Explanation(
        Concern.SIGN_IN,
        "the registration issues no ID tokens, and the sign-in asks for one",
        (
            "Select ID tokens under Authentication of the registration: az ad app update --id "
            "CLIENT_ID --enable-id-token-issuance true"
        ),
    ),
    700082: Explanation(Concern.USER, "the refresh token expired from inactivity", _NEW_SIGN_IN),
    700084: Explanation(
        Concern.USER, "the refresh token of a single-page app expired", _NEW_SIGN_IN
    ),
    700211: Explanation(
        Concern.CLIENT,
        "no federated identity credential has the issuer of the assertion",
        _FEDERATED,
    ),
    700212: Explanation(
        Concern.CLIENT,
        "no federated identity credential has the audience of the assertion",
        _FEDERATED,
    ),
    700213: Explanation(
        Concern.CLIENT,
        "no federated identity credential has the subject of the assertion",
        _FEDERATED,
    ),
    900023: Explanation(
        Concern.CLIENT,
        "the tenant is named by what is neither an ID nor a domain",
        "Use the tenant ID: az account show --query tenantId -o tsv",
    ),
    900144: Explanation(
        Concern.CLIENT,
        "a required parameter is missing from the request",
        "Compare the request with the documentation of the token endpoint; scope is often missing.",
    ),
    900561: Explanation(
        Concern.CLIENT,
        "the endpoint wants another HTTP method",
        "Request tokens by POST; a GET of the token endpoint is answered so.",
    ),
    1002012: Explanation(
        Concern.CLIENT,
        "the scope of a client credentials request doesn't end in /.default",
        _ONE_SCOPE,
    ),
    7000112: Explanation(
        Concern.CLIENT,
        "the client is disabled: its service principal has accountEnabled set to false",
        "Enable the client's enterprise application.",
        Remedy.ENABLE_PRINCIPAL,
    ),
    7000215: Explanation(
        Concern.CLIENT,
        "the client secret is wrong",
        "Use the value of the client secret, not its ID.",
    ),
    7000218: Explanation(
        Concern.CLIENT,
        "the request contains no client secret and no client assertion",
        "Send the client's credential, or register it as a public client if it has none.",
    ),
    7000222: Explanation(
        Concern.CLIENT,
        "the client secret expired",
        "Create a new client secret, or use a managed identity, which needs none.",
    ),
    9002313: Explanation(
        Concern.CLIENT,
        "the request is malformed",
        "Compare the request with the documentation of the token endpoint: form-encoded, by POST.",
    ),
    9002326: Explanation(
        Concern.SIGN_IN,
        "a browser redeemed a code that wasn't issued to a single-page app",
        "Register the redirect URI under the platform Single-page application.",
    ),
}
"""By code."""
