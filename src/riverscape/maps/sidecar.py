"""The `.aux.xml` beside a map: what GDAL, QGIS and ArcGIS read class names from."""

from pathlib import Path
from xml.etree import ElementTree

from riverscape.labels import ClassScheme
from riverscape.outputs import whole_file

__all__ = ["read_category_names", "sidecar_path", "write_sidecar"]


def sidecar_path(path: Path) -> Path:
    """Return where GDAL looks for what a raster's own format cannot hold.

    Examples
    --------
    >>> sidecar_path(Path("CLASS_CSC_Alder_0001.tif")).name
    'CLASS_CSC_Alder_0001.tif.aux.xml'
    """
    return path.with_name(path.name + ".aux.xml")


def write_sidecar(path: Path, scheme: ClassScheme) -> None:
    """Write the category names of the class map at `path` in GDAL's auxiliary format.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    names = ElementTree.SubElement(band, "CategoryNames")
    by_code = dict(zip(scheme.codes, scheme.names, strict=True))
    for code in range(max(scheme.codes) + 1):
        ElementTree.SubElement(names, "Category").text = by_code.get(code, "")
    ElementTree.indent(root)
    with whole_file(sidecar_path(path)) as aside:
        ElementTree.ElementTree(root).write(aside, encoding="utf-8", xml_declaration=True)


def read_category_names(path: Path) -> list[str]:
    """Return the category names of the class map at `path` by code; empty where it has none."""
    sidecar = sidecar_path(path)
    if not sidecar.is_file():
        return []
    try:
        categories = ElementTree.parse(sidecar).findall(".//CategoryNames/Category")
    except ElementTree.ParseError:
        return []
    return [category.text or "" for category in categories]
