using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>Terminals as a program asks for them: begun, and read back from their transcript.</summary>
internal static class TerminalSessions
{
    public static readonly (string Key, string Value)[] Settings =
        [("Sessions:Terminal:Commands:0", "bash"), ("Sessions:Terminal:Commands:1", "cat"), ("Sessions:Slots", "4"), ("Sessions:PerPerson", "100"), ("Sessions:OutputMegabytes", "1024")];

    /// <summary>A shell that reads no files of its own.</summary>
    /// <param name="mark">Stands on its command line.</param>
    /// <returns>The session's id.</returns>
    public static async Task<string> BeginAsync(HubClient person, string workspace, string mark)
    {
        ArgumentNullException.ThrowIfNull(person);
        var begun = await person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"{mark}-{Guid.NewGuid():n}",
            ["workspace_id"] = workspace,
            ["mode"] = "terminal",
            ["command"] = new JsonArray("bash", "--norc", "--noprofile", "-i", "-s", mark),
        });
        return begun.Status == 202 ? begun.Field("id")! : throw new InvalidOperationException($"A terminal was refused: {begun.Text}");
    }

    public static async Task UntilEndedAsync(FaultRun run, HubClient person, string id) =>
        run.Expect(await Soon.HoldsAsync(async () => (await person.GetAsync($"/api/v1/sessions/{id}")).Field("state") == "ended"), $"{id} has not ended");

    /// <summary>All that was printed, by the records.</summary>
    public static async Task<byte[]> RecordedAsync(HubClient person, string id)
    {
        var all = new MemoryStream();
        using var answer = await person.Http.GetAsync($"/api/v1/sessions/{id}/transcript?format=ndjson");
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        while (await reader.ReadLineAsync() is { } line)
            if (JsonNode.Parse(line)!["rec"] is { } record && record["type"]!.GetValue<string>() == "out") all.Write(Convert.FromBase64String(record["data"]!["data"]!.GetValue<string>()));
        return all.ToArray();
    }
}
