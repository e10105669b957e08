import Foundation
import MoE2Backends
import MoE2Configuration
import MoE2Core
import Testing

@testable import MoE2Agent

@Suite struct AgentConfigurationTests {
    private func decode(_ text: String) throws -> AgentConfiguration {
        try ConfigurationLoader().decode(AgentConfiguration.self, text: text)
    }

    private func message(_ text: String) -> String {
        do {
            let configuration = try decode(text)
            try Agent.check(configuration)
            return "no error"
        } catch let error as StatusError {
            return error.message
        } catch {
            return "\(error)"
        }
    }

    @Test func theSmallestConfigurationHasDefaultsThatWork() throws {
        let read = try decode("insecure: true\nexperts: [{id: a, model: /m.gguf}]")
        #expect(read.gate.addresses == ["tcp://127.0.0.1:7700"])
        #expect(read.host.id == HostProbe.name())
        #expect(read.shutdownLimit == .seconds(20))
        #expect(read.experts[0].slots == 1)
        #expect(read.experts[0].warmUp)
        guard case .llamaCpp(let settings) = read.experts[0].server else {
            Issue.record("not llama.cpp")
            return
        }
        #expect(settings.command == ["llama-server"])
        #expect(settings.threads == nil && settings.context == nil && settings.port == nil)
    }

    @Test func everyKeyIsRead() throws {
        let key = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString)")
        try Data("s3cret\n".utf8).write(to: key)
        defer { try? FileManager.default.removeItem(at: key) }
        let read = try decode(
            """
            gate: {addresses: [tcp://a, tcp://b]}
            tls: {certificate: c.pem, key: k.pem, ca: ca.pem}
            host: {id: orin-1, device: Jetson AGX Orin, activation: 3J}
            power: {meter: model, idle: 12W, active: 45W}
            experts:
              - {id: a, model: /m.gguf, slots: 4, threads: 2, context: 8192, gpu_layers: 99, command: [srv, -x],
                 arguments: [--flash-attn], port: 9000, start_limit: 2min, prefill_rate: 500, decode_rate: 30, warm_up: false}
              - {id: b, backend: openai, url: 'http://h:8000/v1', model: big, api_key_file: \(key.path), scoring: prompt_logprobs,
                 embeds: true, context: 4096}
            shutdown_limit: 5s
            log: {level: debug}
            """
        )
        #expect(read.power.active == .watts(45))
        #expect(read.host.activation == .joules(3))
        #expect(
            read.experts[0].server
                == .llamaCpp(
                    LlamaSettings(
                        expert: try ExpertID("a"),
                        model: "/m.gguf",
                        command: ["srv", "-x"],
                        arguments: ["--flash-attn"],
                        slots: 4,
                        threads: 2,
                        context: 8192,
                        gpuLayers: 99,
                        port: 9000,
                        startLimit: .seconds(120)
                    )
                )
        )
        #expect(
            read.experts[1].server
                == .openAI(
                    OpenAISettings(
                        expert: try ExpertID("b"),
                        url: "http://h:8000/v1",
                        model: "big",
                        apiKey: "s3cret",
                        context: 4096,
                        scoring: .promptLogProbabilities,
                        embeds: true
                    )
                )
        )
    }

    @Test(arguments: [
        ("experts: [{id: a, model: m}]", "neither 'tls' nor 'insecure' is there"),
        ("insecure: true", "the key 'experts' is missing: add it"),
        ("insecure: true\nexperts: []", "must list 1 to 64 experts"),
        ("insecure: true\nexperts: [{id: a, model: m}, {id: a, model: m}]", "names an expert twice"),
        ("insecure: true\nexperts: [{id: a}]", "the key 'model' is missing in 'experts[0]' at line 2: add it"),
        ("insecure: true\nexperts: [{id: a, backend: openai}]", "the key 'url' is missing"),
        ("insecure: true\nexperts: [{id: a, backend: ollama}]", "must be one of llama.cpp, openai"),
        ("insecure: true\nexperts: [{id: a, backend: openai, url: 'http://h', threads: 3}]", "unknown key 'threads'"),
        ("insecure: true\nexperts: [{id: a, model: m, slot: 3}]", "did you mean 'slots'?"),
        ("insecure: true\nexperts: [{id: a, model: m, slots: 0}]", "must be 1 to 256"),
        ("insecure: true\npower: {idle: 5W, active: 2W}\nexperts: [{id: a, model: m}]", "must be at least 'idle'"),
        ("insecure: true\npower: {idle: 5}\nexperts: [{id: a, model: m}]", "has no unit"),
        ("insecure: true\ngate: {addresses: []}\nexperts: [{id: a, model: m}]", "must list 1 to 16 addresses"),
        ("insecure: true\ntls: {certificate: a, key: b, ca: c}\nexperts: [{id: a, model: m}]", "contradicts 'tls'"),
        (
            "insecure: true\nexperts: [{id: a, model: /nowhere.gguf}]",
            "expert 'a': cannot read the model file '/nowhere.gguf'"
        ),
        (
            "insecure: true\nexperts: [{id: a, backend: openai, url: h}]",
            "expert 'a': 'h' is no address of a model server"
        ),
        (
            "insecure: true\nexperts: [{id: a, backend: openai, url: 'http://h', api_key_file: /no}]",
            "cannot read the file that 'api_key_file' names"
        ),
        ("insecure: true\nexperts: [{id: a, model: m\n", "no valid YAML"),
    ])
    func mistakesAreOneClearLine(text: String, expected: String) {
        let message = message(text)
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func theMachinesNameBecomesAHostName() {
        #expect(!HostProbe.name().rawValue.isEmpty)
        #expect(HostProbe.cores() >= 1)
        #expect(HostProbe.memory("MemTotal") > 0)
        #expect(HostProbe.memory("NoSuchKey") == 0)
    }
}
