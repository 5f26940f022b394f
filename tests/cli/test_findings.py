"""The registry of findings: complete, in order, told by the command and on its page, known to ``--accept``."""

import ast
import importlib.util
import json
from pathlib import Path

import pytest

from migrate_dhi.finding_codes import Severity, codes

ROOT = Path(__file__).parents[2]
RENEW = "register it in migrate_dhi/finding_codes.toml, then `python docs/make_findings.py`"


# --- the codes that the program makes, read from its own source


class Makers:
    """Calls that make a finding: of ``Finding`` itself, and of functions that hand a parameter on as its code."""

    def __init__(self):
        texts = [(path, path.read_text("utf-8")) for path in sorted((ROOT / "migrate_dhi").rglob("*.py"))]
        trees = [(path, ast.parse(text)) for path, text in texts if "Finding" in text or "finding(" in text]
        self.functions = [
            (path, function, [node for node in ast.walk(function) if isinstance(node, ast.Call)])
            for path, tree in trees
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
        ]
        self.constants = {}
        for _, tree in trees:
            for node in (node for node in tree.body if isinstance(node, ast.Assign)):
                for name, value in zip(flat(node.targets[0]), flat(node.value), strict=False):
                    self.constants[ast.unparse(name)] = value
        self.at = {(None, "Finding"): 0}
        self.codes, self.severities = {}, {}
        while not self._pass():
            pass

    def _pass(self):
        """One round over all functions; True once no maker is new."""
        known = len(self.at)
        for path, function, calls in self.functions:
            for call in calls:
                position = self.at.get(maker(path, ast.unparse(call.func).rpartition(".")[2]))
                if position is not None and call.args:
                    place = f"{path.name}, {function.name}: {ast.unparse(call)[:80]}"
                    for one, grave in branches(*call.args[position : position + 2]):
                        for code in self._read(one, path, function):
                            self.codes.setdefault(code, place)
                            self.severities.setdefault(code, set()).update(words(grave))
        return len(self.at) == known

    def _read(self, node, path, function):
        """The codes that an expression may be."""
        if isinstance(node, ast.Constant):
            return {node.value}
        if isinstance(node, ast.IfExp):
            return self._read(node.body, path, function) | self._read(node.orelse, path, function)
        if isinstance(node, ast.Attribute):
            assert node.attr in {"accept", "code"}, f"a code that nobody can read: {ast.unparse(node)}"
            return set()  # a code of another finding, or what --accept takes
        assert isinstance(node, ast.Name), f"a code that nobody can read: {ast.unparse(node)}"
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        if node.id in names:
            self.at[maker(path, function.name)] = names.index(node.id)
            return set()
        values = [n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and assigns(n, node.id)]
        values += [self.constants[node.id]] if node.id in self.constants else []
        assert values, f"a code that nobody can read: {node.id} in {path.name}, {function.name}"
        return set().union(*(self._read(value, path, function) for value in values))


def maker(path, name):
    """What a call is known by: a private name is another one in each module."""
    return (path if name.startswith("_") else None, name)


def branches(code, grave=None):
    """Code and severity of a call, in pairs where one condition chooses both."""
    if (
        isinstance(code, ast.IfExp)
        and isinstance(grave, ast.IfExp)
        and ast.dump(code.test) == ast.dump(grave.test)
    ):
        return [(code.body, grave.body), (code.orelse, grave.orelse)]
    return [(code, grave)]


def words(node):
    """The severities that stand as words in an expression."""
    found = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)} if node else set()
    return found & set(Severity.__args__)


def assigns(node, name):
    return ast.unparse(node.targets[0]) == name


def flat(node):
    return node.elts if isinstance(node, ast.Tuple) else [node]


@pytest.fixture(scope="module")
def makers():
    return Makers()


def test_every_code_that_the_program_makes_is_registered(makers):
    assert {code: place for code, place in makers.codes.items() if code not in codes()} == {}, RENEW


def test_every_registered_code_is_made(makers):
    assert set(codes()) - set(makers.codes) == set()


def test_each_code_is_registered_with_its_severities(makers):
    wrong = {
        code: sorted(found)
        for code, found in makers.severities.items()
        if code in codes() and not found <= set(codes()[code].severities)
    }

    assert not wrong, RENEW


