"""Pictures of a report fit what they may take and show what the previews show, or link them."""

import base64
import io
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.labels.palettes import accessible
from riverscape.reports.html import write_report
from riverscape.reports.html.pictures import Album, inline_album, linked_album

from ..report_runs import Example, example


def _open(source: str) -> Image.Image:
    assert source.startswith("data:image/")
    return Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))


def _signs(album: Album) -> int:
    return sum(len(source) for kinds in album.pictures.values() for source in kinds.values())


def _many(folder: Path, images: int, side_px: int = 480) -> Example:
    return example(folder, [f"Alder_{place:04d}" for place in range(images)], side_px=side_px)


def test_where_there_is_room_previews_stand_as_they_are(tmp_path: Path) -> None:
    found = example(tmp_path)
    album = inline_album(found.previews, budget_mb=10)
    for name, kinds in found.previews.items():
        for kind, path in kinds.items():
            content = base64.b64decode(album.pictures[name][kind].split(",")[1])
            assert content == path.read_bytes()


@pytest.mark.parametrize("budget_mb", [0.3, 0.6, 1.2])
def test_pictures_take_no_more_than_they_may_and_no_less_than_need_be(
    tmp_path: Path, budget_mb: float
) -> None:
    album = inline_album(_many(tmp_path, 9).previews, budget_mb)
    assert 0.4 * budget_mb * 1e6 <= _signs(album) <= budget_mb * 1e6


def test_less_room_smaller_pictures(tmp_path: Path) -> None:
    previews = _many(tmp_path, 6).previews
    sides = [inline_album(previews, budget).side_px for budget in (0.1, 0.3, 0.6, 20)]
    assert sides == sorted(set(sides))


def test_reduced_maps_hold_their_classes_and_nothing_else(tmp_path: Path) -> None:
    found = _many(tmp_path, 3)
    album = inline_album(found.previews, budget_mb=0.2)
    assert album.side_px < 400
    picture = _open(album.pictures["Alder_0000"]["csc"])
    assert max(picture.size) == album.side_px
    assert set(np.unique(np.asarray(picture))) == {0, 1, 2}
    colours = np.unique(np.asarray(picture.convert("RGBA")).reshape(-1, 4), axis=0).tolist()
    assert [*PUBLISHED_CLASSES.classes[0].rgb, 255] in colours
    assert [0, 0, 0, 0] in colours


def test_confidence_keeps_its_ramp_within_a_step(tmp_path: Path) -> None:
    found = _many(tmp_path, 3)
    album = inline_album(found.previews, budget_mb=0.2)
    picture = _open(album.pictures["Alder_0000"]["confidence"])
    with Image.open(found.previews["Alder_0000"]["confidence"]) as whole:
        expected = np.asarray(whole.resize(picture.size, Image.Resampling.NEAREST)).astype(int)
        ramp = np.array(whole.getpalette()).reshape(-1, 3)
    seen, known = np.asarray(picture.convert("RGBA")), expected <= 100
    assert (seen[..., 3] == 255 * known).all()
    assert (seen[known][:, :3] == ramp[expected[known] // 5 * 5]).all()


def test_other_colours_change_maps_and_labels_only(tmp_path: Path) -> None:
    found, shown = example(tmp_path), accessible(PUBLISHED_CLASSES)
    album = inline_album(found.previews, 10, shown)
    water = [*shown.classes[0].rgb, 255]
    for kind in ("csc", "cnn", "labels"):
        colours = np.asarray(_open(album.pictures["Alder_0001"][kind]).convert("RGBA"))
        assert water in colours.reshape(-1, 4).tolist()
    same = inline_album(found.previews, 10).pictures["Alder_0001"]
    for kind in ("image", "confidence"):
        assert album.pictures["Alder_0001"][kind] == same[kind]


def test_thumbnails_are_small_and_of_image_and_map(tmp_path: Path) -> None:
    album = inline_album(_many(tmp_path, 2).previews, budget_mb=0.5)
    small = album.thumbnails["Alder_0001"]
    assert list(small) == ["image", "csc"]
    assert all(max(_open(source).size) == 112 for source in small.values())
    assert sum(map(len, small.values())) < 9000


def test_pictures_beneath_the_page_are_linked_where_they_lie(tmp_path: Path) -> None:
    found = example(tmp_path)
    odd = found.previews["Alder_0001"]["image"]
    odd = odd.rename(odd.with_name("a #1 50%_image.jpg"))
    album = linked_album({"a #1 50%": {"image": odd}}, tmp_path / "report.html")
    assert album.pictures["a #1 50%"]["image"] == "previews/a%20%231%2050%25_image.jpg"
    assert not (tmp_path / "report-pictures").exists()


def test_pictures_elsewhere_are_copied_beside_the_page(tmp_path: Path) -> None:
    found = example(tmp_path / "run")
    page = write_report(tmp_path / "out" / "r.html", found.run, found.previews, assets=True)
    album = linked_album(found.previews, page)
    for kind, source in album.pictures["Alder_0001"].items():
        copy = page.parent / unquote(source)
        assert copy.parent.name == "r-pictures"
        assert copy.read_bytes() == found.previews["Alder_0001"][kind].read_bytes()


def test_linked_maps_in_other_colours_leave_the_previews_alone(tmp_path: Path) -> None:
    found, shown = example(tmp_path), accessible(PUBLISHED_CLASSES)
    before = {kind: path.read_bytes() for kind, path in found.previews["Alder_0001"].items()}
    album = linked_album(found.previews, tmp_path / "report.html", shown)
    for kind, path in found.previews["Alder_0001"].items():
        assert path.read_bytes() == before[kind]
    recoloured = Image.open(tmp_path / album.pictures["Alder_0001"]["csc"]).convert("RGB")
    assert list(shown.classes[0].rgb) in np.asarray(recoloured).reshape(-1, 3).tolist()
    assert album.pictures["Alder_0001"]["image"].startswith("previews/")


def test_missing_previews_are_left_out(tmp_path: Path) -> None:
    found = example(tmp_path)
    found.previews["Alder_0001"]["csc"].unlink()
    album = inline_album(found.previews, 10)
    assert "csc" not in album.pictures["Alder_0001"]
    assert list(album.thumbnails["Alder_0001"]) == ["image"]
