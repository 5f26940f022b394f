"""The wizard asks registries where there is a login, and the user says yes."""

import json

import pytest

from migrate_dhi.oci.reference import Reference
from tests.oci.conftest import log_in
from tests.oci.images import hardened
from tests.ui.test_wizard import LAST, WRITE
from tests.ui.wizards import ENTER, EXPORTER, Repo


@pytest.fixture
def repo(tmp_path, faulty):
    """A repository whose chart may move to a registry that has the image, and wants no login."""
    repo = Repo(tmp_path)
    repo.target = ("--target", f"{faulty.host}/dhi/{{name}}")
    plan = json.loads(repo.run(EXPORTER, "--plan", "--format", "json", *repo.target).stdout)
    [after] = [Reference.parse(image["after"]) for image in plan["images"] if image["after"]]
    index = faulty.blobs.index(**hardened(after.name, after.tag))
    faulty.put(after.repository, after.tag, index)
    return repo


def question(faulty):
    return f"Ask {faulty.host}, with your login, whether the images are there?"


def test_yes_asks_before_the_first_question_on_the_chart(repo, faulty):
    log_in({"HOME": str(repo.home)}, faulty.host, auth="YTpi")

    wizard = repo.start(EXPORTER, *repo.target)
    wizard.see(question(faulty)).press(ENTER)
    wizard.enter(f"Name of the pull secret for {faulty.host}", WRITE)
    wizard.see("The same without questions", "--live")
    wizard.enter(LAST)

    assert wizard.end() == 0
    # The last question is whether it has moved.
    assert faulty.asked[0] == faulty.asked[-1]
    assert faulty.asked[0][0] == "HEAD"


def test_no_asks_nothing(repo, faulty):
    log_in({"HOME": str(repo.home)}, faulty.host, auth="YTpi")

    wizard = repo.start(EXPORTER, *repo.target)
    wizard.see(question(faulty)).press("n")
    wizard.enter(f"Name of the pull secret for {faulty.host}", WRITE, LAST)

    assert wizard.end() == 0
    assert (faulty.asked, "--live" in wizard.shown) == ([], False)


def test_without_a_login_it_is_no_question(repo, faulty):
    wizard = repo.start(EXPORTER, *repo.target)
    wizard.enter(f"Name of the pull secret for {faulty.host}", WRITE, LAST)

    assert wizard.end() == 0
    assert (faulty.asked, question(faulty) in wizard.shown) == ([], False)
