"""Refuse a lock file that names any host but the public index: it would not install elsewhere."""

import re
import sys
from pathlib import Path

PUBLIC = {"pypi.org", "files.pythonhosted.org"}

lock = Path(sys.argv[1])
foreign = sorted(set(re.findall(r"(?:https?|file)://([^/\"]*)", lock.read_text(encoding="utf-8"))) - PUBLIC)
if foreign:
    sys.exit(f"{lock} names {', '.join(foreign)}; lock again: env -u UV_DEFAULT_INDEX -u UV_FIND_LINKS uv lock")
print(f"{lock}: only public hosts")
