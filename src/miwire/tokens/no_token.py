"""What a pasted text is that contains no access token, told by its name and never quoted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from miwire.errors import NotAToken
from miwire.redaction import safe_line
from miwire.tokens import aadsts
from miwire.tokens.entra_errors import PAGE
from miwire.tokens.jws import Jws, header_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FROM_AZ = (
    "To get one from az: az account get-access-token --query accessToken --output tsv "
    "(it fails with a message of its own if you aren't signed in)."
)
_LONGEST_MESSAGE = 200
_LONGEST_NAME = 100

_REFRESH = re.compile(
    r"(?<![A-Za-z0-9_.-])(?:[01]\.A[A-Za-z0-9_-]{6,}|OAQABA[A-Za-z0-9_-]{20,}|M\.[A-Z]\d+[_.!*A-Za-z0-9-]{20,})"
)
"""How refresh tokens of Entra ID begin (1.A, 0.A, OAQABA) and those of personal accounts (M.C5)."""
_REFRESH_MEMBER = re.compile(r"refresh[_-]?token[\"']?\s*[:=]\s*[\"']?[^\s\"',}]", re.IGNORECASE)
_CODE = re.compile(r"(?<![\w-])code[\"']?\s*[:=]\s*[\"']?[^\s\"'&]{6,}")

_SECRETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("refresh token", _REFRESH_MEMBER),
    ("authorization code or function key", _CODE),
    ("refresh token", _REFRESH),
    ("client secret", re.compile(r"client[_-]?secret[\"']?\s*[:=]", re.IGNORECASE)),
    ("function key", re.compile(r"x-functions-key|x-functions-clientid", re.IGNORECASE)),
    ("session cookie of App Service authentication", re.compile("AppServiceAuthSession")),
    ("cookie", re.compile(r"(?:set-)?cookies?[\"']?\s*[:=,]", re.IGNORECASE)),
    ("shared access signature", re.compile(r"[?&\s]sig=|SharedAccessSignature")),
    ("publish profile", re.compile(r"<publishProfile|userPWD=", re.IGNORECASE)),
    (
        "connection string",
        re.compile(r"(?:AccountKey|SharedAccessKey|Password|Pwd)\s*=", re.IGNORECASE),
    ),
    ("private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|client-key-data", re.IGNORECASE)),
    ("GitHub token", re.compile(r"(?<!\w)(?:gh[pousr]_|github_pat_)\w")),
    ("Basic credentials", re.compile(r"(?<!\w)Basic\s+[A-Za-z0-9+/=]{4,}", re.IGNORECASE)),
    ("password", re.compile(r"(?<![\w-])pass(?:word|wd)[\"']?\s*[:=]", re.IGNORECASE)),
)
"""What else people paste that is secret, by how it begins or by the name in front of it."""

_SHORTENED = re.compile(r"\.{3}|[\[(<]?(?:\.{2,}|\u2026)|\*{3}")
_BEGINNING = re.compile(r"(?<![A-Za-z0-9_.+-])eyJ[A-Za-z0-9_.-]*")
_PLACEHOLDER = re.compile(
    r"null|undefined|none|nil|nan|true|false|\[?object object\]?"
    r"|\$\{?\w+\}?|\$\(.*\)|\$env:\w+|%\w+%|\{+\s*\w*\s*\}*|(?:your|my|access)?[ _-]?token\W*",
    re.IGNORECASE,
)
_REDACTED = re.compile(r"(?<!\w)(?:\[?<?redacted>?\]?|\*{3,})(?!\w)", re.IGNORECASE)
_OPAQUE = re.compile(r"E[wg][A-Za-z0-9+/_-]{30,}=*")
_WORD = re.compile(r"[a-zA-Z_]{1,60}")
_CLAIMS = {"aud", "iss", "exp", "oid", "sub", "tid"}


def secrets_in(text: str) -> Iterator[str]:
    """Yield the kinds of other secrets in a text, each as often as it is recognized."""
    for name, pattern in _SECRETS:
        if pattern.search(text):
            yield name


def is_shortened(text: str, start: int, end: int) -> bool:
    """Say whether the word at *start* was cut with an ellipsis or asterisks, in it or behind it."""
    word = text[start:end]
    cut = "..." in word or (word.endswith("..") and word.startswith("eyJ"))
    return cut or _SHORTENED.match(text, end) is not None


def is_named(word: str) -> bool:
    """Say whether a word of three segments isn't to be taken for a JWT: this module names it."""
    return _REFRESH.match(word) is not None or is_shortened(word, 0, len(word))


def explained(text: str, bare: str) -> NotAToken:
    """
    Return the error that says what a text is.

    *bare* is the text without a scheme and quotes around it.
    """
    if not bare:
        return NotAToken(
            "No token: the input is empty.",
            kind="empty",
            hint=f"If a command was to write it, that command failed. {_FROM_AZ}",
        )
    return (
        _of_an_error(text)
        or _of_a_document(bare)
        or _of_a_piece(text, bare)
        or _without_a_value(text, bare)
        or _of_a_secret(text, bare)
        or _of_anything(bare)
    )


