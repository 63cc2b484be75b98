"""Words that no file may hold: paths of one machine and addresses of package registries."""

import re

# Written in pieces, so that this file does not hold what it forbids.
FOLDERS = ("/" + "work", "/" + "farm", ".." + "/shared", "." + "library/", "." + "pyenv", "/" + "root")
HOSTS = (
    "pyp" + "i.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "maven" + ".org",
    "maven" + ".apache.org",
    "deb." + "debian.org",
    "proxy." + "golang.org",
    "registry-1." + "docker.io",
)
FORBIDDEN = re.compile(
    "|".join([rf"(?<![\w.-]){re.escape(folder)}(?![\w-])" for folder in FOLDERS] + [re.escape(host) for host in HOSTS]),
)
ALLOWED = {".ci/run": ".." + "/shared/tools/docker-up"}


def forbidden_places(*, path: str, text: str) -> list[str]:
    """Return each line of the text that names a forbidden folder or host."""
    allowed = ALLOWED.get(path)
    cleaned = text.replace(allowed, "") if allowed else text
    lines = enumerate(cleaned.splitlines(), start=1)
    return [f"line {number}: {hit[0]}" for number, line in lines for hit in FORBIDDEN.finditer(line)]
