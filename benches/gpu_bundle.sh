#!/usr/bin/env bash
# Packs benches/gpu.sh for a machine with a GPU and without a network: benches/gpu_bundle.sh FOLDER
# [ARCHITECTURE]. Run where s2sr is built and demo/scene is there (scripts/demo.sh).
#
# FOLDER/runtime holds ONNX Runtime's CUDA build, with the GPU code of one architecture (90: H100
# and H200); FOLDER/bench all else, with a small product of which run.sh makes a whole one. Each is
# below 64 MB, so that they can be brought one after the other. There:
#   FOLDER/runtime/unpack.sh /tmp/runtime
#   FOLDER/bench/run.sh /tmp/runtime OUT
# The machine must have Python 3.12 with numpy, CUDA 13 and cuDNN 9, as PyTorch's wheels bring them.
set -euo pipefail
cd "$(dirname "$0")/.."
runtime=$1/runtime bench=$1/bench architecture=${2:-90}
rm -rf "$runtime" "$bench"
mkdir -p "$runtime" "$bench"/{benches,models}

version=$(sed -n 's/.*runtime=onnxruntime-gpu ONNXRUNTIME=\([0-9.]*\).*/\1/p' scripts/setup.sh)
scripts/fetch-wheel.sh linux-x86_64 "onnxruntime-gpu==$version" vendor/gpu/onnxruntime 'onnxruntime/capi/libonnxruntime*'
cp vendor/gpu/onnxruntime/onnxruntime/capi/libonnxruntime{".so.$version",_providers_shared.so,_providers_cuda.so} "$runtime"
python3 benches/one_architecture.py "$runtime/libonnxruntime_providers_cuda.so" "$architecture"
xz -9 -T0 "$runtime"/*
cat > "$runtime/unpack.sh" << 'END'
#!/usr/bin/env bash
mkdir -p "$1" && cp "$(dirname "$0")"/*.xz "$1" && xz -d -T0 "$1"/*.xz
END

scripts/fetch-wheel.sh linux-x86_64 gdal-wheel==3.13.3 vendor/gpu/gdal
tar -C vendor/gpu -cJf "$bench/gdal.tar.xz" gdal
cp target/release/s2sr "$bench"
cp benches/{gpu.sh,whole_tile.py} "$bench/benches"
cp models/{fast-t2x,fast-s6x,dsen2-t2x,dsen2-s6x,vdsr-x2}.onnx "$bench/models"
python3 - "$bench/models" << 'PYTHON'
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
index = json.loads(Path("models/index.json").read_text())
index["models"] = [m for m in index["models"] if (folder / m["file"]).exists()]
(folder / "index.json").write_text(json.dumps(index))
PYTHON
# Of 10980 pixels along a side it is a tenth, and mirrored there.
/usr/bin/python3 -c 'import sys; sys.path.insert(0, "benches"); import whole_tile as w; from pathlib import Path; w.make_product(Path("demo/scene"), Path(sys.argv[1]), 1098)' "$bench/product"
cat > "$bench/run.sh" << 'END'
#!/usr/bin/env bash
# run.sh RUNTIME OUT
set -euo pipefail
runtime=$(realpath "$1") out=$(realpath -m "$2")
cd "$(dirname "$0")"
tar -C /tmp -xf gdal.tar.xz
export PYTHONPATH=/tmp/gdal GDAL_DATA=/tmp/gdal/osgeo/data/gdal PROJ_DATA=/tmp/gdal/osgeo/data/proj
S2SR_GDAL=$(ls /tmp/gdal/gdal_wheel.libs/libgdal*) ORT_DYLIB_PATH=$(ls "$runtime"/libonnxruntime.so.*)
site=$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
libraries=$({ find "$site/nvidia" /usr/local/cuda*/lib64 -name 'lib*.so.*' 2>/dev/null || true; } | xargs -rn1 dirname | sort -u | paste -sd :)
export S2SR=$PWD/s2sr S2SR_MODELS=$PWD/models S2SR_GDAL ORT_DYLIB_PATH LD_LIBRARY_PATH=$libraries
python3 -c 'import sys; sys.path.insert(0, "benches"); import whole_tile as w; from pathlib import Path; w.make_product(Path("product"), Path("/tmp/whole"), 10980)'
benches/gpu.sh /tmp/whole "$out"
END
chmod +x "$runtime/unpack.sh" "$bench/run.sh"
du -sB MB "$runtime" "$bench"
