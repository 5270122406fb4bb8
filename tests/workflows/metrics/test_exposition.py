from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from workflows.metrics.catalogue import COUNTED, REFUSALS, REQUEST_SECONDS, Metric
from workflows.metrics.counts import Counts
from workflows.metrics.exposition import write_counted, write_metric

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parse(text: str) -> dict[str, tuple[str, Samples]]:
    """Kind and samples by family, as Prometheus' own client reads them."""
    return {
        family.name: (
            family.type,
            {(sample.name, tuple(sample.labels.items())): sample.value for sample in family.samples},
        )
        for family in text_string_to_metric_families(text)
    }


def test_every_counted_metric_is_shown_before_it_is_counted() -> None:
    families = parse(write_counted({}))
    assert {name: kind for name, (kind, _) in families.items()} == {
        f"tributary_{metric.name.removesuffix('_total')}": metric.kind for metric in COUNTED
    }
    for metric in COUNTED:
        samples = families[f"tributary_{metric.name.removesuffix('_total')}"][1]
        assert set(samples.values()) <= {0.0}
        assert bool(samples) == (metric is not REFUSALS)  # its codes are shown as they occur


def test_a_histogram_is_cumulative_with_sum_and_count() -> None:
    metric = Metric(REQUEST_SECONDS.name, "histogram", "Times.", bounds=REQUEST_SECONDS.bounds)
    counts = Counts()
    counts.observe(metric, [0.004, 0.02, 0.3, 0.3, 15, 30])
    kind, samples = parse(write_counted(counts.values))["tributary_segment_request_seconds"]
    name = "tributary_segment_request_seconds"
    expected = {"0.01": 1, "0.025": 2, "0.05": 2, "0.1": 2, "0.25": 2, "0.5": 4, "1": 4, "2.5": 4, "5": 4}
    expected |= {"10": 4, "20": 5, "+Inf": 6}
    buckets = {(f"{name}_bucket", (("le", bound),)): count for bound, count in expected.items()}
    assert kind == "histogram"
    assert samples == buckets | {(f"{name}_sum", ()): 45.624, (f"{name}_count", ()): 6}


def test_a_counter_shows_what_was_counted_beside_its_zeros() -> None:
    counts = Counts()
    counts.add(REFUSALS, "body_too_large", 3)
    counts.add(Metric("deliveries_total", "counter", ""), "failed", 2)
    families = parse(write_counted(counts.values))
    assert families["tributary_refusals"][1] == {
        ("tributary_refusals_total", (("code", "body_too_large"),)): 3
    }
    assert families["tributary_deliveries"][1] == {
        ("tributary_deliveries_total", (("outcome", outcome),)): number
        for outcome, number in [("accepted", 0), ("rejected", 0), ("failed", 2), ("skipped", 0)]
    }


def test_labels_are_escaped() -> None:
    text = write_metric(Metric("odd", "gauge", "Odd.", label="what"), [('a"b\\c\nd', 1)])
    assert parse(text)["tributary_odd"][1] == {("tributary_odd", (("what", 'a"b\\c\nd'),)): 1}


def test_large_and_small_numbers_are_written_plainly() -> None:
    samples = [("a", 2**53 - 1), ("b", 0.000_25), ("c", 100)]
    text = write_metric(Metric("n", "gauge", "N.", label="n"), samples)
    assert text.splitlines()[2:] == [
        'tributary_n{n="a"} 9007199254740991',
        'tributary_n{n="b"} 0.00025',
        'tributary_n{n="c"} 100',
    ]
