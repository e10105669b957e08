import MoE2Testing
import Testing

@testable import MoE2HTTP

@Suite struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=\"XX\""
    private static let body = Array(
        "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--XX\r\n"
            .appending(
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\nContent-Type: text/plain\r\n\r\n"
            )
            .appending("{}\r\n--X\n{}\r\n--XX--\r\n").utf8
    )

    @Test func partsAreRead() throws {
        let form = try MultipartForm(Self.body, contentType: Self.type)
        #expect(form.text("purpose") == "batch")
        #expect(form.text("file") == "{}\r\n--X\n{}")
        #expect(form.parts.map(\.fileName) == [nil, "a.jsonl"])
    }

    @Test func formsWithoutABoundaryAreRefused() {
        #expect(throws: APIError.self) { try MultipartForm(Self.body, contentType: "application/json") }
        #expect(throws: APIError.self) { try MultipartForm(Self.body, contentType: nil) }
        #expect(throws: APIError.self) { try MultipartForm(Self.body, contentType: "multipart/form-data; boundary=Y") }
    }

    @Test(arguments: [21, 22, 23] as [UInt64]) func damagedFormsAreRefusedOrRead(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var read = 0
        for round in 0..<3_000 {
            do throws(APIError) {
                _ = try MultipartForm(Mutation.mutate(Self.body, using: &generator), contentType: Self.type)
                read += 1
            } catch {
                #expect(error.status == .badRequest, "seed \(seed), round \(round)")
            }
        }
        #expect(read > 0 && read < 3_000, "seed \(seed): \(read) forms were read")
    }
}
