"""`riverscape models`."""

from typing import Annotated, Any

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The models that come with riverscape, and others.")


@app.command("list")
def _list() -> None:
    """List the models that come with riverscape."""
    from riverscape.models import bundled_models, load_model

    for name in bundled_models():
        contract = load_model(name).contract
        typer.echo(f"{name}: {contract.description}")


@app.command("show", epilog="Example: riverscape models show ste-marguerite")
def _show(
    model: Annotated[str, typer.Argument(metavar="NAME|MODEL", help="A name or a bundle's path.")],
) -> None:
    """Show what a model expects, what it was trained on and what it scores."""
    from riverscape.models import load_model

    contract = load_model(model).contract
    lines = [
        f"{contract.name}: {contract.description}",
        f"classes    {', '.join(f'{cover.code} {cover.name}' for cover in contract.scheme)}",
        f"tiles      {contract.tile_px} px",
        f"bands      {', '.join(contract.bands)} ({contract.dtype})",
        f"trained on {', '.join(contract.training.get('images', [])) or 'not stated'}",
        f"licence    {contract.licence or 'not stated'}",
        f"citation   {contract.citation or 'not stated'}",
        *_score_lines(contract.scores),
    ]
    typer.echo("\n".join(lines))


def _score_lines(scores: dict[str, Any]) -> list[str]:
    lines = []
    for name, by_image in scores.items():
        lines.append(f"scores     {name}")
        for image, found in by_image.items():
            numbers = (
                f"{kind} {value}" for kind, value in found.items() if isinstance(value, float)
            )
            lines.append(f"           {image}: {', '.join(numbers)}")
    return lines
