"""Every kind of model has a page, and the configuration on it makes a judge."""

import re
import tomllib
from pathlib import Path

import pytest

from komainu.apps.settings import load_settings
from komainu.judges.safeguard import SafeguardJudge
from komainu.judges.safeguard.profiles import PROFILES, profile_for

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "profiles"


def test_every_profile_has_a_page_and_every_page_a_profile() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == set(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_the_configuration_on_the_page_makes_a_judge_of_that_profile(name: str, tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (PAGES / f"{name}.md").read_text("utf-8"), re.DOTALL)
    file = tmp_path / "komainu.toml"
    file.write_text(block, "utf-8")
    (stage,) = load_settings(file, environment={}).cascade().stages
    assert isinstance(stage.judge, SafeguardJudge)
    options = tomllib.loads(block)["stages"][0]["options"]
    assert options.get("profile", profile_for(options["model"])) == name
