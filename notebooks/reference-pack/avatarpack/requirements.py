"""Checks of the machine that run before long work, so that it fails at once and says what is missing."""

import shutil
from pathlib import Path

PROGRAMS = {
    "flite": "apt-get install flite",
    "espeak-ng": "apt-get install espeak-ng libespeak-ng1",
    "gcc": "apt-get install gcc",
    "node": "apt-get install nodejs npm",
    "npm": "apt-get install nodejs npm",
}


class MissingRequirement(SystemExit):
    """One sentence about what the machine lacks; ends a command with exit code 1 and no stack trace."""

    def __init__(self, message):
        super().__init__(f"error: {message}")


def require_programs(*names):
    """Refuses to go on when a program is not on the PATH."""
    for name in names:
        if shutil.which(name) is None:
            raise MissingRequirement(
                f'program "{name}" is not on the PATH; install it with "{PROGRAMS.get(name, name)}"'
            )


def require_space(folder, mebibytes):
    """Refuses to go on when the disk of `folder` has less than `mebibytes` free; creates the folder."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path).free >> 20
    except OSError as error:
        raise MissingRequirement(f'folder "{path}" cannot be used ({error.strerror}); name another one') from error
    if free < mebibytes:
        raise MissingRequirement(
            f'folder "{path}" has {free} MiB free and {mebibytes} MiB are needed; free some or name another folder'
        )


def require_file(path, how):
    """Refuses to go on when a file that an earlier step makes is absent; `how` names that step."""
    if not Path(path).is_file():
        raise MissingRequirement(f'file "{path}" does not exist; {how}')
    return Path(path)
