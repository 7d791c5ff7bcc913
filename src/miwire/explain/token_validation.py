"""
IDX codes: why a token wasn't accepted, in the words of Microsoft.IdentityModel.

The templates are in its source (LogMessages.cs, FACTS 5.4). App Service authentication writes them
to the app's log after "JWT validation failed:"; ASP.NET Core puts some of them into
`error_description` of its own 401.
"""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

PREFIX = "IDX"
_DECODE = "What the token says, and what TARGET makes of it: miwire decode-token - --for TARGET"
_WHO = (
    "App Service authentication writes it to the app's log; a 401 with an error_description comes "
    "from the app's own code. Which of them answers: miwire probe TARGET"
)
_LOG = "The app's log: az webapp log tail -g GROUP -n NAME"
_KEYS = (
    "Check the signature with the issuer's keys: "
    "miwire decode-token - --verify --audience AUD --tenant TENANT_ID"
)
_NEW_TOKEN = Fix(Remedy.ASK_FOR_NEW_TOKEN)
_NETWORK = (
    "Allow the app to reach login.microsoftonline.com and <region>.login.microsoft.com: a firewall "
    "or route table of its virtual network may block them."
)
_OWN_CODE = "Set it in the app's code, such as ValidAudience or ValidIssuer of the JWT bearer."
_entry = partial(Entry, Group.TOKEN_VALIDATION)
ENTRIES = (
    _entry(
        "IDX10204",
        "there is no valid issuer to compare with",
        "The app's own code validates tokens without knowing an issuer. App Service authentication "
        "takes the issuer from its settings, so it isn't the one that failed.",
        (_WHO, _LOG),
        (_OWN_CODE,),
    ),
    _entry(
        "IDX10205",
        "the token's issuer isn't the expected one",
        "iss differs from the issuer in the settings or in the app's code: another tenant, or a "
        "token of version 1 (sts.windows.net) where version 2 is expected.",
        (_DECODE, _WHO),
        (
            (
                "Let the registration issue version 2 tokens and the "
                "settings name the same tenant's "
                "issuer; this does both:"
            ),
            Fix(Remedy.PROTECT),
        ),
    ),
    _entry(
        "IDX10206",
        "the token has no audience",
        "aud is empty, so the token can't be for this API.",
        (_DECODE,),
        (Fix(Remedy.ASK_FOR_SCOPE),),
    ),
    _entry(
        "IDX10208",
        "there is no valid audience to compare with",
        "The app's own code validates tokens without knowing its audience, such as an empty app "
        "setting. App Service authentication always accepts the client ID of its settings, so it "
        "isn't the one that failed.",
        (_WHO, _LOG),
        (_OWN_CODE,),
    ),
    _entry(
        "IDX10211",
        "the token has no issuer",
        "iss is missing: the token isn't one of Entra ID.",
        (_DECODE,),
        (_NEW_TOKEN,),
    ),
    _entry(
        "IDX10214",
        "the token is for another audience",
        "aud isn't among the allowed audiences. A token of version 2 has the bare client ID of the "
        "API in it; one of version 1 repeats what was requested, character by character: "
        "api://<client ID>, with its case and its final slash.",
        (_DECODE, _WHO),
        (
            (
                "Request api://<client ID of the API>/.default in the "
                "caller's code. To accept both forms "
                "at the target:"
            ),
            Fix(Remedy.PROTECT),
        ),
    ),
    _entry(
        "IDX10222",
        "the token isn't valid yet",
        "nbf is later than the clock of the app, beyond the five minutes that are allowed.",
        (_DECODE,),
        (_NEW_TOKEN,),
    ),
    _entry(
        "IDX10223",
        "the token is expired",
        "exp has passed. Tokens of managed identities last 24 hours; code that keeps one for "
        "longer sends an expired one.",
        (_DECODE,),
        (
            (
                "Let the code request the token from its credential for each "
                "call: the credential caches "
                "and renews it."
            ),
            _NEW_TOKEN,
        ),
    ),
    _entry(
        "IDX10225",
        "the token has no expiry",
        "exp is missing: the token isn't one of Entra ID.",
        (_DECODE,),
        (_NEW_TOKEN,),
    ),
    _entry(
        "IDX10500",
        "no key to check the signature with",
        "The keys of the issuer weren't loaded, or the app's code names none.",
        (_KEYS, _LOG),
        (_NETWORK,),
    ),
    _entry(
        "IDX10501",
        "no key has the key ID of the token (older runtimes)",
        "kid isn't among the keys of the expected issuer: the token comes from another tenant or "
        "cloud, is one of Microsoft Graph (which nobody else can check), or the API has a signing "
        "key of its own.",
        (_KEYS, _DECODE),
        (Fix(Remedy.ASK_FOR_SCOPE),),
    ),
    _entry(
        "IDX10503",
        "no key has the key ID of the token",
        "kid isn't among the keys of the expected issuer: the token comes from another tenant or "
        "cloud, is one of Microsoft Graph (which nobody else can check), or the API has a signing "
        "key of its own.",
        (_KEYS, _DECODE),
        (Fix(Remedy.ASK_FOR_SCOPE),),
    ),
    _entry(
        "IDX10504",
        "the token has no signature",
        "Anyone could have written it: it was cut off, or made with alg none.",
        (_DECODE,),
        ("Send the token exactly as it was issued: three parts separated by dots.",),
    ),
    _entry(
        "IDX10511",
        "the signature doesn't fit the token",
        "The key is right and the bytes aren't: the token was changed, cut off or wrapped on the "
        "way. A token of Microsoft Graph (its header has a nonce) fails so as well.",
        (_KEYS,),
        (
            "Send the token exactly as it was issued.",
            Fix(Remedy.ASK_FOR_SCOPE),
        ),
    ),
    _entry(
        "IDX10516",
        "the signature couldn't be checked (older runtimes)",
        "No key fits, and lifetime or issuer may be wrong as well: the message ends with both.",
        (_KEYS, _DECODE),
        (_NEW_TOKEN,),
    ),
    _entry(
        "IDX10517",
        "the token names no key",
        "kid is missing: the token isn't one of Entra ID.",
        (_DECODE,),
        (_NEW_TOKEN,),
    ),
    _entry(
        "IDX12729",
        "the header of the token can't be decoded",
        "What was sent after Bearer isn't a JWT: cut off, encoded "
        "twice, or another kind of secret.",
        (_DECODE,),
        ("Send the access token itself after the word Bearer.",),
    ),
    _entry(
        "IDX12741",
        "what was sent isn't a JWT",
        "A JWT has three parts separated by dots. An empty variable, a quote or a refresh token "
        "has none.",
        (_DECODE,),
        ("Send the access token itself after the word Bearer.",),
    ),
    _entry(
        "IDX14100",
        "what was sent isn't a JWT",
        "A JWT has three parts separated by dots. An empty variable, a quote or a refresh token "
        "has none.",
        (_DECODE,),
        ("Send the access token itself after the word Bearer.",),
    ),
    _entry(
        "IDX20803",
        "the OpenID Connect configuration can't be downloaded",
        "The metadata of the issuer couldn't be loaded: openIdIssuer isn't an issuer, or the app "
        "can't reach it. Every token is rejected until then, with 401 or 500.",
        ("The issuer in the settings, and its form: miwire protect TARGET --dry-run", _LOG),
        (
            "Where the issuer is malformed:",
            Fix(Remedy.PROTECT),
            _NETWORK,
        ),
    ),
    _entry(
        "IDX20804",
        "a document of the issuer can't be downloaded",
        "The app can't reach the metadata or the keys of the issuer.",
        (_LOG,),
        (_NETWORK,),
    ),
    _entry(
        "IDX20807",
        "a document of the issuer was answered with an error",
        "The address exists and answers with an error: openIdIssuer names no issuer, or a proxy "
        "answers in its place.",
        ("The issuer in the settings, and its form: miwire protect TARGET --dry-run", _LOG),
        (
            "Where the issuer is malformed:",
            Fix(Remedy.PROTECT),
            _NETWORK,
        ),
    ),
    _entry(
        "IDX40001",
        "the issuer isn't one of those that the app accepts",
        "The app's own code (Microsoft.Identity.Web) accepts another tenant or another cloud.",
        (_DECODE, _WHO),
        ("Compare TenantId and Instance in the app's configuration with iss of the token.",),
    ),
)
