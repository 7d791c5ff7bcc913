"""
HTTP statuses of an app and IIS's sub-statuses of them, with everybody who may have answered.

A status alone shows nobody: App Service authentication, the app, the front end and what stands in
front of them use the same ones. Sub-statuses are IIS's own (Microsoft's "HTTP status codes in
IIS", ASP.NET Core's "Troubleshoot on Azure App Service"); none are published for App Service
authentication.
"""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

_PROBE = "Who answered, without a token and as you: miwire probe TARGET"
_PROBE_INSIDE = (
    "With the caller's own token, inside the caller: "
    "miwire probe URL --with-token --audience api://CLIENT_ID"
)
_RULE = "Which rule rejects a token: miwire decode-token - --for TARGET"
_LOG = "The app's log: az webapp log tail -g GROUP -n NAME"
_STATE = (
    "Whether the app runs and is public: az webapp show -g GROUP -n NAME "
    '--query "[state,publicNetworkAccess]"'
)
_SUB_STATUS = (
    "In the logs of a Windows app: ScSubStatus in AppServiceHTTPLogs, and the detailed error pages "
    "(az webapp log download)."
)
_IIS = "IIS or the app on Windows answered, behind authentication."
_entry = partial(Entry, Group.HTTP)
STATUSES = (
    _entry(
        "302",
        "a redirect, often to a sign-in page",
        "App Service authentication redirects browsers to a sign-in where "
        "unauthenticatedClientAction is RedirectToLoginPage. A program that follows it gets HTML "
        "and 200, which looks like success.\n"
        "The app itself, a gateway or another sign-in (oauth2-proxy, Cloudflare Access) may "
        "redirect as well.",
        (_PROBE,),
        ("To reject requests without a token with 401 instead:", Fix(Remedy.PROTECT)),
    ),
    _entry(
        "400",
        "the request isn't valid",
        "The app got past authentication and rejects the request; or Windows' HTTP server answers "
        '("Request Too Long") because the headers are larger than it takes.\n'
        "Inside an app, 400 of the identity endpoint means that the requested identity isn't "
        "there.",
        (_PROBE, _LOG),
        ("Compare method, path and headers with what the app expects.",),
    ),
    _entry(
        "401",
        "no token came, or the token was rejected",
        "App Service authentication, if the answer has its challenge (WWW-Authenticate: Bearer "
        "realm=… authorization_uri=…): no token came, or its audience or issuer is wrong, it "
        "expired, or its signature doesn't fit.\n"
        "The app's own code, if the challenge has an error_description or another scheme: it "
        "checks tokens itself, and another audience than authentication does.\n"
        "Functions, if a function key is missing; API Management or a gateway in front, with a "
        "body of its own.\n"
        "A missing app role or list entry is never a 401: then it's 403, or no token is issued.",
        (_PROBE, _PROBE_INSIDE, _RULE),
        (
            "Send a token: the scope is api://<client ID of the API>/.default.",
            "Where audience or issuer in the settings don't fit:",
            Fix(Remedy.PROTECT),
        ),
        docs="docs/how-to/fix-a-401.md",
    ),
    _entry(
        "403",
        "the caller isn't allowed, or the request didn't get to the app",
        "App Service authentication: the token is valid, but its caller isn't in "
        "allowedApplications and allowedPrincipals. Its 403 has no challenge and no reason.\n"
        'App Service\'s front end: the app is stopped ("Web App - Unavailable"), an access '
        "restriction rejects your address (x-ms-forbidden-ip), public access is disabled, or a "
        "client certificate is required.\n"
        "A web application firewall: Application Gateway, Front Door or another.\n"
        "The app's own code, such as a role that it checks itself.",
        (_PROBE, _PROBE_INSIDE, _RULE),
        (
            "Where App Service authentication answered:",
            Fix(Remedy.GRANT),
            "Where the front end answered, the state of the app in that answer says what to do.",
        ),
        docs="docs/how-to/fix-a-403.md",
    ),
    _entry(
        "404",
        "nothing is there: the path, the app or the host name",
        "The app, if the path is wrong; a Functions app also for a route that isn't deployed.\n"
        'App Service\'s front end ("Microsoft Azure Web App - Error 404"): no app has this host '
        "name.\n"
        "App Service authentication, where unauthenticatedClientAction is Return404: then no "
        "token came.",
        (
            _PROBE,
            "The app's host name: az webapp show -g GROUP -n NAME --query defaultHostName -o tsv",
        ),
        ("Use the host name that Azure shows, and a path that the app has: --path /PATH",),
    ),
    _entry(
        "407",
        "a proxy between you and Azure wants you to sign in",
        "The answer comes from your own network's proxy; the request never got to Azure.",
        ("Which proxy is used: env | grep -i _proxy",),
        ("Put the credentials into HTTPS_PROXY, or the host into NO_PROXY.",),
        docs="docs/how-to/work-behind-a-proxy.md",
    ),
    _entry(
        "429",
        "too many requests",
        "The app, a gateway, or ARM, Graph or the identity endpoint if you requested something "
        "there. Code that requests a token for each call without its credential's cache gets it "
        "from the identity endpoint.",
        (_PROBE,),
        ("Wait as long as Retry-After says, and keep one credential per process.",),
    ),
    _entry(
        "431",
        "the request's headers are too large",
        "A server in front of authentication refuses them: a token with many groups or roles, or "
        "cookies, makes them large.",
        ("How long the token is, and what is in it: miwire decode-token -",),
        ("Leave groups out of the token: groupMembershipClaims of the registration.",),
    ),
    _entry(
        "500",
        "the app failed, or authentication, or no token was issued",
        'Where the caller asks for a token ("An unexpected error occured while fetching the AAD '
        'Token."): Entra ID issues the identity none, mostly because it holds no app role.\n'
        "The app's own code failed: the request got past authentication.\n"
        "App Service authentication, to every token: openIdIssuer isn't an issuer, so its metadata "
        "can't be downloaded.",
        (_PROBE, _PROBE_INSIDE, _LOG),
        (
            "Where no token is issued:",
            Fix(Remedy.GRANT),
            "Where the issuer in the settings is malformed:",
            Fix(Remedy.PROTECT),
        ),
        docs="docs/how-to/fix-a-500.md",
    ),
    _entry(
        "502",
        "what stands in front got no valid answer",
        "Application Gateway, Front Door or API Management: its health probe gets 401 since the "
        "app requires a token, so that it takes the app for unhealthy; or the app is down.\n"
        "App Service's front end, if the app crashed or its container doesn't listen on its port.\n"
        "IIS in a Windows app, if the process of the app failed (502.3, 502.5).",
        (
            "Past the gateway, at the app's own address: miwire probe TARGET",
            (
                "What the gateway's probe requests: az network application-gateway "
                "show-backend-health "
                "-g GROUP -n GATEWAY"
            ),
            _LOG,
        ),
        ("Keep the path of the health probe open: miwire protect TARGET --exclude-path /health",),
    ),
    _entry(
        "503",
        "the app is starting, stopped or overloaded",
        'App Service\'s front end ("The service is unavailable.", ":( Application Error"): the '
        "app starts, swaps, crashed at its start, or its plan has no room.\n"
        "A gateway in front that takes the app for unhealthy, since its health probe gets 401.\n"
        "Settings of authentication restart the app: for some seconds it is normal.",
        ("Until it answers: miwire probe TARGET --wait 3m", _STATE, _LOG),
        (
            "If the app is stopped:",
            Fix(Remedy.START, name="RESOURCE_ID"),
            "If it crashes at its start, its log has the reason.",
        ),
    ),
    _entry(
        "504",
        "no answer in time",
        "What stands in front of the app (or App Service's front end, after 230 seconds) gave up "
        "waiting for it.",
        ("Past the gateway, at the app's own address: miwire probe TARGET --timeout 60", _LOG),
        ("Let the app answer sooner, or poll for the result.",),
    ),
)
SUB_STATUSES = (
    _entry(
        "403.2",
        "IIS may not read there",
        f"{_IIS} The folder has no read access for requests.",
        (_SUB_STATUS, _PROBE),
        ("Compare web.config and the deployed files with the path that is requested.",),
    ),
    _entry(
        "403.6",
        "IIS rejects the address of the client",
        f"{_IIS} ipSecurity in web.config names addresses. App Service's own access restrictions "
        "answer with x-ms-forbidden-ip instead.",
        (_SUB_STATUS, "az webapp config access-restriction show -g GROUP -n NAME"),
        ("Add the caller's address in web.config, or remove ipSecurity there.",),
    ),
    _entry(
        "403.7",
        "a client certificate is required",
        "App Service wants a client certificate (clientCertMode), beside the token.",
        ("az webapp show -g GROUP -n NAME --query [clientCertEnabled,clientCertMode]",),
        (
            (
                "A token identifies the caller already; to do without the certificate: "
                "az webapp update -g GROUP -n NAME --set clientCertEnabled=false"
            ),
        ),
    ),
    _entry(
        "403.14",
        "there is no default document, and listing is off",
        f"{_IIS} The request got to the site and found no page: nothing is deployed at that path.",
        (_SUB_STATUS, _PROBE),
        ("Deploy the app, or request a path that it has: --path /PATH",),
    ),
    _entry(
        "403.16",
        "the client certificate isn't trusted",
        "A client certificate came, and its chain isn't trusted.",
        ("az webapp show -g GROUP -n NAME --query [clientCertEnabled,clientCertMode]",),
        ("Use a certificate that the app trusts.",),
    ),
    _entry(
        "404.11",
        "request filtering rejects a path that is escaped twice",
        f"{_IIS} The path holds %25 or a plus sign.",
        (_SUB_STATUS,),
        ("Escape the path once.",),
    ),
    _entry(
        "404.13",
        "request filtering rejects a large body",
        f"{_IIS} The body is larger than maxAllowedContentLength in web.config.",
        (_SUB_STATUS,),
        ("Raise maxAllowedContentLength in web.config.",),
    ),
    _entry(
        "404.15",
        "request filtering rejects a long query",
        f"{_IIS} The query is longer than maxQueryString in web.config; sign-in redirects have "
        "long ones.",
        (_SUB_STATUS,),
        ("Raise maxQueryString in web.config.",),
    ),
    _entry(
        "500.19",
        "web.config isn't valid",
        f"{_IIS} A section is unknown, locked or malformed.",
        (_SUB_STATUS, _LOG),
        ("Correct web.config, or deploy the app again.",),
    ),
    _entry(
        "500.30",
        "the ASP.NET Core app failed at its start",
        "The app ended with an exception before its first request, such as a missing app setting "
        "or a Key Vault that its identity may not read. Authentication isn't concerned.",
        ("The exception: az webapp log tail -g GROUP -n NAME",),
        ("Correct what the exception names, and restart the app.",),
    ),
    _entry(
        "500.31",
        "the .NET runtime of the app isn't there",
        "The app needs a version of .NET that App Service doesn't have, or not for its bitness.",
        (
            (
                "az webapp config show -g GROUP -n NAME "
                "--query [netFrameworkVersion,use32BitWorkerProcess]"
            ),
        ),
        ("Choose the version in the app's configuration, or publish it self-contained.",),
    ),
    _entry(
        "502.3",
        "IIS got no answer from the app's process",
        f"{_IIS} The process that it forwards to answered too late, or ended.",
        (_SUB_STATUS, _LOG),
        ("Look in the app's log for what ended it, or raise requestTimeout in web.config.",),
    ),
    _entry(
        "502.5",
        "the app's process failed at its start",
        "ASP.NET Core's process couldn't be started: a missing file, runtime or setting.",
        ("The reason: az webapp log tail -g GROUP -n NAME",),
        ("Correct what the log names, and deploy the app again.",),
    ),
)
ENTRIES = (*STATUSES, *SUB_STATUSES)
