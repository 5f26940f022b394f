"""Things by what they have in common."""

from migrate_dhi.grouping import grouped


def test_keys_and_values_stay_in_their_order():
    found = grouped(iter([("b", 1), ("a", 2), ("b", 3), ("b", 1)]))

    assert list(found.items()) == [("b", [1, 3, 1]), ("a", [2])]


def test_of_nothing_there_is_nothing():
    assert grouped([]) == {}
