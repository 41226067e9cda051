#!/usr/bin/env bash
# What a GPU brings: benches/gpu.sh PRODUCT [OUT]. Run where a CUDA device is; takes less than ten
# minutes.
#
# PRODUCT: a whole product, such as benches/whole_tile.py makes (/tmp/wt/product_10980). Builds s2sr
# and brings ONNX Runtime's CUDA build where they are not there yet (scripts/setup.sh --gpu), unless
# S2SR names a program; benches/gpu_bundle.sh packs all of it for a machine without a network. Holds
# results of the default, dsen2 and vdsr on a window against the processor's (1 DN; with --precision
# fast 2 DN RMS), looks that no operator of their networks is left to the processor, and times each
# on the whole product: with reading and writing, and the networks alone, and the default on the
# processor beside it. Prints one table, also to OUT/gpu.md.
set -euo pipefail
cd "$(dirname "$0")/.."
product=$1 out=${2:-$(mktemp -d)}
mkdir -p "$out"
if [ -z "${S2SR:-}" ]; then
    S2SR=target/release/s2sr
    [ -e vendor/onnxruntime/libonnxruntime_providers_cuda.so ] || scripts/setup.sh --gpu
    [ -x $S2SR ] || cargo build --release --locked
fi
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader

# run REPORT OPTION...
run() { "$S2SR" run "$product" "${@:2}" --json > "$1"; }
for row in "default|" "dsen2|--model dsen2" "vdsr|--model vdsr --to 5 --bands B2"; do
    name=${row%%|*} options=${row#*|} window="--srcwin 2400 2400 1536 1536"
    # shellcheck disable=SC2086
    for way in "cpu|--device cpu" "exact|--device cuda:0" "fast|--device cuda:0 --precision fast"; do
        run "$out/$name-${way%%|*}.json" "$out/$name-${way%%|*}.tif" $options $window ${way#*|}
    done
    for way in exact fast; do
        python3 - "$out/$name-cpu.tif" "$out/$name-$way" <<'PYTHON' || failed=1
import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
cpu, gpu = sys.argv[1:]
a, b = (gdal.Open(f).ReadAsArray().astype(np.int64) for f in (cpu, f"{gpu}.tif"))
off, rms = int(np.abs(a - b).max()), np.sqrt(np.mean((a - b) ** 2.0))
print(f"{gpu}: {off} DN at most from the processor, {rms:.3f} RMS, in {100 * (a != b).mean():.4f} % of the pixels")
left = [n for n in json.load(open(f"{gpu}.json"))["notes"] if "on the processor" in n]
print(*left, sep="\n", end="")
sys.exit(1 if left or (rms > 2 if gpu.endswith("-fast") else off > 1) else 0)
PYTHON
    done
done

{
    echo "| what | whole product, s | networks alone, s | share of the run |"
    echo "|---|---|---|---|"
    gpu="--device cuda:0"
    for row in "default|$gpu" "dsen2|--model dsen2 $gpu" "vdsr|--model vdsr --to 5 --bands B2 $gpu" \
        "default, fast|--precision fast $gpu" "dsen2, fast|--model dsen2 --precision fast $gpu" "default, processor|--device cpu"; do
        # shellcheck disable=SC2086
        run "$out/whole.json" "$out/whole.tif" ${row#*|}
        rm "$out/whole.tif"
        python3 - "$out/whole.json" "${row%%|*}" <<'PYTHON'
import json
import sys

r = json.load(open(sys.argv[1]))
whole, networks = r["seconds"], r["onnxruntime_seconds"]
print(f"| {sys.argv[2]} | {whole:.1f} | {networks:.1f} | {100 * networks / whole:.0f} % |")
PYTHON
    done
} | tee "$out/gpu.md"
exit "${failed:-0}"
