"""A page is part of the portal by its module alone."""

import sys

from portal.web.routes import routers_in


def test_every_module_with_a_router_is_found(tmp_path, monkeypatch):
    package = tmp_path / "pages_of_test"
    package.mkdir()
    route = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/{0}')\ndef page():\n    return '{0}'\n"
    modules = {"__init__": "", "b": route.format("b"), "a": route.format("a"), "forms": "router = None"}
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    paths = [route.path for router in routers_in("pages_of_test") for route in router.routes]
    assert paths == ["/a", "/b"]
    for name in [name for name in sys.modules if name.partition(".")[0] == "pages_of_test"]:
        monkeypatch.delitem(sys.modules, name)
