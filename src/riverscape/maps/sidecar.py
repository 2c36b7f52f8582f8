"""What lies beside a map: class names, attribute table and style, for GDAL, QGIS and ArcGIS."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

from riverscape.labels import ClassScheme
from riverscape.maps.class_areas import ClassAreas
from riverscape.outputs import whole_file

__all__ = ["read_category_names", "sidecar_path", "style_path", "write_sidecars"]

# GDAL's numbers of what a column holds (GDALRATFieldType) and is for (GDALRATFieldUsage).
_INTEGER, _REAL, _STRING = 0, 1, 2
_COLUMNS = (
    ("Value", _INTEGER, 5),
    ("Class", _STRING, 2),
    ("Red", _INTEGER, 6),
    ("Green", _INTEGER, 7),
    ("Blue", _INTEGER, 8),
    ("Count", _REAL, 1),  # beyond two thousand million pixels there are no whole numbers
)
_AREA_COLUMN = ("Area_m2", _REAL, 0)


def sidecar_path(path: Path) -> Path:
    """Return where GDAL looks for what a raster's own format cannot hold.

    Examples
    --------
    >>> sidecar_path(Path("CLASS_CSC_Alder_0001.tif")).name
    'CLASS_CSC_Alder_0001.tif.aux.xml'
    """
    return path.with_name(path.name + ".aux.xml")


def style_path(path: Path) -> Path:
    """Return where QGIS looks for the style of a layer.

    Examples
    --------
    >>> style_path(Path("CLASS_CSC_Alder_0001.tif")).name
    'CLASS_CSC_Alder_0001.qml'
    """
    return path.with_suffix(".qml")


def write_sidecars(path: Path, scheme: ClassScheme, areas: ClassAreas) -> None:
    """Write what belongs beside the class map at `path`.

    That is, in GDAL's auxiliary format, its category names and a raster attribute table with
    value, class, colour, pixels and, where the map has a place on Earth, square metres; and a
    style for QGIS.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    root = Xml.Element("PAMDataset")
    band = Xml.SubElement(root, "PAMRasterBand", band="1")
    names = Xml.SubElement(band, "CategoryNames")
    by_code = dict(zip(scheme.codes, scheme.names, strict=True))
    for code in range(max(scheme.codes) + 1):
        Xml.SubElement(names, "Category").text = by_code.get(code, "")
    band.append(_attribute_table(scheme, areas))
    _write(root, sidecar_path(path))
    _write(_style(scheme), style_path(path))


def read_category_names(path: Path) -> list[str]:
    """Return the category names of the class map at `path` by code; empty where it has none."""
    sidecar = sidecar_path(path)
    if not sidecar.is_file():
        return []
    try:
        categories = Xml.parse(sidecar).findall(".//CategoryNames/Category")
    except Xml.ParseError:
        return []
    return [category.text or "" for category in categories]


def _attribute_table(scheme: ClassScheme, areas: ClassAreas) -> Xml.Element:
    table = Xml.Element("GDALRasterAttributeTable", tableType="thematic")
    rows = list(_rows(scheme, areas))
    columns = [*_COLUMNS, _AREA_COLUMN][: len(rows[0])]
    for index, (name, holds, usage) in enumerate(columns):
        column = Xml.SubElement(table, "FieldDefn", index=str(index))
        for tag, value in (("Name", name), ("Type", holds), ("Usage", usage)):
            Xml.SubElement(column, tag).text = str(value)
    for index, values in enumerate(rows):
        row = Xml.SubElement(table, "Row", index=str(index))
        for cell in values:
            Xml.SubElement(row, "F").text = str(cell)
    return table


def _rows(scheme: ClassScheme, areas: ClassAreas) -> Iterator[list[object]]:
    for cover in scheme:
        row: list[object] = [cover.code, cover.name, *cover.rgb, areas.pixels(cover.code)]
        square_metres = areas.square_metres(cover.code)
        yield row if square_metres is None else [*row, f"{square_metres:.12g}"]


def _style(scheme: ClassScheme) -> Xml.Element:
    """Return the style of a layer of QGIS 3: its classes in their colours, by name."""
    root = Xml.Element("qgis", version="3.22", styleCategories="Symbology")
    renderer = Xml.SubElement(
        Xml.SubElement(root, "pipe"),
        "rasterrenderer",
        type="paletted", band="1", opacity="1", alphaBand="-1", nodataColor="",
    )  # fmt: skip
    palette = Xml.SubElement(renderer, "colorPalette")
    for cover in scheme:
        Xml.SubElement(
            palette,
            "paletteEntry",
            value=str(cover.code), label=cover.name, color=cover.colour, alpha="255",
        )  # fmt: skip
    return root


def _write(root: Xml.Element, path: Path) -> None:
    Xml.indent(root)
    with whole_file(path) as aside:
        # GDAL passes over an auxiliary file that begins with an XML declaration.
        Xml.ElementTree(root).write(aside, encoding="utf-8", xml_declaration=False)
