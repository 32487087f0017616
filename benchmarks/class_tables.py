"""What `benchmarks.classroom` has found, as lines to read and as the tables of a document."""


def table(figures):
    """Yield the lines of a report to read."""
    before, after = figures["speed"]
    loop = (before["python_ms"] + after["python_ms"]) / 2
    for name, kind in (("Python", "python_ms"), ("matrices", "matrix_ms")):
        yield f"loop of {name}: {before[kind]:.0f} ms before, {after[kind]:.0f} ms after"
    for row in figures["phases"]:
        yield ""
        yield from places_lines(row) if "places" in row else class_lines(row, loop)
        yield "  MB " + ", ".join(f"{name} {size:.0f}" for name, size in sizes(row))


def class_lines(row, loop):
    yield f"{row['title']}: {row['sessions']} sessions, {row['changes']} changes, {row['late']} late"
    yield (
        f"  CPU {row['cpu_ms']:.0f} ms a change ({row['cpu_ms'] / loop:.2f} loops), web process "
        f"{row['web_share']:.0%}, the visitors themselves {row['own_share']:.0%} of a processor"
    )
    yield (
        f"  p50 {row['p50_seconds']:.2f} s, p95 {row['p95_seconds']:.2f} s, longest "
        f"{row['longest_seconds']:.2f} s, {row['kilobytes']:.0f} KB a change"
    )
    for error, times in row["errors"].items():
        yield f"  {times} x {error}"
    if "trainings_seconds" in row:
        ended = ", ".join(f"{seconds:.0f}" for seconds in row["trainings_seconds"])
        yield f"  small trainings: {ended or 'none ended'} s"


def places_lines(row):
    yield f"{row['title']}: one visitor alone, CPU ms a change"
    for title, cost in row["places"].items():
        yield (
            f"  {title:22}{cost['controls']:3} controls: median {cost['median_ms']:.0f}, "
            f"dearest {cost['dearest_ms']:.0f} ({cost['dearest']})"
        )


def sizes(row):
    return [*row["memory"].items(), ("all", sum(row["memory"].values()))]


def markdown(figures):
    """Yield the lines of ``docs/performance.md``."""
    before, after = figures["speed"]
    loop = (before["python_ms"] + after["python_ms"]) / 2
    yield (
        f"{figures['cores']} cores; loop of Python {before['python_ms']:.0f} ms before and "
        f"{after['python_ms']:.0f} ms after, of matrices {before['matrix_ms']:.0f} and "
        f"{after['matrix_ms']:.0f} ms."
    )
    yield from (
        "",
        "| class | changes (late) | errors | CPU ms a change (loops) | web process | p50 | p95 |",
    )
    yield "|---|---|---|---|---|---|---|"
    crowds = [row for row in figures["phases"] if "places" not in row]
    for row in crowds:
        yield (
            f"| {row['sessions']}, {row['title']} | {row['changes']} ({row['late']}) | "
            f"{sum(row['errors'].values())} | {row['cpu_ms']:.0f} ({row['cpu_ms'] / loop:.2f}) | "
            f"{row['web_share']:.0%} | {row['p50_seconds']:.2f} s | {row['p95_seconds']:.2f} s |"
        )
    yield ""
    yield from memory_lines({f"{row['sessions']}, {row['title']}": row["memory"] for row in crowds})
    yield from place_columns([row for row in figures["phases"] if "places" in row])


def memory_lines(rows):
    """Yield a table: the MB of each process at each moment."""
    names = list(dict.fromkeys(name for memory in rows.values() for name in memory))
    yield from ("| MB | " + " | ".join([*names, "all"]) + " |", "|---" * (len(names) + 2) + "|")
    for title, memory in rows.items():
        cells = [f"{memory[name]:.0f}" if name in memory else "" for name in names]
        yield f"| {title} | " + " | ".join([*cells, f"{sum(memory.values()):.0f}"]) + " |"


def place_columns(rows):
    if not rows:
        return
    yield from ("", "| CPU ms a change, alone | " + " | ".join(row["title"] for row in rows) + " |")
    yield "|---" * (len(rows) + 1) + "|"
    for title in rows[0]["places"]:
        costs = [row["places"][title] for row in rows]
        cells = (f"{one['median_ms']:.0f}, at most {one['dearest_ms']:.0f}" for one in costs)
        yield f"| {title} | " + " | ".join(cells) + " |"
