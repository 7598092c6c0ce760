using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>A bed whose model answers a word at a time, so that things can happen meanwhile.</summary>
internal static class SlowAnswers
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(20);

    /// <summary>For the bed.</summary>
    public static (string Key, string Value)[] Settings(ScriptedModelServer model) =>
        [("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none")];

    public static Reply Of(int words) =>
        Reply.Of([.. Enumerable.Range(0, words).SelectMany(i => new Step[] { new Step.WaitFor(Task.Delay(_pace * i, TimeProvider.System)), new Step.Text($"word{i} ") })]);

    public static async Task<string> ConversationAsync(HubClient client) => (await client.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;

    public static Task<HubAnswer> PostAsync(HubClient client, string conversation) =>
        client.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "tell me", ["request_id"] = $"msg-{Guid.CreateVersion7():N}" });

    public static async Task<string> StoredTextAsync(HubClient client, string conversation)
    {
        var stored = (await client.GetAsync($"/api/v1/conversations/{conversation}")).Json;
        return stored["messages"]!.AsArray().LastOrDefault(m => m!["role"]!.GetValue<string>() == "assistant")?["text"]!.GetValue<string>() ?? "";
    }
}
