"""Words of longer texts: where each begins, which are images, and how one is exchanged and no other."""

import pytest

from migrate_dhi.trace.texts import (
    certain_images,
    gaps_of,
    is_certainly_image,
    is_image,
    is_longer,
    with_words,
    word_at,
    word_spans,
    words_of,
)

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("one", ["one"]),
        ("--image=a/b:1 --name=x", ["--image", "a/b:1", "--name", "x"]),
        ("a, b;c\td\ne", ["a", "b", "c", "d", "e"]),
        ("[\"a\",'b']{c}(d)<e>|f&`g`", list("abcdefg")),
        ("k: v", ["k:", "v"]),
        (f"a/b@{DIGEST}", [f"a/b@{DIGEST}"]),
    ],
)
def test_words_with_what_stands_between_make_the_text(text, words):
    assert words_of(text) == words
    assert [text[start:end] for start, end in word_spans(text)] == words
    assert len(gaps_of(text)) == len(words) + 1
    assert with_words(text, {}) == text


@pytest.mark.parametrize(
    ("text", "longer"),
    [
        ("", False),
        ("docker.io/a/b:1", False),
        (" a", True),
        ("a ", True),
        ("a=b", True),
        ("'a'", True),
        ("{{ .Values.a }}/b:{{ .Values.c }}", False),
        ("{{ .Values.a }} b", True),
        ("{{ printf\n1 }}", False),
        ("{{ }}", False),
    ],
)
def test_longer_is_what_is_more_than_one_word_and_a_template_is_one(text, longer):
    assert is_longer(text) is longer


@pytest.mark.parametrize(
    ("value", "word", "found"),
    [
        ("a b", None, "a b"),
        ({"a": 1}, None, {"a": 1}),
        ("a b", 0, "a"),
        ("a b", 1, "b"),
        ("a b", 2, None),
        (7, 0, None),
        (None, 0, None),
    ],
)
def test_a_value_or_one_of_its_words(value, word, found):
    assert word_at(value, word) == found


def test_the_word_of_that_number_is_exchanged_and_an_equal_one_is_not():
    assert with_words("x=a/b:1, y=a/b:1;", {3: "c"}) == "x=a/b:1, y=c;"
    assert with_words("a b c", {0: "x", 2: "z"}) == "x b z"
    assert with_words("a b", {5: "x"}) == "a b"


@pytest.mark.parametrize(
    ("word", "image"),
    [
        ("a/b:1", True),
        (f"a/b@{DIGEST}", True),
        ("a/b", False),
        ("b:1", False),
        ("a/b:", False),
        ("a//b:1", False),
        ("http://a/b", False),
    ],
)
def test_an_image_has_a_path_and_a_tag_or_a_digest(word, image):
    assert is_image(word) is image


@pytest.mark.parametrize(
    ("word", "certain"),
    [
        ("acme/app:1.2", True),
        ("acme/app:v1.2", True),
        ("acme/app:v1.2.3-alpine", True),
        ("quay.io:443/acme/team/app:1.2", True),
        (f"acme/app:1.2@{DIGEST}", True),
        (f"acme/app:1.2@{DIGEST}0", False),
        (f"acme/app@{DIGEST}", False),
        ("app:1.2", False),
        ("acme/app:1", False),
        ("acme/app:latest", False),
        ("acme/app:v.2", False),
        ("Acme/app:1.2", False),
        ("/acme/app:1.2", False),
        ("acme/-app:1.2", False),
        ("acme/app:1.2/x", False),
        ("xhttp://acme/app:1.2", False),
    ],
)
def test_certain_is_only_a_path_with_a_tag_that_begins_with_a_version(word, certain):
    assert is_certainly_image(word) is certain


def test_certain_images_with_their_numbers():
    text = "run --image=acme/app:1.2 --other acme/app:latest, quay.io/a/b:v2.0"

    assert certain_images(text) == [(2, "acme/app:1.2"), (5, "quay.io/a/b:v2.0")]
    assert certain_images("acme/app:1.2") == [(0, "acme/app:1.2")]
    assert certain_images("no image at all: 1.2") == []
