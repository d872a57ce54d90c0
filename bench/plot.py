"""Draws the results of addnorm-bench: plot.py check|draw FILE, .svg or .png; JSON on the input.

One panel per type and number of threads, of two addends with the sum as an output: the rate of each
kernel over the shapes, in multiples of that of the plain stream of the same bytes.
"""

import json
import sys

sys.dont_write_bytecode = True

OWN = ["addnorm", "handwritten", "unfused"]  # drawn in colour, whatever the peers are
HIDDEN = ["stream", "narrow", "add+norm"]


def import_pyplot():
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot.py: this Python has no matplotlib; bench/peers.sh installs one that has")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def relative_rates(results, element, threads):
    """{kernel: {(rows, n): rate}} and the shapes in the order of their size."""
    times = {}
    for r in results:
        two = r["addends"] == 2 and (r["sum"] or not any(q["sum"] for q in results))
        if r["type"] == r["gamma"] == element and r["threads"] == threads and two:
            times.setdefault(r["kernel"], {})[r["rows"], r["n"]] = r["us"]
    stream = times.get("stream", {})
    shapes = sorted(stream, key=lambda s: (s[0] * s[1], s))
    rates = {kernel: {s: stream[s] / us[s] for s in shapes if s in us}
             for kernel, us in times.items() if kernel not in HIDDEN}
    return rates, shapes


def draw_panel(axes, results, element, threads, colours):
    rates, shapes = relative_rates(results, element, threads)
    for kernel in sorted(rates, key=colours.get):
        points = [(x, rates[kernel][s]) for x, s in enumerate(shapes) if s in rates[kernel]]
        own = kernel in OWN
        axes.plot(*zip(*points), marker="o" if own else ".", linewidth=2 if own else 1,
                  color=f"C{colours[kernel]}", linestyle="-" if own else "--", label=kernel)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_ylim(0.005, 3)
    axes.set_xticks(range(len(shapes)), [f"{rows}x{n}" for rows, n in shapes], rotation=60,
                    ha="right", fontsize=7)
    axes.set_title(f"{element}, {threads} thread{'s' if threads > 1 else ''}")
    axes.grid(True, axis="y", alpha=0.3)


def draw(results, path):
    pyplot = import_pyplot()
    types = [t for t in ("f16", "bf16", "f32") if any(r["type"] == t for r in results)]
    threads = sorted({r["threads"] for r in results})
    shown = dict.fromkeys(r["kernel"] for r in results if r["kernel"] not in OWN + HIDDEN)
    colours = {kernel: i for i, kernel in enumerate([*OWN, *shown])}
    figure, panels = pyplot.subplots(len(threads), len(types), squeeze=False, sharey=True,
                                     figsize=(5 * len(types), 4 * len(threads)))
    for row, count in zip(panels, threads):
        for axes, element in zip(row, types):
            draw_panel(axes, results, element, count, colours)
        row[0].set_ylabel("rate, stream = 1")
    handles = {label: h for axes in panels.flat
               for h, label in zip(*axes.get_legend_handles_labels())}
    figure.suptitle("y = RMSNorm(x + r) * gamma, with the sum")
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncol=len(handles))
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path)


def main():
    mode, path = sys.argv[1:]
    if not path.endswith((".svg", ".png")):
        sys.exit(f"plot.py: a figure is .svg or .png, not '{path}'")
    import_pyplot()
    if mode == "draw":
        try:
            draw(json.load(sys.stdin), path)
        except OSError as error:
            sys.exit(f"plot.py: {error}")


if __name__ == "__main__":
    main()