def test_the_source_was_read(makers):
    """A spread of ways to make one: by hand, by helpers, by a constant, by a choice."""
    assert {
        "image-fixed",
        "tool-missing",
        "label-invalid",
        "branch-exists",
        "immutable-job",
        "flavor-missing",
    } <= set(makers.codes)


def test_the_registry_is_in_order_and_speaks():
    assert list(codes()) == sorted(codes())
    for code in codes().values():
        assert code.severities
        assert set(code.severities) <= set(Severity.__args__)
        assert code.meaning.endswith((".", ")."))
        assert code.remedy.endswith((".", ")."))
        assert code.stops or not code.by_name


# --- the page


def test_the_page_is_as_the_registry_says():
    spec = importlib.util.spec_from_file_location("make_findings", ROOT / "docs/make_findings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.PAGE.read_text("utf-8") == module.page(), RENEW


# --- the command


def test_the_command_lists_all(workshop):
    ran = workshop.run("findings")

    assert ran.code == 0
    assert all(code in ran.out for code in codes())


def test_the_command_explains_one(workshop):
    ran = workshop.run("findings", "derived-value")

    assert ran.code == 0
    assert "error" in ran.out
    assert codes()["derived-value"].meaning in " ".join(ran.out.split())
    assert "--accept all does not cover it" in " ".join(ran.out.split())


def test_the_command_as_json(workshop):
    ran = workshop.run("findings", "image-fixed", "--format", "json")

    data = json.loads(ran.out)
    assert data["schema"] == "migrate-dhi/findings/1"
    (found,) = data["findings"]
    assert (found["code"], found["severities"], found["accepted_by_all"]) == (
        "image-fixed",
        ["warning"],
        False,
    )
    assert len(json.loads(workshop.run("findings", "--format", "json").out)["findings"]) == len(codes())


def test_a_mistyped_code_names_the_near_ones(workshop):
    ran = workshop.run("findings", "image-fixd")

    assert (ran.code, ran.out) == (2, "")
    assert "image-fixd" in ran.error["error"]
    assert "image-fixed" in ran.error["help"]


# --- words that nobody knows (U12)


@pytest.mark.parametrize("mode", ["--plan", "--yes"])
@pytest.mark.parametrize(
    ("flags", "wrong", "help_"),
    [
        (("--accept", "nosuch"), "nosuch", "migrate-dhi findings"),
        (("--accept", "derived-values"), "derived-values", "derived-value"),
        (("--accept", "All"), "All", "all"),
        (("--pin", "tag", "apps/c/values.yaml", "image.tag", "{bad"), "'{bad'", "JSON"),
        (("--pin", "tag", "apps/c/values.yaml", "image.tag", '"8.1'), "no JSON", "JSON"),
        (("--pin", "tag", "apps/c/values.yaml", "image.tag", "[1"), "no JSON", "JSON"),
        (("--api-versions", "///"), "///", "apps/v1"),
        (("--api-versions", "v1,apps/v1"), "v1,apps/v1", "repeat the flag"),
        (("--api-versions", ""), "--api-versions", "apps/v1"),
    ],
)
def test_a_word_that_means_nothing_is_refused(workshop, mode, flags, wrong, help_):
    workshop.add("values-comments", "apps/c")
    before = workshop.picture()

    ran = workshop.run("apps/c", mode, *flags)

    assert (ran.code, ran.out) == (2, "")
    assert wrong in ran.error["error"]
    assert help_ in ran.error["help"]
    assert workshop.picture() == before


@pytest.mark.parametrize(
    "text", ["[]", "- a", "charts: []", "charts: {apps/c: []}", "charts: {apps/c: {accept: [nosuch]}}", "7"]
)
def test_answers_that_are_none_are_refused(workshop, tmp_path, text):
    workshop.add("values-comments", "apps/c")
    file = tmp_path / "answers.yaml"
    file.write_text(text)

    ran = workshop.run("apps/c", "--plan", "--answers", str(file))

    assert (ran.code, ran.out) == (2, "")
    assert str(file) in ran.error["error"]


@pytest.mark.parametrize("version", ["v1", "apps/v1", "monitoring.coreos.com/v1beta1", "batch/v1/CronJob"])
def test_an_api_version_is_taken_as_helm_names_it(workshop, version):
    workshop.add("values-comments", "apps/c")

    assert workshop.run("apps/c", "--plan", "--api-versions", version).code == 0
