"""The configuration file, and what the doors make of it."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from komainu.apps.desk_settings import QueueSettings, ReviewerSettings, ReviewSettings, desk_of
from komainu.apps.stage_settings import EMBEDDED, REASONER, StageSettings, Strict
from komainu.cascade import Canary, Cascade, Stage
from komainu.domain import Action, Warrants
from komainu.domain.call import PROBES
from komainu.errors import SettingsError
from komainu.judges.embedded import versions
from komainu.judges.find import find_judge
from komainu.judges.later import LaterJudge
from komainu.reviews.desk import Desk
from komainu.store import TraceKeeper

DEFAULT_FILE = Path("komainu.toml")
OVERRIDES = (
    ("KOMAINU_STORE", "store"),
    ("KOMAINU_CACHE", "cache"),
    ("KOMAINU_REVIEWER", "reviewer"),
    ("KOMAINU_TRACE_KEY", "trace_key"),
)


_REMEMBERED = 50_000  # tokens of texts kept as the embedded judge read them, some 75 MB: a policy with all its cases
_SPARE = 0.95  # share of a stage's time that a reasoner may use, so that its own account of a delay arrives in time


ActionName = Literal["allow", "limit", "hold", "block"]


class Settings(Strict):
    """All that can be configured. Paths are relative to the working directory."""

    store: str = "komainu.db"  # a file for SQLite, or postgresql://...
    policies: tuple[Path, ...] = ()  # used where no --policy is given; empty: the starter policies
    candidates: tuple[Path, ...] = ()  # versions under trial: they decide where the record says so
    approvals: int = Field(default=0, ge=0, le=20)  # of people, that a version needs to decide; 0: files decide
    reviewer: str = ""  # who reviews where --reviewer names nobody; empty: whoever is logged in
    cache: Path = Path("~/.cache/komainu")  # what can be made again: compiled rulebooks
    fits: Path = Path("fits")  # where `komainu learn fit` keeps what labels taught the embedded judge
    keep_traces_days: float = Field(default=0.0, ge=0.0, le=3_650.0)  # what reasoners think aloud; 0: not kept
    trace_key: str = Field(default="", repr=False)  # of KOMAINU_TRACE_KEY alone: a key does not belong in a file
    audit_share: float = Field(default=0.0, ge=0.0, le=1.0)  # of all decisions, drawn for people to look at
    audit_shares: Mapping[ActionName, Annotated[float, Field(ge=0.0, le=1.0)]] = {}  # by action, where it differs
    stops_early: bool = True
    stages: tuple[StageSettings, ...] = Field(
        default=(StageSettings(judge="rules"), StageSettings(judge="embedded")), min_length=1
    )
    review: ReviewSettings = ReviewSettings()
    queues: tuple[QueueSettings, ...] = ()
    reviewers: tuple[ReviewerSettings, ...] = ()

    @model_validator(mode="after")
    def _desk_stands(self) -> Self:
        self.desk()
        return self

    def desk(self) -> Desk:
        """The rules of review."""
        return desk_of(self.review, self.queues, self.reviewers)

    def keeper(self) -> TraceKeeper | None:
        """What seals and opens traces, None without a key; SettingsError where they are to be kept without one."""
        if self.keep_traces_days and not self.trace_key:
            raise SettingsError(
                "keep_traces_days needs a key in KOMAINU_TRACE_KEY; `komainu decisions trace-key` makes one"
            )
        return TraceKeeper(self.trace_key, days=self.keep_traces_days) if self.trace_key else None

    def by_action(self) -> Mapping[Action, float]:
        """The share of the decisions that come to each action which people look at."""
        shares: Mapping[str, float] = dict(self.audit_shares.items())
        return {action: shares.get(action.label, self.audit_share) for action in Action}

    def cascade(self, *, later: bool = False, certified: bool = True, many_policies: bool = False) -> Cascade:
        """The stages in order, each with its judge; with `later`, those abstain that are asked later.

        Unless `certified`, no certificate counts: for measurements, of which nothing goes on record. With
        `many_policies`, the same contents will meet policies that nobody asks about again: what is read of both is kept
        in memory, and nothing on disk. SettingsError where there is none of these.
        """
        if later and not any(stage.later for stage in self.stages):
            raise SettingsError(
                "--later leaves slow judges to `komainu settle`, and there is none: name a reasoner with --reasoner, "
                "or set later = true for a stage"
            )
        options = {"cache": None, "remember": _REMEMBERED} if many_policies else {}
        stages = tuple(
            self._stage(stage, options, later=later and stage.later, certified=certified) for stage in self.stages
        )
        return Cascade(stages=stages, stops_early=self.stops_early, audit_shares=self.by_action() if certified else {})

    def _stage(self, stage: StageSettings, embedded: Mapping[str, Any], *, later: bool, certified: bool) -> Stage:
        options = dict(stage.options)
        if stage.judge == EMBEDDED:
            options |= embedded
            options.setdefault("cache", self.cache.expanduser())
            options.setdefault("fits", self.fits)
        if stage.judge == REASONER:
            options.setdefault("deadline_seconds", stage.timeout_seconds * _SPARE)
            options.setdefault("fits", self.fits)
        judge = find_judge(stage.judge, options)
        return Stage(
            judge=LaterJudge(judge.name) if later else judge,
            thresholds=stage.thresholds(),
            by_clause=stage.by_clause(),
            timeout_seconds=stage.timeout_seconds,
            warrants=_warrants(stage, judge.name) if certified else None,
            canary=_canary(stage, options) if certified and not later else None,
        )


def _canary(stage: StageSettings, options: Mapping[str, Any]) -> Canary | None:
    """The version of the embedded judge that is tried on a share of the contents, if any."""
    fits = options.get("fits")
    if stage.judge != EMBEDDED or fits is None or options.get("version"):
        return None
    tried = versions.canary(Path(fits))
    if tried is None:
        return None
    judge = find_judge(stage.judge, {**options, "version": tried.version})
    return Canary(judge=judge, share=tried.share, warrants=_warrants(stage, judge.name))


def _warrants(stage: StageSettings, judge: str) -> Warrants | None:
    return None if stage.certified == "no" else Warrants(judge, only=stage.certified == "only")


def load_settings(path: Path | None = None, *, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in `path`, else in the file that KOMAINU_CONFIG names, else in komainu.toml, else the defaults.

    KOMAINU_STORE, KOMAINU_CACHE and KOMAINU_REVIEWER override what the file says. SettingsError where a named file is
    missing or wrong.
    """
    named = path or (Path(environment["KOMAINU_CONFIG"]) if environment.get("KOMAINU_CONFIG") else None)
    given = _read(named or DEFAULT_FILE, required=named is not None)
    if "trace_key" in given:
        raise SettingsError(
            f"{named or DEFAULT_FILE}: trace_key: a key does not belong in a file; set KOMAINU_TRACE_KEY"
        )
    for variable, key in OVERRIDES:
        if environment.get(variable):
            given[key] = environment[variable]
    if not given.get("reviewer"):
        given["reviewer"] = environment.get("USER") or environment.get("USERNAME") or ""
    _take_keys(given, environment, named or DEFAULT_FILE)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError(_explained(error, named or DEFAULT_FILE)) from error


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"{path}: expected a configuration file; there is none") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: expected a TOML file; {error}") from error


