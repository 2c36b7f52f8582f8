"""GDAL's virtual raster: XML that says which tile lies where."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

import numpy as np
from rasterio import Affine

from riverscape.imagery.mosaic_tile import MosaicTile

__all__ = ["Placed", "as_vrt"]

_GDAL_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "uint64": "UInt64",
    "int64": "Int64",
    "float32": "Float32",
    "float64": "Float64",
}
_COLOURS = {"nir": "NIR"} | {
    name: name.capitalize() for name in ("gray", "red", "green", "blue", "alpha")
}


@dataclass(frozen=True)
class Placed:
    """A tile and the row and column of its corner in the mosaic."""

    tile: MosaicTile
    top: int
    left: int


def as_vrt(placed: Sequence[Placed], model: MosaicTile) -> bytes:
    """Return the VRT of tiles that fit together; `model` says what their bands are.

    Between tiles without alpha and nodata value, a mask says that nothing is there. Where tiles
    overlap, pixels without data leave what lies beneath; else tiles are read as they are.
    """
    bottom = max(at.top + at.tile.shape[0] for at in placed)
    right = max(at.left + at.tile.shape[1] for at in placed)
    overlapping = _overlap(placed)
    root = Xml.Element("VRTDataset", rasterXSize=str(right), rasterYSize=str(bottom))
    if model.crs:
        Xml.SubElement(root, "SRS").text = model.crs.to_wkt()
    Xml.SubElement(root, "GeoTransform").text = ", ".join(map(repr, _corner(placed).to_gdal()))
    for place, dtype in enumerate(model.dtypes):
        band = _band(root, dtype, model.block_shape, band=str(place + 1))
        _describe(band, model, place)
        for at in placed:
            _add_source(band, at, str(place + 1), _skip(model, place) if overlapping else {})
    masked = any(at.tile.masked for at in placed)
    if not model.has_alpha and (masked or None in model.nodata):
        mask = _band(Xml.SubElement(root, "MaskBand"), "uint8", model.block_shape)
        for at in placed:
            _add_source(mask, at, "mask,1", _mask_content(at.tile))
    Xml.indent(root)
    return bytes(Xml.tostring(root, encoding="utf-8"))


def _band(
    parent: Xml.Element, dtype: str, block_shape: tuple[int, int], **more: str
) -> Xml.Element:
    rows, cols = map(str, block_shape)
    sizes = {"dataType": _GDAL_TYPES[dtype], "blockXSize": cols, "blockYSize": rows}
    return Xml.SubElement(parent, "VRTRasterBand", {**sizes, **more})


def _describe(band: Xml.Element, model: MosaicTile, place: int) -> None:
    if model.names[place]:
        Xml.SubElement(band, "Description").text = model.names[place]
    if (value := model.nodata[place]) is not None:
        Xml.SubElement(band, "NoDataValue").text = value
    Xml.SubElement(band, "ColorInterp").text = _COLOURS.get(model.colours[place], "Undefined")


def _skip(model: MosaicTile, place: int) -> dict[str, str]:
    """Return what keeps pixels without data from hiding the tile beneath."""
    if model.colours[place] == "alpha":
        return {"NODATA": "0"}
    if model.has_alpha or None in model.nodata:
        return {"UseMaskBand": "true"}
    return {"NODATA": str(model.nodata[place])}


def _mask_content(tile: MosaicTile) -> dict[str, str]:
    if tile.masked:
        return {"NODATA": "0"}
    # Data everywhere, as far as a mask is concerned: nodata values are looked at by pixel.
    return {"ScaleOffset": "255", "ScaleRatio": "0"}


def _add_source(band: Xml.Element, at: Placed, name: str, content: dict[str, str]) -> None:
    tile = at.tile
    rows, cols = map(str, tile.shape)
    kind = "ComplexSource" if content else "SimpleSource"
    source = Xml.SubElement(band, kind)
    Xml.SubElement(source, "SourceFilename", relativeToVRT="0").text = tile.address
    Xml.SubElement(source, "SourceBand").text = name
    # With these GDAL need not open a tile before a window touches it.
    Xml.SubElement(
        source,
        "SourceProperties",
        RasterXSize=cols,
        RasterYSize=rows,
        DataType="Byte" if name.startswith("mask") else _GDAL_TYPES[tile.dtypes[int(name) - 1]],
        BlockXSize=str(tile.block_shape[1]),
        BlockYSize=str(tile.block_shape[0]),
    )
    size = {"xSize": cols, "ySize": rows}
    Xml.SubElement(source, "SrcRect", {"xOff": "0", "yOff": "0", **size})
    Xml.SubElement(source, "DstRect", {"xOff": str(at.left), "yOff": str(at.top), **size})
    for key, value in content.items():
        Xml.SubElement(source, key).text = value


def _corner(placed: Sequence[Placed]) -> Affine:
    """Return the transform of the mosaic."""
    at = placed[0]
    transform: Affine = at.tile.transform * Affine.translation(-at.left, -at.top)
    return transform


def _overlap(placed: Sequence[Placed]) -> bool:
    edges = np.array(
        [(at.top, at.top + at.tile.shape[0], at.left, at.left + at.tile.shape[1]) for at in placed]
    )
    for place, (top, bottom, left, right) in enumerate(edges):
        others = edges[place + 1 :]
        beside = (others[:, 0] >= bottom) | (others[:, 1] <= top)
        beside |= (others[:, 2] >= right) | (others[:, 3] <= left)
        if not beside.all():
            return True
    return False
