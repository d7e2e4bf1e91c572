"""The site that nginx gets: where it looks for the page of maintenance."""

from __future__ import annotations

from pathlib import Path

import jinja2
import yaml

from tests.artefacts.documents import document

WEB = Path(__file__).parents[3] / "deploy" / "ansible" / "roles" / "web"


def site() -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB / "templates"),
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - not HTML
    )
    variables = {
        "celeriac": document(web__health={"path": "/health/"}),
        "web_release": "r1",
        **yaml.safe_load((WEB / "defaults" / "main.yml").read_text()),
    }
    paths = yaml.safe_load((WEB / "vars" / "main.yml").read_text())
    for name in ("__web_socket", "__web_maintenance"):
        variables[name] = environment.from_string(paths[name]).render(variables)
    return environment.get_template("site.conf.j2").render(variables)


def test_every_path_but_that_of_the_health_check_is_tested() -> None:
    text = site()
    before, after = text.split("    return 503;")
    assert before.count("{") - before.count("}") == 2  # the server, and one `if`
    assert "if (-f /var/lib/celeriac/shop/maintenance.html) {" in before
    assert 'if ($uri = "/health/") {\n        set $celeriac_maintenance "";' in before
    assert "location / {" in after
    assert "alias /var/lib/celeriac/shop/maintenance.html;" in after
    assert "add_header Retry-After 120 always;" in after
    assert text.count("{") == text.count("}")
