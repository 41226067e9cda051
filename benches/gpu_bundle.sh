#!/usr/bin/env bash
# Packs benches/gpu.sh for a machine with a GPU and without a network: benches/gpu_bundle.sh FOLDER
# [ARCHITECTURE]. Run where s2sr is built and demo/scene is there (scripts/demo.sh).
#
# FOLDER/runtime holds ONNX Runtime's CUDA build, with the GPU code of one architecture (90: H100
# and H200); FOLDER/work all else, with a small product of which run.sh makes a whole one. Each is
# below 64 MB, so that they can be brought one after the other. There:
#   FOLDER/runtime/unpack.sh /tmp/runtime
#   FOLDER/work/run.sh /tmp/runtime OUT
# The machine must have Python 3.12 with numpy, CUDA 13 and cuDNN 9, as PyTorch's wheels bring them.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 architecture=${2:-90}
rm -rf "$folder"/{runtime,work}
mkdir -p "$folder"/{runtime,work/{benches,models}}
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT

# A wheel for the Python there, not here.
wheel() {
    python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 --implementation cp --abi cp312 \
        --platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64 -d "$wheels" "$1"
}
version=$(sed -n 's/.*runtime=onnxruntime-gpu ONNXRUNTIME=\([0-9.]*\).*/\1/p' scripts/setup.sh)
wheel "onnxruntime-gpu==$version"
(cd "$wheels" && sha256sum --quiet --ignore-missing -c "$OLDPWD/packaging/onnxruntime.sha256")
unzip -qjo "$wheels"/onnxruntime*.whl "onnxruntime/capi/libonnxruntime.so.$version" 'onnxruntime/capi/libonnxruntime_providers_[cs]*.so' -d "$folder/runtime"
python3 benches/one_architecture.py "$folder/runtime/libonnxruntime_providers_cuda.so" "$architecture"
xz -9 -T0 "$folder"/runtime/*
cat > "$folder/runtime/unpack.sh" << 'END'
#!/usr/bin/env bash
mkdir -p "$1" && cp "$(dirname "$0")"/*.xz "$1" && xz -d -T0 "$1"/*.xz
END

wheel gdal-wheel==3.13.3
cp "$wheels"/gdal_wheel*.whl benches/gpu.sh benches/whole_tile.py target/release/s2sr "$folder/work"
mv "$folder"/work/{gpu.sh,whole_tile.py} "$folder/work/benches"
cp models/{fast-t2x,fast-s6x,dsen2-t2x,dsen2-s6x,vdsr-x2}.onnx "$folder/work/models"
python3 - "$folder/work/models" << 'PYTHON'
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
index = json.loads(Path("models/index.json").read_text())
index["models"] = [m for m in index["models"] if (folder / m["file"]).exists()]
(folder / "index.json").write_text(json.dumps(index))
PYTHON
# Of 10980 pixels along a side it is a tenth, and mirrored there.
/usr/bin/python3 -c 'import sys; sys.path.insert(0, "benches"); import whole_tile as w; from pathlib import Path; w.make_product(Path("demo/scene"), Path(sys.argv[1]), 1098)' "$folder/work/product"
cat > "$folder/work/run.sh" << 'END'
#!/usr/bin/env bash
# run.sh RUNTIME OUT
set -euo pipefail
runtime=$(realpath "$1") out=$(realpath -m "$2")
cd "$(dirname "$0")"
python3 -m pip install -q --no-index --no-deps --target /tmp/gdal ./*.whl
export PYTHONPATH=/tmp/gdal GDAL_DATA=/tmp/gdal/osgeo/data/gdal PROJ_DATA=/tmp/gdal/osgeo/data/proj
S2SR_GDAL=$(ls /tmp/gdal/gdal_wheel.libs/libgdal*) ORT_DYLIB_PATH=$(ls "$runtime"/libonnxruntime.so.*)
site=$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
libraries=$({ find "$site/nvidia" /usr/local/cuda*/lib64 -name 'lib*.so.*' 2>/dev/null || true; } | xargs -rn1 dirname | sort -u | paste -sd :)
export S2SR=$PWD/s2sr S2SR_MODELS=$PWD/models S2SR_GDAL ORT_DYLIB_PATH LD_LIBRARY_PATH=$libraries
python3 -c 'import sys; sys.path.insert(0, "benches"); import whole_tile as w; from pathlib import Path; w.make_product(Path("product"), Path("/tmp/whole"), 10980)'
benches/gpu.sh /tmp/whole "$out"
END
chmod +x "$folder"/*/*.sh "$folder/work/benches/gpu.sh"
du -sB MB "$folder"/*