def _of_an_error(text: str) -> NotAToken | None:
    """Explain an error of Entra ID, of the identity endpoint or of an API."""
    code = aadsts.code_in(text)
    if code is not None:
        known = aadsts.explained(code)
        return NotAToken(
            f"This isn't a token, it's an error from Microsoft Entra ID: AADSTS{code}"
            f"{f', {known.meaning}' if known else ''}.",
            kind="entra-error",
            hint=known.fix if known else f"Look AADSTS{code} up at {PAGE}.",
        )
    document = _json(text)
    if not isinstance(document, dict):
        return None
    said = document.get("message")
    if "statusCode" in document and isinstance(said, str):
        status = document["statusCode"]
        told = f" {status}" if isinstance(status, int) else ""
        return NotAToken(
            f"This isn't a token, it's an error{told} from the App Service identity endpoint: "
            f"{safe_line(said[:_LONGEST_MESSAGE]).rstrip('.')}.",
            kind="endpoint-error",
            hint="Check that the app has this identity, and the client ID in the request.",
        )
    error = document.get("error")
    code_word = error.get("code") if isinstance(error, dict) else error
    if isinstance(code_word, str) and _WORD.fullmatch(code_word):
        return NotAToken(
            f"This isn't a token, it's an error response: {code_word}.",
            kind="error",
            hint="Solve that error first; the description in the response explains it.",
        )
    return None


def _of_a_document(bare: str) -> NotAToken | None:
    """Explain claims that were decoded already, and a page of HTML."""
    document = _json(bare)
    if isinstance(document, dict) and len(_CLAIMS & document.keys()) > 1:
        return NotAToken(
            "These are the claims of a token that was decoded already, without its signature.",
            kind="claims",
        )
    if re.match(r"<(?:!doctype|html|head)\b", bare, re.IGNORECASE) or bare.startswith("!DOCTYPE"):
        return NotAToken(
            "This is a web page, such as a sign-in page, not a token.",
            kind="web-page",
            hint="The request that should return a token got a page: sign in first.",
        )
    return None


def _without_a_value(text: str, bare: str) -> NotAToken | None:
    """Explain what stands where a token should: a placeholder, or a value that was hidden."""
    if "System.Security.SecureString" in text:
        return NotAToken(
            "This isn't a token, it's the name of its type: Get-AzAccessToken returns the token "
            "as a SecureString.",
            kind="secure-string",
            hint="(Get-AzAccessToken -AsSecureString).Token | "
            "ConvertFrom-SecureString -AsPlainText",
        )
    if len(bare) <= _LONGEST_NAME and _PLACEHOLDER.fullmatch(bare):
        return NotAToken(
            "No token: the input is an empty value or the name of a variable.",
            kind="placeholder",
            hint=f"Check the command or the variable that should contain the token. {_FROM_AZ}",
        )
    if _REDACTED.search(text):
        return NotAToken(
            "No token: it was redacted where this was copied from.",
            kind="redacted",
            hint="Logs don't contain tokens. Get the token where it's acquired.",
        )
    return None


def _of_a_piece(text: str, bare: str) -> NotAToken | None:
    """Explain a part of a token."""
    for begun in _BEGINNING.finditer(text):
        is_header = header_of(begun[0]) is not None
        if is_shortened(text, begun.start(), begun.end()) or (
            is_header and begun[0].count(".") == 1
        ):
            return NotAToken(
                "This token was shortened: part of it is missing.",
                kind="shortened",
                hint="Copy the whole token: three parts separated by dots, without an ellipsis.",
            )
    if "x-ms-client-principal" in text.lower():
        return NotAToken(
            "This isn't a token, it's the X-MS-CLIENT-PRINCIPAL header: claims as base64 that App "
            "Service adds to a request, without a signature.",
            kind="client-principal",
        )
    if "." not in bare and header_of(bare) is not None:
        return NotAToken(
            "This is one part of a JWT; the header, the payload and the signature are needed.",
            kind="one-part",
            hint="Copy the whole token: three parts separated by dots.",
        )
    return None


def _of_a_secret(text: str, bare: str) -> NotAToken | None:
    """Explain a secret of another kind."""
    name = next(secrets_in(text), None)
    if name == "refresh token":
        return NotAToken(
            "This is a refresh token, not an access token: it's opaque, and only Microsoft Entra "
            "ID can read it.",
            kind="refresh-token",
            hint="Pass the access token that came with it. miwire neither keeps nor sends this.",
        )
    if name is not None:
        return NotAToken(
            f"This isn't a JWT: it contains a secret of another kind ({name}).",
            kind="other-secret",
            hint="miwire neither keeps nor sends it. An access token has three parts separated by "
            "dots.",
        )
    if _OPAQUE.fullmatch(bare):
        return NotAToken(
            "This is an opaque token, not a JWT: Microsoft Graph issues such tokens to personal "
            "Microsoft accounts, and only Graph can read them.",
            kind="opaque",
            hint="Sign in with a work or school account to get a JWT.",
        )
    return None


def _of_anything(bare: str) -> NotAToken:
    """Say what of the form of a JWT is missing."""
    try:
        Jws.parse(bare)
    except NotAToken as error:
        return error
    return NotAToken("This isn't a JWT: its payload isn't a set of claims.")


def _json(text: str) -> Any:  # noqa: ANN401  a JSON value is anything
    """Return the JSON value that a text holds; None where it holds none."""
    begin = text.find("{")
    try:
        return json.loads(text[begin:]) if begin >= 0 else None
    except (ValueError, RecursionError):
        return None
