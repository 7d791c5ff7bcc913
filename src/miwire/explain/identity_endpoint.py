"""
What the identity endpoint of App Service answers in place of a token, and what SDKs make of it.

Known by sentences, for the endpoint has no codes (FACTS 4.3). azure-identity says "configuration
not found in environment" whatever the endpoint answered.
"""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

_INSIDE = "Inside the app: miwire probe URL --with-token --audience api://CLIENT_ID"
_PLAN = "What is missing, without changing anything: miwire connect SOURCE TARGET --dry-run"
_entry = partial(Entry, Group.IDENTITY_ENDPOINT)
ENTRIES = (
    _entry(
        "An unexpected error occured while fetching the AAD Token",
        "Entra ID issued no token, and the endpoint doesn't say why",
        "App Service reports every refusal of Entra ID as this HTTP 500. The likeliest: the "
        "target requires assignment and the identity holds no app role (AADSTS501051), or "
        "there is no such API in the tenant (AADSTS500011) or its service principal is "
        "disabled (AADSTS500014).\n"
        "If tokens for other resources fail as well, the app can't reach Entra ID: a "
        "firewall or route table blocks login.microsoftonline.com or "
        "<region>.login.microsoft.com.",
        (_PLAN, _INSIDE, "The tenant's sign-in logs, under managed identity sign-ins."),
        ("For the first three causes:", Fix(Remedy.CONNECT)),
        (
            "error occured while fetching the AAD Token",
            "error occurred while fetching the AAD Token",
        ),
    ),
    _entry(
        "Unable to load the proper Managed Identity",
        "the app has no system-assigned identity, and the request names no other",
        "Without a client ID the endpoint takes the system-assigned identity. It never falls "
        "back to a user-assigned one, not even to the only one.",
        ("Which identities the app has: az webapp identity show -g GROUP -n NAME", _PLAN),
        (
            Fix(Remedy.ENABLE_IDENTITY),
            (
                "Or give the client ID of the user-assigned identity to the credential "
                "(managed_identity_client_id, or the app setting AZURE_CLIENT_ID)."
            ),
        ),
        ("Unable to load the proper Managed Identity",),
    ),
    _entry(
        "No User Assigned or Delegated Managed Identity found",
        "the requested identity isn't attached to the app",
        "The client ID in the request, often from the app setting AZURE_CLIENT_ID, is that "
        "of a registration, of another app's identity or of one that was deleted.",
        (
            "Which identities the app has: az webapp identity show -g GROUP -n NAME",
            (
                "What the code reads: az webapp config appsettings list -g GROUP -n "
                "NAME -o tsv | grep AZURE_CLIENT_ID"
            ),
        ),
        (Fix(Remedy.CORRECT_CLIENT_ID_SETTING), Fix(Remedy.ATTACH_IDENTITY)),
        ("No User Assigned or Delegated Managed Identity found",),
    ),
    _entry(
        "Managed identity configuration not found in environment",
        "the credential has no identity endpoint, or the endpoint refused",
        "If the message continues with a status and a sentence of the endpoint, the "
        "configuration was found and that sentence is the reason.\n"
        "Otherwise IDENTITY_ENDPOINT isn't set: the app has no managed identity, it didn't "
        "restart since it got one, WEBSITE_DISABLE_MSI is set, or the code doesn't run in "
        "App Service.",
        (
            "Inside the app: env | grep IDENTITY_ENDPOINT",
            "Which identities the app has: az webapp identity show -g GROUP -n NAME",
        ),
        (
            Fix(Remedy.ENABLE_IDENTITY),
            "On a developer's machine: az login, or miwire lab exec SITE -- CMD",
        ),
        (
            "managed identity configuration not found in environment",
            "ManagedIdentityCredential authentication unavailable",
        ),
    ),
    _entry(
        "Identity not found",
        "the virtual machine's endpoint (IMDS) knows no identity",
        "The credential didn't find App Service's endpoint and asked that of virtual "
        "machines, which has no identity for this program.",
        ("Inside the app: env | grep IDENTITY_ENDPOINT",),
        (Fix(Remedy.ENABLE_IDENTITY), "Restart the app after it got its first identity."),
        ('"error_description":"Identity not found"', "error_description: Identity not found"),
    ),
    _entry(
        "DefaultAzureCredential failed to retrieve a token",
        "none of the credentials in the chain gave a token",
        "The chain asks one credential after the other; the list below the sentence has the "
        "reason of each. In App Service only ManagedIdentityCredential counts, and "
        "EnvironmentCredential if it is configured.",
        (
            "Which credential is used: set AZURE_TOKEN_CREDENTIALS to ManagedIdentityCredential",
            _PLAN,
        ),
        (
            "In App Service:",
            Fix(Remedy.ENABLE_IDENTITY),
            "On your own machine: az login",
        ),
        ("DefaultAzureCredential failed to retrieve a token",),
    ),
    _entry(
        "AudienceNotSupported",
        "Cloud Shell issues tokens for Azure's own APIs only",
        "The endpoint of Cloud Shell knows no custom audience, so no token for your API.",
        ("Who is signed in: az account show",),
        ("Sign in as yourself in Cloud Shell (az login), or use your own machine.",),
        ("AudienceNotSupported",),
    ),
)