def _take_keys(given: dict[str, Any], environment: Mapping[str, str], path: Path) -> None:
    """Put keys in their place: a file says with `api_key_env` in which variable a stage finds its own."""
    stages = given.get("stages")
    for stage in stages if isinstance(stages, list) else ():
        options = stage.get("options") if isinstance(stage, dict) else None
        if isinstance(options, dict) and "api_key_env" in options:
            variable = str(options.pop("api_key_env"))
            if not environment.get(variable):
                raise SettingsError(f"{path}: expected a key in the variable {variable} (api_key_env); it is not set")
            options["api_key"] = environment[variable]


_TABLES = (Settings, StageSettings, ReviewSettings, QueueSettings, ReviewerSettings)


def _explained(error: ValidationError, path: Path) -> str:
    lines = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        hint = ""
        if problem["type"] == "extra_forbidden":
            known = [name for table in _TABLES for name in table.model_fields]
            close = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else f" (known: {', '.join(sorted(set(known)))})"
        said = str(problem["msg"]).removeprefix("Value error, ")
        lines.append(": ".join(part for part in (str(path), place, f"{said}{hint}") if part))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoner:
    """What a command says of the reasoner; what it leaves empty is as configured."""

    url: str = ""
    model: str = ""
    profile: str = ""
    effort: str = ""

    @property
    def options(self) -> dict[str, str]:
        """What is said, as options of the judge."""
        said = {name: getattr(self, name) for name in ("url", "model", "profile", "effort")}
        return {name: value for name, value in said.items() if value}


def with_reasoner(settings: Settings, reasoner: Reasoner, *, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings with the reasoner that a command names: of the stage there is, else of a new last one.

    SettingsError where there is none to be of another model or effort. KOMAINU_API_KEY is the key of a new one.
    """
    if not reasoner.options:
        return settings
    stages = list(settings.stages)
    places = [place for place, stage in enumerate(stages) if stage.judge == REASONER]
    if not places and not reasoner.url:
        raise SettingsError("--model, --profile and --effort need a reasoner: name one with --reasoner URL")
    if not places:
        key = environment.get("KOMAINU_API_KEY", "")
        stages.append(StageSettings(judge=REASONER, options={"api_key": key} if key else {}))
        places = [len(stages) - 1]
    for place in places:
        options = {**stages[place].options, **reasoner.options}
        if reasoner.url and reasoner.url != stages[place].options.get("url"):
            options = {name: value for name, value in options.items() if name != "model" or reasoner.model}
        stages[place] = stages[place].model_copy(update={"options": options})
    return settings.model_copy(update={"stages": tuple(stages)})


def probing(settings: Settings) -> Settings:
    """The settings with every reasoner's verdicts probed, in every way."""
    return _with_options(settings, probes=list(PROBES), probe_share=1.0)


def at_effort(settings: Settings, effort: str) -> Settings:
    """The settings with every reasoner that has an effort thinking at least so hard, whatever is configured."""
    return _with_options(settings, least_effort=effort)


def _with_options(settings: Settings, **options: Any) -> Settings:
    stages = [
        stage.model_copy(update={"options": {**stage.options, **options}}) if stage.judge == REASONER else stage
        for stage in settings.stages
    ]
    return settings.model_copy(update={"stages": tuple(stages)})


def with_store(settings: Settings, store: str | None) -> Settings:
    """The settings with another store, where one is named."""
    return settings if store is None else settings.model_copy(update={"store": store})
