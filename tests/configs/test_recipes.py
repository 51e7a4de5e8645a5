"""Recipes of listing pages: those that ship, a file of one's own, and what is wrong with one."""

import re
from pathlib import Path

import pytest
import yaml

from configs.recipes import RECIPES, Recipe, load_recipe
from configs.system.errors import ConfigError, UsageError


@pytest.mark.parametrize("name", [path.stem for path in RECIPES.glob("*.yaml")])
def test_those_that_ship_are_valid(name, tmp_path):
    assert load_recipe(name, tmp_path).description


def test_a_file_of_the_home_is_a_recipe(tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "own.yaml").write_text("version: 1\ndescription: mine\nlinks: //a[@href]\n")
    assert load_recipe("recipes/own.yaml", tmp_path).description == "mine"


def test_an_unknown_name_names_those_that_there_are(tmp_path):
    with pytest.raises(UsageError, match="no recipe unecee") as caught:
        load_recipe("unecee", tmp_path)
    assert "links, unece" in caught.value.remedy


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("version: 1\ndescription: x\n", "needs tables, links or both"),
        ("version: 1\ndescription: x\nlinks: '//a['\n", "3: links: is no XPath"),
        ("version: 1\ndescription: x\nlinks: //a\nfiles: '('\n", "4: files: not a regular expression"),
        ("version: 1\ndescription: x\nlinks: //a\nheadings: {agenda_item: '^Item'}\n", r"no group \(\?P<item>"),
        ("version: 1\ndescription: x\ntables: {columns: [{header: Title, field: title}]}\n", "no paper can be found"),
        ("version: 1\ndescription: x\nlinks: //a\nhosts: ['un*.org']\n", "5?: hosts"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, recipe, said):
    (tmp_path / "own.yaml").write_text(recipe)
    with pytest.raises(ConfigError, match=said):
        load_recipe("own.yaml", tmp_path)


def test_the_example_of_the_documentation_is_one():
    pages = Path(__file__).parents[2].glob("docs/*.md")
    blocks = [block for page in pages for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)]
    (example,) = [found for block in blocks if "columns:" in block and (found := yaml.safe_load(block))]
    assert Recipe.model_validate(example).tables
