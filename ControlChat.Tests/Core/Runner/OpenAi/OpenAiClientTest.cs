using System.Text.Json;
using ControlChat.Core.Runner;
using ControlChat.Core.Runner.OpenAi;
using ControlChat.ScriptedModel;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner.OpenAi;

/// <summary>A client of each protocol against the scripted server, through the real SDK.</summary>
public abstract class OpenAiClientTest : IAsyncLifetime
{
    protected const string Key = "sk-secret-of-the-operator";

    internal ScriptedModelServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ScriptedModelServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
    }

    private protected OpenAiChatClient Client(string api, TimeSpan? stall = null, TimeProvider? time = null, string? endpoint = null, ModelHealth? health = null) =>
        new(new OpenAiOptions(new Uri(endpoint ?? Server.Url), "scripted", Key, api, stall ?? TimeSpan.FromSeconds(20)), time ?? TimeProvider.System, health);

    protected static IList<ChatMessage> Ask(string text = "Hello.") => [new(ChatRole.User, text)];

    protected static ChatOptions Tools(params string[] names) => new()
    {
        Instructions = "You run a hub.",
        Tools = [.. names.Select(n => AIFunctionFactory.CreateDeclaration(n, "Does " + n, JsonSerializer.Deserialize<JsonElement>(
            """{"type":"object","properties":{"text":{"type":["string","null"]}},"additionalProperties":false}"""), null))],
    };

    private protected static async Task<ModelException> Fails(OpenAiChatClient client, string text = "Hello.", List<ChatResponseUpdate>? seen = null) =>
        await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(Ask(text))) seen?.Add(update);
        });
}
