// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "moe2",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: no I/O, the clock and the random generator are parameters.
        .target(name: "MoE2Core", swiftSettings: strict),
        .target(name: "MoE2Gating", swiftSettings: strict),
        .target(name: "MoE2Costs", dependencies: ["MoE2Core"], swiftSettings: strict),

        // The passes over scores, in a variant for each instruction set.
        .target(name: "CMoE2Kernels"),
        .target(name: "MoE2Selection", dependencies: ["CMoE2Kernels"], swiftSettings: strict),

        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "MoE2Data", dependencies: ["CZlib", "MoE2Gating"], swiftSettings: strict),

        // Asks a fleet or an embeddings server for what a gate is trained on.
        .target(
            name: "MoE2Calibration",
            dependencies: [
                "MoE2Core",
                "MoE2Data",
                "MoE2Gating",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),

        // The wire.
        .systemLibrary(name: "CNNG", providers: [.apt(["libnng-dev"])]),
        .systemLibrary(name: "CProtobufC", providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "CMoE2Protos", dependencies: ["CProtobufC"]),
        .target(name: "MoE2Wire", dependencies: ["CMoE2Protos", "CProtobufC", "MoE2Core"], swiftSettings: strict),

        .target(
            name: "MoE2Transport",
            dependencies: [
                "CNNG", "MoE2Core", "MoE2Wire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),

        // Services and what they stand on.
        .target(
            name: "MoE2Configuration",
            dependencies: ["MoE2Core", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),

        .target(
            name: "MoE2Trust",
            dependencies: [
                "MoE2Configuration",
                "MoE2Core",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict
        ),
        .target(name: "MoE2Energy", dependencies: ["MoE2Core"], swiftSettings: strict),
        // Tasks on event loops.
        .target(
            name: "MoE2Loops",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict
        ),

        .target(name: "CMoE2Process"),
        .target(
            name: "MoE2Backends",
            dependencies: [
                "CMoE2Process",
                "MoE2Core",
                "MoE2Loops",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MoE2Agent",
            dependencies: [
                "MoE2Backends",
                "MoE2Configuration",
                "MoE2Core",
                "MoE2Energy",
                "MoE2Transport",
                "MoE2Trust",
                "MoE2Wire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MoE2Store",
            dependencies: [
                "MoE2Core",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        .target(
            name: "MoE2Gate",
            dependencies: [
                "MoE2Calibration",
                "MoE2Configuration",
                "MoE2Core",
                "MoE2Costs",
                "MoE2Data",
                "MoE2Gating",
                "MoE2Selection",
                "MoE2Store",
                "MoE2Transport",
                "MoE2Trust",
                "MoE2Wire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // The doors of the gate that are not the wire protocol.
        .target(
            name: "MoE2HTTP",
            dependencies: [
                "MoE2Configuration",
                "MoE2Core",
                "MoE2Costs",
                "MoE2Gate",
                "MoE2Loops",
                "MoE2Store",
                "MoE2Wire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Dashboard/dashboard.html"),
                .embedInCode("Dashboard/dashboard.css"),
                .embedInCode("Dashboard/dashboard.js"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MoE2Service",
            dependencies: [
                "MoE2Configuration",
                "MoE2Core",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(name: "MoE2Client", dependencies: ["MoE2Core"], swiftSettings: strict),

        // Programs. What they do is in targets of its own, so that the container's program can do two things.
        .target(
            name: "MoE2Commands",
            dependencies: [
                "MoE2Calibration",
                "MoE2Client",
                "MoE2Configuration",
                "MoE2Core",
                "MoE2Data",
                "MoE2Gating",
                "MoE2Selection",
                "MoE2Transport",
                "MoE2Trust",
                "MoE2Wire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/moe2",
            swiftSettings: strict
        ),

        .target(
            name: "MoE2GateProgram",
            dependencies: [
                "MoE2Core",
                "MoE2Gate",
                "MoE2HTTP",
                "MoE2Service",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/moe2-gate",
            swiftSettings: strict
        ),

        .executableTarget(
            name: "moe2",
            dependencies: ["MoE2Commands"],
            path: "Sources/Programs/moe2",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "moe2-gate",
            dependencies: ["MoE2GateProgram"],
            path: "Sources/Programs/moe2-gate",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "moe2-image",
            dependencies: ["MoE2Commands", "MoE2GateProgram"],
            path: "Sources/Programs/moe2-image",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "moe2-agent",
            dependencies: [
                "MoE2Agent",
                "MoE2Core",
                "MoE2Service",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "gate-bench",
            dependencies: ["MoE2Core", "MoE2Transport", "MoE2Wire", .product(name: "Logging", package: "swift-log")],
            path: "Benchmarks/gate/Sources",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "hummingbird-bench",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/gate/Hummingbird",
            swiftSettings: strict
        ),

        .executableTarget(
            name: "selection-bench",
            dependencies: ["MoE2Selection"],
            path: "Benchmarks/selection/Sources",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "gating-bench",
            dependencies: ["MoE2Gating"],
            path: "Benchmarks/gating/Sources",
            swiftSettings: strict
        ),

        // Tests.
        .target(name: "MoE2Testing", path: "Tests/MoE2Testing", swiftSettings: strict),
        .testTarget(
            name: "MoE2AgentTests",
            dependencies: [
                "MoE2Testing",
                "MoE2Agent", "MoE2Backends", "MoE2Configuration", "MoE2Core", "MoE2Energy", "MoE2Gate",
                "MoE2Transport", "MoE2Wire", "moe2-agent",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2BackendsTests",
            dependencies: [
                "MoE2Testing",
                "MoE2Backends", "MoE2Core", "MoE2Trust",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2ConfigurationTests",
            dependencies: ["MoE2Testing", "MoE2Configuration", "MoE2Core"],
            swiftSettings: strict
        ),
        .testTarget(name: "MoE2CoreTests", dependencies: ["MoE2Core", "MoE2Testing"], swiftSettings: strict),
        .testTarget(
            name: "MoE2EnergyTests",
            dependencies: ["MoE2Testing", "MoE2Core", "MoE2Energy"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2CalibrationTests",
            dependencies: ["MoE2Calibration", "MoE2Core", "MoE2Data", "MoE2Gating"],
            swiftSettings: strict
        ),
        .testTarget(name: "MoE2GatingCommandTests", dependencies: ["MoE2Gating"], swiftSettings: strict),
        .testTarget(name: "MoE2DataTests", dependencies: ["CZlib", "MoE2Data", "MoE2Gating"], swiftSettings: strict),
        .testTarget(name: "MoE2GatingTests", dependencies: ["MoE2Gating"], swiftSettings: strict),
        .testTarget(name: "MoE2ClientTests", dependencies: ["MoE2Client", "MoE2Core"], swiftSettings: strict),
        .testTarget(
            name: "MoE2CostsTests",
            dependencies: ["MoE2Testing", "MoE2Costs", "MoE2Core"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2StoreTests",
            dependencies: [
                "MoE2Store", "MoE2Core", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2GateTests",
            dependencies: [
                "MoE2Testing",
                "MoE2Gate", "MoE2Core", "MoE2Store", "MoE2Trust", "MoE2Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2DocumentTests",
            dependencies: ["MoE2Agent", "MoE2Configuration", "MoE2Gate"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2WireTests",
            dependencies: ["MoE2Testing", "MoE2Wire", "MoE2Core"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2TrustTests",
            dependencies: [
                "MoE2Testing",
                "MoE2Trust", "MoE2Configuration", "MoE2Core", .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2HTTPTests",
            dependencies: [
                "MoE2Testing",
                "MoE2HTTP", "MoE2Gate", "MoE2Core", "MoE2Wire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2SelectionTests",
            dependencies: ["CMoE2Kernels", "MoE2Testing", "MoE2Selection"],
            swiftSettings: strict
        ),
        .testTarget(name: "MoE2SolveCommandTests", dependencies: ["MoE2Selection"], swiftSettings: strict),
        .testTarget(
            name: "MoE2ServiceTests",
            dependencies: ["MoE2Service", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MoE2TransportTests",
            dependencies: [
                "MoE2Testing", "MoE2Transport", "MoE2Core", "MoE2Trust", "MoE2Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
    ]
)
