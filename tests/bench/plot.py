# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Results as a picture: bars of each driver as a part of the in-tree driver's, as SVG."""

from __future__ import annotations

from html import escape

from .verdicts import IN_TREE, Results

PANELS = {"exits": "register and timer writes", "interrupts": "interrupts",
          "driver": "instructions in the driver", "total": "instructions in all"}
COLOURS = ("#8c8c8c", "#1b6ca8", "#d98c2b", "#7aa65a", "#8a5a9c", "#4aa3a2")    # by order of drivers

TOP = 2.0               # bars are cut at twice the base, and say their value
PANEL_HEIGHT = 150
PANEL_GAP = 56
BAR = 15
GROUP_GAP = 22
LEFT, HEAD = 46, 76


def svg(results: Results, title: str, base: str) -> str:
    drivers = list(dict.fromkeys(driver for by_driver in results.values() for driver in by_driver))
    group = len(drivers) * BAR + GROUP_GAP
    width = LEFT + len(results) * group + 20
    height = HEAD + len(PANELS) * (PANEL_HEIGHT + PANEL_GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 20, title, size=14),
        *_legend(drivers, base),
    ]
    for index, (metric, label) in enumerate(PANELS.items()):
        top = HEAD + index * (PANEL_HEIGHT + PANEL_GAP)
        parts += _panel(results, drivers, metric, f"{label}, {base} = 1", top, width, group)
    return "\n".join([*parts, "</svg>\n"])


def _legend(drivers: list[str], base: str) -> list[str]:
    parts = []
    for index, driver in enumerate(drivers):
        x = LEFT + index * 130
        parts.append(f'<rect x="{x}" y="30" width="11" height="11" fill="{COLOURS[index]}"/>')
        parts.append(_text(x + 16, 40, base if driver == IN_TREE else driver))
    return parts


def _panel(results: Results, drivers: list[str], metric: str, label: str, top: int, width: int,
           group: int) -> list[str]:
    bottom = top + PANEL_HEIGHT
    parts = [_text(LEFT, top - 6, label, weight="bold")]
    for mark in (0.0, 0.5, 1.0, 1.5, 2.0):
        y = bottom - mark / TOP * PANEL_HEIGHT
        colour = "#333333" if mark in (0, 1) else "#dddddd"
        parts.append(f'<line x1="{LEFT}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" '
                     f'stroke="{colour}" stroke-width="{1 if mark else 1.5}"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{mark:g}", anchor="end"))
    for column, (workload, by_driver) in enumerate(results.items()):
        left = LEFT + GROUP_GAP / 2 + column * group
        base = by_driver[IN_TREE].figure(metric) if IN_TREE in by_driver else 0
        for index, driver in enumerate(drivers):
            if driver in by_driver and base:
                parts += _bar(left + index * BAR, bottom,
                              by_driver[driver].figure(metric) / base, COLOURS[index])
        parts.append(_text(left + len(drivers) * BAR / 2, bottom + 15, workload, anchor="middle"))
    return parts


def _bar(x: float, bottom: int, value: float, colour: str) -> list[str]:
    height = max(min(value, TOP) / TOP * PANEL_HEIGHT, 0.5)
    parts = [f'<rect x="{x + 1:.1f}" y="{bottom - height:.1f}" width="{BAR - 2}" '
             f'height="{height:.1f}" fill="{colour}"><title>{value:.3f}</title></rect>']
    if value > TOP:
        parts.append(f'<text x="{x + BAR / 2 + 4:.1f}" y="{bottom - height + 30:.1f}" '
                     f'fill="#ffffff" font-size="10" transform="rotate(-90 {x + BAR / 2 + 4:.1f} '
                     f'{bottom - height + 30:.1f})">{value:.1f}</text>')
    return parts


def _text(x: float, y: float, text: str, *, size: int = 11, anchor: str = "start",
          weight: str = "normal") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(text)}</text>')
