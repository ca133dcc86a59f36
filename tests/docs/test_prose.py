"""Pages, docstrings, comments and messages keep clear of constructions that readers stumble over."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = r"(?:^|(?<=[.!?] ))"
# What to look for, and what to write instead.
FORBIDDEN = {
    "a sentence that starts with a participle and its verb": (
        START
        + r"(?:Not )?(?:Kept|Looked at|Counted|Drawn|Given|Added|Left|Shown|Compared|Measured|Protected"
        r"|Refused|Checked|Held out|Learned|Made|Taken|Read|Written|Tried) (?:are|is|was|were)\b",
        "name who does it first: 'the sampler keeps …'",
    ),
    "a sentence that starts with 'Of'": (
        START + r"Of (?!course\b)",
        "start with the subject: 'one of …', 'if there are more …'",
    ),
    "'what' or 'who' as a subject": (
        START + r"(?:What is \w+ed (?:is|are|comes)|Whoever|Who (?:has|wants|needs)|What then)\b",
        "name the thing or the person: 'a column that …', 'if you …'",
    ),
    "a riddle": (
        r"\b(?:misses the like|the like of|whoever could|is gone on|gone on from|are an eight|would vouch"
        r"|autograd is not told|say the same or nothing|divides? \w+ \w+ out again)\b",
        "say it in the terms of the field",
    ),
    "'the very' for 'exactly the same'": (
        r"\bthe very (?:same|model|weights|rows|row|images|probabilities|cells|points?)\b",
        "'exactly the same'",
    ),
    "an old word": (
        r"\b(?:anew|oftener|commoner|thereof|wherein|whereof|hitherto|thence|thereby|whilst)\b",
        "'again', 'more often', 'in which' …",
    ),
    "a chain of 'which'": (r"\bwhich\b[^.!?]*\bwhich\b[^.!?]*\bwhich\b", "two sentences"),
}
PATTERNS = {name: re.compile(pattern) for name, (pattern, _) in FORBIDDEN.items()}
PAGES = sorted(
    page
    for page in (*ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md")
    # What was tried is a diary, and the build of the site writes the last two.
    if page.name != "tried.md" and not {"_build", "examples"} & set(page.parts)
)
MODULES = sorted((*ROOT.glob("vaesynth/**/*.py"), *ROOT.glob("docs/gallery/*.py")))


def read_page(page):
    """Return the paragraphs of a page in Markdown, without code and tables."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"^ *\|.*$", "", text, flags=re.M)
    return re.split(
        r"\n\s*\n|\n(?= *(?:[-*]|\d+\.) )", re.sub(r"^ *(?:[-*]|\d+\.) ", "\n", text, flags=re.M)
    )


def read_module(module):
    """Return docstrings, comments and messages of a module by paragraph, without doctests."""
    source = module.read_text(encoding="utf-8")
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            text = re.sub(r"^ *(?:>>>|\.\.\.).*$|^-+$", "", text, flags=re.M)
            # The description of a parameter is a paragraph, below its name and type.
            yield from re.split(r"\n\s*\n|^\S.* : .*$", text, flags=re.M)
        elif isinstance(node, ast.Raise) and node.exc:
            yield from messages(node.exc)
    comments = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#: ")
            if token.start[0] == last + 1:
                comments[-1] += " " + text
            else:
                comments.append(text)
            last = token.start[0]
    yield from comments


def messages(node):
    """Return the parts of an exception that are text."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def findings(paragraphs):
    """Return the sentences that have a forbidden construction, with its name and the remedy."""
    found = []
    for paragraph in paragraphs:
        text = " ".join(paragraph.split()).lstrip("*# ")
        for name, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                place = text[max(match.start() - 20, 0) : match.end() + 50]
                found.append(f"{name} (write {FORBIDDEN[name][1]}): … {place} …")
    return found


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_no_construction_that_readers_stumble_over(page):
    assert not findings(read_page(page))


def test_no_docstring_comment_or_message_has_one():
    found = {name(module): findings(read_module(module)) for module in MODULES}
    assert not {module: sentences for module, sentences in found.items() if sentences}


@pytest.mark.parametrize(
    "sentence",
    [
        "Kept are at most 250 rows.",
        "It ends. Looked at are 250 of either.",
        "Of the forest only those trees are asked that have seen neither parent.",
        "A row is normal if there was one, of which the model misses the like.",
        "A state that the team has kept is gone on from.",
        "It gives whoever could see it, and whoever could would.",
        "The fit begins anew.",
        "A row, which has a cell, which has a value, which is missing.",
    ],
)
def test_the_check_finds(sentence):
    assert findings([sentence])


@pytest.mark.parametrize(
    "sentence",
    [
        "The sampler keeps at most 250 rows. Of course it may keep fewer.",
        "It counts the rows that are kept.",
        "The sampler draws rows, which takes a second.",
    ],
)
def test_the_check_passes(sentence):
    assert not findings([sentence])
