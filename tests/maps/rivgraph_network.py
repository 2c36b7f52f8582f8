# mypy: ignore-errors
"""Run by a Python that has RivGraph: tell what network it makes of a mask.

python rivgraph_network.py MASK.tif RESULTS
"""

import json
import sys

if __name__ == "__main__":
    from rivgraph import classes

    network = classes.river("Alder", sys.argv[1], sys.argv[2], exit_sides="ns")
    network.compute_network()
    found = {
        "codes": sorted({int(code) for code in network.Imask.ravel()}),
        "pixel_m": float(network.pixlen),
        "links": len(network.links["id"]),
        "nodes": len(network.nodes["id"]),
    }
    sys.stdout.write(json.dumps(found) + "\n")
