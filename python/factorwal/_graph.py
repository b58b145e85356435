"""What an engine computes for a factor set, as nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphNode:
    """A number of every tick, or several of one operator."""

    number: int  #: of the (first) output; an operator's further outputs have the next ones
    expression: str  #: canonical; #N stands for the output N where it is long
    inputs: tuple[int, ...]  #: numbers of the outputs that it reads, in order
    note: str  #: "field", "number", "arithmetic", or what it keeps: "state HASH 8 bytes"


@dataclass(frozen=True)
class Graph:
    """The nodes come after what they read; equal parts of factors are one node."""

    nodes: tuple[GraphNode, ...]
    factors: dict[str, int]  #: name to the number of its output

    def node_of(self, number: int) -> GraphNode:
        """The node that has this output."""
        return self.nodes[self._place_of(number)]

    @property
    def edges(self) -> list[tuple[int, int]]:
        """(what is read, what reads it), as numbers of nodes; twice where both inputs are one."""
        return [(self.node_of(i).number, node.number) for node in self.nodes for i in node.inputs]

    def factors_over(self, numbers: set[int]) -> list[str]:
        """The factors that depend on any of these nodes."""
        reached = set(numbers)
        for node in self.nodes:
            if any(self.node_of(i).number in reached for i in node.inputs):
                reached.add(node.number)
        return [name for name, at in self.factors.items() if self.node_of(at).number in reached]

    def _repr_svg_(self) -> str:
        from ._picture import svg

        return svg(self)

    def _place_of(self, number: int) -> int:
        low, high = 0, len(self.nodes)
        while high - low > 1:
            middle = (low + high) // 2
            if self.nodes[middle].number <= number:
                low = middle
            else:
                high = middle
        return low


def parse_graph(described: str) -> Graph:
    """Of what the engine's describe_graph says."""
    nodes: list[GraphNode] = []
    factors: dict[str, int] = {}
    for line in described.splitlines():
        if line.startswith("factor "):
            name, at = line.removeprefix("factor ").rsplit("\t", 1)
            factors[name] = int(at.removeprefix("#"))
            continue
        number, rest = line.split("\t", 1)
        expression, reads, note = rest.rsplit("\t", 2)
        inputs = tuple(int(r[1:]) for r in reads.split()[1:] if r != "-")
        nodes.append(GraphNode(int(number[1:]), expression, inputs, note))
    return Graph(tuple(nodes), factors)
