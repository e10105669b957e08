import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct MeterChoiceTests {
    private func places(_ tree: SysfsTree, nvml: String = "/nonexistent/libnvidia-ml.so.1") -> MeterChoice.Places {
        var places = MeterChoice.Places()
        places.root = tree.root
        places.nvml = nvml
        return places
    }

    @Test func aJetsonTakesItsMonitorsEvenWhereNVMLIsThere() throws {
        let stub = try StubNVML()
        let choice = try MeterChoice(.auto, model: nil, places: places(SysfsTree("agx-orin"), nvml: stub.library))
        #expect(choice.meter.name == "ina3221" && choice.notes.isEmpty)
    }

    @Test func graphicsProcessorsComeBeforeProcessors() throws {
        let stub = try StubNVML()
        #expect(
            try MeterChoice(.auto, model: nil, places: places(SysfsTree("xeon"), nvml: stub.library)).meter.name
                == "nvml"
        )
        let choice = try MeterChoice(.auto, model: nil, places: places(SysfsTree("xeon")))
        #expect(choice.meter.name == "rapl" && choice.notes.count == 2)
    }

    @Test func withoutAnySensorTheModelServes() throws {
        let model = try ModelMeter(idle: .watts(1), active: .watts(2))
        let choice = try MeterChoice(.auto, model: model, places: places(SysfsTree()))
        #expect(choice.meter.name == "model" && choice.meter.provenance == .modelled && choice.notes.count == 3)
    }

    @Test func withoutAnythingTheErrorSaysWhatToConfigure() throws {
        for kind in [MeterKind.auto, .model] {
            let error = #expect(throws: EnergyError.self) {
                try MeterChoice(kind, model: nil, places: places(SysfsTree()))
            }
            #expect(error?.code == .configuration && error?.message.contains("power.idle") == true)
        }
    }

    @Test(arguments: [MeterKind.ina3221, .nvml, .rapl])
    func aMeterThatIsAskedForIsNotReplaced(kind: MeterKind) throws {
        let model = try ModelMeter(idle: .watts(1), active: .watts(2))
        #expect(throws: EnergyError.self) { try MeterChoice(kind, model: model, places: places(SysfsTree())) }
    }
}
