#!/usr/bin/env bash
# Fuzzes what takes text, bytes or numbers from outside: product metadata, file names, model files,
# options, the names and arguments of VRTs and datasets, arrays. Stops at the first input that
# breaks something, and says where it lies.
#   scripts/fuzz.sh MINUTES [TARGET]...
#       every target of fuzz/fuzz_targets for so many minutes, as many at once as there are cores
# Needs what scripts/setup.sh installs; fetches cargo-fuzz. The inputs it finds stay in target/fuzz
# and are used again.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_FUZZ=0.13.2
work=target/fuzz
minutes=${1:-}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "usage: scripts/fuzz.sh MINUTES [TARGET]..." >&2; exit 2; }
shift
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi
for target in "${targets[@]}"; do
    [ -f "fuzz/fuzz_targets/$target.rs" ] || { echo "fuzz: there is no target $target in fuzz/fuzz_targets" >&2; exit 2; }
done
runtime=${ORT_DYLIB_PATH:-$PWD/vendor/onnxruntime/libonnxruntime.so}
[ -e "$runtime" ] || { echo "fuzz: $runtime is not there; run scripts/setup.sh first" >&2; exit 1; }

# Sanitizers are for nightly Rust or for those who say that they know: stable does it, too.
export RUSTC_BOOTSTRAP=1 ORT_DYLIB_PATH=$runtime
# Memory that a model asks for and that is not there is answered as everywhere else: with NULL.
export ASAN_OPTIONS=detect_odr_violation=0:allocator_may_return_null=1:max_allocation_size_mb=4096

if ! "$work/tools/bin/cargo-fuzz" --version 2> /dev/null | grep -q "$CARGO_FUZZ"; then
    cargo install cargo-fuzz --quiet --locked --version "$CARGO_FUZZ" --root "$work/tools"
fi
echo "fuzz: building"
"$work/tools/bin/cargo-fuzz" build --target-dir "$work/build" 2> "$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
built=$work/build/$(rustc -vV | sed -n 's/^host: //p')/release

# fuzz TARGET: runs it and tells what came of it
fuzz() {
    local target=$1 log=$work/$1.log code=0 last
    local found=$work/corpus/$target artifacts=$work/artifacts/$target/
    local arguments=(-max_total_time=$((minutes * 60)) -timeout=60 -rss_limit_mb=4096 -malloc_limit_mb=-1 -max_len=8192 -print_final_stats=1)
    mkdir -p "$found" "$artifacts"
    # A whole network beside the small seeds.
    [ "$target" != model_bytes ] || arguments+=(-seed_inputs=tests/data/dummy-x2.onnx)
    "$built/$target" "$found" "fuzz/corpus/$target" "${arguments[@]}" "-artifact_prefix=$artifacts" > "$log" 2>&1 || code=$?
    if [ $code != 0 ]; then
        last=$(grep -ao "${artifacts}[^ ]*" "$log" | tail -1)
        echo "FAILED $target: $(grep -am1 -e "panicked at" -e "^==.*ERROR" "$log" || echo "status $code")"
        echo "    the input: ${last:-none}; again: ORT_DYLIB_PATH=$runtime $built/$target $last; all it said: $log"
        return 1
    fi
    echo "ok $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs," \
        "$(covered INITED "$log") edges covered at the start, $(covered DONE "$log") at the end"
}

# covered WORD LOG: how many edges of the code were reached when libFuzzer said WORD
covered() {
    sed -n "s/^#[0-9]*[[:space:]]*$1[[:space:]]*cov: \([0-9]*\) .*/\1/p" "$2" | tail -1
}

# Each target in a process group of its own, so that all of it can be ended.
set -m
trap 'for group in $(jobs -p); do kill -- "-$group" 2> /dev/null || true; done' EXIT
running=0
for target in "${targets[@]}"; do
    if [ $running = "$(nproc)" ]; then wait -n; running=$((running - 1)); fi
    fuzz "$target" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do wait -n; done
echo "fuzz: ${#targets[@]} targets, $minutes minutes each, nothing broke"
