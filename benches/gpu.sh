#!/usr/bin/env bash
# What a GPU brings: benches/gpu.sh PRODUCT [OUT]. Run where a CUDA device is; takes less than ten
# minutes.
#
# PRODUCT: a whole product, such as benches/whole_tile.py makes (/tmp/wt/product_10980). Builds s2sr
# and brings ONNX Runtime's CUDA build where they are not there yet (scripts/setup.sh --gpu). Holds
# results of the default, dsen2 and vdsr on a window against the processor's (1 DN; with --precision
# fast 2 DN RMS), asks ONNX
# Runtime for all operators of their networks on the device (none may fall back to the processor),
# and times each on the whole product: with reading and writing, and the networks alone. Prints one
# table, also to OUT/gpu.md.
set -euo pipefail
cd "$(dirname "$0")/.."
product=$1 out=${2:-$(mktemp -d)}
mkdir -p "$out"
[ -e vendor/onnxruntime/libonnxruntime_providers_cuda.so ] || scripts/setup.sh --gpu
[ -x target/release/s2sr ] || cargo build --release --locked
s2sr=target/release/s2sr
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
# Each row: what it is called, and the options of s2sr.
rows=("default|" "dsen2|--model dsen2" "vdsr|--model vdsr --to 5 --bands B2"
    "default-fast|--precision fast" "dsen2-fast|--model dsen2 --precision fast" "vdsr-fast|--model vdsr --to 5 --bands B2 --precision fast")

for row in "${rows[@]}"; do
    name=${row%%|*} options=${row#*|}
    for device in cpu cuda:0; do
        # shellcheck disable=SC2086
        "$s2sr" run "$product" "$out/$name-${device%:*}.tif" $options --srcwin 2400 2400 1536 1536 --device "$device" --quiet
    done
    python3 - "$out/$name-cpu.tif" "$out/$name-cuda.tif" "$name" <<'PYTHON'
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
a, b = (gdal.Open(f).ReadAsArray().astype(np.int64) for f in sys.argv[1:3])
off, rms = int(np.abs(a - b).max()), np.sqrt(np.mean((a - b) ** 2.0))
print(f"{sys.argv[3]}: differs from the processor by {off} DN at most, {rms:.3f} RMS, in {100 * (a != b).mean():.4f} % of the pixels")
sys.exit(rms > 2 if sys.argv[3].endswith("-fast") else off > 1)
PYTHON
done

# In the ONNX Runtime's Python of the same version, if there is one: a session that refuses
# operators on the processor.
python3 - models/{fast,dsen2}-{t2x,s6x}.onnx models/vdsr-x2.onnx <<'PYTHON'
import sys

try:
    import onnxruntime as ort
except ImportError:
    sys.exit(print("placement: not looked at, this Python has no onnxruntime-gpu"))
for model in sys.argv[1:]:
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    ort.InferenceSession(model, options, providers=["CUDAExecutionProvider"])
    print(f"placement: all of {model} is on the device")
PYTHON

{
    echo "| what | whole product, s | networks alone, s | share of the run |"
    echo "|---|---|---|---|"
    for row in "${rows[@]}"; do
        name=${row%%|*} options=${row#*|}
        # shellcheck disable=SC2086
        "$s2sr" run "$product" "$out/whole.tif" $options --device cuda:0 --json > "$out/$name.json"
        rm "$out/whole.tif"
        python3 - "$out/$name.json" "$name" <<'PYTHON'
import json
import sys

r = json.load(open(sys.argv[1]))
whole, networks = r["seconds"], r["onnxruntime_seconds"]
print(f"| {sys.argv[2]} | {whole:.1f} | {networks:.1f} | {100 * networks / whole:.0f} % |")
PYTHON
    done
} | tee "$out/gpu.md"
