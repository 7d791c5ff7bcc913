"""
Error codes of Azure Resource Manager and of App Service behind it.

ARM answers `{"error": {"code", "message"}}`, Microsoft.Web also `{"Code", "Message", …}`; az prints
`(Code) message` (FACTS 1.9).
"""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

_DEBUG = "Which request was refused: add --debug to the command of miwire"
_ME = "Who is signed in, and where: az account show"
_MY_ROLES = "Your roles: az role assignment list --assignee OBJECT_ID --all -o table"
_AGAIN = "Run the same command again: it continues where it stopped."
_HANDOFF = (
    "Let somebody with the permission do that part: miwire connect SOURCE TARGET --handoff steps.sh"
)
_SIGN_IN = "az login --tenant TENANT_ID"
_NAMES = 'Which apps there are: az webapp list --query "[].id" -o tsv'
_entry = partial(Entry, Group.ARM)
ENTRIES = (
    # 401
    _entry(
        "AuthenticationFailed",
        "the request has no token that ARM accepts",
        "The token for Azure Resource Manager is missing, or it's for another resource or cloud.",
        (_ME, "Which cloud: az cloud show --query name"),
        (_SIGN_IN, "For another cloud, add --cloud to the command of miwire."),
        ("The authentication failed because of missing 'Authorization' header",),
    ),
    _entry(
        "ExpiredAuthenticationToken",
        "your token for ARM expired",
        "A sign-in of az is renewed by itself; a token in a variable isn't.",
        (_ME,),
        (_SIGN_IN,),
    ),
    _entry(
        "InvalidAuthenticationToken",
        "your token was rejected",
        "The token is for another resource, is malformed or expired. It's your own sign-in's, not "
        "that of the caller. Microsoft Graph uses this code as well.",
        (_ME, "Which cloud: az cloud show --query name"),
        (_SIGN_IN,),
        (
            "Access token validation failure",
            "Access token has expired or is not yet valid",
            "Lifetime validation failed, the token is expired",
            "CompactToken parsing failed",
        ),
    ),
    _entry(
        "InvalidAuthenticationTokenTenant",
        "your token is of another tenant than the subscription",
        "Each subscription trusts one tenant. The message names both issuers.",
        (_ME, 'The subscription\'s tenant: az account list --query "[].[name,tenantId]" -o tsv'),
        (_SIGN_IN,),
        ("The access token is from the wrong issuer",),
    ),
    _entry(
        "Unauthorized",
        "App Service's quota, or the token",
        "Microsoft.Web also answers 401 for quotas: then the message is about a limit of the "
        "subscription or region and the sign-in is fine.",
        ("Read the message: does it name a limit? If not: az account show",),
        ("Choose another plan or region, or ask for more quota.", _SIGN_IN),
    ),
    # 403
    _entry(
        "AuthorizationFailed",
        "you lack the role for this action",
        "The message names your object ID, the action and the scope. Reading authentication "
        "settings takes Reader; writing them takes Website Contributor; reading app settings takes "
        "config/list/action, which Reader doesn't have.",
        (_MY_ROLES, "Everything that is missing: miwire connect SOURCE TARGET --dry-run"),
        (
            "Ask for a role that has the action; sign in again if it was assigned just now.",
            _HANDOFF,
        ),
        ("does not have authorization to perform action",),
    ),
    _entry(
        "LinkedAuthorizationFailed",
        "you lack a permission on a linked resource",
        "You may change the app, but not use the resource that the change links to it: attaching a "
        "user-assigned identity takes Microsoft.ManagedIdentity/userAssignedIdentities/assign/"
        'action on that identity. The action after "action(s)" is the missing one.',
        (_MY_ROLES,),
        ("Ask for Managed Identity Operator on the identity.", _HANDOFF),
    ),
    _entry(
        "DenyAssignmentAuthorizationFailed",
        "a deny assignment blocks this",
        "A deployment stack or a managed application protects the resource, whatever roles you "
        "have.",
        ("In the portal: the resource's Access control (IAM), Deny assignments.",),
        (
            (
                "Make the change through the stack or application that owns "
                "the resource, or ask its "
                "owner."
            ),
        ),
    ),
    _entry(
        "RequestDisallowedByPolicy",
        "Azure Policy blocks this",
        "A policy assignment denies the change, whatever roles you have. The message names the "
        "assignment; some require multifactor authentication for changes.",
        ("Which policies apply: az policy assignment list --disable-scope-strict-match -o table",),
        (
            (
                "Ask the owner of the assignment for an exemption. If it requires multifactor "
                "authentication, sign in again with it."
            ),
        ),
        ("was disallowed by policy",),
    ),
    # 404
    _entry(
        "ResourceNotFound",
        "there is no such resource",
        "The name, the resource group or the subscription is another one, or the resource was "
        "deleted. ARM also answers so where a slot doesn't exist.",
        (_NAMES, _ME),
        (Fix(Remedy.CHOOSE_WHERE_TO_LOOK),),
        ("ARMResourceNotFoundFix",),
    ),
    _entry(
        "ResourceGroupNotFound",
        "there is no such resource group",
        "The group has another name, or is in another subscription.",
        ("Which groups there are: az group list -o table", _ME),
        (Fix(Remedy.CHOOSE_WHERE_TO_LOOK),),
    ),
    _entry(
        "SubscriptionNotFound",
        "you can't see that subscription",
        "There is no subscription of that ID, it's in another tenant or cloud, or you have no role "
        "in it.",
        ("Which subscriptions you see: az account list --refresh -o table",),
        (_SIGN_IN, Fix(Remedy.CHOOSE_WHERE_TO_LOOK)),
    ),
    _entry(
        "ParentResourceNotFound",
        "the app that it belongs to doesn't exist",
        "Settings or a slot of an app were requested, and the app isn't there.",
        (_NAMES,),
        (Fix(Remedy.CHOOSE_WHERE_TO_LOOK),),
    ),
    _entry(
        "NotFound",
        "App Service doesn't find it",
        "An operation or a part of an app that isn't there any more, or not yet.",
        (_NAMES, _DEBUG),
        (_AGAIN, Fix(Remedy.CHOOSE_WHERE_TO_LOOK)),
    ),
    _entry(
        "InvalidResourceType",
        "the resource provider doesn't know this kind of resource",
        "The path is misspelled, or the api-version or this cloud doesn't have it. The lab answers "
        "so where it lacks a route.",
        (_DEBUG,),
        ("Check the path and the api-version of the request.",),
    ),
    # 400
    _entry(
        "MissingApiVersionParameter",
        "the request has no api-version",
        "Each request to ARM names an api-version in its query. miwire sends "
        "it; your own request doesn't.",
        (_DEBUG,),
        ("Add api-version to the query: 2023-12-01 for Microsoft.Web.",),
    ),
    _entry(
        "InvalidApiVersionParameter",
        "ARM doesn't know this api-version",
        "The date isn't a version of the resource provider.",
        (_DEBUG,),
        ("Use a published one, such as 2023-12-01 for Microsoft.Web.",),
    ),
    _entry(
        "NoRegisteredProviderFound",
        "this region or cloud doesn't have that api-version",
        "Government and China clouds get api-versions later; the message lists those that are "
        "there. It doesn't mean that something has to be registered.",
        (
            "Which cloud: az cloud show --query name",
            "Which versions: az provider show -n Microsoft.Web --query resourceTypes",
        ),
        ("Use an older api-version; miwire uses 2023-12-01.",),
        ("No registered resource provider found",),
    ),
    _entry(
        "MissingSubscriptionRegistration",
        "the subscription doesn't use this resource provider yet",
        "Microsoft.Web, Microsoft.ManagedIdentity or Microsoft.Insights isn't registered in the "
        "subscription.",
        ("az provider show -n Microsoft.ManagedIdentity --query registrationState",),
        ("az provider register -n Microsoft.ManagedIdentity",),
    ),
    _entry(
        "InvalidRequestContent",
        "ARM couldn't read the request",
        "The body isn't JSON of the expected shape, such as a list as text, or true in quotes.",
        (_DEBUG,),
        ("Correct the body; az rest takes it from a file with --body @file.json.",),
    ),
    _entry(
        "FailedIdentityOperation",
        "the identity couldn't be attached",
        "The resource ID of the user-assigned identity is wrong, or it was deleted.",
        ("az identity show --ids RESOURCE_ID",),
        (Fix(Remedy.ATTACH_IDENTITY),),
    ),
    _entry(
        "InvalidIdentityIds",
        "the list of identities isn't valid",
        "A user-assigned identity is named by its whole resource ID, not by a client ID.",
        ('az identity list --query "[].id" -o tsv',),
        (Fix(Remedy.ATTACH_IDENTITY),),
    ),
    _entry(
        "PrincipalNotFound",
        "the directory doesn't know the identity yet",
        "A managed identity that was made a moment ago takes up to minutes to appear everywhere; "
        "or the ID is a client ID where the object ID belongs.",
        ('az ad sp show --id OBJECT_ID --query "[id,appId,displayName]" -o tsv',),
        (_AGAIN, "miwire waits for it by itself; a longer time: --wait 10m"),
    ),
    _entry(
        "BadRequest",
        "App Service rejects the request",
        "The message says what of it. About authentication settings: a setting that isn't allowed "
        "for this kind of app, or settings of version 2 while version 1 is in use.",
        (_DEBUG, "az webapp auth config-version show -g GROUP -n NAME"),
        ("Correct what the message names.",),
    ),
    # 409, 412, 429, 5xx
    _entry(
        "ScopeLocked",
        "a lock protects the resource",
        "A CanNotDelete or ReadOnly lock on the app, its group or the subscription. A ReadOnly "
        "lock can also block reading app settings, since that is a POST.",
        ("az lock list -g GROUP -o table",),
        (
            (
                "Remove the lock first (Owner or User Access Administrator), and put it back "
                "afterwards: az lock delete --ids LOCK_ID"
            ),
        ),
    ),
    _entry(
        "Conflict",
        "something else changes the same resource, or the state doesn't allow it",
        "Another deployment or restart is running, or the change isn't allowed in this state: swap "
        "with preview is refused as soon as a slot has authentication.",
        ("What is running: az monitor activity-log list -g GROUP --offset 1h -o table",),
        (_AGAIN,),
    ),
    _entry(
        "AnotherOperationInProgress",
        "another change of the same resource is running",
        "ARM makes one change of a resource at a time.",
        ("What is running: az monitor activity-log list -g GROUP --offset 1h -o table",),
        (_AGAIN,),
        ("RetryableErrorDueToAnotherOperation", "A retryable error occurred"),
    ),
    _entry(
        "RoleAssignmentExists",
        "the Azure role is assigned already",
        "The role in Azure (RBAC) is there. It isn't the app role of your API: that is assigned in "
        "Entra ID.",
        (_MY_ROLES,),
        ("Nothing has to be done. For the app role of the API:", Fix(Remedy.GRANT)),
    ),
    _entry(
        "TooManyRequests",
        "too many requests in a short time",
        "ARM allows each principal and subscription some 250 reads and 200 writes at once, then "
        "25 and 10 a second. miwire waits as Retry-After says.",
        (_DEBUG,),
        ("Wait a minute, or stop what else sends requests as the same identity.", _AGAIN),
        ("SubscriptionRequestsThrottled", "ResourceRequestsThrottled"),
    ),
    _entry(
        "GatewayTimeout",
        "App Service didn't answer ARM in time",
        "The change may have been made all the same. A retry right after it may get 429 "
        '"Cannot acquire exclusive lock".',
        ("What is there now: miwire connect SOURCE TARGET --dry-run",),
        (_AGAIN,),
        ("Cannot acquire exclusive lock", "ServerTimeout"),
    ),
    _entry(
        "InternalServerError",
        "App Service failed",
        "The resource provider failed, mostly for moments. If the app itself answered it, it's its "
        "own error: miwire explain 500",
        (_DEBUG, "https://status.azure.com"),
        (_AGAIN,),
    ),
    # az itself
    _entry(
        "Cannot use auth v2 commands when the app is using auth v1",
        "the authentication settings are of version 1",
        "While settings of version 1 are in use, those of version 2 have no effect. A new app "
        "without authentication is of version 1 as well, which is fine.",
        ("az webapp auth config-version show -g GROUP -n NAME",),
        (Fix(Remedy.UPGRADE_SETTINGS),),
        ("when the app is using auth v1",),
    ),
)
