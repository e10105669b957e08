#!/usr/bin/env bash
# sanitize.sh [address] [thread]: runs the tests of the pure expert selection and its kernels under the sanitizers, both without arguments.
# In a package of its own with this module alone: `swift test --sanitize` here would build every dependency of every test again.
set -euo pipefail
cd "$(dirname "$0")/.."

package=.build-sanitize/package
mkdir -p "$package"
ln -sfn ../../Sources/CMoE2Kernels "$package/CMoE2Kernels"
ln -sfn ../../Sources/MoE2Selection "$package/MoE2Selection"
ln -sfn ../../Tests/MoE2SelectionTests "$package/MoE2SelectionTests"
ln -sfn ../../Tests/MoE2Testing "$package/MoE2Testing"
cat >"$package/Package.swift" <<'SWIFT'
// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "sanitize",
    targets: [
        .target(name: "CMoE2Kernels", path: "CMoE2Kernels"),
        .target(name: "MoE2Selection", dependencies: ["CMoE2Kernels"], path: "MoE2Selection", swiftSettings: strict),
        .target(name: "MoE2Testing", path: "MoE2Testing", swiftSettings: strict),
        .testTarget(
            name: "MoE2SelectionTests",
            dependencies: ["CMoE2Kernels", "MoE2Selection", "MoE2Testing"],
            path: "MoE2SelectionTests",
            swiftSettings: strict
        ),
    ]
)
SWIFT

# The test library itself leaks; a finding ends the run.
export ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1
[ $# -gt 0 ] || set -- address thread
for kind in "$@"; do
    start=$SECONDS
    echo "== $kind sanitizer"
    swift test --package-path "$package" --scratch-path ".build-sanitize/$kind" --sanitize "$kind" 2>&1 |
        grep -vE '^(◇|✔|\[|/.*ld.gold: warning: Cannot export)'
    [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "sanitize: findings or failures under the $kind sanitizer" >&2; exit 1; }
    echo "== $kind sanitizer passed in $((SECONDS - start)) s"
done
