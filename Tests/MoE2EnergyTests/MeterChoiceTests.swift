import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct MeterChoiceTests {
    private func choose(
        _ kind: MeterKind,
        model: ModelMeter? = nil,
        in tree: SysfsTree,
        nvml: String = "/nonexistent/libnvidia-ml.so.1"
    ) throws(EnergyError) -> MeterChoice {
        var places = MeterChoice.Places()
        places.root = tree.root
        places.nvml = nvml
        return try MeterChoice(kind, model: model, places: places)
    }

    @Test func aJetsonTakesItsMonitorsEvenWhereNVMLIsThere() throws {
        let stub = try StubNVML()
        let choice = try choose(.auto, in: SysfsTree("agx-orin"), nvml: stub.library)
        #expect(choice.meter.name == "ina3221" && choice.notes.isEmpty)
    }

    @Test func graphicsProcessorsComeBeforeProcessors() throws {
        let stub = try StubNVML()
        #expect(
            try choose(.auto, in: SysfsTree("xeon"), nvml: stub.library).meter.name
                == "nvml"
        )
        let choice = try choose(.auto, in: SysfsTree("xeon"))
        #expect(choice.meter.name == "rapl" && choice.notes.count == 2)
    }

    @Test func withoutAnySensorTheModelServes() throws {
        let model = try ModelMeter(idle: .watts(1), active: .watts(2))
        let choice = try choose(.auto, model: model, in: SysfsTree())
        #expect(choice.meter.name == "model" && choice.meter.provenance == .modelled && choice.notes.count == 3)
    }

    @Test func withoutAnythingTheErrorSaysWhatToConfigure() throws {
        for kind in [MeterKind.auto, .model] {
            let error = #expect(throws: EnergyError.self) {
                try choose(kind, in: SysfsTree())
            }
            #expect(error?.code == .configuration && error?.message.contains("power.idle") == true)
        }
    }

    @Test(arguments: [MeterKind.ina3221, .nvml, .rapl])
    func aMeterThatIsAskedForIsNotReplaced(kind: MeterKind) throws {
        let model = try ModelMeter(idle: .watts(1), active: .watts(2))
        #expect(throws: EnergyError.self) { try choose(kind, model: model, in: SysfsTree()) }
    }
}
