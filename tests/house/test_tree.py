import re
from pathlib import Path

from house import places, purity, shape, tree

PURE = (*tree.DECISIONS, *tree.PURE_CHASSIS, "money/src")
VAGUE = frozenset({"utils", "util", "common", "helpers", "helper", "core", "misc", "manager"})


def test_decisions_are_pure() -> None:
    """Domain, handlers, saga and money read no clock, draw no id, wait for nothing and touch nothing outside."""
    assert [] == tree.offences(files=tree.modules(of=PURE), rule=lambda text: purity.impurities(source=text))


def test_money_is_whole() -> None:
    """No float, float literal or true division occurs where amounts are calculated."""
    files = tree.modules(of=(*tree.DECISIONS, "money/src"))
    assert [] == tree.offences(files=files, rule=lambda text: purity.floats(source=text))


def test_decisions_import_only_what_they_may() -> None:
    """Decisions import the standard library, their own service, money and the pure modules of chassis."""
    assert [] == [
        f"{path}: {found}"
        for path in tree.modules(of=PURE)
        for found in purity.foreign_imports(source=tree.text(path=path) or "", package=_package(path=path))
    ]


def _package(*, path: str) -> str:
    return path.partition("/src/")[2].partition("/")[0]


def test_public_functions_of_the_domain_are_keyword_only() -> None:
    """Public functions of money and of each domain take keyword arguments only."""
    files = tree.modules(of=(*tree.DOMAINS, "money/src"))
    assert [] == tree.offences(files=files, rule=lambda text: purity.positional(source=text))


def test_each_test_states_a_fact() -> None:
    """Each test has a docstring of one line."""
    assert [] == tree.offences(files=tree.tests(), rule=lambda text: shape.tests_without_fact(source=text))


def test_files_are_short() -> None:
    """No Python file is longer than the house allows."""
    assert [] == tree.offences(files=tree.python(), rule=lambda text: shape.long_file(source=text))


def test_functions_are_short() -> None:
    """No function is longer than the house allows."""
    assert [] == tree.offences(files=tree.python(), rule=lambda text: shape.long_functions(source=text))


def test_nine_functions_of_ten_are_under_twenty_lines() -> None:
    """The ninetieth percentile of the functions' lengths is below twenty lines."""
    found = [
        length for path in tree.sources() for _, length in shape.function_lengths(source=tree.text(path=path) or "")
    ]
    lengths = sorted(found)
    assert not lengths or lengths[(len(lengths) * 9 - 1) // 10] < shape.P90_BELOW


def test_each_ignore_gives_code_and_reason() -> None:
    """Each ignore comment names its code and its reason."""
    assert [] == tree.offences(files=tree.python(), rule=lambda text: shape.bare_ignores(source=text))


def test_each_ignored_lint_rule_gives_its_reason() -> None:
    """Each lint rule that pyproject.toml switches off has its reason on the same line."""
    assert [] == tree.offences(files=["pyproject.toml"], rule=lambda text: shape.bare_lint_codes(text=text))


def test_package_files_hold_a_docstring_only() -> None:
    """Each __init__.py holds one docstring and nothing else."""
    files = [path for path in tree.python() if Path(path).name == "__init__.py"]
    assert [] == tree.offences(files=files, rule=lambda text: shape.more_than_docstring(source=text))


def test_no_file_has_a_name_that_says_nothing() -> None:
    """No module or folder is called utils, common, helpers or core."""
    named = [path for path in tree.python() if VAGUE.intersection(re.split(r"[/._]", path))]
    assert [] == named


def test_no_file_names_a_place_of_one_machine() -> None:
    """No file names a path of the machine it was written on or the address of a package registry."""
    found = [
        f"{path}: {hit}"
        for path in tree.paths()
        for hit in places.forbidden_places(path=path, text=tree.text(path=path) or "")
    ]
    assert [] == found


def test_each_service_has_the_same_files() -> None:
    """Who knows one service finds the same files in each; a module may have become a folder of the same name."""
    found = set(tree.paths())
    folders = {path.rpartition("/")[0] + "/" for path in found}
    missing = [
        f"services/{service}/{name}"
        for service in tree.SERVICES
        for name in (*tree.FILES, *(f"src/{service}/{module}" for module in tree.MODULES))
        if f"services/{service}/{name}" not in found
        and f"services/{service}/{name.removesuffix('.py')}/" not in folders
    ]
    assert [] == missing
