#!/usr/bin/env bash
# Minutes of a GPU turned into networks: training/on_gpu.sh SCENES MODELS OUT SECONDS [SHARE]. Run
# from the repository's root. OUT holds at the end runs.tar in pieces of 15 MB (cat them together),
# and the log of what was chosen.
set -euo pipefail
scenes=$1 models=$2 out=$3 seconds=$4 share=${5:-0.5}
export CUDA_MPS_PIPE_DIRECTORY=/tmp/mps CUDA_MPS_LOG_DIRECTORY=/tmp/mps-log PYTHONUNBUFFERED=1 OMP_NUM_THREADS=2
mkdir -p "$out" /tmp/mps /tmp/mps-log
nvidia-smi --query-gpu=name,memory.total --format=csv,noheader || true
command -v nvidia-cuda-mps-control >/dev/null && nvidia-cuda-mps-control -d && echo "several processes share the GPU"
runs=$(mktemp -d)
python3 -m training.gpu_plan "$scenes" "$runs" "$seconds" --models "$models" --share "$share" 2>&1 | tee "$out/plan.log"
tail -n 4 "$runs"/*.log
tar -C "$runs" -cf - . | split -b 15000000 - "$out/runs.tar."
