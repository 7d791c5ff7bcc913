"""
Error codes and sentences of Microsoft Graph, by which registrations and app roles are written.

Graph says the same thing in several ways, so that sentences belong to codes (FACTS 2.8).
"""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

_DEBUG = "Which request was refused: add --debug to the command of miwire"
_MY_ROLES = (
    "Your roles in the tenant: az rest -u "
    "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole "
    '--query "value[].displayName"'
)
_API = "What the directory has: az ad app show --id CLIENT_ID and az ad sp show --id CLIENT_ID"
_AGAIN = "Run the same command again: it continues where it stopped."
_entry = partial(Entry, Group.GRAPH)
ENTRIES = (
    _entry(
        "Authorization_RequestDenied",
        "you may not do this in the tenant",
        "Roles in Azure, also Owner, don't count here. Creating a registration takes Application "
        "Developer or the tenant's default; assigning an app role to an identity takes Cloud "
        "Application Administrator, or Application.ReadWrite.All and AppRoleAssignment."
        "ReadWrite.All for an app.",
        (_MY_ROLES, "Everything that is missing: miwire connect SOURCE TARGET --dry-run"),
        (
            (
                "Let somebody with the role do that part: "
                "miwire connect SOURCE TARGET --handoff steps.sh"
            ),
        ),
        ("Insufficient privileges to complete the operation",),
    ),
    _entry(
        "Request_ResourceNotFound",
        "the directory doesn't know that object",
        "The ID is of another kind (object ID and client ID are confused most), of another tenant, "
        "was deleted, or is so new that not every replica has it.",
        (_API,),
        (_AGAIN, "If the app that it belonged to was deleted:", Fix(Remedy.CREATE_IDENTITY)),
        ("or one of its queried reference-property objects are not present",),
    ),
    _entry(
        "Request_MultipleObjectsWithSameKeyValue",
        "it exists already",
        "The app role is assigned already, or another registration has this identifier URI. For an "
        "assignment that is success: miwire reads it and continues.",
        (
            (
                "az rest -u https://graph.microsoft.com/v1.0/servicePrincipals/OBJECT_ID"
                '/appRoleAssignments --query "value[].resourceDisplayName"'
            ),
        ),
        ("Nothing has to be done for an assignment. For an identifier URI, use api://CLIENT_ID.",),
        (
            "EntitlementGrant entry already exists",
            "Permission being assigned already exists on the object",
            "Another object with the same value for property",
            "ObjectConflict",
        ),
    ),
    _entry(
        "Request_BadRequest",
        "Graph rejects a value",
        "The message names the property. App roles and scopes of a registration share one "
        "namespace of values; `origin` of an app role can't be written.",
        (_API, _DEBUG),
        (
            "Correct what the message names; for the value of the app role:",
            Fix(Remedy.CHOOSE_APP_ROLE),
        ),
    ),
    _entry(
        "CannotDeleteOrUpdateEnabledEntitlement",
        "an app role has to be disabled before it can be changed or removed",
        "Graph changes no enabled app role, and a PATCH of appRoles replaces all of them: a role "
        "that is missing in it counts as removed.",
        (_API,),
        (
            (
                "Keep every existing role in the request. To remove one, set isEnabled "
                "to false in a "
                "request of its own first."
            ),
        ),
    ),
    _entry(
        "EntitlementGrant being updated or deleted is not found",
        "the assignment is gone already",
        "Somebody else removed the app role assignment. That is what was to be done.",
        (
            (
                "az rest -u https://graph.microsoft.com/v1.0/servicePrincipals/OBJECT_ID"
                '/appRoleAssignments --query "value[].resourceDisplayName"'
            ),
        ),
        ("Nothing has to be done.",),
        ("EntitlementGrant being updated or deleted is not found",),
    ),
    _entry(
        "Not a valid reference update",
        "one of two objects isn't everywhere yet",
        "The identity or the API's service principal was made a moment ago, and the replica that "
        "answers doesn't have it. It takes seconds to minutes.",
        (_API,),
        (_AGAIN, "miwire waits for it by itself; a longer time: --wait 10m"),
        ("Not a valid reference update",),
    ),
    _entry(
        "NoBackingApplicationObject",
        "the registration isn't everywhere yet, or is gone",
        "A service principal is made for a registration that the replica doesn't have: it was made "
        "a moment ago, or deleted.",
        (_API,),
        (_AGAIN,),
        ("does not reference a valid application object",),
    ),
    _entry(
        "Request_UnsupportedQuery",
        "Graph can't filter that way",
        "The query needs the header ConsistencyLevel: eventual and $count=true, or isn't supported "
        "for this property.",
        (_DEBUG,),
        ("Add both to your own request. If miwire sent it, please report it.",),
    ),
    _entry(
        "HostNameNotOnVerifiedDomain",
        "the identifier URI is on a domain that the tenant doesn't own",
        "https://<app>.azurewebsites.net was allowed once and isn't any more.",
        ("Which domains are verified: az rest -u https://graph.microsoft.com/v1.0/domains",),
        (
            (
                "Use api://CLIENT_ID, as miwire does: az ad app update --id CLIENT_ID "
                "--identifier-uris api://CLIENT_ID"
            ),
        ),
        ("must use a verified domain of the organization",),
    ),
    _entry(
        "Failed to add identifier URI",
        "the tenant's policy allows only URIs with the client ID, tenant ID or a verified domain",
        "Registrations that issue version 2 tokens are exempt by default.",
        (_API,),
        (
            (
                "Use api://CLIENT_ID, as miwire does, and set "
                "requestedAccessTokenVersion to 2 before "
                "or with it."
            ),
        ),
        (
            "All newly added URIs must contain a tenant verified domain",
            "identifier-uri-addition-error",
        ),
    ),
    _entry(
        "ServiceManagementReferenceRequired",
        "the tenant wants a service management reference on each registration",
        "A policy of some tenants: without that GUID no registration can be written.",
        ("Ask an administrator of your tenant which GUID belongs to your service.",),
        (Fix(Remedy.GIVE_SERVICE_REFERENCE),),
        (
            "ServiceManagementReference field is required",
            "ServiceTreeNullValueProvided",
            "ServiceTreeInvalid",
        ),
    ),
    _entry(
        "Request_ThrottledTemporarily",
        "too many requests to Graph",
        "Graph counts resource units per tenant and per app. miwire waits as Retry-After says.",
        (_DEBUG,),
        ("Wait a minute.", _AGAIN),
    ),
    _entry(
        "ServiceUnavailable",
        "Graph or ARM is down for a moment",
        "Mostly seconds; nothing is known of what was requested.",
        (_DEBUG, "https://status.azure.com"),
        (_AGAIN,),
        ("serviceNotAvailable",),
    ),
    _entry(
        "Directory_QuotaExceeded",
        "the tenant or your account has too many objects",
        "A person may own 250 objects of a directory; deleted registrations count for a while.",
        ('az ad app list --show-mine --query "length(@)"',),
        ("Delete registrations that nobody uses, also for good among the deleted ones.",),
    ),
)
