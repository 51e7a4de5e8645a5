"""Values in the text format of Prometheus (exposition format 0.0.4), as its server and node-exporter read them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple


class Sample(NamedTuple):
    """A value and the labels that tell it from others of its metric."""

    value: float
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """A metric: its name without the program's, what it counts and in which unit, and its samples."""

    name: str
    help: str
    samples: tuple[Sample, ...]
    kind: Literal["gauge", "counter"] = "gauge"

    @property
    def full_name(self) -> str:
        """The name that Prometheus knows it by."""
        return f"customs_lens_{self.name}"


def exposition(metrics: Iterable[Metric]) -> str:
    """Return metrics as text; one without samples is left out."""
    return "".join(f"{line}\n" for metric in metrics if metric.samples for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    name = metric.full_name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in sample.labels.items())
        yield f"{name}{{{labels}}} {_number(sample.value)}" if labels else f"{name} {_number(sample.value)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
