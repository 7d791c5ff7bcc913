from miwire.cli.output import json, text


def test_people_and_programs_are_told_of_the_same_things():
    assert sorted(json.__all__) == sorted(text.__all__)
