"""Environments that people really have: one sentence, the right exit code, never a bug."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAifQ.c2ln"
PROBE = ("probe", "https://nowhere.invalid/", "--without-token")
CONNECT = ("connect", "core", "integration", "--dry-run")
ENABLE = ("enable-identity", "core")
QUIET = (("--help",), ("decode-token", TOKEN), ("undo", "--list"), ("lab", "status"))
"""Commands that send nothing anywhere."""
MINDLESS = {
    ("lab", "status"): {0, 1},  # 1: no lab runs
}
AS_CLIENT = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential", "AZURE_CLIENT_ID": "LAB"}
CLIENT = {**AS_CLIENT, "AZURE_CLIENT_SECRET": "LAB"}
NO_MORE = {"NO_PROXY": None, "no_proxy": None}

FATAL = [
    # variables, command, exit, what is said
    ({"HTTPS_PROXY": "http://:80"}, PROBE, 2, "HTTPS_PROXY isn't the URL of a proxy."),
    ({"HTTPS_PROXY": "http://[::1"}, PROBE, 2, "HTTPS_PROXY isn't the URL of a proxy."),
    ({"https_proxy": "http://u:pw1@a b"}, PROBE, 2, "https_proxy isn't the URL of a proxy."),
    ({"HTTPS_PROXY": "socks4://127.0.0.1:9"}, PROBE, 2, "socks4 isn't one of http, https"),
    ({"ALL_PROXY": "gopher://127.0.0.1"}, PROBE, 2, "ALL_PROXY names a proxy that miwire can't"),
    ({"HTTPS_PROXY": "proxy.invalid"}, PROBE, 6, "the proxy http://proxy.invalid:80 (HTTPS_PROXY)"),
    ({"HTTPS_PROXY": "http://u:pw1@127.0.0.1:9"}, PROBE, 6, "the proxy http://127.0.0.1:9 ("),
    ({"HTTPS_PROXY": "https://127.0.0.1:9"}, PROBE, 6, "the proxy https://127.0.0.1:9 ("),
    ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, PROBE, 6, "SSL_CERT_FILE names /nowhere/ca.pem"),
    ({"SSL_CERT_FILE": "/etc"}, PROBE, 6, "SSL_CERT_FILE names /etc"),
    ({"SSL_CERT_FILE": os.devnull}, PROBE, 6, f"SSL_CERT_FILE names {os.devnull}"),
    ({"SSL_CERT_FILE": __file__}, PROBE, 6, "it contains no certificates in PEM form"),
    ({"SSL_CERT_FILE": None, "SSL_CERT_DIR": "/nowhere"}, PROBE, 6, "SSL_CERT_DIR names /nowhere"),
    ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, CONNECT, 6, "SSL_CERT_FILE names /nowhere/ca.pem"),
    ({"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"}, CONNECT, 6, "REQUESTS_CA_BUNDLE names /nowhere"),
    ({"REQUESTS_CA_BUNDLE": __file__}, CONNECT, 6, "it contains no certificates in PEM form"),
    (
        {"REQUESTS_CA_BUNDLE": None, "CURL_CA_BUNDLE": "/nowhere/ca.pem"},
        CONNECT,
        6,
        "CURL_CA_BUNDLE names /nowhere/ca.pem",
    ),
    (
        {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", **CLIENT},
        CONNECT,
        6,
        "REQUESTS_CA_BUNDLE names /nowhere/ca.pem",
    ),
    ({"REQUESTS_CA_BUNDLE": certifi.where()}, CONNECT, 6, "set SSL_CERT_FILE and REQUESTS_CA_BUN"),
    ({"SSL_CERT_FILE": certifi.where()}, CONNECT, 6, "set SSL_CERT_FILE and REQUESTS_CA_BUNDLE"),
    ({"SSLKEYLOGFILE": "/nowhere/keys"}, PROBE, 2, "SSLKEYLOGFILE names /nowhere/keys"),
    ({"SSLKEYLOGFILE": "/nowhere/keys"}, CONNECT, 2, "SSLKEYLOGFILE names /nowhere/keys"),
    ({"IDENTITY_ENDPOINT": "foo"}, CONNECT, 2, "IDENTITY_ENDPOINT isn't the URL"),
    ({"IDENTITY_ENDPOINT": "http://[::1"}, CONNECT, 2, "IDENTITY_ENDPOINT isn't the URL"),
    ({"IDENTITY_ENDPOINT": "http://127.0.0.1:9/"}, CONNECT, 6, "No response to the token request"),
    ({"IDENTITY_HEADER": "a\nb"}, CONNECT, 2, "IDENTITY_HEADER contains characters"),
    ({"IDENTITY_HEADER": "s€cret"}, CONNECT, 2, "IDENTITY_HEADER contains characters"),
    ({"AZURE_HTTP_USER_AGENT": "a\nb"}, CONNECT, 2, "AZURE_HTTP_USER_AGENT contains characters"),
    ({"AZURE_HTTP_USER_AGENT": "☃"}, CONNECT, 2, "AZURE_HTTP_USER_AGENT contains characters"),
    ({"AZURE_TOKEN_CREDENTIALS": "nonsense"}, CONNECT, 2, "Check AZURE_TOKEN_CREDENTIALS"),
    ({**CLIENT, "AZURE_TENANT_ID": "a/b"}, CONNECT, 2, "Invalid tenant ID"),
    (
        {**AS_CLIENT, "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere/me.pem"},
        CONNECT,
        2,
        "No such file or directory: '/nowhere/me.pem'",
    ),
    (
        {**AS_CLIENT, "AZURE_CLIENT_CERTIFICATE_PATH": "/etc"},
        CONNECT,
        2,
        "a credential that can't be created",
    ),
    ({"AZURE_SUBSCRIPTION_ID": "a/../b"}, CONNECT, 2, "AZURE_SUBSCRIPTION_ID"),
    ({"AZURE_SUBSCRIPTION_ID": "a b"}, CONNECT, 2, "AZURE_SUBSCRIPTION_ID"),
    ({"AZURE_SUBSCRIPTION_ID": "nobodys"}, CONNECT, 3, "nobodys"),
    ({"MIWIRE_CLOUD": "/etc"}, CONNECT, 2, "/etc is a folder, not a file."),
    ({"MIWIRE_CLOUD": sys.executable}, CONNECT, 2, "Check --cloud or MIWIRE_CLOUD"),
    ({"MIWIRE_CLOUD": "/dev/zero"}, CONNECT, 2, "/dev/zero is not a regular file."),
    (
        {"MIWIRE_CLOUD": "/nowhere/x.json"},
        CONNECT,
        2,
        "No cloud and no file is named /nowhere/x.json",
    ),
    ({"MIWIRE_LAB": __file__}, ENABLE, 2, "MIWIRE_LAB (lab) or XDG_STATE_HOME"),
    ({"MIWIRE_LAB": f"{__file__}/x"}, ENABLE, 2, "cannot be used: Not a directory."),
    ({"MIWIRE_LAB": "x" * 300}, ENABLE, 2, "cannot be used: File name too long."),
    ({"MIWIRE_LAB": __file__}, ("lab", "up"), 2, "--state-dir DIR"),
    ({"MIWIRE_LAB": None, "XDG_STATE_HOME": __file__}, ENABLE, 2, "cannot be used: Not a direct"),
    ({"MIWIRE_LAB": None, "XDG_STATE_HOME": __file__}, ("lab", "up"), 2, "cannot be used"),
    (
        {"MIWIRE_LAB": None, "XDG_STATE_HOME": None, "HOME": "/proc/nowhere"},
        ENABLE,
        6,
        "cannot be used",
    ),
]

HARMLESS = [
    # What the lab is reached without: none of it is looked at.
    {"NO_PROXY": "localhost,[::1]"},
    {"OTEL_PYTHON_TRACER_PROVIDER": "garbage"},
    {"no_proxy": "localhost,fd00::/8,.corp.example,*.x,[::1", "HTTPS_PROXY": "http://127.0.0.1:9"},
    {"NO_PROXY": "*", "HTTPS_PROXY": "http://127.0.0.1:9"},
    {**NO_MORE, "ALL_PROXY": "socks5://127.0.0.1:9"},
    {**NO_MORE, "HTTPS_PROXY": "http://[::1", "HTTP_PROXY": "foo", "ALL_PROXY": "x://"},
    {"CURL_CA_BUNDLE": "/nowhere/ca.pem", "SSL_CERT_DIR": "/nowhere"},
    {"REQUESTS_CA_BUNDLE": None},
    {"SSL_CERT_FILE": None, "SSL_CERT_DIR": None},
    {"SSL_CERT_FILE": None, "SSL_CERT_DIR": "", "SSLKEYLOGFILE": ""},
    {"HOME": None, "XDG_STATE_HOME": None},
    {"HOME": "", "XDG_STATE_HOME": ""},
    {"HOME": "/proc/nowhere", "XDG_STATE_HOME": None},
    {"XDG_STATE_HOME": "relative"},
    {"TERM": "dumb"},
    {"TERM": "nonsense", "COLORTERM": "nonsense", "FORCE_COLOR": "nonsense"},
    {"TZ": "non/sense"},
    {"LC_ALL": "C", "PYTHONIOENCODING": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "xx_YY.nonsense"},
    {"PYTHONWARNINGS": "error"},
    {"PYTHONDONTWRITEBYTECODE": "x", "PYTHONHASHSEED": "0", "PYTHONOPTIMIZE": "2"},
    {"COLUMNS": "0"},
    {"COLUMNS": "-1"},
    {"COLUMNS": "abc"},
    {"COLUMNS": "9" * 5000},
    {"COLUMNS": "100000", "LINES": "0"},
    {"COLUMNS": "²"},
    {"TERMINAL_WIDTH": "abc"},
    {"TERMINAL_WIDTH": "0", "LINES": "abc"},
    {"AZURE_AUTHORITY_HOST": "foo", **CLIENT},
    {"AZURE_CONFIG_DIR": "/nowhere", "AZURE_LOG_LEVEL": "nonsense"},
    {"NETRC": "/etc", "TMPDIR": "/nowhere"},
]


def named(value):
    return " ".join(f"{name}={text}"[:40] for name, text in value.items()) if value else ""


def ids(row):
    return f"{named(row[0])}: {' '.join(row[1])[:30]}"


@pytest.fixture
def odd(miwire, lab, brief_pauses):  # noqa: ARG001  a dead endpoint is asked again
    """Run miwire in the operator's shell with variables, LAB standing for what the lab gives."""
    given = {
        "AZURE_CLIENT_ID": lab.environment["MIWIRE_LAB_CLIENT_ID"],
        "AZURE_CLIENT_SECRET": lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
    }

    def run(command, variables):
        known = {
            name: given[name] if value == "LAB" else value for name, value in variables.items()
        }
        return miwire(*command, **known)

    return run


