"""What a new network takes over from a model: weights, as far as both mean the same by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from riverscape.errors import ModelError
from riverscape.labels import ClassScheme, LocalClass
from riverscape.tiles.bundle import Model
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.networks import Network
from riverscape.tiles.restoring import stored_weights
from riverscape.tiles.tile_set import TileSet

__all__ = ["CarriedOver", "band_mix", "carry_over"]


@dataclass(frozen=True)
class CarriedOver:
    """What a new network has from a model, and what is new.

    Attributes
    ----------
    classes, new_classes
        Names of the classes whose scores go on from the model's, and of the others.
    bands
        What became of the filters of the bands; empty where nothing did.
    new_head
        Whether the whole head is new, because the model's is of another kind.

    Examples
    --------
    >>> print(CarriedOver(("water",), ("gravel",), "3 bands repeated over 5"))
    carried over: the backbone, water; new: gravel; 3 bands repeated over 5
    """

    classes: tuple[str, ...]
    new_classes: tuple[str, ...]
    bands: str = ""
    new_head: bool = False

    def __str__(self) -> str:
        new = ["the head"] * self.new_head + list(self.new_classes)
        parts = [f"carried over: {', '.join(['the backbone', *self.classes])}"]
        parts += [f"new: {', '.join(new)}"] * bool(new) + [self.bands] * bool(self.bands)
        return "; ".join(parts)


def carry_over(
    network: Network, model: Model, tiles: TileSet, bands: Sequence[str] = ()
) -> CarriedOver:
    """Begin a network with what a model has learned.

    The backbone is taken over whole. The score of an output goes on from the model's for the
    same class, by code and name, in the same river; where the model has none for that river,
    from the mean of its scores for that class. What is new stays as it was built.

    Parameters
    ----------
    network
        As it was built for `tiles`; its weights are changed.
    bands
        Names of the bands of `tiles`, where they are known.

    Raises
    ------
    ModelError
        If the bundle holds no weights, or its backbone or size of tiles is another.
    """
    source, contract = stored_weights(model), model.contract
    target = cast(nn.Module, network).state_dict()
    mix = band_mix(contract.bands, bands or network.bands)
    for name in _band_weights(network, source, len(contract.bands)):
        source[name] = torch.einsum("nb,obhw->onhw", mix, source[name])
    for name in source.keys() & target.keys() & {"mean", "std"}:
        seen = mix.any(dim=1)[:, None, None]
        source[name] = torch.where(seen, source[name][mix.argmax(dim=1)], target[name])
    if contract.tile_px != network.tile_px or _body(source) != _body(target):
        message = (
            f"only a network of its own backbone and tiles can go on from the model "
            f"{contract.name}: --backbone {contract.backbone.get('name')} --tile {contract.tile_px}"
        )
        raise ModelError(message)
    scores = "head.scores." if "head.scores.weight" in target else "head."
    new_head = _head(source, scores) != _head(target, scores)
    origins = [[] for _ in tiles.key.classes] if new_head else _origins(contract, tiles)
    for name, value in target.items():
        if name.startswith(scores):
            for row, rows in enumerate(origins):
                if rows:
                    value[row] = source[name][rows].mean(dim=0)
        elif not (new_head and name.startswith("head.")):
            value.copy_(source[name])
    return _summary(tiles, origins, _told(contract.bands, bands or network.bands), new_head)


def band_mix(old: Sequence[str], new: Sequence[str] | int) -> Tensor:
    """Return how much of the filter of each old band is in that of each new one, (new, old).

    Bands of the same name keep their filters, and bands that have none start without influence,
    so the network first answers as the old one does. Where no name tells, the filters are
    repeated over the bands, or summed for one, as timm does with pretrained weights.

    Parameters
    ----------
    new
        The names of the bands, or how many there are where names are not known.

    Examples
    --------
    >>> band_mix(["red", "green"], ["nir", "green"]).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    >>> band_mix(["red", "green"], 4).tolist()
    [[0.5, 0.0], [0.0, 0.5], [0.5, 0.0], [0.0, 0.5]]
    >>> band_mix(["red", "green"], 1).tolist()
    [[1.0, 1.0]]
    """
    names = [] if isinstance(new, int) else list(new)
    mix = torch.zeros(len(names) or int(new), len(old))  # type: ignore[arg-type]
    if set(names) & set(old):
        for row, name in enumerate(names):
            mix[row, [column for column, known in enumerate(old) if known == name]] = 1
    elif len(mix) == 1:
        mix[:] = 1
    else:
        for row in range(len(mix)):
            mix[row, row % len(old)] = len(old) / len(mix)
    return mix


def _band_weights(network: Network, source: dict[str, Tensor], bands: int) -> list[str]:
    """Return the names of the filters that take a model's bands."""
    module = cast(nn.Module, network)
    shapes = {name: value.shape for name, value in module.state_dict().items()}
    taking = [
        f"{name}.weight"
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Conv2d) and layer.in_channels == network.bands
    ]
    found = [name for name in taking if name in source and source[name].shape[1:2] == (bands,)]
    # Where the number of bands changes, their shape tells; else it is the first of them.
    return [name for name in found if source[name].shape != shapes[name]] or found[:1]


def _body(state: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items() if not name.startswith("head.")}


def _head(state: dict[str, Tensor], scores: str) -> dict[str, torch.Size]:
    """Return the shapes of a head, the number of its outputs aside."""
    return {
        name: value.shape[1:] if name.startswith(scores) else value.shape
        for name, value in state.items()
        if name.startswith("head.")
    }


def _origins(contract: ModelContract, tiles: TileSet) -> list[list[int]]:
    """Return for each output the model's outputs that it goes on from; none where it is new."""
    stored = contract.training.get("local_classes")
    known = (
        [LocalClass(**local) for local in stored]
        if stored
        else [LocalClass(place, code) for place, code in enumerate(contract.class_key)]
    )
    named = [_cover(local, contract.scheme) for local in known]
    origins = []
    for local in tiles.key.classes:
        cover = _cover(local, tiles.scheme)
        rows = [row for row, other in enumerate(named) if other == cover]
        same_river = [row for row in rows if known[row].river == local.river]
        origins.append(same_river or rows)
    return origins


def _cover(local: LocalClass, scheme: ClassScheme) -> tuple[int, str]:
    return local.class_code, scheme.name_of(local.class_code) if local.class_code else ""


def _summary(tiles: TileSet, origins: list[list[int]], bands: str, new_head: bool) -> CarriedOver:
    names = [_cover(local, tiles.scheme)[1] or "no class" for local in tiles.key.classes]
    carried = [name for name, rows in zip(names, origins, strict=True) if rows]
    new = [] if new_head else [name for name in names if name not in carried]
    return CarriedOver(tuple(dict.fromkeys(carried)), tuple(dict.fromkeys(new)), bands, new_head)


def _told(old: Sequence[str], new: Sequence[str] | int) -> str:
    """Say what becomes of the filters of the bands."""
    mix = band_mix(old, new)
    if mix.shape[0] == mix.shape[1] and torch.equal(mix, torch.eye(len(mix))):
        return ""
    if isinstance(new, int) or not set(new) & set(old):
        bands = f"{len(old)} band{'s' * (len(old) > 1)}"
        return f"{bands} summed for 1" if len(mix) == 1 else f"{bands} repeated over {len(mix)}"
    kept = [name for name in new if name in old]
    unseen = [name for name in new if name not in old]
    text = f"bands that keep their filters: {', '.join(kept)}"
    return text + f"; without influence at first: {', '.join(unseen)}" * bool(unseen)
