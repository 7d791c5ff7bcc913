import pytest
from hypothesis import given
from hypothesis import strategies as some

from miwire.cli.render.page import Page, Screen, bad, mark, name, quiet

WORD = some.text("abcdefghij", min_size=1, max_size=12)


def page(screen, *lines):
    made = Page(screen)
    for each in lines:
        made.line(*each)
    return str(made)


def test_a_line_is_wrapped_between_words_and_hangs():
    made = Page(Screen(width=20))
    made.line("one two three four five six", indent=2, hanging=2)

    assert "  one two three four\n    five six\n" == str(made)


def test_a_word_that_is_wider_than_the_screen_stays_whole():
    guid = "97389ca3-dbb8-4712-b526-c651b9b73fec"

    assert f"id\n{guid}\nx\n" == page(Screen(width=20), (f"id {guid} x",))


def test_parts_without_a_blank_between_them_stay_together():
    assert "aaaaaa\nbbbb:cccc\n" == page(Screen(width=10), ("aaaaaa ", name("bbbb"), ":cccc"))


def test_in_a_pipe_a_line_is_as_long_as_it_is():
    assert f"{'word ' * 99}end\n" == page(Screen(), ("word " * 99 + "end",))


def test_the_last_column_wraps_below_itself():
    made = Page(Screen(width=40))
    made.rows([("a", "one two three four five six seven eight nine"), ("bbb", "x")])

    assert "a    one two three four five six seven\n     eight nine\nbbb  x\n" == str(made)


def test_a_last_column_without_room_begins_on_a_line_of_its_own():
    made = Page(Screen(width=30))
    made.rows([("a" * 20, "one two three")])

    assert f"{'a' * 20}\n    one two three\n" == str(made)


def test_cells_that_are_empty_leave_no_blanks_behind():
    made = Page(Screen())
    made.rows([("a", "", ""), ("bb", "c", "d")])

    assert "a\nbb  c  d\n" == str(made)


def test_a_wide_character_takes_two_cells():
    made = Page(Screen())
    made.rows([("日本", "x"), ("abcde", "y")])

    assert "日本   x\nabcde  y\n" == str(made)


def test_what_steers_a_terminal_is_escaped_in_every_part():
    made = Page(Screen(width=80, color=True))
    made.line("a\x1b[31m\n", bad("b\r"))
    made.rows([("\u202e", "\x9b")])
    made.verbatim("c\x07")

    assert "a\\u001b[31m\\u000a\x1b[1;31mb\\u000d\x1b[0m\n\\u202e  \\u009b\nc\\u0007\n" == str(made)


def test_a_token_is_left_out_of_every_line():
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAiLCJhdWQiOiJhcGkifQ.c2lnbmF0dXJl"

    assert token not in page(Screen(), (f"Bearer {token}",))


def test_a_style_covers_its_words_and_not_the_blanks_before_them():
    text = page(Screen(color=True), (mark("pass"), " ", name("a b"), quiet("  c")))

    assert "\x1b[32m✓\x1b[0m \x1b[1ma b\x1b[0m  \x1b[2mc\x1b[0m\n" == text


@pytest.mark.parametrize(
    ("verdict", "sign", "ascii_sign"),
    [("pass", "✓", "ok"), ("fail", "✗", "X"), ("warn", "‼", "!"), ("unknown", "–", "-")],  # noqa: RUF001
)
def test_a_mark_has_a_form_in_ascii(verdict, sign, ascii_sign):
    assert f"{sign}\n" == page(Screen(), (mark(verdict),))
    assert f"{ascii_sign}\n" == page(Screen(ascii=True), (mark(verdict),))


@given(some.lists(WORD, min_size=1), some.integers(14, 100))
def test_no_line_is_wider_than_the_screen_and_no_word_is_lost(words, width):
    lines = page(Screen(width=width), (" ".join(words),)).splitlines()

    assert words == " ".join(lines).split()
    assert all(len(line) <= width for line in lines)
