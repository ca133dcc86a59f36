"""Print the first Python block of a Markdown file as a script that also says from where it imported the package."""

import re
import sys
from pathlib import Path

CHECK = """
import vaesynth
from pathlib import Path
assert Path(vaesynth.__file__).is_relative_to(Path(__file__).parent), vaesynth.__file__
print(f"{len(X_res) - len(X)} new rows from {vaesynth.__file__}")
"""


def main(file: str) -> None:
    """Print the script of one file."""
    blocks = re.findall(r"^```python\n(.*?)^```$", Path(file).read_text(), re.DOTALL | re.MULTILINE)
    print(blocks[0] + CHECK)


if __name__ == "__main__":
    main(sys.argv[1])
