"""Sunlight, skylight and the camera: from relief and reflectance to a photograph."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from riverscape.scenes.noise import Field

Colour = tuple[float, float, float]

SHADOW_REACH_PX = 128


@dataclass(frozen=True)
class Light:
    """The light on one survey day and how the camera renders it.

    Azimuth is where the sun stands, in degrees clockwise from the top of the image. `sun_share` is
    the sun's part of the light on flat ground; the rest is skylight. `warmth` tints the light from
    blue (-1) to yellow (1). `haze` is the part of the picture that is veil.
    """

    sun_azimuth_deg: float
    sun_elevation_deg: float
    sun_share: float
    warmth: float
    contrast: float
    haze: float
    exposure: float

    @property
    def toward_sun(self) -> tuple[float, float]:
        """Horizontal unit vector (x right, y down) that points to the sun."""
        azimuth = math.radians(self.sun_azimuth_deg)
        return math.sin(azimuth), -math.cos(azimuth)

    @property
    def sun_rgb(self) -> Colour:
        """Light of the sun on flat ground."""
        s, w = self.sun_share, self.warmth
        return s * (1.0 + 0.10 * w), s, s * (1.0 - 0.14 * w)

    @property
    def sky_rgb(self) -> Colour:
        """Light of the sky: the bluer, the stronger the sun."""
        k, w, blue = 1.0 - self.sun_share, self.warmth, 0.22 * self.sun_share
        return k * (1.0 - blue + 0.04 * w), k, k * (1.0 + blue - 0.06 * w)


def slope_light(height: Field, light: Light, softness: float = 1.0) -> Field:
    """Return the sun's light on relief, 1 on flat ground, 0 on slopes that face away.

    `softness` scales the slopes: foliage lets light through, so it is shaded less than rock.
    """
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=softness / 8.0)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=softness / 8.0)
    sun_x, sun_y = light.toward_sun
    rise = math.tan(math.radians(light.sun_elevation_deg))
    facing = 1.0 - (gx * np.float32(sun_x / rise) + gy * np.float32(sun_y / rise))
    lit = facing / np.sqrt(1.0 + gx * gx + gy * gy)
    return np.asarray(np.maximum(lit, 0.0), dtype=np.float32)


def shadow(height: Field, light: Light) -> Field:
    """Return how much of the sun is hidden, in [0, 1], by things that stand up to their `height`.

    Exact to `SHADOW_REACH_PX` from the edge of the array toward the sun; pixels there see less.
    """
    sun_x, sun_y = light.toward_sun
    drop = math.tan(math.radians(light.sun_elevation_deg))
    highest = np.zeros_like(height)
    reach_px = 2.0
    while reach_px < SHADOW_REACH_PX:
        right, down = round(sun_x * reach_px), round(sun_y * reach_px)
        ray = height - np.float32(drop * reach_px)
        target, source = _shifted(height.shape, down, right)
        np.maximum(highest[target], ray[source], out=highest[target])
        reach_px += max(2.0, min(6.0, reach_px * 0.3))
    hidden = np.clip((highest - height - 1.0) * np.float32(0.2), 0.0, 1.0)
    return np.asarray(cv2.blur(hidden, (3, 3)), dtype=np.float32)


def _shifted(
    shape: tuple[int, ...], down: int, right: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return slices (target, source) such that source lies (down, right) of target."""
    rows, cols = shape
    target = (
        slice(max(0, -down), rows - max(0, down)),
        slice(max(0, -right), cols - max(0, right)),
    )
    source = (
        slice(max(0, down), rows - max(0, -down)),
        slice(max(0, right), cols - max(0, -right)),
    )
    return target, source


def openness(height: Field, light: Light) -> Field:
    """Return how much sky each place sees, 1 on tops and open ground, less between crowns.

    The more of the light comes from the sky, the more it models the relief.
    """
    steep = np.float32(0.03 - 0.016 * light.sun_share)
    small = cv2.resize(height, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    around = cv2.blur(small, (15, 15))
    around = cv2.resize(around, (height.shape[1], height.shape[0]))
    depth = np.clip((around - height) * steep, 0.0, 0.85)
    return np.asarray(1.0 - depth, dtype=np.float32)


def illuminate(albedo: Field, sun: Field, sky: Field, light: Light) -> Field:
    """Return radiance from `albedo`, both (rgb, row, col), under sun and sky, both (row, col)."""
    out = np.empty_like(albedo)
    for band in range(3):
        rays = sun * np.float32(light.sun_rgb[band]) + sky * np.float32(light.sky_rgb[band])
        np.multiply(rays, albedo[band], out=out[band])
    return out


def exposed(radiance: Field, grain: Field, light: Light) -> npt.NDArray[np.uint8]:
    """Return `radiance` as a photograph, both (rgb, row, col), with sensor `grain` +-0.5."""
    gain = np.float32(light.exposure * (1.0 - light.haze))
    out = np.empty(radiance.shape, np.uint8)
    for band, veil in enumerate((0.50, 0.55, 0.62)):
        seen = np.maximum(radiance[band] * gain + np.float32(veil * light.haze), 0.0)
        seen = cv2.GaussianBlur(seen, (3, 3), 0.75)
        # Square root: the tone curve of a camera, close to sRGB's and cheap.
        level = (cv2.sqrt(seen) - np.float32(0.45)) * np.float32(light.contrast) + np.float32(0.45)
        # A soft shoulder keeps bright gravel from clipping flat.
        over = np.maximum(level - np.float32(0.72), 0.0)
        level -= over * over / (over + np.float32(0.28))
        level = level * np.float32(255.0) + grain * np.float32(7.0) + np.float32(0.5)
        out[band] = np.clip(level, 0.0, 255.0).astype(np.uint8)
    return out
