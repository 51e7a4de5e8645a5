"""The versions of stages change with every data file that shapes what the stages make."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import configs

pytestmark = pytest.mark.slow

FOLDER = Path(configs.__file__).parent
IN_USE = {"maturity/dcmm-interop.yaml", "vocabulary/digital-customs.yaml"}
"""Of the models and vocabularies only those in use count."""
OUTSIDE = {
    "asking.yaml": "words at the beginning of a question that only ask",
    "closeness.yaml": "from when on a passage is near enough to a query",
    "counterparts.yaml": "words of queries in other languages",
    "elasticsearch.yaml": "how the cluster stores rows; a change asks for a reindex",
    "encoders.yaml": "which encoders there are; vectors have the version of the encoder's content",
    "numerals.yaml": "words for numbers that are compared where two language versions stand side by side",
    "obligation.yaml": "verbs that are compared where two language versions stand side by side",
    "terms.yaml": "what is proposed as a new term of the vocabulary",
}
"""Data files that shape no stage, and what they are for."""

# Prints the versions with each file changed, one after the other in a process of its own, before anything is loaded.
SCRIPT = """
import json, os, re, sys
from pathlib import Path
import configs.system.yamlfile as yamlfile
from configs.settings import Settings
from pipelines.stages.components import PipelineComponents

read, folder = yamlfile.read_file, Path(sys.argv[1])
for name in ["", *sys.argv[2:]]:
    got, put = os.pipe()
    if not os.fork():
        def changed(path, **more):
            content = read(path, **more)
            if Path(path) != folder / name:
                return content
            assert re.search(rb"(?m)^version: ", content), path
            return re.sub(rb"(?m)^version: .*$", b'version: "999"', content, count=1)
        yamlfile.read_file = changed
        os.write(put, json.dumps(PipelineComponents(Settings()).versions).encode())
        os._exit(0)
    os.close(put)
    print(json.dumps([name, os.fdopen(got).read()]), flush=True)
    os.wait()
"""


@pytest.fixture(scope="module")
def versions():
    """The versions of the stages by the file that is changed; by "" those without a change."""
    names = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.yaml")]
    names = [name for name in names if "/" not in name or name in IN_USE]
    asked = subprocess.run(
        [sys.executable, "-c", SCRIPT, FOLDER, *names], stdout=subprocess.PIPE, check=True, text=True, env=os.environ
    )
    return {name: json.loads(found) for name, found in map(json.loads, asked.stdout.splitlines())}


def changed(versions, name):
    return {stage for stage, version in versions[name].items() if version != versions[""][stage]}


def test_every_data_file_shapes_a_stage_or_is_known_to_shape_none(versions):
    without = {name for name in versions if name and not changed(versions, name)}
    assert without == set(OUTSIDE)


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("structure.yaml", {"read"}),
        ("sentences.yaml", {"read", "tag"}),
        ("stopwords.yaml", {"tag", "index"}),
        ("bodies.yaml", {"read"}),
        ("covers.yaml", {"read"}),
        ("cover_phrases.yaml", {"read"}),
        ("calendar.yaml", {"read"}),
        ("gazetteer.yaml", {"tag", "index"}),
        ("paper_kinds.yaml", {"tag"}),
        ("vocabulary/digital-customs.yaml", {"tag"}),
    ],
)
def test_a_file_changes_the_stages_that_work_by_it(versions, name, stages):
    assert stages <= changed(versions, name) <= {*stages, "tag", "index"}
