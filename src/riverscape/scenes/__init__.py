"""Synthetic photographs of rivers with exact labels, for the demo, tests and benchmarks."""

from riverscape.scenes.cover import Code, Cover
from riverscape.scenes.light import Light
from riverscape.scenes.river import River
from riverscape.scenes.scene import Scene
from riverscape.scenes.survey import write_survey

__all__ = ["Code", "Cover", "Light", "River", "Scene", "write_survey"]
