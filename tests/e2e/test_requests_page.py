"""The requests that the page about performance lists are those that are sent."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "performance.md"
ROW = re.compile(r"^\| (\d+) \| (GET|POST|PUT|PATCH) `([^`]+)` \|", re.MULTILINE)
LISTED = [(method, path) for _, method, path in ROW.findall(PAGE.read_text(encoding="utf-8"))]
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AGAIN = {("GET", "core/slots")}


def sent(lab, since=0):
    """Method and path of each request to ARM and Graph."""
    both = [*lab.requests("arm"), *lab.requests("graph")]
    return [(each["method"], unquote(urlsplit(each["url"]).path)) for each in both[since:]]


def fits(row, request):
    """Whether a row of the page is about a request."""
    method, path = row
    told = re.escape(path).replace("ID", GUID.pattern).replace("…", r"[^']*")
    return method == request[0] and re.search(f"{told}$", request[1]) is not None


def unlisted(requests, rows):
    """The requests that no row of the page is about; each row is about one."""
    left, found = list(rows), []
    for request in requests:
        row = next((each for each in left if fits(each, request)), None)
        if row is None:
            found.append(request)
        else:
            left.remove(row)
    return found, left


def test_connect_sends_the_requests_of_the_page_and_no_other(quick, lab):
    quick("connect", "core", "integration", "--yes")

    assert ([], []) == unlisted(sent(lab), LISTED)


def test_connect_again_and_doctor_send_eight_and_nine(quick, lab):
    lab.reset("wired")
    quick("connect", "core", "integration")
    again = sent(lab)
    lab.reset("wired")
    quick("doctor", "core", "integration")
    doctor = sent(lab)

    assert [] == lab.writes()
    assert (8, 9) == (len(again), len(doctor))
    assert [] == unlisted(again, [*LISTED, *AGAIN])[0] == unlisted(doctor, [*LISTED, *AGAIN])[0]
