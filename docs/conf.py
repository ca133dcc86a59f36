"""How Sphinx makes the site: ``make docs``."""

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

import matplotlib as mpl

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the pages of the gallery state times of one core
mpl.use("agg")

from gallery_pages import EXECUTED_PAGES

project = "vaesynth"
author = "The vaesynth developers"
copyright = f"2026, {author}"
release = installed_version("vaesynth")
version = ".".join(release.split(".")[:2])

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx-mathjax-offline",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "docstrings",
    "house_plan",
    "pictures",
    "outside_links",
    "public_names",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_extensions", "drawn", "gallery", "examples/*.ipynb"]
nitpicky = True
# Names of other projects: their inventories are on the network, and the site is built without one.
nitpick_ignore_regex = [
    (r"py:.*", rf"{package}(\..+)?")
    for package in ("imblearn", "numpy", "pandas", "sklearn", "torch", "typer", "zuko")
]
default_role = "literal"
suppress_warnings = ["config.cache"]  # the order of the gallery is a function

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4

# The notebook is kept without outputs; a cell that fails ends the build.
nb_execution_mode = "force"
nb_execution_excludepatterns = ["*.md"]
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_ipywidgets_js = {}  # they come from the network, and the site is whole without one
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

autodoc_typehints = "none"
autosummary_generate = True
autosummary_imported_members = True
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "examples",
    "filename_pattern": EXECUTED_PAGES,
    "abort_on_example_error": True,
    "backreferences_dir": "examples/uses",
    "doc_module": ("vaesynth",),
    "inspect_global_variables": False,
    "capture_repr": ("_repr_html_",),
    "matplotlib_animations": False,
    "within_subsection_order": "gallery_pages.page_order",
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "reset_modules": ("matplotlib", "gallery_pages.start_and_end_page"),
    "reset_modules_order": "both",
}

html_theme = "pydata_sphinx_theme"
html_title = "vaesynth"
html_static_path = ["_static"]
html_css_files = ["vaesynth.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "pygments_light_style": "a11y-light",
    "pygments_dark_style": "a11y-dark",
}
html_context = {"default_mode": "auto"}
WITHOUT_SUBPAGES = (
    "index",
    "start",
    "faq",
    "performance",
    "platforms",
    "changelog",
    "coming_from/index",
    "design/index",
)
html_sidebars = {page: [] for page in WITHOUT_SUBPAGES}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

linkcheck_timeout = 15
linkcheck_workers = 4
linkcheck_anchors = False
