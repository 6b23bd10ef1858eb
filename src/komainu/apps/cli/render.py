"""`komainu policy render`: the prompt that a reasoner is sent."""

from pathlib import Path
from typing import Annotated

import typer

from komainu.apps.cli.console import stderr
from komainu.apps.cli.options import Json, role_of
from komainu.apps.cli.wire import dumped
from komainu.domain import Content, Policy
from komainu.errors import UsageError
from komainu.policies import load, policy_files
from komainu.policies.render import Form, budget, render


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("render")(render_policies)


def render_policies(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Policy files, policy folders, or folders of policies.")
    ],
    *,
    text: Annotated[str, typer.Option(help="The text to ask about.")] = "Hello!",
    role: Annotated[str, typer.Option(help="What the text is: post, comment, message, prompt, response, …")] = "post",
    form: Annotated[
        str, typer.Option("--form", metavar="NAME", help="safeguard, chat, yes_no or llama_guard.")
    ] = "safeguard",
    effort: Annotated[str, typer.Option(metavar="low|medium|high", help="What the prompt asks for.")] = "low",
    json: Json = False,
) -> None:
    """Print the prompt by which a reasoner is asked about the policies: the constant part first, the text last.

    All policies named are put into one prompt; yes_no asks about the first clause. The estimated tokens of each policy
    go to standard error.
    """
    policies = [load(file) for path in paths for file in policy_files(path)]
    shape = _form_of(form)
    if shape in {Form.YES_NO, Form.LLAMA_GUARD} and len(policies) > 1:
        raise UsageError(f"expected one policy, since the form {form} asks about one at a time; got {len(policies)}")
    clause = policies[0].clauses[0] if shape is Form.YES_NO else None
    content = Content(text=text, role=role_of(role))
    prompt = render(shape, policies, content, effort=effort, clause=clause)
    if json:
        said = {"system": prompt.system, "user": prompt.user, "schema": prompt.schema, "labels": dict(prompt.labels)}
        typer.echo(dumped(said, indent=2).encode("utf-8"))
    else:
        typer.echo(f"--- system\n{prompt.system}\n--- user\n{prompt.user}".encode("utf-8", "replace"))
    _say_budget(shape, policies)


def _form_of(name: str) -> Form:
    try:
        return Form(name)
    except ValueError:
        raise UsageError(f"expected a form ({', '.join(form.value for form in Form)}); got {name!r}") from None


def _say_budget(form: Form, policies: list[Policy]) -> None:
    found = budget(form, policies)
    for share in found.policies:
        stderr.print(f"{share.policy}: about {share.tokens:,} tokens", highlight=False, markup=False)
    stderr.print(f"in all: about {found.total:,} tokens before the text", highlight=False, markup=False)
