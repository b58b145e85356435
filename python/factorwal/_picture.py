"""A factor graph as SVG: layers from the fields on the left, each box behind what it reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from html import escape

from ._graph import Graph, GraphNode

_NODES = 300  # more is no picture
_LETTERS = 34
_LETTER_WIDTH = 6.7  # of the 11 px monospace font
_HEIGHT, _BEND_HEIGHT, _GAP, _BETWEEN, _MARGIN = 24, 2, 12, 52, 12
_COLOURS = {
    "field": "#0969da",
    "number": "#6e7781",
    "arithmetic": "#6e7781",
    "state": "#8250df",
    "factor": "#1a7f37",
}
_SWEEPS = 6


@dataclass
class _Box:
    label: str
    title: str
    kind: str
    sources: list[int]
    layer: int = 0
    order: float = 0
    x: float = 0
    y: float = 0
    width: float = 0
    right: float = 0  # of its layer: what leaves it goes straight up to there
    readers: list[int] = field(default_factory=list)

    @property
    def height(self) -> int:
        return _BEND_HEIGHT if self.kind == "bend" else _HEIGHT

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def svg(graph: Graph) -> str:
    """The picture, by itself: no script, no font, no file; colours for light and dark pages."""
    if len(graph.nodes) > _NODES:
        return _text_only(f"{len(graph.nodes):,} nodes, {len(graph.factors):,} factors: too many for a picture")
    boxes = _boxes(graph)
    _set_layers(boxes)
    layers = _with_bends(boxes)
    _sort(boxes, layers)
    width, height = _place(boxes, layers)
    return _draw(boxes, width, height)


def _boxes(graph: Graph) -> list[_Box]:
    place = {node.number: i for i, node in enumerate(graph.nodes)}
    boxes = []
    for node in graph.nodes:
        kind = node.note if node.note in _COLOURS else "state"
        sources = [place[graph.node_of(number).number] for number in node.inputs]
        boxes.append(_Box(_short(_label(graph, node)), f"{node.expression}\n{node.note}", kind, sources))
    for name, number in graph.factors.items():
        source = place[graph.node_of(number).number]
        output = number - graph.nodes[source].number
        which = f", output {output + 1}" if output else ""
        boxes.append(_Box(_short(name), f"factor {name}: {graph.nodes[source].expression}{which}", "factor", [source]))
    return boxes


def _label(graph: Graph, node: GraphNode) -> str:
    """The expression, with dots for what has a box of its own."""
    text = node.expression
    inputs = {graph.node_of(number).expression for number in node.inputs}
    for part in sorted(inputs, key=len, reverse=True):
        if not part.isidentifier():
            text = text.replace(part, "·")
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"


def _set_layers(boxes: list[_Box]) -> None:
    """Each box behind all that it reads; numbers just before their first reader."""
    first_reader: dict[int, int] = {}
    for i, box in enumerate(boxes):
        box.layer = 1 + max((boxes[s].layer for s in box.sources), default=-1)
        for source in box.sources:
            first_reader.setdefault(source, i)
    for i, box in enumerate(boxes):
        if box.kind == "number" and i in first_reader:
            box.layer = max(0, boxes[first_reader[i]].layer - 1)


def _with_bends(boxes: list[_Box]) -> list[list[int]]:
    """The layers. An edge gets a bend in each layer that it passes, which keeps boxes off its way."""
    bends: dict[tuple[int, int], int] = {}
    for i in range(len(boxes)):
        for at, source in enumerate(boxes[i].sources):
            before = source
            for layer in range(boxes[source].layer + 1, boxes[i].layer):
                # Edges of one source share their bends.
                if (source, layer) not in bends:
                    bends[source, layer] = len(boxes)
                    boxes.append(_Box("", "", "bend", [before], layer))
                before = bends[source, layer]
            boxes[i].sources[at] = before
    layers: dict[int, list[int]] = defaultdict(list)
    for i, box in enumerate(boxes):
        layers[box.layer].append(i)
        for source in box.sources:
            boxes[source].readers.append(i)
    return [layers[layer] for layer in sorted(layers)]


def _sort(boxes: list[_Box], layers: list[list[int]]) -> None:
    """Fewer crossings: each box at the mean of what it is joined with, a layer at a time, to and fro."""
    for layer in layers:
        for order, i in enumerate(layer):
            boxes[i].order = order
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            middle = {i: _mean(boxes, boxes[i].sources if forward else boxes[i].readers, boxes[i].order)
                      for i in layer}  # fmt: skip
            layer.sort(key=lambda i: middle[i])
            for order, i in enumerate(layer):
                boxes[i].order = order


def _mean(boxes: list[_Box], joined: list[int], otherwise: float) -> float:
    return sum(boxes[i].order for i in joined) / len(joined) if joined else otherwise


def _place(boxes: list[_Box], layers: list[list[int]]) -> tuple[float, float]:
    heights = [sum(boxes[i].height + _GAP for i in layer) for layer in layers]
    tallest = max(heights, default=0)
    x = float(_MARGIN)
    for layer, height in zip(layers, heights, strict=True):
        y = _MARGIN + (tallest - height) / 2
        for i in layer:
            boxes[i].x, boxes[i].y = x, y
            boxes[i].width = len(boxes[i].label) * _LETTER_WIDTH + 18 if boxes[i].label else 0
            y += boxes[i].height + _GAP
        widest = max((boxes[i].width for i in layer), default=0)
        for i in layer:
            boxes[i].right = x + widest
            if boxes[i].kind == "bend":
                boxes[i].width = widest
        x += widest + _BETWEEN
    for _ in range(_SWEEPS):
        for layer in [*layers, *reversed(layers)]:
            _pull(boxes, layer, tallest)
    return x - _BETWEEN + _MARGIN, tallest - _GAP + 2 * _MARGIN


def _pull(boxes: list[_Box], layer: list[int], tallest: float) -> None:
    """Boxes towards what they are joined with, in their order, without touching."""
    left = sum(boxes[i].height + _GAP for i in layer)
    low = float(_MARGIN)
    for i in layer:
        box = boxes[i]
        joined = box.sources + box.readers
        wished = sum(boxes[j].middle for j in joined) / len(joined) if joined else box.middle
        high = _MARGIN + tallest - left
        box.y = min(max(wished - box.height / 2, low), max(high, low))
        low = box.y + box.height + _GAP
        left -= box.height + _GAP


def _draw(boxes: list[_Box], width: float, height: float) -> str:
    lines = []
    for box in boxes:
        for source in box.sources:
            lines.append(_edge(boxes[source], box))
    for box in boxes:
        if box.kind == "bend":
            y = box.middle
            lines.append(_path(f"M{box.x:.1f} {y:.1f}H{box.x + box.width:.1f}"))
            continue
        colour = _COLOURS[box.kind]
        round_ = _HEIGHT / 2 if box.kind in ("field", "factor") else 4
        weight = "bold" if box.kind == "factor" else "normal"
        lines.append(
            f'<g><title>{escape(box.title)}</title><rect x="{box.x:.1f}" y="{box.y:.1f}" '
            f'width="{box.width:.1f}" height="{_HEIGHT}" rx="{round_}" fill="{colour}" fill-opacity=".12" '
            f'stroke="{colour}"/><text x="{box.x + box.width / 2:.1f}" y="{box.y + 16:.1f}" '
            f'text-anchor="middle" font-weight="{weight}" fill="currentColor">{escape(box.label)}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace,Menlo,Consolas,monospace" '
        f'font-size="11" style="max-width:100%;height:auto" role="img">{"".join(lines)}</svg>'
    )


def _edge(source: _Box, target: _Box) -> str:
    x1, y1, x2, y2 = source.right, source.middle, target.x, target.middle
    bend = (x2 - x1) / 2
    return _path(
        f"M{source.x + source.width:.1f} {y1:.1f}H{x1:.1f}"
        f"C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    )


def _path(d: str) -> str:
    return f'<path d="{d}" fill="none" stroke="currentColor" stroke-opacity=".35"/>'


def _text_only(text: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(text) * 7 + 20}" height="30">'
        f'<text x="10" y="20" font-size="12" fill="currentColor">{escape(text)}</text></svg>'
    )
