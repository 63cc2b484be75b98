"""What decisions and money may not do: read a clock, draw an id, wait, touch the world, calculate with floats."""

import ast
import sys
from collections.abc import Iterator

CLOCK_AND_CHANCE = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "uuid6", "uuid7", "getnode"})
WORLD_BUILTINS = frozenset({"open", "print", "input", "breakpoint", "eval", "exec", "__import__"})
WORLD_MODULES = frozenset(
    {
        *(
            "asyncio",
            "concurrent",
            "glob",
            "http",
            "io",
            "logging",
            "multiprocessing",
            "os",
            "pathlib",
            "random",
            "secrets",
        ),
        *("select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile"),
        *("threading", "time", "urllib"),
    },
)
PURE_CHASSIS = ("chassis.decision", "chassis.saga")


def impurities(*, source: str) -> list[str]:
    """Return each use of a clock, of chance, of waiting and of the world outside."""
    return [f"line {line}: {what}" for node in ast.walk(ast.parse(source)) for line, what in _impure(node=node)]


def floats(*, source: str) -> list[str]:
    """Return each float literal, each mention of float and each true division."""
    return [f"line {line}: {what}" for node in ast.walk(ast.parse(source)) for line, what in _floating(node=node)]


def foreign_imports(*, source: str, package: str) -> list[str]:
    """Return each import beyond the standard library, the package itself, money and the pure modules of chassis."""
    modules = [(line, name) for node in ast.walk(ast.parse(source)) for line, name in _imported(node=node)]
    return [f"line {line}: imports {name}" for line, name in modules if not _allowed(module=name, package=package)]


def positional(*, source: str) -> list[str]:
    """Return each public function that can be called with positional arguments."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    public = [function for function in functions if not function.name.startswith("_")]
    return [
        f"line {f.lineno}: {f.name} takes positional arguments" for f in public if f.args.args or f.args.posonlyargs
    ]


def _impure(*, node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Await() | ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
            yield node.lineno, "waits"
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_AND_CHANCE:
            yield node.lineno, f"calls {name}"
        case ast.Call(func=ast.Name(id=name)) if name in CLOCK_AND_CHANCE | WORLD_BUILTINS:
            yield node.lineno, f"calls {name}"
        case ast.Import() | ast.ImportFrom():
            yield from _worldly_import(node=node)
        case _:
            return


def _worldly_import(*, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[int, str]]:
    for line, module in _imported(node=node):
        if module.split(".")[0] in WORLD_MODULES:
            yield line, f"imports {module}"
    if isinstance(node, ast.ImportFrom):
        yield from ((node.lineno, f"imports {alias.name}") for alias in node.names if alias.name in CLOCK_AND_CHANCE)


def _floating(*, node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=float() | complex()):
            yield node.lineno, f"literal {node.value!r}"
        case ast.Name(id="float"):
            yield node.lineno, "float"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield node.lineno, "true division"
        case _:
            return


def _imported(*, node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Import():
            yield from ((node.lineno, alias.name) for alias in node.names)
        case ast.ImportFrom(module=str(module), level=0):
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        case _:
            return


def _allowed(*, module: str, package: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    pure_chassis = any(module == pure or module.startswith(f"{pure}.") for pure in PURE_CHASSIS)
    return top in {package, "money"} or top in sys.stdlib_module_names or pure_chassis