@pytest.mark.parametrize("row", FATAL, ids=ids)
def test_what_cannot_be_used_is_one_sentence_that_names_it(odd, lab, row):
    variables, command, code, sentence = row
    ended = odd(command, variables)

    assert code == ended.code, ended.err
    assert sentence in ended.err
    assert 1 == ended.err.count("error[")
    assert 1 == ended.err.count("hint: ")
    assert "Traceback" not in ended.err
    assert "pw1" not in ended.err
    assert [] == lab.writes()


@pytest.mark.parametrize("row", FATAL, ids=ids)
def test_what_a_command_does_not_need_may_hold_anything(odd, row):
    ended = odd(("decode-token", TOKEN), row[0])

    assert 0 == ended.code, ended.err


@pytest.mark.parametrize(
    ("variables", "command"),
    # Each with what asks most of the environment, and in turn with what asks little.
    [pytest.param(each, CONNECT, id=f"{named(each)} {CONNECT[0]}") for each in HARMLESS]
    + [
        pytest.param(each, QUIET[n % len(QUIET)], id=f"{named(each)} {QUIET[n % len(QUIET)][0]}")
        for n, each in enumerate(HARMLESS)
    ],
)
def test_what_can_be_passed_over_is(odd, variables, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = odd(command, variables)

    assert ended.code in MINDLESS.get(command, {0}), ended.err
    assert ended.out.strip()
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("columns", ["5", "0", "1", "40"])
def test_a_terminal_that_is_too_narrow_cuts_nothing_off(odd, columns):
    ended = odd(("decode-token", TOKEN), {"COLUMNS": columns})

    assert "NOT VERIFIED" in ended.out
    assert "version of the token" in " ".join(ended.out.split())


def test_signs_that_an_encoding_lacks_have_ascii_forms(odd):
    ended = odd(CONNECT, {"PYTHONIOENCODING": "ascii"})

    assert 0 == ended.code
    assert "Reading core and integration ..." in ended.err
    assert "absent -> true" in ended.out
    assert not re.search(r"\\u|\\x", ended.out + ended.err)


def test_what_powershell_writes_is_read(odd, lab, tmp_path):
    text = Path(lab.environment["MIWIRE_CLOUD"]).read_text()
    for encoding in ("utf-16", "utf-8-sig"):
        file = tmp_path / "cloud.json"
        file.write_text(text, encoding=encoding)
        ended = odd(CONNECT, {"MIWIRE_CLOUD": str(file)})

        assert 0 == ended.code, ended.err


def test_a_company_authority_is_known_to_all_once_one_variable_names_it(odd, lab):
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    for name in set(names) - {"SSL_CERT_DIR"}:
        variables = dict.fromkeys(names)
        ended = odd(CONNECT, {**variables, name: lab.ca})

        assert 0 == ended.code, ended.err


# Streams


def shell_line(miwire, line):
    """Run a line in sh, "miwire" in it standing for this one; return exit code and stderr."""
    ended = subprocess.run(
        ["sh", "-c", line.replace("miwire", f"{sys.executable} -m miwire")],
        env={name: value for name, value in miwire.environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return ended.returncode, ended.stderr


SAID = ("--help", "--version", f"decode-token {TOKEN}", "undo --list", "lab status -o json")


@pytest.mark.parametrize("command", [*SAID, "connect core integration --dry-run", "lab --help"])
def test_a_reader_that_has_read_enough_is_told_nothing(miwire, command):
    code, err = shell_line(miwire, f"{{ miwire {command}; echo $? >&2; }} | true")

    assert err.rstrip().endswith("141")
    assert not re.search(r"error\[|Traceback|Broken|Exception", err)
    assert 0 == code


def test_the_first_line_is_read_and_nothing_is_told(miwire):
    code, err = shell_line(miwire, "{ miwire lab --help; } | head -1")

    assert (0, "") == (code, err)


@pytest.mark.parametrize("command", SAID)
@pytest.mark.parametrize(
    ("streams", "codes"),
    [
        (">/dev/full", {6}),
        (">&-", {6}),
        ("2>&- >/dev/null", {0}),
        ("2>/dev/full >/dev/null", {0}),
        ("<&- >/dev/null", {0}),
        ("<&- >&- 2>&-", {6}),
    ],
)
def test_a_stream_that_is_closed_or_full_is_one_sentence(miwire, command, streams, codes):
    code, err = shell_line(miwire, f"miwire {command} {streams}")

    assert code in codes
    assert "Traceback" not in err
    assert ("Couldn't write to stdout" in err) == (code == 6 and "2>" not in streams)


def test_no_input_is_no_token(miwire):
    code, err = shell_line(miwire, "miwire decode-token <&-")

    assert 1 == code
    assert "the input is empty" in err


@pytest.mark.parametrize("columns", [0, 1, 5])
def test_a_terminal_of_hardly_any_columns_is_written_to(miwire, columns):
    main, terminal = pty.openpty()
    environment = {**miwire.environment, "COLUMNS": str(columns), "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "miwire", "decode-token", TOKEN],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={name: value for name, value in environment.items() if value is not None},
    )
    os.close(terminal)
    written = b""
    while select.select([main], [], [], 30)[0]:
        try:
            received = os.read(main, 65536)
        except OSError:
            break
        if not received:
            break
        written += received
    os.close(main)

    assert 0 == process.wait(30)
    assert b"VERIFIED" in written


# Folders


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB of its own."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_state_folder_that_is_read_only_is_one_sentence(odd, lab, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    variables = {"MIWIRE_LAB": None, "XDG_STATE_HOME": str(small_disk)}
    for command in (ENABLE, ("connect", "core", "integration", "--yes"), ("lab", "up")):
        ended = odd(command, variables)

        assert (2 if "up" in command else 6) == ended.code, ended.err
        assert "cannot be used: Read-only file system." in ended.err
    assert 0 == odd(CONNECT, variables).code
    assert 0 == odd(("undo", "--list"), variables).code
    assert [] == lab.writes()


def test_a_state_folder_that_is_full_is_one_sentence(odd, lab, small_disk):
    (small_disk / "miwire").mkdir()
    with pytest.raises(OSError, match="space"):
        (small_disk / "rest").write_bytes(bytes(1 << 20))
    variables = {"MIWIRE_LAB": None, "XDG_STATE_HOME": str(small_disk)}
    for command in (("connect", "core", "integration", "--yes"), ("lab", "up")):
        ended = odd(command, variables)

        assert 6 == ended.code, ended.err
        assert "No space left on device" in ended.err
        assert "Traceback" not in ended.err
    assert [] == lab.writes()
