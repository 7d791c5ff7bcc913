"""The errors that end a command of miwire, by the code in `error` of its JSON document."""

from __future__ import annotations

from functools import partial

from miwire.explain.entry import Entry, Group
from miwire.remedy import Fix, Remedy

_AGAIN = "Run the same command again: it continues where it stopped."
_DOCUMENT = "The message and the hint; in JSON also error.check, the check that it comes from."
_REQUESTS = "Which requests were sent: add --debug to the command"
_entry = partial(Entry, Group.MIWIRE)
ENTRIES = (
    _entry(
        "NotAToken",
        "the input isn't a token (exit code 1)",
        "decode-token or --token got something else, such as an error, a refresh token, a web page "
        "or a token that was cut off.",
        ("The message says what it is; in JSON, error.kind does.",),
        ("Pass the access token itself, on stdin or as @FILE.",),
    ),
    _entry(
        "Cancelled",
        "a confirmation prompt was answered with no (exit code 1)",
        "Nothing was changed.",
        ("What would change: add --dry-run to the command",),
        ("Answer yes, or add --yes to the command.",),
    ),
    _entry(
        "BadRequest",
        "the command line is invalid, or doesn't fit the resources (exit code 2)",
        "An option or name is wrong, or what was read of the apps doesn't allow the command. "
        "Nothing was changed.",
        (_DOCUMENT, "What the command takes: add --help to it"),
        ("Do what the hint says.",),
    ),
    _entry(
        "NotFound",
        "a named resource doesn't exist (exit code 3)",
        "The app, the resource group or the identity isn't where miwire looked for it, or you may "
        "not see it.",
        ('Which apps you see: az webapp list --query "[].id" -o tsv', _REQUESTS),
        (Fix(Remedy.CHOOSE_WHERE_TO_LOOK),),
    ),
    _entry(
        "NotSignedIn",
        "no credential could get a token (exit code 4)",
        "Nobody is signed in, the sign-in expired, or Entra ID refused the token: then the message "
        "has its AADSTS code.",
        ("Who is signed in: az account show",),
        ("On your own machine: az login", "Inside an app:", Fix(Remedy.ENABLE_IDENTITY)),
    ),
    _entry(
        "NotPermitted",
        "you are signed in, but lack a permission (exit code 5)",
        "The message names the missing permission. What was done before it is listed.",
        ("Everything that is missing: miwire connect SOURCE TARGET --dry-run",),
        (
            (
                "Ask for the role that the hint names, or let somebody with it do that part: "
                "miwire connect SOURCE TARGET --handoff steps.sh"
            ),
        ),
    ),
    _entry(
        "Unreachable",
        "no HTTP response, or Azure kept failing (exit code 6)",
        "DNS, TLS, a proxy or the network; or Azure answered with errors of its own again and "
        "again. It shows nothing about the target.",
        (_REQUESTS, "Which proxy is used: env | grep -i _proxy"),
        (Fix(Remedy.CHECK_LAB), _AGAIN),
    ),
    _entry(
        "GaveUpWaiting",
        "timed out before the changes took effect (exit code 7)",
        "The changes are made, and Azure doesn't show them yet: Entra ID takes minutes, App "
        "Service until it has restarted.",
        ("Until it takes effect: miwire probe TARGET --wait 10m",),
        (Fix(Remedy.WAIT_LONGER),),
    ),
    _entry(
        "Moved",
        "the resource changed since the plan or the run (exit code 8)",
        "Somebody else changed it in between, so miwire stopped before it overwrote that.",
        ("What there is now: add --dry-run to the command",),
        ("Read the new plan, then run it again. For undo:", Fix(Remedy.PREVIEW_FORCED_UNDO)),
    ),
    _entry(
        "Interrupted",
        "Ctrl-C was pressed (exit code 130)",
        "What was done is kept, recorded and listed.",
        ("Which runs there are: miwire undo --list",),
        (_AGAIN, "To take back what was done: miwire undo"),
    ),
    _entry(
        "MiwireError",
        "a bug in miwire (exit code 70)",
        "An exception that nobody expected. Its own message isn't shown, since it may contain a "
        "secret.",
        (_REQUESTS,),
        ("Report it with the message and the command line, without names and tokens.",),
    ),
)
